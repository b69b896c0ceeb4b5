//! `POST /api/v1/authn`: user and password, and where they lead.

use serde_json::{Value, json};

use crate::http::Answer;
use crate::identity::okta::factors::Transaction;
use crate::identity::okta::messages::error;
use crate::identity::okta::{OktaEngine, Step, Visit, token};
use crate::identity::person::{AccountState, Person};
use crate::identity::sign_in::{Verdict, judge};
use crate::identity::visit::field;

impl Visit<'_> {
    /// The body of a call of the API, which must be an object of these members.
    pub fn body(&self, known: &[&str]) -> Result<serde_json::Map<String, Value>, Answer> {
        if self.request.method != "POST" {
            let message = "The endpoint does not support the provided HTTP method";
            return Err(error(405, "E0000022", message, &[]));
        }
        let accept = self.request.header("accept").unwrap_or("");
        if self.request.content_type() != "application/json" || !accept.contains("application/json") {
            let message = "Bad request. Accept and/or Content-Type headers likely do not match supported values.";
            return Err(error(400, "E0000021", message, &[]));
        }
        let Ok(Value::Object(body)) = serde_json::from_slice(&self.request.body) else {
            return Err(error(400, "E0000003", "The request body was not well-formed.", &[]));
        };
        match body.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(invalid("request", &format!("{name}: no such field"))),
            None => Ok(body),
        }
    }

    pub fn authenticate(&mut self) -> Step {
        let body = self.body(&["username", "password", "options", "context", "relayState"])?;
        if !["username", "password"].iter().all(|name| body.get(*name).is_some_and(Value::is_string)) {
            return Err(invalid(
                "authRequest",
                "The 'username' and 'password' attributes are required in this context.",
            ));
        }
        if self.org.engine == OktaEngine::IdentityEngineOnly {
            return Err(error(403, "E0000006", "You do not have permission to perform the requested action", &[]));
        }
        let world = self.world;
        let (verdict, person) = judge(world, field(self.call, "username"), field(self.call, "password"));
        let Some(person) = person else { return Err(failed()) };
        if let Some(status) = &self.org.status {
            let state = self.begin(person);
            return Ok(self.transaction(status, Some(&state), person, json!({})));
        }
        let warns = body.get("options").and_then(|options| options["warnBeforePasswordExpired"].as_bool());
        match verdict {
            Verdict::Locked if self.org.shows_lockouts => Ok(self.locked_out()),
            Verdict::Unknown | Verdict::Locked => Err(failed()),
            Verdict::MustEnroll => Ok(self.must_enroll(person)),
            // An expired password is told only after the second factor.
            Verdict::SecondFactor(_) | Verdict::PasswordExpired if !person.factors.is_empty() => {
                Ok(self.ask_for_factor(person, warns.unwrap_or(false)))
            }
            Verdict::Welcome | Verdict::PasswordExpired | Verdict::SecondFactor(_) => {
                Ok(self.finish(person, warns.unwrap_or(false)))
            }
        }
    }

    /// A state token for that person.
    pub fn begin(&mut self, person: &Person) -> String {
        let state = token();
        self.memory.transactions.insert(state.clone(), Transaction::of(&person.name));
        state
    }

    fn locked_out(&self) -> Answer {
        let next = self.named_link("unlock", "/api/v1/authn/recovery/unlock");
        Answer::json(200, &json!({ "status": "LOCKED_OUT", "_embedded": {}, "_links": { "next": next } }))
    }

    fn must_enroll(&mut self, person: &Person) -> Answer {
        let state = self.begin(person);
        let enroll = json!({ "enroll": self.link("/api/v1/authn/factors") });
        let factor = |kind: &str| {
            json!({
                "factorType": kind, "provider": "OKTA", "vendorName": "OKTA", "_links": enroll, "status": "NOT_SETUP",
                "enrollment": "OPTIONAL",
            })
        };
        let factors = [factor("push"), factor("token:software:totp"), factor("sms")];
        self.transaction("MFA_ENROLL", Some(&state), person, json!({ "_embedded": { "factors": factors } }))
    }

    fn ask_for_factor(&mut self, person: &Person, warns: bool) -> Answer {
        let state = self.begin(person);
        if let Some(transaction) = self.memory.transactions.get_mut(&state) {
            transaction.warns = warns;
        }
        let factors: Vec<Value> = person.factors.iter().map(|factor| self.factor(person, factor, true)).collect();
        self.transaction("MFA_REQUIRED", Some(&state), person, json!({ "_embedded": { "factors": factors } }))
    }

    /// The end of a transaction, unless the password stands in the way.
    pub fn finish(&mut self, person: &Person, warns: bool) -> Answer {
        let change = self.named_link("changePassword", "/api/v1/authn/credentials/change_password");
        match person.state {
            AccountState::PasswordExpired => {
                let state = self.begin(person);
                self.transaction("PASSWORD_EXPIRED", Some(&state), person, json!({ "_links": { "next": change } }))
            }
            AccountState::PasswordWarning if warns || self.org.always_warns => {
                let state = self.begin(person);
                let skip = self.named_link("skip", "/api/v1/authn/skip");
                let more = json!({
                    "_embedded": { "policy": { "expiration": { "passwordExpireDays": 5 } } },
                    "_links": { "next": change, "skip": skip },
                });
                self.transaction("PASSWORD_WARN", Some(&state), person, more)
            }
            _ => self.success(person),
        }
    }

    pub fn success(&mut self, person: &Person) -> Answer {
        let session_token = format!("20111{}", token());
        self.memory.tokens.insert(session_token.clone(), person.name.clone());
        self.transaction("SUCCESS", None, person, json!({ "sessionToken": session_token }))
    }

    /// The person of the state token, whose transaction ends.
    fn take(&mut self) -> Result<Person, Answer> {
        self.body(&["stateToken"])?;
        let transaction = self.memory.transactions.remove(field(self.call, "stateToken"));
        let person = transaction.and_then(|transaction| self.world.person(&transaction.person).cloned());
        person.ok_or_else(invalid_token)
    }

    /// Goes on without a new password.
    pub fn skip(&mut self) -> Step {
        let person = self.take()?;
        if person.state == AccountState::PasswordWarning {
            return Ok(self.success(&person));
        }
        Err(error(403, "E0000079", "This operation is not allowed in the current authentication state.", &[]))
    }

    pub fn cancel(&mut self) -> Step {
        self.take()?;
        Ok(Answer::json(200, &json!({})))
    }
}

/// A request whose members are not as they should be.
pub(super) fn invalid(what: &str, cause: &str) -> Answer {
    error(400, "E0000001", &format!("Api validation failed: {what}"), &[cause])
}

/// A state token that stands for nothing.
pub(super) fn invalid_token() -> Answer {
    error(401, "E0000011", "Invalid token provided", &[])
}

fn failed() -> Answer {
    error(401, "E0000004", "Authentication failed", &[])
}
