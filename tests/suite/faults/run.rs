//! The cases of one request: a process that makes its login once as it should be, and once for each case.

use super::expectation::Expected;
use super::plugins::Row;
use super::request::{self, Asked, is_ours};
use super::scene::Scene;
use super::trouble::{Class, Script, TROUBLES, Trouble};
use crate::probe::{Outcome, Step};
use crate::secrets::search::Search;
use crate::secrets::{CANARY, seen};
use rs_auth_sandbox::{Fault, Record};

/// As many as a process has time for.
const MOST: usize = 10;
/// Milliseconds for a login that waits for nothing but attempts.
const LONG: u64 = 20_000;
/// How much later than its deadline a call may return on a machine that is busy.
const SLACK: u64 = 400;
/// How often a login gets more time that did not come as far as its trouble.
const LENGTHS: [u64; 3] = [1, 4, 16];
/// KiB that a process may need for answers that are too long: pages have 8 MiB, and growing doubles it.
const MEMORY: i64 = 40 << 10;

/// A row, a request of it, and what goes wrong with that.
#[derive(Clone)]
pub struct Case {
    pub row: &'static Row,
    pub asked: Asked,
    pub trouble: &'static Trouble,
    /// It happens once and not for ever.
    pub once: bool,
    expected: Expected,
}

/// What came of a case; no words where all is well.
pub struct Verdict {
    pub case: Case,
    pub wrong: Vec<String>,
}

/// Cases of the same request.
pub struct Job {
    cases: Vec<Case>,
}

impl Case {
    pub fn name(&self) -> String {
        let once = if self.once { ", once" } else { "" };
        format!("{}, {}, {}{once}", self.row.name, self.asked.operation, self.trouble.name)
    }

    fn waits(&self) -> bool {
        Expected::waits(self.trouble, &self.asked)
    }

    /// Whether all these words, with slashes between them, are in its name.
    pub fn is_meant_by(&self, words: &str) -> bool {
        let name = self.name().to_lowercase();
        words.to_lowercase().split('/').all(|word| name.contains(word))
    }

    fn all(row: &'static Row, asked: &Asked) -> impl Iterator<Item = Self> {
        let troubles = TROUBLES.iter().filter(|trouble| trouble.befalls(asked));
        troubles.flat_map(move |trouble| {
            let case = |expected, once| Self { row, asked: asked.clone(), trouble, once, expected };
            let once = Expected::of_once(trouble, asked).map(|expected| case(expected, true));
            [case(Expected::of(trouble, asked), false)].into_iter().chain(once)
        })
    }
}

/// What a login of that row asks where nothing goes wrong, and does not tell.
pub fn asked_by(row: &'static Row) -> (&'static Row, Vec<Asked>) {
    let scene = (row.scene)();
    (scene.before)(&scene);
    let outcome = scene.browsing(|| scene.machine.one(scene.call().timeout(LONG)));
    assert_eq!(outcome.status, 0, "{}: {}", row.name, outcome.told());
    let records = scene.sandbox.requests();
    assert_eq!(leaks(&scene, &outcome, &records), None, "{}", row.name);
    (row, request::all(row.plugin, &records, scene.side_by_side))
}

impl Job {
    /// All that can go wrong with a request.
    pub fn all(row: &'static Row, asked: &Asked) -> Vec<Self> {
        let cases: Vec<_> = Case::all(row, asked).collect();
        cases.chunks(MOST).map(|cases| Self { cases: cases.to_vec() }).collect()
    }

    pub fn only(mut self, wanted: &impl Fn(&Case) -> bool) -> Option<Self> {
        self.cases.retain(wanted);
        (!self.cases.is_empty()).then_some(self)
    }

    /// Makes the logins. One that its trouble did not reach is made again with more time.
    pub fn run(self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let mut left = self.cases;
        for (attempt, length) in LENGTHS.into_iter().enumerate() {
            let is_last = attempt + 1 == LENGTHS.len();
            let runs = Run::new(left, length).of_all();
            left = Vec::new();
            for (case, wrong) in runs {
                match wrong {
                    Err(TooEarly) if !is_last => left.push(case),
                    Err(TooEarly) => verdicts.push(Verdict { case, wrong: vec!["it never happened".to_owned()] }),
                    Ok(wrong) => verdicts.push(Verdict { case, wrong }),
                }
            }
            if left.is_empty() {
                break;
            }
        }
        verdicts
    }
}

/// The login's time was over before it came to its trouble.
struct TooEarly;

/// One process and what goes wrong in it.
struct Run {
    scene: Scene,
    cases: Vec<Case>,
    /// By which patience is multiplied.
    length: u64,
}

/// What there was to see of a login.
struct Traces {
    records: Vec<Record>,
    /// Through the gate of the case.
    served: u32,
    met: u32,
}

impl Run {
    fn new(cases: Vec<Case>, length: u64) -> Self {
        Self { scene: (cases[0].row.scene)(), cases, length }
    }

