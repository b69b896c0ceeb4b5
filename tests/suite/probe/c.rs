//! One call through the C interface, the way a C program makes it.

use super::array::Array;
use super::job::{Call, HostPlugin, Input, Outcome, Raised, Reply};
use super::programs;
use rs_auth::capi::*;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::thread::ThreadId;
use std::time::{Duration, Instant, SystemTime};

pub type Credentials = *mut rs_auth_credentials;
pub type Error = *mut rs_auth_error;
type Entry = unsafe extern "C" fn(
    *const rs_auth_dsn_kv,
    usize,
    Option<&rs_auth_options>,
    Option<&mut MaybeUninit<Credentials>>,
    Option<&mut MaybeUninit<Error>>,
) -> rs_auth_status;

/// The function of that name, by the middle of it.
fn entry(name: &str) -> Entry {
    match name {
        "aws" => rs_auth_get_aws_credentials,
        "iam_keys" => rs_auth_iam_keys_get_credentials,
        "profile" => rs_auth_profile_get_credentials,
        "instance_profile" => rs_auth_instance_profile_get_credentials,
        "default_chain" => rs_auth_default_chain_get_credentials,
        "adfs" => rs_auth_adfs_get_credentials,
        "browser_saml" => rs_auth_browser_saml_get_credentials,
        "browser_azure_ad" => rs_auth_browser_azure_ad_get_credentials,
        "browser_azure_ad_oauth2" => rs_auth_browser_azure_ad_oauth2_get_credentials,
        "browser_idc" => rs_auth_browser_idc_get_credentials,
        "browser_okta_saml" => rs_auth_browser_okta_saml_get_credentials,
        "ping" => rs_auth_ping_get_credentials,
        "okta" => rs_auth_okta_get_credentials,
        "jwt" => rs_auth_jwt_get_credentials,
        "forget" => forget,
        _ => panic!("no function for {name}"),
    }
}

/// `rs_auth_forget` in the place of a login, to be made beside logins.
unsafe extern "C" fn forget(
    dsn_kv: *const rs_auth_dsn_kv,
    len: usize,
    options: Option<&rs_auth_options>,
    credentials: Option<&mut MaybeUninit<Credentials>>,
    error: Option<&mut MaybeUninit<Error>>,
) -> rs_auth_status {
    credentials.unwrap().write(ptr::null_mut());
    // SAFETY: the caller's promise is the same.
    unsafe { rs_auth_forget(dsn_kv, len, options, error) }
}

thread_local! {
    /// What the plugin `desk` answers on this thread, and how often it did.
    static DESK: RefCell<(Option<HostPlugin>, i64)> = const { RefCell::new((None, 0)) };
}

/// Without user data: its answers are kept for the next call only where that has the same.
unsafe extern "C" fn desk(
    _: *mut c_void,
    request: *const rs_auth_plugin_request<'_>,
    reply: *mut rs_auth_plugin_reply,
) -> i32 {
    let plugin = DESK.with_borrow_mut(|(plugin, asked)| {
        *asked += 1;
        plugin.clone().unwrap()
    });
    let hour = SystemTime::UNIX_EPOCH.elapsed().unwrap() + Duration::from_hours(1);
    let hour = i64::try_from(hour.as_millis()).unwrap();
    // SAFETY: request and reply live during the callback, strings end in NUL.
    unsafe {
        let name = text(rs_auth_plugin_request_get(request.as_ref(), c"credentials_provider".as_ptr()));
        assert!(name.trim().eq_ignore_ascii_case("desk"), "{name}");
        let reply = reply.as_mut();
        let set = match plugin {
            HostPlugin::Keys(id, secret) => {
                let [id, secret] = [id, secret].map(|text| CString::new(text).unwrap());
                rs_auth_plugin_reply_set_aws_keys(reply, id.as_ptr(), secret.as_ptr(), ptr::null(), hour)
            }
            HostPlugin::Token(token) => {
                let token = CString::new(token).unwrap();
                rs_auth_plugin_reply_set_native_token(reply, token.as_ptr(), ptr::null(), c"Okta".as_ptr(), hour)
            }
            HostPlugin::Saml(response) => {
                let response = CString::new(response).unwrap();
                rs_auth_plugin_reply_set_saml_response(reply, response.as_ptr())
            }
            HostPlugin::Nothing(result) => return result,
        };
        assert_eq!(set, RS_AUTH_STATUS_OK);
    }
    0
}

