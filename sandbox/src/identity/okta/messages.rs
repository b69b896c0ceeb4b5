//! The JSON of the Authentication API: transactions, factors, errors.

use serde_json::{Map, Value, json};

use crate::clock::iso;
use crate::http::Answer;
use crate::identity::factor::{Factor, FactorKind};
use crate::identity::okta::Visit;
use crate::identity::person::Person;
use crate::random;

/// An error as Okta spells it.
pub(crate) fn error(status: u16, code: &str, summary: &str, causes: &[&str]) -> Answer {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
    let id = format!("oae{}", random::base32::<20>());
    let answer = Answer::json(
        status,
        &json!({ "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": id, "errorCauses": causes }),
    );
    answer.header("X-Okta-Request-Id", random::base32::<24>())
}

impl Visit<'_> {
    /// A link that is followed by POST.
    pub fn link(&self, path: &str) -> Value {
        let host = self.org.link_host.as_deref().unwrap_or_else(|| self.host());
        json!({ "href": format!("https://{host}{path}"), "hints": { "allow": ["POST"] } })
    }

    /// The same, with a name for what it does.
    pub fn named_link(&self, name: &str, path: &str) -> Value {
        let mut link = self.link(path);
        link["name"] = json!(name);
        link
    }

    /// A transaction in that status.
    pub fn transaction(&self, status: &str, state_token: Option<&str>, person: &Person, more: Value) -> Answer {
        let expires = iso(self.world.now() + time::Duration::minutes(5)).replace('Z', ".000Z");
        let mut body = Map::new();
        body.extend(state_token.map(|token| ("stateToken".to_owned(), json!(token))));
        body.insert("expiresAt".to_owned(), json!(expires));
        body.insert("status".to_owned(), json!(status));
        body.insert("_embedded".to_owned(), json!({ "user": user(person) }));
        if state_token.is_some() {
            body.insert("_links".to_owned(), json!({ "cancel": self.link("/api/v1/authn/cancel") }));
        }
        if let Value::Object(more) = more {
            for (name, value) in more {
                merge(body.entry(name).or_insert(Value::Null), value);
            }
        }
        self.allowed(Answer::json(200, &Value::Object(body)))
    }

    /// With what is left of the rate limit.
    fn allowed(&self, answer: Answer) -> Answer {
        let reset = self.world.now().unix_timestamp() + 60;
        answer
            .header("X-Rate-Limit-Limit", "600")
            .header("X-Rate-Limit-Remaining", "599")
            .header("X-Rate-Limit-Reset", reset.to_string())
            .header("Cache-Control", "no-cache, no-store")
    }

    /// A factor as a transaction has it.
    pub fn factor(&self, person: &Person, factor: &Factor, with_link: bool) -> Value {
        let (kind, profile) = match &factor.kind {
            FactorKind::Push { .. } => (
                "push",
                json!({ "credentialId": person.name, "deviceType": "SmartPhone_IPhone", "name": "Telephone", "platform": "IOS", "version": "17.0" }),
            ),
            FactorKind::Totp { .. } => ("token:software:totp", json!({ "credentialId": person.name })),
            FactorKind::Sms { .. } => ("sms", json!({ "phoneNumber": "+1 XXX-XXX-1337" })),
            FactorKind::Call { .. } => ("call", json!({ "phoneNumber": "+1 XXX-XXX-1337" })),
            FactorKind::Question { question, .. } => {
                ("question", json!({ "question": "custom", "questionText": question }))
            }
            FactorKind::WebAuthn => ("webauthn", json!({ "authenticatorName": factor.vendor })),
        };
        let mut value = json!({
            "id": factor.id,
            "factorType": kind,
            "provider": factor.provider,
            "vendorName": factor.provider,
            "profile": profile,
        });
        if with_link {
            value["_links"] = json!({ "verify": self.link(&verify_path(&factor.id)) });
        }
        value
    }
}

/// Where a factor is verified.
pub(super) fn verify_path(factor: &str) -> String {
    format!("/api/v1/authn/factors/{factor}/verify")
}

fn user(person: &Person) -> Value {
    json!({
        "id": "00usandbox0000000001",
        "passwordChanged": "2026-01-01T00:00:00.000Z",
        "profile": { "login": person.name, "firstName": person.name, "lastName": "Sandbox", "locale": "en_US", "timeZone": "UTC" },
    })
}

/// Objects member by member, everything else by the newer value.
fn merge(into: &mut Value, value: Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (name, value) in value {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value,
    }
}
