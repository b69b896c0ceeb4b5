//! Callbacks: from the core through the C interface to the host and back, without a login around them.

use super::super::*;
use super::{taken, text};
use crate::error::Status;
use crate::log::Level;
use crate::options::{Event, EventKind, HostProof, Reply};
use crate::secret::ExposeSecret;
use std::ffi::{c_char, c_void};
use std::ptr;

/// The user data of the callbacks below: what they saw, and what they are to answer.
struct Seen {
    lines: Vec<String>,
    answer: i32,
}

pub(super) unsafe extern "C" fn on_log(
    user_data: *mut c_void,
    level: i32,
    target: *const c_char,
    message: *const c_char,
) {
    // SAFETY: every test that lets a line through gives a `Seen`.
    let seen = unsafe { &mut *user_data.cast::<Seen>() };
    seen.lines.push(format!("{level} {} {}", text(target).unwrap(), text(message).unwrap()));
}

unsafe extern "C" fn on_event(user_data: *mut c_void, event: *mut rs_auth_event<'_>) -> i32 {
    // SAFETY: the tests give a `Seen`; the event lives during the callback.
    let (seen, event) = unsafe { (&mut *user_data.cast::<Seen>(), &mut *event) };
    let it = Some(&*event);
    let choices = (0..rs_auth_event_choice_count(it)).filter_map(|index| text(rs_auth_event_choice(it, index)));
    let line = format!("{} {}", rs_auth_event_kind(it), choices.collect::<Vec<_>>().join(","));
    assert!(rs_auth_event_choice(it, rs_auth_event_choice_count(it)).is_null());
    assert_eq!((text(rs_auth_event_url(it)), text(rs_auth_event_code(it))), (Some("https://idp"), None));
    seen.lines.push(line);
    // SAFETY: a static string, and NULL, which is refused.
    unsafe {
        assert_eq!(rs_auth_event_answer(Some(event), c"two".as_ptr()), 0);
        assert_eq!(rs_auth_event_answer(Some(event), ptr::null()), RS_AUTH_STATUS_INVALID_ARGUMENT);
    }
    seen.answer
}

unsafe extern "C" fn on_plugin(
    user_data: *mut c_void,
    request: *const rs_auth_plugin_request<'_>,
    reply: *mut rs_auth_plugin_reply,
) -> i32 {
    // SAFETY: the tests give a `Seen`; request and reply live during the callback.
    unsafe {
        let (seen, request, reply) = (&mut *user_data.cast::<Seen>(), &*request, &mut *reply);
        let value = rs_auth_plugin_request_get(Some(request), c"uid".as_ptr());
        assert!(rs_auth_plugin_request_get(Some(request), c"nothing".as_ptr()).is_null());
        assert!(rs_auth_plugin_request_get(Some(request), ptr::null()).is_null());
        assert_eq!(text(value), Some("alice"), "an earlier answer stays");
        let set = match seen.lines.pop().unwrap().as_str() {
            "empty" => 0,
            "saml" => rs_auth_plugin_reply_set_saml_response(Some(reply), c"PHNhbWw+".as_ptr()),
            "token" => {
                let token = c"tok".as_ptr();
                assert_eq!(rs_auth_plugin_reply_set_native_token(Some(reply), token, ptr::null(), ptr::null(), -2), 1);
                rs_auth_plugin_reply_set_native_token(Some(reply), token, ptr::null(), c"Okta".as_ptr(), -1)
            }
            "error" => {
                assert_eq!(rs_auth_plugin_reply_set_error(Some(reply), 0, c"fine".as_ptr()), 1);
                assert_eq!(rs_auth_plugin_reply_set_error(Some(reply), 77, c"odd".as_ptr()), 1);
                rs_auth_plugin_reply_set_error(Some(reply), RS_AUTH_STATUS_MFA_REQUIRED, c"no phone".as_ptr())
            }
            other => panic!("{other}"),
        };
        assert_eq!(set, 0);
        seen.answer
    }
}