/// What callbacks write to.
struct Heard {
    caller: ThreadId,
    call: Call,
    replies: RefCell<Vec<Reply>>,
    told: RefCell<Outcome>,
}

/// The options of a call, with what the callbacks heard behind them.
pub struct Options {
    handle: *mut rs_auth_options,
    token: *mut rs_auth_cancel_token,
    heard: Box<Heard>,
}

impl Options {
    pub fn new(call: &Call) -> Self {
        let (told, replies) = (RefCell::default(), RefCell::new(call.replies.clone()));
        let heard = Heard { caller: std::thread::current().id(), call: call.clone(), replies, told };
        let this = Self { handle: rs_auth_options_new(), token: rs_auth_cancel_token_new(), heard: Box::new(heard) };
        this.set(call);
        if call.cancel == Some(0) {
            // SAFETY: alive until this is dropped.
            rs_auth_cancel_token_cancel(unsafe { this.token.as_ref() });
        }
        this
    }

    fn set(&self, call: &Call) {
        let user_data: *mut c_void = ptr::from_ref::<Heard>(&self.heard).cast_mut().cast();
        let scope = call.scope.as_ref().map(|scope| CString::new(scope.as_str()).unwrap());
        let scope = scope.as_ref().map_or(ptr::null(), |scope| scope.as_ptr());
        let keys: Vec<_> = call.host_keys.iter().map(|key| CString::new(key.as_str()).unwrap()).collect();
        let keys: Vec<_> = keys.iter().map(|key| key.as_ptr()).collect();
        // SAFETY: options and token are alive, and so are the strings during these calls; `heard` lives as long as they.
        unsafe {
            let mut results = vec![rs_auth_options_set_cancel_token(self.handle.as_mut(), self.token.as_ref())];
            if let Some(ms) = call.timeout {
                results.push(rs_auth_options_set_timeout_ms(self.handle.as_mut(), ms));
            }
            if let Some(policy) = call.cache {
                results.push(rs_auth_options_set_cache(self.handle.as_mut(), policy));
            }
            if let Some(kinds) = call.kinds {
                results.push(rs_auth_options_set_accepted_kinds(self.handle.as_mut(), kinds));
            }
            if let Some(level) = call.log {
                results.push(rs_auth_options_set_log_callback(self.handle.as_mut(), Some(on_line), level, user_data));
            }
            if call.events {
                results.push(rs_auth_options_set_event_callback(self.handle.as_mut(), Some(on_event), user_data));
            }
            if let Some(plugin) = &call.plugin {
                DESK.set((Some(plugin.clone()), 0));
                let (options, name) = (self.handle.as_mut(), c"desk".as_ptr());
                results.push(rs_auth_options_add_plugin(options, name, Some(desk), ptr::null_mut()));
            }
            results.push(rs_auth_options_set_host_keys(self.handle.as_mut(), keys.as_ptr(), keys.len()));
            results.push(rs_auth_options_set_cache_scope(self.handle.as_mut(), scope));
            assert_eq!(results, vec![RS_AUTH_STATUS_OK; results.len()]);
        }
    }

    /// Does the work while another thread waits to cancel it, and says how long it went on after that.
    pub fn cancelling<T>(&self, work: impl FnOnce() -> T) -> (T, Duration) {
        std::thread::scope(|scope| {
            // Raw pointers do not cross threads by themselves; a token may be used from any.
            let token = self.token as usize;
            let delay = self.heard.call.cancel.filter(|ms| *ms > 0);
            let canceller = delay.map(|ms| {
                scope.spawn(move || {
                    std::thread::sleep(Duration::from_millis(ms));
                    let token = token as *const rs_auth_cancel_token;
                    let at = Instant::now();
                    // SAFETY: the token outlives the scope.
                    rs_auth_cancel_token_cancel(unsafe { token.as_ref() });
                    at
                })
            });
            let done = work();
            let returned = Instant::now();
            let late = canceller.map(|thread| returned.saturating_duration_since(thread.join().unwrap()));
            (done, late.unwrap_or_default())
        })
    }

    /// What the callbacks heard.
    pub fn told(&self) -> Outcome {
        self.heard.told.take()
    }

