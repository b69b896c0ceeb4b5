//! Errors that an authorization server tells.

use super::{aadsts, number, object};
use crate::error::{AuthError, Stage, Status};
use crate::redact;
use serde_json::{Map, Value};

const DESCRIPTION_SHOWN: usize = 500;
const WORD_SHOWN: usize = 100;

/// An `error` with what came along. Texts are fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorAnswer {
    /// `invalid_grant`, `interaction_required`, …
    pub error: String,
    /// For people.
    pub description: Option<String>,
    /// Numbers of Azure's errors, without the letters AADSTS; the one of the description first.
    pub codes: Vec<u64>,
    /// Azure's finer word: `bad_token`, `basic_action`, `protection_policy_required`, …
    pub suberror: Option<String>,
    /// Whether Azure asks for more proof (a claims challenge, as conditional access does).
    pub asks_for_claims: bool,
}

impl ErrorAnswer {
    /// The error in a JSON body, if one stands there.
    pub fn read(body: &[u8]) -> Option<Self> {
        Self::of(&object(body)?)
    }

    /// The error of an authorization endpoint, from the decoded parameters that it sent the browser with.
    pub fn of_redirect(error: &str, description: Option<&str>) -> Self {
        Self::new(error, description, &[])
    }

    pub(super) fn of(object: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| object.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let codes: Vec<u64> =
            object.get("error_codes").and_then(Value::as_array).into_iter().flatten().filter_map(number).collect();
        let mut answer = Self::new(text("error")?, text("error_description"), &codes);
        answer.suberror = text("suberror").map(|word| redact::head(word, WORD_SHOWN));
        answer.asks_for_claims = text("claims").is_some();
        Some(answer)
    }

    fn new(error: &str, description: Option<&str>, error_codes: &[u64]) -> Self {
        let mut codes: Vec<u64> = description.and_then(aadsts::code_in).into_iter().collect();
        for code in error_codes.iter().take(10) {
            if !codes.contains(code) {
                codes.push(*code);
            }
        }
        Self {
            error: redact::head(error, WORD_SHOWN),
            description: description.map(|text| redact::head(aadsts::without_trace(text), DESCRIPTION_SHOWN)),
            codes,
            suberror: None,
            asks_for_claims: false,
        }
    }

    /// The word that stands for the error in `service_code`: Azure's number, else the error itself.
    pub fn code(&self) -> String {
        self.codes.first().map_or_else(|| self.error.clone(), |code| format!("AADSTS{code}"))
    }

    /// Whether the server said that the refresh token or the client is no good any more. Everything else (its troubles,
    /// a policy, the network) says nothing about them.
    pub fn is_definite_refusal(&self) -> bool {
        matches!(self.error.as_str(), "invalid_grant" | "invalid_client" | "unauthorized_client" | "expired_token")
    }

    /// The error of the login.
    pub fn into_error(self, http_status: Option<u16>) -> AuthError {
        let known = self.codes.iter().find_map(|code| aadsts::known(*code));
        let (status, hint) = known.unwrap_or_else(|| self.by_word(http_status));
        let description = self.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let message = format!("the identity provider refused: {}{description}", self.error);
        let mut error = AuthError::new(status, Stage::Idp, message).service_code(self.code());
        if matches!(status, Status::Service | Status::Throttled) {
            error = error.retryable(true);
        }
        if let Some(hint) = hint {
            error = error.hint(hint);
        }
        match http_status {
            Some(status) => error.http_status(status),
            None => error,
        }
    }

    fn by_word(&self, http_status: Option<u16>) -> (Status, Option<&'static str>) {
        if self.asks_for_claims {
            return (Status::MfaRequired, Some(aadsts::BROWSER));
        }
        match self.error.as_str() {
            "interaction_required" | "login_required" | "consent_required" | "account_selection_required" => {
                (Status::MfaRequired, Some(aadsts::BROWSER))
            }
            "temporarily_unavailable" | "server_error" => (Status::Service, None),
            "slow_down" | "too_many_requests" => (Status::Throttled, None),
            _ if http_status == Some(429) => (Status::Throttled, None),
            _ if http_status.is_some_and(|status| status >= 500) => (Status::Service, None),
            "invalid_client" => (Status::IdpRejected, Some("check client_id and client_secret")),
            "unauthorized_client" => {
                (Status::IdpRejected, Some("the application at the identity provider must allow this kind of login"))
            }
            "invalid_scope" => (Status::IdpRejected, Some("check scope")),
            "unsupported_grant_type" | "unsupported_response_type" => (
                Status::IdpRejected,
                Some("the identity provider does not offer this kind of login; try another plugin"),
            ),
            _ => (Status::IdpRejected, None),
        }
    }
}