#[test]
fn log_lines_reach_the_host() {
    let mut seen = Seen { lines: Vec::new(), answer: 0 };
    let mut options = taken(rs_auth_options_new());
    let data = (&raw mut seen).cast();
    // SAFETY: `seen` outlives the options.
    let status = unsafe { rs_auth_options_set_log_callback(Some(&mut options), Some(on_log), RS_AUTH_LOG_INFO, data) };
    assert_eq!(status, 0);
    let (write, finest) = options.core().log.as_ref().unwrap();
    assert_eq!(*finest, Level::Info);
    write(Level::Warn, "login", "careful");
    assert_eq!(seen.lines, ["2 login careful"]);
}

#[test]
fn events_reach_the_host_and_its_answer_comes_back() {
    let mut seen = Seen { lines: Vec::new(), answer: 0 };
    let data: *mut Seen = &raw mut seen;
    let mut options = taken(rs_auth_options_new());
    // SAFETY: `seen` outlives the options.
    assert_eq!(unsafe { rs_auth_options_set_event_callback(Some(&mut options), Some(on_event), data.cast()) }, 0);
    let event = Event {
        kind: EventKind::PickRole,
        text: "Pick".to_owned(),
        url: Some("https://idp".to_owned()),
        code: None,
        choices: vec!["one".to_owned(), "two".to_owned()],
    };
    let mut replies = Vec::new();
    for answer in [RS_AUTH_EVENT_USE_DEFAULT, RS_AUTH_EVENT_HANDLED, RS_AUTH_EVENT_ABORT, 3, -1] {
        // SAFETY: `seen` lives, and nobody else uses it now.
        unsafe { (*data).answer = answer };
        replies.push(match options.core().events.as_ref().unwrap()(&event) {
            Reply::UseDefault => "default".to_owned(),
            Reply::Handled(answer) => answer.unwrap().expose_secret().to_owned(),
            Reply::Abort => "abort".to_owned(),
        });
    }
    assert_eq!(replies, ["default", "two", "abort", "default", "default"]);
    assert_eq!(seen.lines[0], "6 one,two");
}

#[test]
fn a_plugin_of_the_host_answers_fails_or_aborts() {
    let mut seen = Seen { lines: Vec::new(), answer: 0 };
    let data: *mut Seen = &raw mut seen;
    let mut options = taken(rs_auth_options_new());
    // SAFETY: static strings.
    unsafe {
        assert_eq!(rs_auth_options_add_plugin(Some(&mut options), c" ".as_ptr(), Some(on_plugin), data.cast()), 1);
        assert_eq!(
            rs_auth_options_add_plugin(Some(&mut options), c"Mine".as_ptr(), Some(on_plugin), ptr::null_mut()),
            0
        );
        assert_eq!(rs_auth_options_add_plugin(Some(&mut options), c"mine".as_ptr(), Some(on_plugin), data.cast()), 0);
    }
    assert_eq!(options.core().plugins.len(), 1, "the later one of a name replaces the earlier");
    assert_eq!(options.core().plugins[0].identity.1, data.addr());
    let ask = |task: &str, answer: i32| {
        // SAFETY: `seen` lives, and nobody else uses it now.
        unsafe {
            (*data).lines.push(task.to_owned());
            (*data).answer = answer;
        }
        (options.core().plugins[0].callback)(&|key| key.eq_ignore_ascii_case("UID").then(|| "alice".to_owned()))
    };
    assert!(matches!(ask("saml", 0), Ok(HostProof::SamlResponse(saml)) if saml.expose_secret() == "PHNhbWw+"));
    let token = ask("token", 0).unwrap();
    assert!(matches!(token, HostProof::NativeToken { token_type: None, idp_type: Some(_), expires_at: None, .. }));
    let failures = [("error", 0), ("empty", 0), ("saml", 7), ("saml", RS_AUTH_EVENT_ABORT)].map(|(task, answer)| {
        let error = ask(task, answer).unwrap_err();
        error.status()
    });
    assert_eq!(failures, [Status::MfaRequired, Status::IdpUnexpected, Status::IdpUnexpected, Status::Cancelled]);
    // SAFETY: a static string.
    unsafe { assert_eq!(rs_auth_options_add_plugin(Some(&mut options), c"MINE".as_ptr(), None, ptr::null_mut()), 0) };
    assert!(options.core().plugins.is_empty());
}
