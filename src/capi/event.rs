//! Events, for C: what a login needs of a person.

use super::boundary;
use super::constants::{RS_AUTH_EVENT_ABORT, RS_AUTH_EVENT_HANDLED, rs_auth_status};
use super::handle::needed;
use super::text::{self, CText, LazyText};
use crate::options::{Event, EventCallback, Reply};
use crate::secret::{SecretString, secret};
use std::ffi::{c_char, c_void};
use std::ptr;

/// Something that a login needs of a person. Borrowed: it and its strings are valid inside the event callback only.
pub struct rs_auth_event<'a> {
    core: &'a Event,
    text: LazyText,
    url: LazyText,
    code: LazyText,
    choices: Vec<CText>,
    answer: Option<SecretString>,
}

/// Receives events on the thread that made the call, while it is inside the call. It may take its time, within the time
/// limit of the call. It must not throw, longjmp or log in.
///
/// @param user_data  what was given to rs_auth_options_set_event_callback().
/// @param event      valid during the callback only.
/// @return RS_AUTH_EVENT_USE_DEFAULT, RS_AUTH_EVENT_HANDLED or RS_AUTH_EVENT_ABORT.
pub type rs_auth_event_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, event: *mut rs_auth_event<'_>) -> i32>;

/// The core's callback that calls the host's.
pub(super) fn bridge(
    callback: unsafe extern "C" fn(*mut c_void, *mut rs_auth_event<'_>) -> i32,
    user_data: *mut c_void,
) -> EventCallback {
    Box::new(move |core| {
        let choices = core.choices.iter().map(|choice| CText::new(choice)).collect();
        let (text, url, code) = (LazyText::default(), LazyText::default(), LazyText::default());
        let mut event = rs_auth_event { core, text, url, code, choices, answer: None };
        // SAFETY: the host gave callback and user data for this; the event outlives the callback.
        match unsafe { callback(user_data, &raw mut event) } {
            RS_AUTH_EVENT_HANDLED => Reply::Handled(event.answer),
            RS_AUTH_EVENT_ABORT => Reply::Abort,
            _ => Reply::UseDefault,
        }
    })
}

fn text(event: Option<&rs_auth_event<'_>>, body: fn(&rs_auth_event<'_>) -> *const c_char) -> *const c_char {
    boundary::value(ptr::null(), || event.map_or(ptr::null(), body))
}

/// RS_AUTH_EVENT_OPEN_URL ... RS_AUTH_EVENT_PASTE_URL, or a number of a newer library. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_kind(event: Option<&rs_auth_event<'_>>) -> i32 {
    event.map_or(0, |event| event.core.kind.number())
}

/// What to tell the person.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_text(event: Option<&rs_auth_event<'_>>) -> *const c_char {
    text(event, |event| event.text.of(Some(&event.core.text)))
}

/// The URL to open. NULL if the event has none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_url(event: Option<&rs_auth_event<'_>>) -> *const c_char {
    text(event, |event| event.url.of(event.core.url.as_deref()))
}

/// The code to type, or the number to tap. NULL if the event has none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_code(event: Option<&rs_auth_event<'_>>) -> *const c_char {
    text(event, |event| event.code.of(event.core.code.as_deref()))
}

/// How many choices there are; 0 for events without.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_choice_count(event: Option<&rs_auth_event<'_>>) -> usize {
    event.map_or(0, |event| event.choices.len())
}

/// One of the choices, counted from 0. NULL past the end.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_event_choice(event: Option<&rs_auth_event<'_>>, index: usize) -> *const c_char {
    event.and_then(|event| event.choices.get(index)).map_or(ptr::null(), CText::as_ptr)
}

/// Answers an event that asks for something. The last answer counts, and only if the callback then returns
/// RS_AUTH_EVENT_HANDLED.
///
/// @param event   the event.
/// @param answer  NUL-terminated UTF-8, copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_event_answer(
    event: Option<&mut rs_auth_event<'_>>,
    answer: *const c_char,
) -> rs_auth_status {
    boundary::status(None, || {
        let event = needed(event, "event")?;
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        event.answer = Some(secret(unsafe { text::argument(answer, "answer") }?));
        Ok(())
    })
}