    /// For a call.
    pub fn borrow(&self) -> Option<&rs_auth_options> {
        // SAFETY: alive until this is dropped.
        unsafe { self.handle.as_ref() }
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: made by their `_new` and ended here only.
        unsafe {
            rs_auth_cancel_token_free((!self.token.is_null()).then(|| Box::from_raw(self.token)));
            rs_auth_options_free((!self.handle.is_null()).then(|| Box::from_raw(self.handle)));
        }
    }
}

unsafe extern "C" fn on_line(user_data: *mut c_void, level: i32, target: *const c_char, message: *const c_char) {
    // SAFETY: the user data that was handed over with the callback.
    let heard = unsafe { &*user_data.cast::<Heard>() };
    let mut told = heard.told.borrow_mut();
    told.foreign += usize::from(std::thread::current().id() != heard.caller);
    told.lines.push((level, text(target), text(message)));
    if heard.call.reenter && told.count == 0 {
        told.count = i64::from(plain_call());
    }
}

unsafe extern "C" fn on_event(user_data: *mut c_void, event: *mut rs_auth_event<'_>) -> i32 {
    // SAFETY: the user data that was handed over with the callback, and an event for this callback.
    let (heard, event) = unsafe { (&*user_data.cast::<Heard>(), event.as_mut()) };
    let raised = raised(event.as_deref());
    let reply = {
        let mut replies = heard.replies.borrow_mut();
        replies.iter().position(|reply| reply.kind == raised.kind).map(|at| replies.remove(at))
    };
    let mut told = heard.told.borrow_mut();
    told.foreign += usize::from(std::thread::current().id() != heard.caller);
    told.events.push(raised.kind);
    assert!(!raised.text.is_empty());
    let program = programs::run(&heard.call, &raised);
    told.raised.push(raised);
    let told_by_reply = |reply: Reply| (reply.answer.map(|answer| CString::new(answer).unwrap()), reply.result);
    let Some((answer, result)) = program.or_else(|| reply.map(told_by_reply)) else { return heard.call.event_answer };
    if let Some(answer) = answer {
        // SAFETY: an event for this callback, and a string that ends in NUL.
        assert_eq!(unsafe { rs_auth_event_answer(event, answer.as_ptr()) }, RS_AUTH_STATUS_OK);
    }
    result
}

/// All that an event has.
fn raised(event: Option<&rs_auth_event<'_>>) -> Raised {
    let choices = 0..rs_auth_event_choice_count(event);
    Raised {
        kind: rs_auth_event_kind(event),
        text: text(rs_auth_event_text(event)),
        url: text(rs_auth_event_url(event)),
        code: text(rs_auth_event_code(event)),
        choices: choices.map(|index| text(rs_auth_event_choice(event, index))).collect(),
    }
}

/// The status of a login with an empty DSN.
fn plain_call() -> rs_auth_status {
    let mut credentials = MaybeUninit::uninit();
    // SAFETY: NULL is allowed with length 0.
    unsafe { rs_auth_get_credentials(ptr::null(), 0, None, Some(&mut credentials), None) }
}

/// Makes the call and tells what came of it; `with` sees the result before it is freed.
pub fn call(call: &Call, with: impl FnOnce(Credentials, &mut Outcome)) -> Outcome {
    std::thread::sleep(Duration::from_millis(call.delay));
    let options = Options::new(call);
    let (mut credentials, mut error) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    let began = Instant::now();
    let (status, cancelled) = options.cancelling(|| login(call, options.borrow(), &mut credentials, &mut error));
    let elapsed = began.elapsed();
    // SAFETY: every function sets them on entry.
    let (credentials, error) = unsafe { (credentials.assume_init(), error.assume_init()) };
    let mut outcome = options.told();
    if call.plugin.is_some() {
        outcome.count = DESK.with_borrow(|(_, asked)| *asked);
    }
    outcome.elapsed_ms = millis(elapsed);
    outcome.cancel_ms = millis(cancelled);
    outcome.status = status;
    read_credentials(credentials, &mut outcome);
    with(credentials, &mut outcome);
    // SAFETY: made by the call above and ended here only.
    unsafe { rs_auth_credentials_free((!credentials.is_null()).then(|| Box::from_raw(credentials))) };
    take_error(status, error, &mut outcome);
    outcome
}

pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

fn login(
    call: &Call,
    options: Option<&rs_auth_options>,
    credentials: &mut MaybeUninit<Credentials>,
    error: &mut MaybeUninit<Error>,
) -> rs_auth_status {
    let (credentials, error) = (Some(credentials), Some(error));
    // SAFETY: strings end in NUL, arrays are as long as said, both outlive the call.
    unsafe {
        match &call.input {
            Input::Pairs(_) => {
                let array = Array::new(&call.input);
                let function = call.entry.as_deref().map_or(rs_auth_get_credentials as Entry, entry);
                function(array.as_ptr(), array.len(), options, credentials, error)
            }
            Input::Text(text) => {
                let text = CString::new(text.clone()).unwrap();
                rs_auth_get_credentials_from_string(text.as_ptr(), options, credentials, error)
            }
            Input::Utf16(units) => {
                rs_auth_get_credentials_from_utf16(units.as_ptr(), units.len(), options, credentials, error)
            }
            Input::Utf32(units) => {
                rs_auth_get_credentials_from_utf32(units.as_ptr(), units.len(), options, credentials, error)
            }
        }
    }
}

/// A borrowed string; empty for NULL.
pub fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: the library's strings end in NUL and live as long as their object, which the caller still has.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
}

/// The pairs of a borrowed array.
///
/// # Safety
/// `array` has `length` entries.
pub unsafe fn pairs(array: *const rs_auth_dsn_kv, length: usize) -> Vec<(String, String)> {
    if length == 0 {
        return Vec::new();
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(array, length) }
        .iter()
        .map(|entry| (text(entry.key), text(entry.value)))
        .collect()
}

fn read_credentials(credentials: Credentials, outcome: &mut Outcome) {
    // SAFETY: NULL or alive.
    let it = unsafe { credentials.as_ref() };
    outcome.kind = rs_auth_credentials_kind(it);
    outcome.user = text(rs_auth_credentials_user(it));
    outcome.password = text(rs_auth_credentials_password(it));
    outcome.host = text(rs_auth_credentials_host(it));
    outcome.port = rs_auth_credentials_port(it);
    outcome.database = text(rs_auth_credentials_database(it));
    outcome.access_key_id = text(rs_auth_credentials_aws_access_key_id(it));
    outcome.secret_access_key = text(rs_auth_credentials_aws_secret_access_key(it));
    outcome.session_token = text(rs_auth_credentials_aws_session_token(it));
    outcome.role_arn = text(rs_auth_credentials_role_arn(it));
    outcome.expires = rs_auth_credentials_expires_at_unix_ms(it);
    outcome.from_cache = rs_auth_credentials_from_cache(it);
    outcome.plugin = text(rs_auth_credentials_plugin(it));
    let mut array = MaybeUninit::new(ptr::null());
    let length = rs_auth_credentials_kv(it, Some(&mut array));
    // SAFETY: set by the call, and as long as it says.
    outcome.pairs = unsafe { pairs(array.assume_init(), length) };
}

/// Reads an error and ends it. A failure has one, a success none.
pub fn take_error(status: rs_auth_status, error: Error, outcome: &mut Outcome) {
    outcome.status = status;
    assert_eq!(error.is_null(), status == RS_AUTH_STATUS_OK);
    // SAFETY: NULL or alive.
    let it = unsafe { error.as_ref() };
    if it.is_some() {
        assert_eq!(rs_auth_error_status(it), status);
        outcome.sqlstate = text(rs_auth_error_sqlstate(it));
        outcome.message = text(rs_auth_error_message(it));
        outcome.hint = text(rs_auth_error_hint(it));
        outcome.short_text = text(rs_auth_error_short_text(it));
        outcome.stage = text(rs_auth_error_stage(it));
        outcome.plugin = text(rs_auth_error_plugin(it));
        outcome.code = text(rs_auth_error_service_code(it));
        outcome.request_id = text(rs_auth_error_request_id(it));
        outcome.http_status = rs_auth_error_http_status(it);
        outcome.retryable = rs_auth_error_is_retryable(it);
    }
    // SAFETY: made by the library and ended here only.
    rs_auth_error_free((!error.is_null()).then(|| unsafe { Box::from_raw(error) }));
}