    fn of_all(self) -> Vec<(Case, Result<Vec<String>, TooEarly>)> {
        let (outcomes, mut traces) = self.scene.browsing(|| self.logins());
        let [control, before, memory_before, rest @ ..] = outcomes.as_slice() else { panic!("no outcomes") };
        let [outcomes @ .., after, memory_after] = rest else { panic!("no counts") };
        let row = self.cases[0].row.name;
        assert_eq!((control.status, outcomes.len()), (0, self.cases.len()), "{row}: {}", control.told());
        traces.remove(0);
        let grown = memory_after.count - memory_before.count;
        let results = self.cases.iter().zip(outcomes).zip(traces);
        let results = results.map(|((case, outcome), traces)| (case.clone(), self.judge(case, outcome, &traces)));
        let mut results: Vec<_> = results.collect();
        // What is left behind cannot be told apart: the last case has to answer for it.
        if let Some((_, Ok(wrong))) = results.last_mut() {
            if after.count > before.count {
                wrong.push(format!("{} threads, {} before all cases", after.count, before.count));
            }
            if after.port > before.port {
                wrong.push(format!("{} descriptors, {} before all cases", after.port, before.port));
            }
            if grown > MEMORY {
                wrong.push(format!("{grown} KiB more than before all cases"));
            }
        }
        results
    }

    /// Makes the logins in a process of their own.
    fn logins(&self) -> (Vec<Outcome>, Vec<Traces>) {
        let call = self.scene.call();
        let limit = |case: &Case| {
            if case.waits() { self.scene.patience * self.length } else { LONG }
        };
        let mut steps = vec![call.clone().timeout(LONG).into(), Step::Count, Step::PeakMemory];
        for case in &self.cases {
            steps.extend([Step::Parent, call.clone().timeout(limit(case)).into()]);
        }
        steps.extend([Step::Parent, Step::Count, Step::PeakMemory]);
        let mut traces = Vec::new();
        (self.scene.before)(&self.scene);
        let outcomes = self.scene.machine.run_with(steps, |turn| {
            traces.push(self.traces());
            self.mend();
            if let Some(case) = self.cases.get(turn) {
                (self.scene.before)(&self.scene);
                self.script(case);
            }
        });
        (outcomes, traces)
    }

    fn gate(&self) -> &rs_auth_sandbox::Gate {
        if self.cases[0].asked.tls { &self.scene.gate } else { &self.scene.metadata }
    }

    fn traces(&self) -> Traces {
        let gate = self.gate();
        Traces { records: self.scene.sandbox.requests(), served: gate.served(), met: gate.met() }
    }

    fn mend(&self) {
        self.scene.sandbox.clear_faults();
        self.scene.gate.mend();
        self.scene.metadata.mend();
        self.scene.sandbox.reset_log();
    }

    fn script(&self, case: &Case) {
        match case.trouble.script(&self.scene, &case.asked) {
            Script::Connection(broken) => self.gate().break_after(case.asked.before, broken),
            Script::Answer(action) => self.scene.sandbox.script(Fault {
                service: Some(case.asked.service.clone()),
                operation: Some(case.asked.operation.clone()),
                path: None,
                skip: 0,
                times: u32::from(case.once || case.trouble.is_single()),
                action,
            }),
        }
    }

    fn judge(&self, case: &Case, outcome: &Outcome, traces: &Traces) -> Result<Vec<String>, TooEarly> {
        if case.waits() && !traces.records.iter().any(|record| record.fault.is_some()) {
            return Err(TooEarly);
        }
        let requests = traces.records.iter().filter(|record| case.asked.is(record)).count();
        let mut wrong = Vec::new();
        if !case.expected.is_met_by(outcome.status, &outcome.stage, requests) {
            let got = format!("status {}, stage {:?}, {requests} requests", outcome.status, outcome.stage);
            wrong.push(format!("expected {:?}, got {got}: {}", case.expected, outcome.told()));
        }
        let limit = if case.waits() { self.scene.patience * self.length } else { LONG } + SLACK;
        if outcome.elapsed_ms > limit {
            wrong.push(format!("it took {} ms, {limit} at most", outcome.elapsed_ms));
        }
        if matches!(case.trouble.class, Class::Untrusted | Class::Refused) && traces.served != case.asked.before {
            wrong.push(format!("{} requests came through, {} could", traces.served, case.asked.before));
        }
        // A connection that is not trusted is not tried again.
        let most = if self.scene.side_by_side { 2 } else { 1 };
        if case.trouble.class == Class::Untrusted && !(1..=most).contains(&traces.met) {
            wrong.push(format!("{} connections to whom nobody trusts", traces.met));
        }
        wrong.extend(strayed(&traces.records));
        wrong.extend(leaks(&self.scene, outcome, &traces.records).map(|found| format!("it tells a secret: {found}")));
        wrong.extend(unprintable(outcome));
        Ok(wrong)
    }
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
fn leaks(scene: &Scene, outcome: &Outcome, records: &[Record]) -> Option<String> {
    let mut search = Search::default();
    search.text("a canary", CANARY);
    for secret in &scene.secrets {
        if secret.len() > 1000 { search.saml_response(secret) } else { search.secret("what was planted", secret) }
    }
    records.iter().for_each(|record| search.sent(record));
    let issued = [&outcome.secret_access_key, &outcome.session_token, &outcome.password];
    issued.into_iter().for_each(|issued| search.token("what was issued", issued));
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
