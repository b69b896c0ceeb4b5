//! What is wrong with a login that something went wrong with.

use super::case::Case;
use super::request::is_ours;
use super::scene::Scene;
use super::trouble::Class;
use crate::probe::Outcome;
use crate::secrets::search::Search;
use crate::secrets::{CANARY, seen};
use rs_auth_sandbox::Record;

/// How much later than its deadline a call may return on a machine that is busy.
const SLACK: u64 = 400;
/// KiB that a process may need for answers that are too long: pages have 8 MiB, and growing doubles it.
const MEMORY: i64 = 40 << 10;

/// What there was to see of a login.
pub struct Traces {
    pub records: Vec<Record>,
    /// Through the gate of the case.
    pub served: u32,
    pub met: u32,
}

/// The login's time was over before it came to its trouble.
pub struct TooEarly;

/// All that is wrong with a login.
pub fn judge(
    case: &Case,
    scene: &Scene,
    limit: u64,
    outcome: &Outcome,
    traces: &Traces,
) -> Result<Vec<String>, TooEarly> {
    let mut wrong = Vec::new();
    let is_broken = matches!(case.trouble.class, Class::Untrusted | Class::Refused);
    if !is_broken && !traces.records.iter().any(|record| record.fault.is_some()) {
        if case.waits() {
            return Err(TooEarly);
        }
        wrong.push("it did not happen".to_owned());
    }
    let requests = traces.records.iter().filter(|record| case.asked.is(record)).count();
    if !case.expected.is_met_by(outcome.status, &outcome.stage, requests) {
        let got = format!("status {}, stage {:?}, {requests} requests", outcome.status, outcome.stage);
        wrong.push(format!("expected {:?}, got {got}: {}", case.expected, outcome.told()));
    }
    if outcome.elapsed_ms > limit + SLACK {
        wrong.push(format!("it took {} ms, {limit} at most", outcome.elapsed_ms));
    }
    if is_broken && traces.served != case.asked.before {
        wrong.push(format!("{} requests came through, {} could", traces.served, case.asked.before));
    }
    // A connection that is not trusted is not tried again.
    let most = if scene.side_by_side { 2 } else { 1 };
    if case.trouble.class == Class::Untrusted && !(1..=most).contains(&traces.met) {
        wrong.push(format!("{} connections to whom nobody trusts", traces.met));
    }
    wrong.extend(strayed(&traces.records).map(|request| format!("it sent {request}")));
    wrong.extend(leaks(scene, outcome, &traces.records).map(|found| format!("it tells a secret: {found}")));
    wrong.extend(unprintable(outcome));
    Ok(wrong)
}

/// What a process has kept that it did not have before all cases.
pub fn kept(before: &[Outcome; 2], after: &[Outcome; 2]) -> Vec<String> {
    let [[count, memory], [count_after, memory_after]] = [before, after];
    let mut wrong = Vec::new();
    if count_after.count > count.count {
        wrong.push(format!("{} threads, {} before all cases", count_after.count, count.count));
    }
    if count_after.port > count.port {
        wrong.push(format!("{} descriptors, {} before all cases", count_after.port, count.port));
    }
    let grown = memory_after.count - memory.count;
    if grown > MEMORY {
        wrong.push(format!("{grown} KiB more than before all cases"));
    }
    wrong
}

/// Requests where none may go: by plain http, or to another host with more than a GET of a page has.
fn strayed(records: &[Record]) -> Option<String> {
    let of_metadata = |record: &Record| matches!(record.service.as_str(), "imds" | "container");
    let tells = |record: &Record| {
        !record.body.is_empty() || ["cookie", "authorization"].iter().any(|name| record.header(name).is_some())
    };
    let ours = records.iter().filter(|record| is_ours(record));
    let strays = |record: &&Record| {
        (!record.tls && !of_metadata(record)) || (record.host.starts_with("localhost") && tells(record))
    };
    ours.filter(strays).map(|record| format!("{} {} at {}", record.method, record.target, record.host)).next()
}

/// The first secret in what is told of a login: planted, sent or given by it.
pub fn leaks(scene: &Scene, outcome: &Outcome, records: &[Record]) -> Option<String> {
    let mut search = Search::default();
    search.text("a canary", CANARY);
    for secret in &scene.secrets {
        if secret.len() > 1000 { search.saml_response(secret) } else { search.secret("what was planted", secret) }
    }
    for record in records {
        search.sent(record);
    }
    for issued in [&outcome.secret_access_key, &outcome.session_token, &outcome.password] {
        search.token("what was issued", issued);
    }
    search.token("token", outcome.pair("token").unwrap_or_default());
    let seen = seen(outcome);
    search.found_in(&seen).map(|name| format!("{name} in\n{seen}"))
}

/// Texts for people have no control characters, whatever the other side has sent.
fn unprintable(outcome: &Outcome) -> Option<String> {
    let texts = [&outcome.message, &outcome.hint, &outcome.short_text, &outcome.code, &outcome.request_id];
    let odd = texts.into_iter().find(|text| text.chars().any(char::is_control))?;
    Some(format!("a control character is told: {odd:?}"))
}
