//! The report in JSON.

use super::board::{Step, Verdict};
use super::lines::{Line, Lines};
use super::{Kind, is_well};
use crate::credentials::{Credentials, Kind as ResultKind};
use crate::error::{AuthError, Stage};
use crate::explain;
use crate::login::plan::Plan;
use crate::ports::http::der::Certificate;
use crate::ports::platform::Platform;
use serde_json::{Value, json};
use std::time::Duration;

/// Grows with what is added; a member is never removed or changed in its meaning.
const SCHEMA: u32 = 1;

/// What the report tells besides the steps.
pub(super) struct Outcome<'a> {
    pub(super) plan: &'a Plan,
    pub(super) limit: Option<Duration>,
    pub(super) took: Duration,
    pub(super) platform: Platform,
}

pub(super) fn report(outcome: &Outcome<'_>, steps: &[Step], lines: &Lines) -> String {
    let Platform { system, architecture, kernel, distribution } = &outcome.platform;
    let mut report = json!({
        "schema": SCHEMA,
        "library": env!("CARGO_PKG_VERSION"),
        "build": concat!("git ", env!("RS_AUTH_GIT"), ", aws-lc ", env!("RS_AUTH_AWS_LC")),
        "platform": {
            "system": system,
            "architecture": architecture,
            "kernel": kernel,
            "distribution": distribution,
        },
        "ok": is_well(steps),
        "cause": cause(steps).map(cause_in_short),
        "method": outcome.plan.method.as_ref().map(|method| &method.name),
        "limit_ms": outcome.limit.map(ms),
        "took_ms": ms(outcome.took),
        "steps": steps.iter().map(step).collect::<Vec<_>>(),
        "log": lines.take().iter().map(line).collect::<Vec<_>>(),
    });
    explain::redact(&mut report);
    report.to_string()
}

/// The first that failed; where none did, the login that was not made.
fn cause(steps: &[Step]) -> Option<&Step> {
    let failed = steps.iter().find(|step| step.verdict == Some(Verdict::Fail));
    let not_made = || steps.iter().find(|step| step.kind == Kind::Login && step.verdict != Some(Verdict::Pass));
    failed.or_else(not_made)
}

fn cause_in_short(step: &Step) -> Value {
    json!({ "step": step.id(), "message": step.message, "hint": step.hint })
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id(),
        "stage": step.kind.stage(),
        "subject": step.subject,
        "result": match step.verdict {
            Some(Verdict::Pass) => "pass",
            Some(Verdict::Warn) => "warn",
            Some(Verdict::Fail) => "fail",
            Some(Verdict::Skip) | None => "skip",
        },
        "took_ms": step.took.map(ms),
        "message": step.message,
        "hint": step.hint,
        "error": step.error.as_ref().map(error),
        "addresses": step.addresses,
        "tls_version": step.tls_version,
        "certificates": step.certificates.iter().map(certificate).collect::<Vec<_>>(),
    })
}

fn error(error: &AuthError) -> Value {
    json!({
        "status": error.status().number(),
        "name": error.status().name(),
        "sqlstate": error.status().sqlstate(),
        "stage": error.stage().map(Stage::name),
        "plugin": error.plugin(),
        "service_code": error.code(),
        "request_id": error.request(),
        "http_status": error.http(),
        "retryable": error.is_retryable(),
    })
}

fn certificate(certificate: &Certificate) -> Value {
    let Certificate { subject, issuer, not_before, not_after } = certificate;
    json!({ "subject": subject, "issuer": issuer, "not_before": not_before, "not_after": not_after })
}

fn line(line: &Line) -> Value {
    json!({ "at_ms": ms(line.at), "level": line.level.name(), "target": line.target, "message": line.text })
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a login has brought, without what is secret of it.
pub(super) fn success(credentials: &Credentials) -> String {
    match credentials.kind {
        ResultKind::DbPassword => {
            let user = credentials.user.as_deref().unwrap_or_default();
            format!("it works: AWS gave a password for the database user {user}")
        }
        ResultKind::NativeToken => {
            "it works as far as the token: whether the database takes it is for it to say".to_owned()
        }
        ResultKind::AwsKeys => "it works: there are AWS keys".to_owned(),
    }
}
