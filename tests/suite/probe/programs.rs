//! Programs that stand for a person: each gets what an event shows, and may print an answer.

use super::job::{Call, Raised};
use rs_auth::capi::{RS_AUTH_EVENT_DEVICE_CODE, RS_AUTH_EVENT_OPEN_URL, RS_AUTH_EVENT_PASTE_URL};
use std::ffi::CString;
use std::process::Command;

/// Runs the program that the call has for that event to its end. The inner text is what it answers.
pub fn run(call: &Call, raised: &Raised) -> Option<Option<CString>> {
    match raised.kind {
        RS_AUTH_EVENT_OPEN_URL => shown(call.shows_with.as_ref()?, &raised.url),
        RS_AUTH_EVENT_DEVICE_CODE => shown(call.shows_codes_with.as_ref()?, &format!("{} {}", raised.url, raised.code)),
        RS_AUTH_EVENT_PASTE_URL => {
            let printed = Command::new(call.pastes_with.as_ref()?).arg(&raised.url).output().unwrap().stdout;
            Some(Some(CString::new(printed).unwrap()))
        }
        _ => None,
    }
}

fn shown(program: &str, argument: &str) -> Option<Option<CString>> {
    Command::new(program).arg(argument).status().unwrap();
    Some(None)
}
