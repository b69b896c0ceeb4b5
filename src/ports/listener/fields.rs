//! The fields that a browser brings, in any order, each decoded once.

use super::Expected;
use crate::error::{AuthError, Stage, Status};
use crate::protocol::oauth2::ErrorAnswer;
use crate::secret::{SecretString, secret};
use std::borrow::Cow;
use zeroize::Zeroize;

/// What the fields are.
pub(super) enum Verdict {
    /// What was waited for.
    Answer(SecretString),
    /// The identity provider says no.
    Refused(AuthError),
    /// What was waited for, but the login cannot use it.
    Unusable(AuthError),
    /// Something else: the wait goes on.
    Stray(&'static str),
}

/// Reads a query or the body of a form. A SAML response has to be posted: what comes in a query is in another encoding
/// (SAML bindings, 3.4.4.1).
pub(super) fn read(fields: &[u8], posted: bool, expected: &Expected) -> Verdict {
    match expected {
        Expected::Code { state } => {
            match field(fields, "state") {
                None => return Verdict::Stray("it has no state"),
                Some(mut answer) => {
                    let right = state.matches(&answer);
                    answer.zeroize();
                    if !right {
                        return Verdict::Stray("its state belongs to another sign-in");
                    }
                }
            }
            refusal(fields)
                .or_else(|| field(fields, "code").map(|code| Verdict::Answer(secret(code))))
                .unwrap_or(Verdict::Stray("it has neither code nor error"))
        }
        Expected::SamlResponse { judge } => match field(fields, "SAMLResponse").map(secret) {
            Some(_) if !posted => Verdict::Stray("its SAMLResponse was not posted"),
            Some(response) => match judge(&response) {
                Ok(()) => Verdict::Answer(response),
                Err(error) => Verdict::Unusable(error),
            },
            None => refusal(fields).unwrap_or(Verdict::Stray("it has no SAMLResponse")),
        },
    }
}

/// The value of the first field of that name that is not empty.
pub(super) fn field(fields: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(fields).find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| {
        match value {
            Cow::Owned(value) => value,
            Cow::Borrowed(value) => value.to_owned(),
        }
    })
}

/// The identity provider's own words, fit to be shown.
fn refusal(fields: &[u8]) -> Option<Verdict> {
    let error = field(fields, "error")?;
    let description = field(fields, "error_description");
    let answer = ErrorAnswer::of_redirect(&error, description.as_deref());
    let words = answer.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    let message = format!("the identity provider refused the sign-in: {}{words}", answer.error);
    let refused = AuthError::new(Status::IdpRejected, Stage::Idp, message).service_code(answer.code());
    let known = answer.into_error(None);
    Some(Verdict::Refused(match known.hint_text() {
        Some(hint) if known.status() == Status::IdpRejected => refused.hint(hint),
        _ => refused.hint("sign in again; if it is refused again, ask who runs the identity provider"),
    }))
}
