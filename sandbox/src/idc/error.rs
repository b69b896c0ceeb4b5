//! What the service and the portal refuse with: JSON whose kind stands in a header, as AWS' REST JSON protocol has it.

use serde_json::json;

use crate::http::Answer;
use crate::random;

/// The portal's name in the log.
pub(crate) const PORTAL: &str = "sso";

/// A refusal of the OIDC service.
pub(super) struct Refusal {
    exception: &'static str,
    description: String,
}

impl Refusal {
    pub fn new(exception: &'static str, description: impl Into<String>) -> Self {
        Self { exception, description: description.into() }
    }

    pub fn answer(&self) -> Answer {
        let status = match self.exception {
            "InvalidClientException" => 401,
            "InternalServerException" => 500,
            _ => 400,
        };
        for_oidc(status, self.exception, &self.description)
    }
}

pub(super) fn invalid_request(description: &str) -> Refusal {
    Refusal::new("InvalidRequestException", description)
}

pub(super) fn invalid_grant(description: &str) -> Refusal {
    Refusal::new("InvalidGrantException", description)
}

/// `InvalidGrantException` with `invalid_grant` in its body, and so on.
pub(crate) fn for_oidc(status: u16, exception: &str, description: &str) -> Answer {
    let body = json!({ "error": oauth_name(exception), "error_description": description });
    exceptional(status, exception, &body)
}

/// An exception of the portal.
pub(crate) fn for_portal(status: u16, exception: &str, message: &str) -> Answer {
    let kind = format!("com.amazonaws.switchboard.portal#{exception}");
    exceptional(status, exception, &json!({ "message": message, "__type": kind }))
}

fn exceptional(status: u16, exception: &str, body: &serde_json::Value) -> Answer {
    Answer::json(status, body).header("x-amzn-ErrorType", exception).header("x-amzn-RequestId", random::request_id())
}

/// `InvalidGrantException` is `invalid_grant` (RFC 6749 section 5.2, RFC 8628 section 3.5).
fn oauth_name(exception: &str) -> String {
    let name = exception.strip_suffix("Exception").unwrap_or(exception);
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    if words == "internal_server" { "server_error".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_have_their_names_of_oauth() {
        for (exception, name) in [
            ("InvalidGrantException", "invalid_grant"),
            ("AuthorizationPendingException", "authorization_pending"),
            ("SlowDownException", "slow_down"),
            ("InternalServerException", "server_error"),
        ] {
            assert_eq!(oauth_name(exception), name);
        }
    }
}
