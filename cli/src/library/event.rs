//! What a login needs of a person.

use super::text::{Text, borrowed};
use rs_auth::capi::{
    RS_AUTH_EVENT_ABORT, RS_AUTH_EVENT_ASK_OTP, RS_AUTH_EVENT_DEVICE_CODE, RS_AUTH_EVENT_HANDLED,
    RS_AUTH_EVENT_OPEN_URL, RS_AUTH_EVENT_PASTE_URL, RS_AUTH_EVENT_PICK_FACTOR, RS_AUTH_EVENT_PICK_ROLE,
    RS_AUTH_EVENT_PUSH_SENT, RS_AUTH_EVENT_SHOW_NUMBER, RS_AUTH_EVENT_USE_DEFAULT, RS_AUTH_EVENT_WAITING,
    RS_AUTH_STATUS_OK, rs_auth_event, rs_auth_event_answer, rs_auth_event_choice, rs_auth_event_choice_count,
    rs_auth_event_code, rs_auth_event_kind, rs_auth_event_text, rs_auth_event_url,
};
use std::ffi::c_void;
use zeroize::Zeroizing;

/// Kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A login page is to be shown.
    OpenUrl,
    /// A URL is to be opened and a code to be typed there.
    DeviceCode,
    /// A one-time code is asked for.
    AskOtp,
    /// A number to tap on the phone.
    ShowNumber,
    /// The phone asks for consent.
    PushSent,
    /// One of several roles.
    PickRole,
    /// One of several second factors.
    PickFactor,
    /// Somebody else is signing in for the same identity.
    Waiting,
    /// The URL at which a browser elsewhere ended.
    PasteUrl,
    /// Of a newer library.
    Unknown,
}

/// An event, with its texts.
#[derive(Debug, Clone)]
pub struct Event {
    /// What is needed.
    pub kind: Kind,
    /// For a person to read.
    pub text: String,
    /// What to open.
    pub url: Option<String>,
    /// What to type or to tap.
    pub code: Option<String>,
    /// What to choose from.
    pub choices: Vec<String>,
}

/// What came of an event.
pub enum Reply {
    /// The library does what it does without anybody.
    Default,
    /// Done.
    Handled,
    /// The answer.
    Answer(Zeroizing<String>),
    /// The login is to end.
    Abort,
}

/// Who takes events. They come on the thread that made the call.
pub type Listener = Box<dyn Fn(&Event) -> Reply>;

/// The library's callback; its user data is a [`Listener`].
pub unsafe extern "C" fn callback(user_data: *mut c_void, event: *mut rs_auth_event<'_>) -> i32 {
    // SAFETY: the options own the listener and live during the call; the event is valid for this callback.
    let (listener, event) = unsafe { (&*user_data.cast::<Listener>(), event.as_mut()) };
    let Some(event) = event else { return RS_AUTH_EVENT_USE_DEFAULT };
    match listener(&read(event)) {
        Reply::Default => RS_AUTH_EVENT_USE_DEFAULT,
        Reply::Handled => RS_AUTH_EVENT_HANDLED,
        Reply::Abort => RS_AUTH_EVENT_ABORT,
        Reply::Answer(answer) => match Text::new(&answer, "the answer") {
            // SAFETY: NUL-terminated; the library copies it.
            Ok(text) if unsafe { rs_auth_event_answer(Some(event), text.as_ptr()) } == RS_AUTH_STATUS_OK => {
                RS_AUTH_EVENT_HANDLED
            }
            _ => RS_AUTH_EVENT_ABORT,
        },
    }
}

fn read(event: &rs_auth_event<'_>) -> Event {
    // SAFETY: strings of an event live as long as the event.
    unsafe {
        Event {
            kind: kind(rs_auth_event_kind(Some(event))),
            text: borrowed(rs_auth_event_text(Some(event))).unwrap_or_default().to_owned(),
            url: borrowed(rs_auth_event_url(Some(event))).map(str::to_owned),
            code: borrowed(rs_auth_event_code(Some(event))).map(str::to_owned),
            choices: (0..rs_auth_event_choice_count(Some(event)))
                .filter_map(|index| borrowed(rs_auth_event_choice(Some(event), index)))
                .map(str::to_owned)
                .collect(),
        }
    }
}

fn kind(number: i32) -> Kind {
    match number {
        RS_AUTH_EVENT_OPEN_URL => Kind::OpenUrl,
        RS_AUTH_EVENT_DEVICE_CODE => Kind::DeviceCode,
        RS_AUTH_EVENT_ASK_OTP => Kind::AskOtp,
        RS_AUTH_EVENT_SHOW_NUMBER => Kind::ShowNumber,
        RS_AUTH_EVENT_PUSH_SENT => Kind::PushSent,
        RS_AUTH_EVENT_PICK_ROLE => Kind::PickRole,
        RS_AUTH_EVENT_PICK_FACTOR => Kind::PickFactor,
        RS_AUTH_EVENT_WAITING => Kind::Waiting,
        RS_AUTH_EVENT_PASTE_URL => Kind::PasteUrl,
        _ => Kind::Unknown,
    }
}
