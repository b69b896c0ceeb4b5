//! Errors of the AWS SDK as ours. Never by their `Debug` text, which holds headers and bodies.

use crate::error::{AuthError, Stage, Status};
use crate::ports::aws_http::http_failure;
use crate::protocol::idc::{self, Fault, What};
use crate::redact;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use std::error::Error;

/// How much of a service's own message is told.
const QUOTE: usize = 1000;

/// The error of `stage` for a failed call, named as AWS names it: `STS AssumeRole`.
pub fn auth_error<E>(stage: Stage, call: &str, error: &SdkError<E, HttpResponse>) -> AuthError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(failure) = http_failure(error) {
        return failure.clone().into_auth_error(stage);
    }
    match error {
        // A success that is none of the API's shape comes as an error of the service without a code.
        SdkError::ServiceError(answer) if answer.raw().status().is_success() => {
            unreadable(stage, call, error.request_id(), answer.raw().status().as_u16())
        }
        SdkError::ServiceError(refused) => {
            let status = refused.raw().status().as_u16();
            let id = error.request_id().or_else(|| refused.err().meta().request_id());
            let Some(code) = refused.err().code() else {
                let text = refused.raw().body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
                let (code, message) = (element(&text, "Code"), element(&text, "Message"));
                return of_answer(stage, call, code, message.or(refused.err().message()), id, status);
            };
            of_answer(stage, call, Some(code), refused.err().message(), id, status)
        }
        SdkError::ResponseError(answer) => unreadable(stage, call, error.request_id(), answer.raw().status().as_u16()),
        SdkError::TimeoutError(_) => AuthError::new(Status::Timeout, stage, format!("{call}: no answer in time")),
        // Wrong before anything was sent: an endpoint that cannot be made of region and FIPS or dual-stack settings.
        other => AuthError::new(Status::InvalidSetting, stage, format!("{call} cannot be sent: {}", innermost(other))),
    }
}

/// An error in an envelope that the SDK does not know: `<ErrorResponse><Errors><Error>` of servers that stand in for
/// AWS (moto and what is built on it), which boto3 reads too. Plain text between the tags, as codes and messages are.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text.split_once("<Error>")?;
    let (_, inside) = after.split_once(&format!("<{name}>"))?;
    inside.split_once('<').map(|(value, _)| value)
}

fn unreadable(stage: Stage, call: &str, request_id: Option<&str>, http_status: u16) -> AuthError {
    let what = format!("{call}: the answer (HTTP {http_status}) cannot be read as one of AWS");
    let error = of_status(Status::Service, stage, &what, request_id, http_status);
    error.hint("an endpoint override or a proxy may have answered in the place of AWS")
}

/// The error for an answer of IAM Identity Center that brings nothing.
pub fn of_identity_center(fault: &Fault) -> AuthError {
    let (call, id) = (format!("{} {}", idc::NAME, fault.call), fault.request_id.as_deref());
    match &fault.what {
        What::Refused { exception, error, words } => {
            let code = exception.as_deref().or(error.as_deref());
            of_answer(Stage::Aws, &call, code, words.as_deref(), id, fault.http_status)
        }
        What::Unreadable(what) => {
            let what = format!("{call}: the answer {what}");
            let error = of_status(Status::Service, Stage::Aws, &what, id, fault.http_status);
            error.hint("an endpoint override or a proxy may have answered in the place of AWS")
        }
    }
}

/// The error for an answer that is no success, whoever parsed it.
pub fn of_answer(
    stage: Stage,
    call: &str,
    code: Option<&str>,
    message: Option<&str>,
    request_id: Option<&str>,
    http_status: u16,
) -> AuthError {
    let code = code.map(|code| redact::head(code, 100)).unwrap_or_default();
    let message = message.map(told).unwrap_or_default();
    let (status, hint) = meaning(&code, &message, http_status);
    let said = match (code.is_empty(), message.is_empty()) {
        (false, false) => format!("{code}: {message}"),
        (false, true) => code.clone(),
        (true, false) => message,
        (true, true) => format!("HTTP status {http_status} without an explanation"),
    };
    let mut error = of_status(status, stage, &format!("{call} was refused: {said}"), request_id, http_status);
    if !code.is_empty() {
        error = error.service_code(code);
    }
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Whether AWS says that the keys themselves have ended, not that they may not do this.
pub fn keys_do_not_hold(error: &AuthError) -> bool {
    const ENDED: [&str; 7] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "RequestExpired",
        "InvalidToken",
    ];
    error.code().is_some_and(|code| ENDED.contains(&code))
}

fn of_status(status: Status, stage: Stage, what: &str, request_id: Option<&str>, http_status: u16) -> AuthError {
    let error = AuthError::new(status, stage, what).http_status(http_status);
    let error = match request_id {
        Some(id) => error.request_id(redact::head(id, 100)),
        None => error,
    };
    if http_status >= 500 { error.retryable(true) } else { error }
}

/// The first line of a service's message. `SignatureDoesNotMatch` goes on with the request it saw, session token and all.
fn told(message: &str) -> String {
    let first = message.trim().lines().next().unwrap_or_default();
    let until = first.find("The Canonical String").unwrap_or(first.len());
    redact::head(first.get(..until).unwrap_or_default(), QUOTE)
}

