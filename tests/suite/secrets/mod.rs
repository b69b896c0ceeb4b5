//! No secret is ever told: not in errors, not in log lines, not in the log file, not in what a person is asked, whatever
//! goes wrong. The search itself is tested beside it: what is there is found.

mod aws;
mod browsers;
mod faults;
mod given;
pub mod plugins;
mod requests;
pub mod search;

use crate::probe::Outcome;

const TRACE: i32 = 5;
/// In every secret that is planted, so that no piece of one can pass.
pub const CANARY: &str = "cAnArY";

/// A secret. Its characters are those that encodings change.
pub fn secret(name: &str) -> String {
    format!("{CANARY}-{name}/+=;&%{CANARY}")
}

/// A secret with all that a person can type.
pub fn odd_secret(name: &str) -> String {
    format!("{CANARY} {name} \"<'>&+/\\%41=;\u{fc}{CANARY}")
}

/// Everything that a host, a log or a person gets to see.
pub fn seen(outcome: &Outcome) -> String {
    let lines: Vec<_> = outcome.lines.iter().map(|(_, target, line)| format!("{target} {line}")).collect();
    let events: Vec<_> =
        outcome.raised.iter().map(|raised| format!("{} {}", raised.text, raised.choices.join(" "))).collect();
    let error = [&outcome.message, &outcome.hint, &outcome.short_text, &outcome.code, &outcome.request_id];
    format!("{}\n{}\n{}", error.map(String::as_str).join("\n"), events.join("\n"), lines.join("\n"))
}
