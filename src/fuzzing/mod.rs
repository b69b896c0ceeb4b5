//! What comes from outside, a function a format: any bytes in, nothing out. A panic is a finding, and so is what breaks a
//! promise: texts that do not survive the way there and back, secrets in errors, answers taken from somebody else.
//!
//! The programs in `fuzz/` call these with bytes that libFuzzer makes up; tests call them with every seed, whole and cut,
//! and for some seconds with changed seeds.

#![allow(clippy::missing_panics_doc)] // a panic is a finding

mod aws;
mod browser;
mod dsn;
#[cfg(test)]
mod mutate;
mod provider;
mod stored;
#[cfg(test)]
mod tests;
mod untold;

pub use crate::capi::fuzzed::c_interface;
pub use aws::{aws_answer, aws_keys, aws_profile};
pub use browser::{listener, pasted_url};
pub use dsn::{connection_string, jdbc_url, odbc_ini};
pub use provider::{html_form, jwt, oauth2, okta, saml};
pub use stored::{disk_cache, sso_cache};

use crate::error::AuthError;
use crate::secret::{SecretString, secret};
use std::borrow::Cow;
use std::future::Future;

/// A target.
pub type Target = (&'static str, fn(&[u8]));

/// All of them, by the names of their programs and of the directories of their seeds.
pub const TARGETS: [Target; 16] = [
    ("aws_answer", aws_answer),
    ("aws_keys", aws_keys),
    ("aws_profile", aws_profile),
    ("c_interface", c_interface),
    ("connection_string", connection_string),
    ("disk_cache", disk_cache),
    ("html_form", html_form),
    ("jdbc_url", jdbc_url),
    ("jwt", jwt),
    ("listener", listener),
    ("oauth2", oauth2),
    ("odbc_ini", odbc_ini),
    ("okta", okta),
    ("pasted_url", pasted_url),
    ("saml", saml),
    ("sso_cache", sso_cache),
];

/// A secret of nobody: added to what is read, it must come out nowhere but in its value.
const CANARY: &str = "cAn4ryOfTheM1ne";

fn text(bytes: &[u8]) -> SecretString {
    secret(String::from_utf8_lossy(bytes))
}

/// No part of an error may tell a secret.
fn keeps_secrets(error: &AuthError) {
    let told = whole(error);
    assert!(!told.contains(CANARY), "a secret in an error: {told}");
}

/// All that an error says, and to whom.
fn whole(error: &AuthError) -> String {
    format!("{error:?} {error} {}", error.hint_text().unwrap_or_default())
}

/// Parts of an input that hold different files: lines of `%%` stand between them.
fn parts(bytes: &[u8]) -> (Cow<'_, str>, Cow<'_, str>) {
    const BETWEEN: &[u8] = b"\n%%\n";
    let at = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    let (first, second) = match at {
        Some(at) => (bytes.get(..at), bytes.get(at + BETWEEN.len()..)),
        None => (Some(bytes), None),
    };
    (String::from_utf8_lossy(first.unwrap_or_default()), String::from_utf8_lossy(second.unwrap_or_default()))
}

/// Runs what waits for nothing but itself.
fn run<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
