//! Programs that stand for a person: each gets what an event shows, and may print an answer.

use super::job::{Call, Raised};
use rs_auth::capi::{
    RS_AUTH_EVENT_DEVICE_CODE, RS_AUTH_EVENT_HANDLED, RS_AUTH_EVENT_OPEN_URL, RS_AUTH_EVENT_PASTE_URL,
};
use std::ffi::CString;
use std::process::Command;

/// Runs the program that the call has for that event to its end: what it answers, and what the callback returns.
pub fn run(call: &Call, raised: &Raised) -> Option<(Option<CString>, i32)> {
    let (program, argument) = match raised.kind {
        RS_AUTH_EVENT_OPEN_URL => (&call.shows_with, raised.url.clone()),
        RS_AUTH_EVENT_DEVICE_CODE => (&call.shows_codes_with, format!("{} {}", raised.url, raised.code)),
        RS_AUTH_EVENT_PASTE_URL => (&call.pastes_with, raised.url.clone()),
        _ => return None,
    };
    let printed = Command::new(program.as_ref()?).arg(argument).output().unwrap().stdout;
    let answers = raised.kind == RS_AUTH_EVENT_PASTE_URL;
    Some((answers.then(|| CString::new(printed).unwrap()), RS_AUTH_EVENT_HANDLED))
}
