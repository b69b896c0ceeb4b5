//! Answers that bring nothing, and what a plugin says of them.

use super::{Answer, NAME};
use crate::error::{AuthError, Stage, Status};
use crate::protocol::oauth2::ErrorAnswer;
use crate::redact;
use serde_json::Value;

/// How much of AWS's own words is told.
const WORDS_SHOWN: usize = 500;
const NAME_SHOWN: usize = 100;

/// Why an answer brings nothing. Texts are fit to be shown.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The operation.
    pub call: &'static str,
    /// The HTTP status.
    pub http_status: u16,
    /// The request's id.
    pub request_id: Option<String>,
    /// What stands in the answer.
    pub what: What,
}

/// What stands in an answer that brings nothing.
#[derive(Debug, Clone)]
pub enum What {
    /// A refusal. The service gives it two names, the portal one, and what stands between us and them none.
    Refused {
        /// AWS's: `InvalidGrantException`.
        exception: Option<String>,
        /// OAuth's: `invalid_grant`.
        error: Option<String>,
        /// For people.
        words: Option<String>,
    },
    /// Something else than was asked for; completes "the answer …".
    Unreadable(String),
}

impl Fault {
    pub(super) fn refused(answer: &Answer) -> Self {
        let told = ErrorAnswer::read(&answer.body);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let of_body = |name: &str| body.get(name).and_then(Value::as_str);
        // `Name:http://…` in a header and `namespace#Name` in a body
        // (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization).
        let exception = answer.error_type.as_deref().or_else(|| of_body("__type"));
        let exception = exception.map(|name| name.split(':').next().unwrap_or_default());
        let exception = exception.map(|name| name.rsplit('#').next().unwrap_or_default().trim());
        let words = || of_body("message").or_else(|| of_body("Message")).map(|text| redact::head(text, WORDS_SHOWN));
        let what = What::Refused {
            exception: exception.filter(|name| !name.is_empty()).map(|name| redact::head(name, NAME_SHOWN)),
            words: told.as_ref().and_then(|told| told.description.clone()).or_else(words),
            error: told.map(|told| told.error),
        };
        Self::of(answer, what)
    }

    pub(super) fn unreadable(answer: &Answer, what: &str) -> Self {
        Self::of(answer, What::Unreadable(what.to_owned()))
    }

    fn of(answer: &Answer, what: What) -> Self {
        let request_id = answer.request_id.as_deref().map(|id| redact::head(id, NAME_SHOWN));
        Self { call: answer.call, http_status: answer.status, request_id, what }
    }

    /// OAuth's word for the refusal: `authorization_pending`, `invalid_grant`, …
    pub fn word(&self) -> Option<String> {
        match &self.what {
            What::Refused { exception: Some(exception), .. } => Some(of_oauth(exception)),
            What::Refused { error, .. } => error.clone(),
            What::Unreadable(_) => None,
        }
    }

    /// Whether the service says that what it was given is no good any more: a refresh token or the client. Everything else
    /// (its troubles, throttling, what a policy forbids) says nothing about them.
    pub fn is_definite_refusal(&self) -> bool {
        self.refuses_client() || matches!(self.word().as_deref(), Some("invalid_grant" | "expired_token"))
    }

    /// Whether it is the client that is no good any more: its registration has ended, or never was.
    pub fn refuses_client(&self) -> bool {
        self.word().as_deref().is_some_and(refuses_client)
    }

    /// The error of a plugin.
    pub fn of_identity_provider(self) -> AuthError {
        let Self { call, http_status, .. } = self;
        let (exception, error, words) = match &self.what {
            What::Unreadable(what) => {
                return self.error(Status::IdpUnexpected, &format!("the answer to {call} {what}"));
            }
            What::Refused { exception, error, words } => (exception, error, words),
        };
        let Some(name) = error.as_ref().or(exception.as_ref()) else {
            let told = self.error(self.by_status(), &format!("{call} was answered with HTTP status {http_status}"));
            return told.hint("a proxy or an endpoint override may have answered in the place of AWS");
        };
        let words = words.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let word = self.word().unwrap_or_default();
        let kind = match word.as_str() {
            "server_error" | "internal_server" => Status::Service,
            "slow_down" => Status::Throttled,
            _ if http_status == 429 || http_status >= 500 => self.by_status(),
            _ => Status::IdpRejected,
        };
        let told = self
            .error(kind, &format!("{call} was refused: {name}{words}"))
            .service_code(error.as_ref().unwrap_or(&word));
        match word.as_str() {
            "invalid_request" => told.hint("check issuer_url and idc_region: they must be those of the same instance"),
            "invalid_redirect_uri" => told.hint("check listen_port"),
            "invalid_grant" => told.hint("sign in again"),
            "access_denied" | "unauthorized_client" | "invalid_scope" => {
                told.hint("an administrator has to give the user or group access to the Redshift application")
            }
            _ => told,
        }
    }

