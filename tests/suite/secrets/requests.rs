//! Every plugin with every fault of every request that it makes, at TRACE.

use super::faults;
use super::plugins::{LOGINS, Login, Scene};
use super::search::Search;
use super::seen;
use crate::probe::{Outcome, Step};
use rs_auth_sandbox::{Fault, FaultAction};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many logins are under way. Most wait for something.
const AT_ONCE: usize = 12;
/// As many as a child has time for.
const PIECE: usize = 20;
/// Milliseconds: long enough for all but a machine that is busy, which gets the longer one.
const TIMEOUTS: [u64; 2] = [1500, 12_000];

/// Requests that come after every proof of their kind.
const SHARED: [&str; 2] = ["AssumeRoleWithSAML", "GetClusterCredentials"];

/// The faults of one request of one login.
struct Job {
    login: &'static Login,
    operation: &'static str,
    /// By their names: what is told is told of the scene in which it happens.
    cases: Vec<String>,
}

fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for (turn, login) in LOGINS.iter().enumerate() {
        let scene = login.scene();
        for operation in login.operations.iter().copied() {
            let cases = faults::all(&scene.secrets, &scene.sandbox.https_url());
            // What most plugins ask of AWS is asked by one piece of code: there they take turns.
            let (first, step) =
                if login.name != "BasicSAML" && SHARED.contains(&operation) { (turn % 3, 3) } else { (0, 1) };
            let mut cases: Vec<_> = cases.into_iter().map(|case| case.name).skip(first).step_by(step).collect();
            while !cases.is_empty() {
                let rest = cases.split_off(cases.len().min(PIECE));
                jobs.push(Job { login, operation, cases: std::mem::replace(&mut cases, rest) });
            }
        }
    }
    jobs
}

/// The secrets of a scene, and those that its last login has sent.
fn sent(scene: &Scene) -> Search {
    let mut search = planted(scene);
    scene.sandbox.requests().iter().for_each(|record| search.sent(record));
    search
}

/// Those that a login was given.
fn with_issued(mut search: Search, outcome: &Outcome) -> Search {
    for (name, issued) in [
        ("secret access key", outcome.secret_access_key.as_str()),
        ("session token", &outcome.session_token),
        ("database password", &outcome.password),
        ("token", outcome.pair("token").unwrap_or_default()),
    ] {
        search.token(name, issued);
    }
    search
}

pub fn planted(scene: &Scene) -> Search {
    let mut search = Search::default();
    search.text("a canary", super::CANARY);
    for secret in &scene.secrets {
        if secret.len() > 1000 { search.saml_response(secret) } else { search.secret("what was planted", secret) }
    }
    search
}

impl Job {
    /// Makes the logins in a process of their own, and gives what is wrong and what was not met.
    fn run(self, timeout: u64, wrong: &mut Vec<String>) -> Option<Self> {
        let scene = self.login.scene();
        let path = scene.machine.path("log").display().to_string();
        let Job { login, operation, cases: names } = self;
        let mut cases = faults::all(&scene.secrets, &scene.sandbox.https_url());
        cases.retain(|case| names.contains(&case.name));
        let call = scene.call();
        let mut steps = vec![Step::SetEnv("RS_AUTH_LOG_FILE".to_owned(), Some(path.clone()))];
        for case in &cases {
            let stalls = matches!(case.action, FaultAction::Stall | FaultAction::StallInBody);
            let limit = if stalls { timeout } else { timeout.max(20_000) };
            steps.extend([Step::Parent, call.clone().timeout(limit).into()]);
        }
        steps.push(Step::Parent);
        let (mut searches, mut files, mut read) = (Vec::new(), Vec::new(), 0);
        let outcomes = scene.machine.run_with(steps, |turn| {
            if turn > 0 {
                let log = std::fs::read_to_string(&path).unwrap();
                files.push(log[read..].to_owned());
                read = log.len();
                let met = scene.sandbox.requests().iter().any(|record| record.fault.is_some());
                searches.push((met, sent(&scene)));
            }
            scene.sandbox.clear_faults();
            (scene.before)(&scene.sandbox);
            scene.sandbox.reset_log();
            if let Some(case) = cases.get(turn) {
                scene.sandbox.script(Fault::on(operation, case.action.clone()).from_nth(login.nth()).always());
            }
        });
        assert_eq!((outcomes.len(), searches.len()), (cases.len(), cases.len()));
        let mut unmet = Vec::new();
        for (((case, outcome), (met, search)), file) in cases.into_iter().zip(outcomes).zip(searches).zip(files) {
            let search = with_issued(search, &outcome);
            let name = format!("{}, {operation}, {}", login.name, case.name);
            for (place, text) in [("callback, event or error", seen(&outcome)), ("log file", file)] {
                assert!(!outcome.lines.is_empty() && !text.is_empty(), "{name}: nothing was logged");
                if let Some(found) = search.found_in(&text) {
                    wrong.push(format!("{name}: {found} in {place}:\n{text}"));
                }
            }
            if !met {
                unmet.push(case.name);
            }
        }
        (!unmet.is_empty()).then_some(Job { login, operation, cases: unmet })
    }
}

/// Does `work` with each item, several at a time.
pub fn in_parallel<T: Send>(items: Vec<T>, work: impl Fn(T) + Sync) {
    let (items, next): (Vec<_>, _) =
        (items.into_iter().map(|item| Mutex::new(Some(item))).collect(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(item.lock().unwrap().take().unwrap());
                }
            });
        }
    });
}

#[test]
fn with_every_fault_of_every_request() {
    let jobs = jobs();
    let count: usize = jobs.iter().map(|job| job.cases.len()).sum();
    let (wrong, unmet) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    in_parallel(jobs, |job| {
        let mut found = Vec::new();
        let left = TIMEOUTS.into_iter().try_fold(job, |job, timeout| job.run(timeout, &mut found));
        wrong.lock().unwrap().append(&mut found);
        let names =
            left.iter().flat_map(|job| job.cases.iter().map(|case| (job.login.name, job.operation, case.clone())));
        unmet.lock().unwrap().extend(names);
    });
    println!("{count} faults of {} logins", LOGINS.len());
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n\n")
    );
    assert_eq!(unmet.into_inner().unwrap(), [], "faults that did not happen");
}

/// The control of all faults, and no quieter.
#[test]
fn when_nothing_goes_wrong() {
    in_parallel(LOGINS.iter().collect(), |login: &Login| {
        let scene = login.scene();
        (scene.before)(&scene.sandbox);
        let outcome = scene.machine.one(scene.call());
        assert_eq!(outcome.status, login.status(), "{}: {}", login.name, outcome.told());
        let requests = scene.sandbox.requests();
        for operation in login.operations {
            assert!(requests.iter().any(|record| record.operation == *operation), "{}: no {operation}", login.name);
        }
        let search = with_issued(sent(&scene), &outcome);
        assert_eq!(search.found_in(&seen(&outcome)), None, "{}", login.name);
        // What was sent is what is looked for.
        for secret in &scene.secrets {
            assert!(search.found_in(&format!("a line with {secret}")).is_some(), "{}", login.name);
        }
    });
}
