//! What Okta's refusals mean, and what to do about them.

use crate::error::{AuthError, Stage, Status};
use crate::ports::http::{HeaderName, header};
use crate::ports::web::Visited;
use crate::protocol::okta::{ApiError, Transaction};

/// Unix seconds at which a rate limit counts anew.
const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// An error of the API.
pub(super) struct Refusal {
    status: u16,
    error: ApiError,
    /// Seconds until it is worth another try.
    wait: Option<i64>,
}

impl Refusal {
    /// `None`: it is not the API that speaks.
    pub(super) fn of(visited: &Visited, now_ms: i64) -> Option<Self> {
        let number = |name: &HeaderName| visited.header(name).and_then(|text| text.trim().parse::<i64>().ok());
        let wait = number(&header::RETRY_AFTER)
            .or_else(|| number(&RATE_LIMIT_RESET).map(|reset| reset.saturating_sub(now_ms / 1000)))
            .map(|seconds| seconds.max(1));
        Some(Self { status: visited.status().as_u16(), error: ApiError::read(&visited.response.body)?, wait })
    }

    /// Whether a code or an answer was wrong, so that another one may be right.
    pub(super) fn is_wrong_answer(&self) -> bool {
        self.error.code == "E0000068"
    }

    /// Whether a code was right but has been used: the next one may be.
    pub(super) fn is_used_code(&self) -> bool {
        self.is_wrong_answer() && self.error.summary.contains("only be used once")
    }

    /// Seconds to wait, where there were too many requests.
    pub(super) fn pause(&self) -> Option<i64> {
        (self.status == 429).then(|| self.wait.unwrap_or(1))
    }

    /// Whether an org on Identity Engine may answer so to those who come by this API.
    pub(super) fn may_be_the_engine(&self) -> bool {
        let of_api = !matches!(
            self.error.code.as_str(),
            "E0000004" | "E0000011" | "E0000064" | "E0000068" | "E0000069" | "E0000119"
        );
        of_api && matches!(self.status, 400 | 401 | 403 | 404 | 405)
    }

    /// The error that it is.
    pub(super) fn into_error(self, host: &str) -> AuthError {
        let Self { status, error: said, wait } = self;
        let error = match (status, said.code.as_str()) {
            (429, _) => {
                let again = wait.map_or("later".to_owned(), |seconds| format!("in {seconds} s"));
                build(Status::Throttled, host, "was asked too often")
                    .hint(format!("too many requests: try again {again}"))
            }
            (500.., _) => build(Status::IdpUnexpected, host, &format!("answered HTTP {status}"))
                .retryable(true)
                .hint("Okta is out of order: try again later"),
            (_, "E0000004") => build(Status::IdpRejected, host, "refused user or password").hint(
                "check UID and PWD; an account that is locked, and a sign-on policy that lets nobody in from here, are \
                 answered alike",
            ),
            (_, "E0000064") => password_expired(host),
            (_, "E0000069" | "E0000119") => locked_out(host),
            (_, "E0000068") => build(Status::IdpRejected, host, "refused the second factor"),
            (_, "E0000011") => build(Status::IdpRejected, host, "no longer knows this sign-in: it took too long")
                .retryable(true)
                .hint("log in again and answer the second factor sooner"),
            (_, "E0000058") => {
                build(Status::MfaRequired, host, "asks for a second factor that this API does not ask for")
                    .hint("use plugin_name=BrowserSAML")
            }
            (401 | 403, _) => build(Status::IdpRejected, host, "does not allow this sign-in")
                .hint("have an administrator look at the org's sign-on policy and its system log"),
            _ => build(Status::IdpUnexpected, host, &format!("answered HTTP {status}"))
                .hint("check idp_host: it must be an Okta org, such as example.okta.com"),
        };
        with_words(error, said).http_status(status)
    }
}

/// With Okta's own words, and what its support asks for.
fn with_words(error: AuthError, said: ApiError) -> AuthError {
    let error = error.service_code(said.code).and_message(&said.summary);
    match said.id {
        Some(id) => error.request_id(id),
        None => error,
    }
}

/// The error of a state that a person has to leave by hand; `None` for one that is not known.
pub(super) fn of_state(state: &Transaction, host: &str) -> Option<AuthError> {
    match state {
        Transaction::PasswordExpired => Some(password_expired(host)),
        Transaction::LockedOut => Some(locked_out(host)),
        Transaction::FactorMustBeEnrolled => {
            let error = build(Status::IdpRejected, host, "wants the user to set up a second factor first");
            Some(error.hint("sign in with a browser once and set it up"))
        }
        _ => None,
    }
}

fn password_expired(host: &str) -> AuthError {
    build(Status::IdpRejected, host, "wants the password to be changed: it has expired")
        .hint("sign in with a browser once and set a new password, then give that as PWD")
}

fn locked_out(host: &str) -> AuthError {
    build(Status::IdpRejected, host, "has locked the account")
        .hint("unlock it at Okta's sign-in page or have an administrator do it; check PWD before the next try")
}

fn build(status: Status, host: &str, what: &str) -> AuthError {
    AuthError::new(status, Stage::Idp, format!("Okta at {host} {what}"))
}