/// What a code means to whoever logs in, and what to do about it.
fn meaning(code: &str, message: &str, http_status: u16) -> (Status, Option<&'static str>) {
    const CLOCK: &str = "the request's time is too far off: set this machine's clock";
    const EXPIRED: &str = "the AWS credentials have expired: refresh them or sign in again";
    let is = |names: &[&str]| names.contains(&code);
    if is(&["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"]) || message.contains("Signature expired") {
        return (Status::AccessDenied, Some(CLOCK));
    }
    if code.starts_with("ExpiredToken") {
        return (Status::AccessDenied, Some(EXPIRED));
    }
    if is(&["InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"]) {
        return (
            Status::AccessDenied,
            Some(
                "AWS does not know these keys: check the access key id; temporary keys need their session token, and \
                 keys of one partition (China, GovCloud) do not work in another",
            ),
        );
    }
    if is(&["SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"]) {
        return (
            Status::AccessDenied,
            Some("the secret access key does not belong to the access key id, or this machine's clock is off"),
        );
    }
    if code.starts_with("AccessDenied") || is(&["NotAuthorized", "UnauthorizedOperation", "ForbiddenException"]) {
        return (Status::AccessDenied, Some("an IAM policy does not allow it: the message names action and resource"));
    }
    if code.starts_with("MissingAuthenticationToken")
        || is(&["UnauthorizedException", "IDPRejectedClaim", "InvalidIdentityToken", "OptInRequired"])
    {
        return (Status::AccessDenied, None);
    }
    if code == "RegionDisabledException" {
        return (Status::AccessDenied, Some("STS is not activated in this region for the account"));
    }
    if code.contains("NotFound") {
        return (Status::NotFound, None);
    }
    let throttles = ["Throttl", "RequestThrottled", "TooManyRequests", "RequestLimitExceeded", "SlowDown"];
    if http_status == 429 || throttles.iter().any(|name| code.starts_with(name)) {
        return (Status::Throttled, None);
    }
    match (code.is_empty(), http_status) {
        (true, 401 | 403) => (Status::AccessDenied, None),
        (true, 404) => (Status::NotFound, None),
        _ => (Status::Service, None),
    }
}

/// The sentence at the end of a chain of causes.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    redact::head(&last.to_string(), QUOTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, status: u16) -> AuthError {
        of_answer(Stage::Sts, "STS AssumeRole", Some(code), Some("Because."), Some("id-1"), status)
    }

    #[test]
    fn keeps_code_message_request_id_and_http_status_apart() {
        let error = of("AccessDenied", 403);
        assert_eq!(error.message(), "STS AssumeRole was refused: AccessDenied: Because.");
        assert_eq!((error.code(), error.request(), error.http()), (Some("AccessDenied"), Some("id-1"), Some(403)));
        assert_eq!(error.stage(), Some(Stage::Sts));
    }

    #[test]
    fn maps_codes_to_statuses() {
        for (code, http, status) in [
            ("AccessDenied", 403, Status::AccessDenied),
            ("AccessDeniedException", 400, Status::AccessDenied),
            ("ExpiredToken", 403, Status::AccessDenied),
            ("ExpiredTokenException", 400, Status::AccessDenied),
            ("InvalidClientTokenId", 403, Status::AccessDenied),
            ("UnrecognizedClientException", 400, Status::AccessDenied),
            ("SignatureDoesNotMatch", 403, Status::AccessDenied),
            ("InvalidSignatureException", 400, Status::AccessDenied),
            ("InvalidAccessKeyId", 403, Status::AccessDenied),
            ("NotAuthorized", 400, Status::AccessDenied),
            ("ClusterNotFound", 404, Status::NotFound),
            ("ClusterNotFoundFault", 404, Status::NotFound),
            ("ResourceNotFoundException", 400, Status::NotFound),
            ("CustomDomainAssociationNotFoundFault", 404, Status::NotFound),
            ("Throttling", 400, Status::Throttled),
            ("ThrottlingException", 400, Status::Throttled),
            ("TooManyRequestsException", 400, Status::Throttled),
            ("Whatever", 429, Status::Throttled),
            ("InternalFailure", 500, Status::Service),
            ("ValidationError", 400, Status::Service),
            ("", 403, Status::AccessDenied),
            ("", 502, Status::Service),
        ] {
            assert_eq!(of(code, http).status(), status, "{code}");
        }
        assert!(of("InternalFailure", 500).is_retryable());
        assert!(!of("ValidationError", 400).is_retryable());
        assert!(of("Throttling", 400).is_retryable());
        assert!(of("ExpiredToken", 403).hint_text().unwrap().contains("refresh"));
        assert!(of("SignatureDoesNotMatch", 403).hint_text().unwrap().contains("secret access key"));
        assert!(of("RequestTimeTooSkewed", 403).hint_text().unwrap().contains("clock"));
    }

    #[test]
    fn never_tells_the_request_that_aws_repeats() {
        let message = "The request signature we calculated does not match the signature you provided.\n\nThe Canonical \
                       String for this request should have been\n'POST\n/\n\nx-amz-security-token:canary'";
        for message in [message.to_owned(), message.replace('\n', " ")] {
            let error = of_answer(Stage::Redshift, "call", Some("SignatureDoesNotMatch"), Some(&message), None, 403);
            assert!(error.message().ends_with("the signature you provided."), "{error}");
        }
        let error = of_answer(Stage::Redshift, "call", Some("X"), Some("Because.\ncanary"), None, 400);
        assert_eq!(error.message(), "call was refused: X: Because.");
        let error = of_answer(Stage::Redshift, "call", None, None, None, 503);
        assert_eq!(error.message(), "call was refused: HTTP status 503 without an explanation");
    }
}