    fn by_status(&self) -> Status {
        match self.http_status {
            429 => Status::Throttled,
            500.. => Status::Service,
            _ => Status::IdpUnexpected,
        }
    }

    fn error(&self, status: Status, what: &str) -> AuthError {
        let error = AuthError::new(status, Stage::Idp, format!("{NAME}: {what}")).http_status(self.http_status);
        let error = if status == Status::Service { error.retryable(true) } else { error };
        match &self.request_id {
            Some(id) => error.request_id(id),
            None => error,
        }
    }
}

/// Whether that name, AWS's or OAuth's, says that the client is no good any more.
pub fn refuses_client(name: &str) -> bool {
    matches!(of_oauth(name).as_str(), "invalid_client" | "unauthorized_client")
}

/// `InvalidGrantException` is `invalid_grant` (RFC 6749 section 5.2, RFC 8628 section 3.5).
fn of_oauth(exception: &str) -> String {
    let name = exception.strip_suffix("Exception").unwrap_or(exception);
    let mut word = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::super::read_token;
    use super::*;
    use serde_json::json;

    fn fault(status: u16, error_type: Option<&str>, body: &str) -> Fault {
        let (request_id, error_type) = (Some("r-1".to_owned()), error_type.map(str::to_owned));
        let answer = Answer { call: "CreateToken", status, request_id, error_type, body: body.as_bytes().to_vec() };
        read_token(&answer).unwrap_err()
    }

    fn told(error: &str) -> String {
        json!({"error": error, "error_description": "words"}).to_string()
    }

    #[test]
    fn refusals() {
        for (http, body, status, retryable) in [
            (400, told("invalid_grant"), Status::IdpRejected, false),
            (401, told("invalid_client"), Status::IdpRejected, false),
            (400, told("slow_down"), Status::Throttled, true),
            (500, told("server_error"), Status::Service, true),
            (503, String::new(), Status::Service, true),
            (429, "<html>".to_owned(), Status::Throttled, true),
            (404, "<html>".to_owned(), Status::IdpUnexpected, false),
        ] {
            let error = fault(http, None, &body).of_identity_provider();
            assert_eq!((error.status(), error.is_retryable(), error.http()), (status, retryable, Some(http)), "{body}");
            assert_eq!(error.request(), Some("r-1"));
        }
    }

    #[test]
    fn a_refusal_has_names_of_aws_and_of_oauth() {
        for (error_type, body, word, definite) in [
            (Some("InvalidGrantException"), told("invalid"), "invalid_grant", true),
            (Some("ExpiredTokenException:http://internal.amazon.com/"), String::new(), "expired_token", true),
            (Some("com.amazonaws.sso#UnauthorizedClientException"), String::new(), "unauthorized_client", true),
            (None, r#"{"__type":"com.amazonaws.sso#InvalidClientException"}"#.to_owned(), "invalid_client", true),
            (None, told("authorization_pending"), "authorization_pending", false),
            (Some("SlowDownException"), told("slow_down"), "slow_down", false),
            (Some("InternalServerException"), told("server_error"), "internal_server", false),
            (Some("AccessDeniedException"), told("access_denied"), "access_denied", false),
        ] {
            let fault = fault(400, error_type, &body);
            assert_eq!(fault.word().as_deref(), Some(word));
            assert_eq!(fault.is_definite_refusal(), definite, "{word}");
            assert_eq!(fault.refuses_client(), word.ends_with("_client"), "{word}");
        }
        assert_eq!(fault(400, None, "<html>").word(), None);
        assert_eq!(fault(200, Some("InvalidGrantException"), "{}").word(), None, "no refusal");
    }

    #[test]
    fn words_of_aws_stand_where_oauths_do_not() {
        for body in [r#"{"message": "Session token"}"#, r#"{"Message": "Session token"}"#] {
            let error = fault(401, Some("UnauthorizedException"), body).of_identity_provider();
            assert!(error.message().ends_with("was refused: UnauthorizedException: Session token"), "{error}");
            assert_eq!(error.code(), Some("unauthorized"), "OAuth's names, whatever stands there");
        }
    }
}
