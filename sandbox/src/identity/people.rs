//! The people of the demo's world, named for what they show.

use crate::identity::factor::{Factor, FactorKind, PushOutcome};
use crate::identity::person::{AccountState, Person, RoleGrant};

/// The password of everybody but `bob`.
pub const PASSWORD: &str = "Sandbox-Passw0rd";
/// The password of `bob`: everything that a form, a URL or a page may get wrong.
pub const BOB_PASSWORD: &str = "&<>\"'+ %41ü;=";
/// The seed of all codes by time.
pub const TOTP_SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// `alice` has one role, `bob` two with the provider named first, `carol` none, `china` and `govcloud` one in another partition;
/// `locked`, `expired`, `warned`, `unenrolled` and `disabled` are in that state; `push`, `number`, `totp`, `sms`, `call`, `question` and
/// `webauthn` have that second factor, `refuser` and `sleeper` answer a push with no or not at all, `factors` has several.
#[must_use]
pub fn people() -> Vec<Person> {
    let with_roles = [
        Person {
            aliases: vec!["alice@example.com".to_owned(), "EXAMPLE\\alice".to_owned()],
            db_user: Some("alice".to_owned()),
            db_groups: Some(vec!["Analysts".to_owned(), "readers".to_owned()]),
            auto_create: Some("true".to_owned()),
            ..person("alice")
        },
        Person {
            aliases: vec!["bob@example.com".to_owned()],
            password: BOB_PASSWORD.to_owned(),
            roles: ["sandbox-role", "sandbox-long-role"].into_iter().map(provider_first).collect(),
            ..person("bob")
        },
        Person { roles: Vec::new(), ..person("carol") },
        Person { roles: vec![RoleGrant::of("sandbox-china", "sandbox-idp-china")], ..person("china") },
        Person { roles: vec![RoleGrant::of("sandbox-govcloud", "sandbox-idp-govcloud")], ..person("govcloud") },
    ];
    let states = [
        ("locked", AccountState::Locked),
        ("expired", AccountState::PasswordExpired),
        ("warned", AccountState::PasswordWarning),
        ("unenrolled", AccountState::MustEnroll),
        ("disabled", AccountState::Disabled),
    ];
    let in_state = states.into_iter().map(|(name, state)| Person { state, ..person(name) });
    let with_factor = factors().into_iter().map(|(name, factor)| Person { factors: vec![factor], ..person(name) });
    let several = Person {
        factors: factors().into_iter().map(|(_, factor)| factor).filter(answered).collect(),
        ..person("factors")
    };
    with_roles.into_iter().chain(in_state).chain(with_factor).chain([several]).collect()
}

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        password: PASSWORD.to_owned(),
        roles: vec![RoleGrant::of("sandbox-role", "sandbox-idp")],
        ..Person::default()
    }
}

fn provider_first(role: &str) -> RoleGrant {
    RoleGrant { provider_first: true, ..RoleGrant::of(role, "sandbox-idp") }
}

fn factors() -> Vec<(&'static str, Factor)> {
    let push =
        |number: Option<&str>, outcome| FactorKind::Push { number: number.map(str::to_owned), waits: 1, outcome };
    let kinds = [
        ("push", push(None, PushOutcome::Approved), "OKTA", "Okta Verify"),
        ("number", push(Some("42"), PushOutcome::Approved), "OKTA", "Okta Verify"),
        ("refuser", push(None, PushOutcome::Rejected), "OKTA", "Okta Verify"),
        ("sleeper", push(None, PushOutcome::TimedOut), "OKTA", "Okta Verify"),
        ("totp", FactorKind::Totp { seed: TOTP_SEED.to_owned() }, "GOOGLE", "Google Authenticator"),
        ("sms", FactorKind::Sms { code: "123456".to_owned() }, "OKTA", "Text message"),
        ("call", FactorKind::Call { code: "65432".to_owned() }, "OKTA", "Telephone call"),
        (
            "question",
            FactorKind::Question { question: "Your first database?".to_owned(), answer: "Ingres".to_owned() },
            "OKTA",
            "Security question",
        ),
        ("webauthn", FactorKind::WebAuthn, "FIDO", "Security key"),
    ];
    kinds
        .into_iter()
        .map(|(name, kind, provider, vendor)| {
            let (provider, vendor) = (provider.to_owned(), vendor.to_owned());
            (name, Factor { id: format!("factor-{name}"), kind, provider, vendor })
        })
        .collect()
}

/// The factors that somebody with several has: one of a kind, none that is never answered.
fn answered(factor: &Factor) -> bool {
    !matches!(factor.id.as_str(), "factor-number" | "factor-refuser" | "factor-sleeper")
}
