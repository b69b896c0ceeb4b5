//! `POST /api/v1/authn/factors/{id}/verify`: a second factor is begun, answered or polled.

use serde_json::{Value, json};

use crate::http::Answer;
use crate::identity::factor::{Factor, FactorKind, PushOutcome};
use crate::identity::okta::authn::{invalid, invalid_token};
use crate::identity::okta::messages::{error, verify_path};
use crate::identity::okta::{Step, Visit};
use crate::identity::person::Person;
use crate::identity::sign_in::{Pending, Progress};
use crate::identity::visit::field;

/// So many wrong codes lock the account.
const MOST_WRONG: u32 = 5;

/// A login that waits for something.
pub(super) struct Transaction {
    /// The person's name.
    pub person: String,
    /// Whether a warning of the password's end was asked for.
    pub warns: bool,
    /// A push that was sent, or a code.
    pending: Option<Pending>,
    wrong: u32,
}

impl Transaction {
    pub fn of(person: &str) -> Self {
        Self { person: person.to_owned(), warns: false, pending: None, wrong: 0 }
    }

    /// Whether a push is on its way.
    pub fn is_polled(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| matches!(pending.factor.kind, FactorKind::Push { .. }))
    }
}

/// The factor in `/factors/{id}/verify`.
pub(super) fn id_in(rest: &str) -> Option<&str> {
    rest.strip_prefix("/factors/")?.strip_suffix("/verify").filter(|id| !id.contains('/'))
}

impl Visit<'_> {
    pub fn verify(&mut self) -> Step {
        let body = self.body(&["stateToken", "passCode", "answer"])?;
        let state = field(self.call, "stateToken").to_owned();
        let Some(transaction) = self.memory.transactions.get(&state) else { return Err(invalid_token()) };
        let person = self.world.person(&transaction.person).cloned().ok_or_else(invalid_token)?;
        let id = self.request.path().strip_prefix("/api/v1/authn").and_then(id_in).unwrap_or_default();
        let Some(factor) = person.factors.iter().find(|factor| factor.id == id).cloned() else {
            let message = format!("Not found: Resource not found: {id} (UserFactor)");
            return Err(error(404, "E0000007", &message, &[]));
        };
        let (expected, other) = match factor.kind {
            FactorKind::Question { .. } => ("answer", "passCode"),
            _ => ("passCode", "answer"),
        };
        if body.contains_key(other) {
            return Err(invalid("verifyRequest", &format!("{other} is not for this factor; it takes {expected}")));
        }
        match (&factor.kind, body.get(expected)) {
            (FactorKind::Push { .. }, None) => Ok(self.push(&state, &person, &factor)),
            (FactorKind::Push { .. } | FactorKind::WebAuthn, Some(_)) => {
                Err(invalid("verifyRequest", "passCode is not for this factor"))
            }
            (_, Some(Value::String(typed))) => self.check(&state, &person, &factor, typed),
            (_, Some(_)) => Err(invalid("verifyRequest", &format!("{expected} must be a string"))),
            (FactorKind::Question { .. }, None) => {
                Err(invalid("verifyRequest", "answer: The field cannot be left blank"))
            }
            (FactorKind::WebAuthn, None) => {
                let more = json!({ "factorResult": "CHALLENGE" });
                Ok(self.challenge(&state, &person, &factor, "verify", more))
            }
            (_, None) => self.send_code(&state, &person, &factor),
        }
    }

    fn set_pending(&mut self, state: &str, pending: Option<Pending>) {
        if let Some(transaction) = self.memory.transactions.get_mut(state) {
            transaction.pending = pending;
        }
    }

    /// What was begun with that factor.
    fn pending(&self, state: &str, factor: &Factor) -> Option<Pending> {
        let pending = self.memory.transactions.get(state)?.pending.clone()?;
        (pending.factor.id == factor.id).then_some(pending)
    }

    fn challenge(&self, state: &str, person: &Person, factor: &Factor, next: &str, more: Value) -> Answer {
        let resend = format!("{}/resend", verify_path(&factor.id));
        let mut all = json!({
            "_embedded": { "factor": self.factor(person, factor, false) },
            "_links": {
                "next": self.named_link(next, &verify_path(&factor.id)),
                "prev": self.link("/api/v1/authn/previous"),
                "resend": [self.named_link("resend", &resend)],
            },
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        self.transaction("MFA_CHALLENGE", Some(state), person, all)
    }

    /// The first request has the push sent, those after it ask what came of it.
    fn push(&mut self, state: &str, person: &Person, factor: &Factor) -> Answer {
        let waiting = json!({ "factorResult": "WAITING" });
        let Some(mut pending) = self.pending(state, factor) else {
            self.set_pending(state, Some(Pending::new(&person.name, factor.clone())));
            return self.challenge(state, person, factor, "poll", waiting);
        };
        let result = match pending.poll() {
            Progress::Waiting => {
                self.set_pending(state, Some(pending));
                return self.waiting(state, person, factor);
            }
            Progress::Done(PushOutcome::Approved) => return self.passed(state, person),
            Progress::Done(PushOutcome::Rejected) => "REJECTED",
            Progress::Done(PushOutcome::TimedOut) => "TIMEOUT",
        };
        self.set_pending(state, None);
        self.challenge(state, person, factor, "verify", json!({ "factorResult": result }))
    }

    /// With the number that must be tapped, once the telephone shows the choice: not in the first answer.
    fn waiting(&self, state: &str, person: &Person, factor: &Factor) -> Answer {
        let mut shown = self.factor(person, factor, false);
        if let FactorKind::Push { number: Some(number), .. } = &factor.kind {
            let number = number.parse::<u32>().map_or_else(|_| json!(number), |number| json!(number));
            shown["_embedded"] = json!({ "challenge": { "correctAnswer": number } });
        }
        let more = json!({ "factorResult": "WAITING", "_embedded": { "factor": shown } });
        self.challenge(state, person, factor, "poll", more)
    }

    fn send_code(&mut self, state: &str, person: &Person, factor: &Factor) -> Step {
        if self.pending(state, factor).is_some() {
            let (code, what) = match factor.kind {
                FactorKind::Call { .. } => ("E0000113", "A phone call was recently made"),
                _ => ("E0000109", "An SMS message was recently sent"),
            };
            return Err(error(429, code, &format!("{what}. Please wait 30 seconds before trying again."), &[]));
        }
        self.set_pending(state, Some(Pending::new(&person.name, factor.clone())));
        Ok(self.challenge(state, person, factor, "verify", json!({})))
    }

    fn check(&mut self, state: &str, person: &Person, factor: &Factor, typed: &str) -> Step {
        let was_sent = match factor.kind {
            FactorKind::Sms { .. } | FactorKind::Call { .. } => self.pending(state, factor).is_some(),
            _ => true,
        };
        if was_sent && factor.accepts(typed, self.world.now()) {
            return Ok(self.passed(state, person));
        }
        if let Some(transaction) = self.memory.transactions.get_mut(state) {
            transaction.wrong += 1;
            if transaction.wrong >= MOST_WRONG {
                self.memory.transactions.remove(state);
                return Err(error(403, "E0000069", "User Locked", &[]));
            }
        }
        let cause = "Your passcode doesn't match our records. Please try again.";
        Err(error(403, "E0000068", "Invalid Passcode/Answer", &[cause]))
    }

    fn passed(&mut self, state: &str, person: &Person) -> Answer {
        let warns = self.memory.transactions.remove(state).is_some_and(|transaction| transaction.warns);
        self.finish(person, warns)
    }
}
