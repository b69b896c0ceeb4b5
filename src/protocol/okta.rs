//! Messages of Okta's Authentication API (`/api/v1/authn`): what is sent, the states of a sign-in, errors.

mod factor;

pub use factor::{Factor, FactorKind, labels};

use crate::error::{AuthError, Stage, Status};
use crate::redact;
use crate::secret::{ExposeSecret, SecretString, secret};
use serde::Serialize;
use serde_json::Value;
use url::Url;

const WORD_SHOWN: usize = 60;
const SENTENCE_SHOWN: usize = 300;

/// Where a sign-in stands.
#[derive(Debug)]
pub enum Transaction {
    /// Done: the session token opens a session, once.
    Success(SecretString),
    /// One of these factors must be verified.
    FactorRequired {
        /// Stands for the sign-in.
        state: SecretString,
        /// In Okta's order.
        factors: Vec<Factor>,
    },
    /// A factor is being verified.
    FactorChallenged(Box<Challenge>),
    /// The password expires soon; the way on is to skip that.
    PasswordWarning {
        /// Stands for the sign-in.
        state: SecretString,
        /// Where to skip it.
        skip: Url,
    },
    /// The password must be changed first.
    PasswordExpired,
    /// Too many wrong passwords.
    LockedOut,
    /// A second factor must be set up first.
    FactorMustBeEnrolled,
    /// Something else, by Okta's word.
    Other(String),
}

/// A factor that is being verified.
#[derive(Debug)]
pub struct Challenge {
    /// Stands for the sign-in.
    pub state: SecretString,
    /// The factor, if the answer names it.
    pub factor: Option<Factor>,
    /// How it stands; none for factors that wait for an answer.
    pub result: FactorResult,
    /// The number to tap on the phone. It comes only once the phone shows the choice.
    pub number: Option<String>,
    /// Where to ask or to answer next.
    pub next: Option<Url>,
}

/// How the verification of a factor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorResult {
    /// Something must be answered.
    Asked,
    /// The phone has not answered.
    Waiting,
    /// The person said no.
    Rejected,
    /// Nobody said anything.
    TimedOut,
    /// Something else, by Okta's word.
    Other(String),
}

impl Transaction {
    /// Reads an answer of the org at `org`; `None` if it is no JSON object. Links that lead elsewhere are refused: the
    /// state token is as good as the password that it stands for.
    pub fn read(body: &[u8], org: &Url) -> Option<Result<Self, AuthError>> {
        let value: Value = serde_json::from_slice(body).ok()?;
        value.is_object().then(|| Self::of(&value, org))
    }

    fn of(value: &Value, org: &Url) -> Result<Self, AuthError> {
        let status = text(value, "/status").ok_or_else(|| lacks("status"))?;
        let state = || text(value, "/stateToken").map(secret).ok_or_else(|| lacks("stateToken"));
        Ok(match status.to_ascii_uppercase().as_str() {
            "SUCCESS" => Self::Success(text(value, "/sessionToken").map(secret).ok_or_else(|| lacks("sessionToken"))?),
            "MFA_REQUIRED" => Self::FactorRequired { state: state()?, factors: factors(value, org)? },
            "MFA_CHALLENGE" => Self::FactorChallenged(Box::new(Challenge::of(value, state()?, org)?)),
            "PASSWORD_WARN" => {
                let skip = link(value, "/_links/skip", org)?.ok_or_else(|| lacks("_links.skip"))?;
                Self::PasswordWarning { state: state()?, skip }
            }
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "LOCKED_OUT" => Self::LockedOut,
            "MFA_ENROLL" | "MFA_ENROLL_ACTIVATE" => Self::FactorMustBeEnrolled,
            _ => Self::Other(redact::head(status, WORD_SHOWN)),
        })
    }

    /// Okta's word for it, for log lines.
    pub fn name(&self) -> &str {
        match self {
            Self::Success(_) => "SUCCESS",
            Self::FactorRequired { .. } => "MFA_REQUIRED",
            Self::FactorChallenged(_) => "MFA_CHALLENGE",
            Self::PasswordWarning { .. } => "PASSWORD_WARN",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::LockedOut => "LOCKED_OUT",
            Self::FactorMustBeEnrolled => "MFA_ENROLL",
            Self::Other(word) => word,
        }
    }
}

impl Challenge {
    fn of(value: &Value, state: SecretString, org: &Url) -> Result<Self, AuthError> {
        let next = link(value, "/_links/next", org)?;
        // The documentation shows the one factor under both names.
        let factor = ["/_embedded/factor", "/_embedded/factors"]
            .into_iter()
            .filter_map(|path| value.pointer(path))
            .find(|factor| factor.is_object());
        let number = match factor.and_then(|factor| factor.pointer("/_embedded/challenge/correctAnswer")) {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::String(text)) if !text.trim().is_empty() => Some(redact::head(text, WORD_SHOWN)),
            _ => None,
        };
        let factor = match (factor, &next) {
            (Some(factor), Some(next)) => Some(Factor::of(factor, next.clone())),
            _ => None,
        };
        Ok(Self { state, factor, result: FactorResult::of(text(value, "/factorResult")), number, next })
    }
}

