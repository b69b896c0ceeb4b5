//! Why the program ends without having done what it was asked, and the number that it ends with.

use crate::library::{Refusal, status_name};
use std::fmt::Write;
use std::io;

/// What the program ends with; docs/program.md has the table.
pub mod code {
    /// Done.
    pub const OK: u8 = 0;
    /// The command line, or a setting.
    pub const USAGE: u8 = 2;
    /// Network, TLS, proxy.
    pub const NETWORK: u8 = 3;
    /// The identity provider, or the way to it.
    pub const IDENTITY_PROVIDER: u8 = 4;
    /// AWS.
    pub const AWS: u8 = 5;
    /// The time limit, or somebody who would not go on.
    pub const TIMEOUT: u8 = 6;
    /// The program, the library or the machine.
    pub const INTERNAL: u8 = 7;
    /// The command of `exec` cannot be executed: as shells and env(1) have it.
    pub const NOT_EXECUTABLE: u8 = 126;
    /// The command of `exec` is not there.
    pub const NOT_FOUND: u8 = 127;
    /// Added to the number of the signal that ended the program.
    pub const SIGNAL: u8 = 128;
}

/// Why it was not done.
#[derive(Debug)]
pub enum Failure {
    /// The library says so.
    Library(Box<Refusal>),
    /// What was asked makes no sense.
    Usage(String),
    /// This machine does not play along.
    System(String),
    /// The command of `exec` was not started.
    NotStarted {
        /// The command.
        command: String,
        /// The reason.
        reason: io::Error,
    },
    /// A report was shown whose worst finding has this status.
    Found(i32),
    /// Nobody reads what is written.
    NobodyReads,
    /// A signal came, which this number tells.
    Interrupted(u8),
}

impl Failure {
    /// What was asked makes no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// This machine does not play along.
    pub fn system(message: impl Into<String>) -> Self {
        Self::System(message.into())
    }

    /// The number that the program ends with.
    pub fn code(&self) -> u8 {
        match self {
            Self::Library(refusal) => class(refusal.status),
            Self::Found(status) => class(*status),
            Self::Usage(_) => code::USAGE,
            Self::System(_) => code::INTERNAL,
            Self::NotStarted { reason, .. } if reason.kind() == io::ErrorKind::NotFound => code::NOT_FOUND,
            Self::NotStarted { .. } => code::NOT_EXECUTABLE,
            // As a program that SIGPIPE ends.
            Self::NobodyReads => code::SIGNAL + 13,
            Self::Interrupted(code) => *code,
        }
    }

    /// For standard error; `None` where there is nothing left to say.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Library(refusal) => Some(of_library(refusal)),
            Self::Usage(message) | Self::System(message) => Some(format!("rs-auth: {message}")),
            Self::NotStarted { command, reason } => Some(format!("rs-auth: {command} cannot be started: {reason}")),
            Self::Found(_) | Self::NobodyReads | Self::Interrupted(_) => None,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::NobodyReads } else { Self::System(error.to_string()) }
    }
}

/// The class of a status, as a number to end with.
pub fn class(status: i32) -> u8 {
    match status {
        0 => code::OK,
        100..=199 => code::USAGE,
        200..=299 => code::NETWORK,
        300..=399 => code::IDENTITY_PROVIDER,
        400..=499 => code::AWS,
        500..=599 => code::TIMEOUT,
        _ => code::INTERNAL,
    }
}

/// Message, hint, and a line of what a report of the failure should quote.
fn of_library(refusal: &Refusal) -> String {
    let mut text = format!("rs-auth: {}", refusal.message);
    if let Some(hint) = &refusal.hint {
        let _ = write!(text, "\n  hint: {hint}");
    }
    let http = (refusal.http_status != 0).then(|| refusal.http_status.to_string());
    let parts = [
        ("SQLSTATE", refusal.sqlstate.as_ref()),
        ("stage", refusal.stage.as_ref()),
        ("plugin", refusal.plugin.as_ref()),
        ("code", refusal.service_code.as_ref()),
        ("request", refusal.request_id.as_ref()),
        ("HTTP", http.as_ref()),
    ];
    let _ = write!(text, "\n  [{} {}", status_name(refusal.status), refusal.status);
    for (name, value) in parts {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {value}");
        }
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_status_has_its_number() {
        let numbers = [0, 100, 103, 200, 202, 300, 306, 400, 404, 500, 501, 900, 901].map(class);
        assert_eq!(numbers, [0, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
        assert_eq!([1, 2, 3, -1, 777].map(class), [7; 5]);
    }

    #[test]
    fn a_failure_is_told_with_hint_and_codes() {
        let mut refusal = Refusal { status: 400, message: "No.".into(), ..Refusal::default() };
        let text = |refusal: &Refusal| Failure::Library(Box::new(refusal.clone())).text().unwrap();
        assert_eq!(text(&refusal), "rs-auth: No.\n  [RS_AUTH_STATUS_ACCESS_DENIED 400]");
        refusal.hint = Some("Ask.".into());
        refusal.service_code = Some("AccessDenied".into());
        refusal.http_status = 403;
        let all = "rs-auth: No.\n  hint: Ask.\n  [RS_AUTH_STATUS_ACCESS_DENIED 400, code AccessDenied, HTTP 403]";
        assert_eq!(text(&refusal), all);
    }

    #[test]
    fn a_command_that_is_not_there_differs_from_one_that_may_not_run() {
        let of = |kind: io::ErrorKind| Failure::NotStarted { command: "psql".into(), reason: kind.into() }.code();
        assert_eq!((of(io::ErrorKind::NotFound), of(io::ErrorKind::PermissionDenied)), (127, 126));
    }
}
