//! The cases of one request: a process that makes its login once as it should be, and once for each case.

use super::case::Case;
use super::judge::{TooEarly, Traces, judge, kept, leaks};
use super::plugins::Row;
use super::request::{self, Asked};
use super::scene::Scene;
use super::trouble::Script;
use crate::probe::{Outcome, Step};
use rs_auth_sandbox::{Fault, Gate};

/// As many as a process has time for.
const MOST: usize = 10;
/// Milliseconds for a login that waits for nothing but attempts.
const LONG: u64 = 20_000;
/// How often a login gets more time that did not come as far as its trouble.
const LENGTHS: [u64; 3] = [1, 4, 16];

/// What came of a case; no words where all is well.
pub struct Verdict {
    pub case: Case,
    pub wrong: Vec<String>,
}

/// Cases of the same request.
pub struct Job {
    cases: Vec<Case>,
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

/// One process and what goes wrong in it.
struct Run {
    scene: Scene,
    cases: Vec<Case>,
    /// By which patience is multiplied.
    length: u64,
}

impl Run {
    fn new(cases: Vec<Case>, length: u64) -> Self {
        Self { scene: (cases[0].row.scene)(), cases, length }
    }

    fn of_all(self) -> Vec<(Case, Result<Vec<String>, TooEarly>)> {
        let (outcomes, mut traces) = self.scene.browsing(|| self.logins());
        let [control, count, memory, rest @ ..] = outcomes.as_slice() else { panic!("no outcomes") };
        let [outcomes @ .., count_after, memory_after] = rest else { panic!("no counts") };
        let row = self.cases[0].row.name;
        assert_eq!((control.status, outcomes.len()), (0, self.cases.len()), "{row}: {}", control.told());
        traces.remove(0);
        let judged = self.cases.iter().zip(outcomes).zip(traces).map(|((case, outcome), traces)| {
            (case.clone(), judge(case, &self.scene, self.limit(case), outcome, &traces))
        });
        let mut judged: Vec<_> = judged.collect();
        // Whose it is cannot be told: one case has to answer for it.
        if let Some(wrong) = judged.iter_mut().rev().find_map(|(_, wrong)| wrong.as_mut().ok()) {
            let both = |count: &Outcome, memory: &Outcome| [count.clone(), memory.clone()];
            wrong.extend(kept(&both(count, memory), &both(count_after, memory_after)));
        }
        judged
    }

    /// The deadline of a case.
    fn limit(&self, case: &Case) -> u64 {
        if case.waits() { self.scene.patience * self.length } else { LONG }
    }

    /// Makes the logins in a process of their own.
    fn logins(&self) -> (Vec<Outcome>, Vec<Traces>) {
        let call = self.scene.call();
        let mut steps = vec![call.clone().timeout(LONG).into(), Step::Count, Step::PeakMemory];
        for case in &self.cases {
            steps.extend([Step::Parent, call.clone().timeout(self.limit(case)).into()]);
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

    /// The one that the request comes through.
    fn gate(&self) -> &Gate {
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
}