impl FactorResult {
    fn of(word: Option<&str>) -> Self {
        match word {
            None | Some("CHALLENGE") => Self::Asked,
            Some("WAITING") => Self::Waiting,
            Some("REJECTED") => Self::Rejected,
            Some("TIMEOUT") => Self::TimedOut,
            Some(other) => Self::Other(redact::head(other, WORD_SHOWN)),
        }
    }
}

fn factors(value: &Value, org: &Url) -> Result<Vec<Factor>, AuthError> {
    let all =
        value.pointer("/_embedded/factors").and_then(Value::as_array).ok_or_else(|| lacks("_embedded.factors"))?;
    let mut factors = Vec::new();
    for factor in all {
        // One without a link cannot be verified from here.
        if let Some(verify) = link(factor, "/_links/verify", org)? {
            factors.push(Factor::of(factor, verify));
        }
    }
    Ok(factors)
}

/// The text at a path, if there is any.
fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A link of the org's own. Some are lists of one.
fn link(value: &Value, path: &str, org: &Url) -> Result<Option<Url>, AuthError> {
    let at = value.pointer(path);
    let Some(href) = at.and_then(|link| text(link, "/href").or_else(|| text(link, "/0/href"))) else { return Ok(None) };
    let url = org.join(href).map_err(|_| fault("has a link that is no URL"))?;
    if url.origin() == org.origin() {
        return Ok(Some(url));
    }
    let elsewhere = url.host_str().unwrap_or_default();
    let to = redact::head(&format!("{}://{elsewhere}", url.scheme()), 2 * WORD_SHOWN);
    Err(fault(&format!("leads to {to}, another host than the one that was asked; nothing is sent there"))
        .hint("if that is a name of the same org, give it as idp_host; otherwise ask the org's administrator"))
}

fn lacks(member: &str) -> AuthError {
    fault(&format!("has no {member}")).hint("check idp_host: it must be an Okta org, such as example.okta.com")
}

fn fault(what: &str) -> AuthError {
    AuthError::new(Status::IdpUnexpected, Stage::Idp, format!("Okta's answer to the sign-in {what}"))
}

/// The body of the first request.
pub fn credentials(user: &str, password: &SecretString) -> Vec<u8> {
    #[derive(Serialize)]
    struct Credentials<'a> {
        username: &'a str,
        password: &'a str,
    }
    body(&Credentials { username: user, password: password.expose_secret() })
}

/// What is answered to a factor.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// Nothing: have a code sent or the phone asked, or ask whether it has answered.
    None,
    /// A code.
    Code(&'a SecretString),
    /// The answer to a question.
    Words(&'a SecretString),
}

/// The body of every further request.
pub fn continuation(state: &SecretString, answer: Answer<'_>) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Continuation<'a> {
        state_token: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        pass_code: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        answer: Option<&'a str>,
    }
    let (pass_code, answer) = match answer {
        Answer::None => (None, None),
        Answer::Code(code) => (Some(code.expose_secret()), None),
        Answer::Words(words) => (None, Some(words.expose_secret())),
    };
    body(&Continuation { state_token: state.expose_secret(), pass_code, answer })
}

/// Strings always serialise.
fn body(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// An error as Okta spells it. Its texts are fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// `E0000004`, …
    pub code: String,
    /// What went wrong, and why where that is told.
    pub summary: String,
    /// For Okta's support.
    pub id: Option<String>,
}

impl ApiError {
    /// The error in a body, if one stands there.
    pub fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let code = redact::head(text(&value, "/errorCode")?, WORD_SHOWN);
        let causes = value.pointer("/errorCauses").and_then(Value::as_array).into_iter().flatten();
        let summaries =
            text(&value, "/errorSummary").into_iter().chain(causes.filter_map(|cause| text(cause, "/errorSummary")));
        let summary = summaries.map(|text| text.trim().trim_end_matches('.')).collect::<Vec<_>>().join("; ");
        // It looks as random as a token, and support asks for it.
        let id = text(&value, "/errorId").map(|id| redact::without_known(id).chars().take(WORD_SHOWN).collect());
        Some(Self { code, summary: redact::head(&summary, SENTENCE_SHOWN), id })
    }
}

/// The engine that an org runs on, as `/.well-known/okta-organization` tells it.
pub fn engine(body: &[u8]) -> Option<&'static str> {
    let value: Value = serde_json::from_slice(body).ok()?;
    text(&value, "/pipeline").map(|pipeline| if pipeline == "idx" { "Identity Engine" } else { "the classic engine" })
}

/// Whether `/.well-known/okta-organization` says that the org runs on Identity Engine.
pub fn is_identity_engine(body: &[u8]) -> bool {
    engine(body) == Some("Identity Engine")
}

#[cfg(test)]
mod tests;
