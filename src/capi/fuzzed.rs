//! The interface called as a careless C program calls it: arrays of any strings with any length, options in any order.
//!
//! Nothing leaves the process: the only plugin that a login may take is one of the host's own.

#![allow(clippy::missing_panics_doc)] // a panic is a finding
#![allow(clippy::wildcard_imports)] // half of the interface

use super::*;
use crate::runtime;
use std::ffi::{CStr, CString, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;

/// A secret of nobody.
const CANARY: &str = "cAn4ryOfTheM1ne";
const TOKEN: &CStr = c"t0ken;of}the{host";
const PLUGIN: &CStr = c"Fuzzed";

/// What a call is made of: three bytes say which function, how the array ends and what the options are; then a line a
/// pair. A line without `=` has no value, and an empty one not even a key: both are NULL.
struct Call<'a> {
    function: u8,
    length: u8,
    options: u8,
    lines: &'a [u8],
}

impl<'a> Call<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let [function, length, options, lines @ ..] = bytes else { return None };
        let lines = lines.strip_prefix(b"\n").unwrap_or(lines);
        Some(Self { function: *function, length: *length, options: *options, lines })
    }

    /// Without those that ask AWS before they ask a plugin.
    fn stays_here(&self) -> bool {
        let of_server = |text: &str| {
            let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
            letters.to_ascii_lowercase().contains("authprofile")
        };
        let text = String::from_utf8_lossy(self.lines);
        let pairs = runtime::pairs_of_string(&text).unwrap_or_default();
        !of_server(&text) && !text.contains(CANARY) && !pairs.iter().any(|(key, _)| of_server(key))
    }
}

/// A C string that ends at the first NUL.
fn c_string(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}

/// The pairs of a call, with the password and the plugin behind them.
struct Pairs {
    entries: Vec<rs_auth_dsn_kv>,
    _texts: Vec<(Option<CString>, Option<CString>)>,
}

impl Pairs {
    fn of(lines: &[u8]) -> Self {
        let pair = |line: &[u8]| match line.iter().position(|byte| *byte == b'=') {
            _ if line.is_empty() => (None, None),
            None => (Some(c_string(line)), None),
            Some(at) => (Some(c_string(&line[..at])), Some(c_string(&line[at + 1..]))),
        };
        let own = |key: &str, value: &CStr| (Some(c_string(key.as_bytes())), Some(value.to_owned()));
        let mut texts = vec![own("PWD", &c_string(CANARY.as_bytes()))];
        texts.extend(lines.split(|byte| *byte == b'\n').take(200).map(pair));
        texts.push(own("plugin_name", PLUGIN));
        let pointer = |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        let mut entries: Vec<_> =
            texts.iter().map(|(key, value)| rs_auth_dsn_kv { key: pointer(key), value: pointer(value) }).collect();
        entries.push(rs_auth_dsn_kv { key: ptr::null(), value: ptr::null() });
        Self { entries, _texts: texts }
    }

    /// First entry and length: as it is, up to the first NULL key, nothing, NULL with a length.
    fn as_c(&self, mode: u8) -> (*const rs_auth_dsn_kv, usize) {
        match mode % 5 {
            0 | 1 => (self.entries.as_ptr(), self.entries.len() - 1),
            2 => (self.entries.as_ptr(), NTS),
            3 => (ptr::null(), 0),
            _ => (ptr::null(), 3),
        }
    }
}

/// What C reads: NULL, or UTF-8.
fn read<'a>(pointer: *const c_char) -> Option<&'a str> {
    // SAFETY: the functions of the interface return NULL or a NUL-terminated string of a live object.
    (!pointer.is_null()).then(|| unsafe { CStr::from_ptr(pointer) }.to_str().unwrap())
}

unsafe extern "C" fn on_log(lines: *mut c_void, _: i32, target: *const c_char, message: *const c_char) {
    // SAFETY: the call below lends a String during each login.
    let lines = unsafe { &mut *lines.cast::<String>() };
    lines.extend([read(target).unwrap(), ": ", read(message).unwrap(), "\n"]);
}

unsafe extern "C" fn on_event(_: *mut c_void, _: *mut rs_auth_event<'_>) -> i32 {
    RS_AUTH_EVENT_ABORT
}

unsafe extern "C" fn on_plugin(
    answer: *mut c_void,
    request: *const rs_auth_plugin_request<'_>,
    reply: *mut rs_auth_plugin_reply,
) -> i32 {
    // SAFETY: request and reply live during the callback; the strings are static.
    unsafe {
        let (request, reply) = (request.as_ref(), reply.as_mut());
        assert!(read(rs_auth_plugin_request_get(request, c"plugin_name".as_ptr())).is_some());
        let null = ptr::null();
        match answer.addr() % 8 {
            0..=3 => rs_auth_plugin_reply_set_native_token(reply, TOKEN.as_ptr(), null, c"Okta".as_ptr(), -1),
            4 => rs_auth_plugin_reply_set_error(reply, RS_AUTH_STATUS_IDP_REJECTED, c"no".as_ptr()),
            5 => rs_auth_plugin_reply_set_native_token(reply, null, null, null, i64::MIN),
            6 => return RS_AUTH_EVENT_ABORT,
            _ => 0,
        };
    }
    0
}

/// Options, set in an order that the byte gives. Every setter takes the value or calls it invalid.
fn options(byte: u8, pairs: &Pairs, lines: &mut String) -> *mut rs_auth_options {
    if byte == b'N' {
        return ptr::null_mut();
    }
    let made = rs_auth_options_new();
    for step in 0..6 {
        // SAFETY: just made; the strings and the line buffer live until the call has returned.
        let status = unsafe {
            let options = made.as_mut();
            match byte.wrapping_add(step) % 6 {
                0 => rs_auth_options_set_timeout_ms(options, 5000),
                1 => rs_auth_options_set_accepted_kinds(options, u32::from(byte >> 3)),
                2 => rs_auth_options_set_cache(options, i32::from(byte >> 5) - 1),
                3 => {
                    let keys: Vec<_> = pairs.entries.iter().map(|entry| entry.key).collect();
                    rs_auth_options_set_host_keys(options, keys.as_ptr(), if byte & 1 == 0 { NTS } else { 1 })
                }
                4 => rs_auth_options_set_cache_scope(options, pairs.entries[0].value),
                _ => {
                    let user_data = ptr::without_provenance_mut(usize::from(byte));
                    rs_auth_options_add_plugin(options, PLUGIN.as_ptr(), Some(on_plugin), user_data)
                }
            }
        };
        assert!([RS_AUTH_STATUS_OK, RS_AUTH_STATUS_INVALID_ARGUMENT].contains(&status));
    }
    // SAFETY: as above.
    unsafe {
        rs_auth_options_set_log_callback(made.as_mut(), Some(on_log), RS_AUTH_LOG_TRACE, (&raw mut *lines).cast());
        rs_auth_options_set_event_callback(made.as_mut(), Some(on_event), ptr::null_mut());
    }
    made
}

/// A random call of the interface. See [`Call`] for what the bytes mean.
pub fn c_interface(bytes: &[u8]) {
    let Some(call) = Call::of(bytes).filter(Call::stays_here) else { return };
    let (mut lines, pairs) = (String::new(), Pairs::of(call.lines));
    let options = options(call.options, &pairs, &mut lines);
    let mut error = MaybeUninit::new(ptr::dangling_mut());
    // SAFETY: what stands in `pairs` and the options outlives the calls.
    let status = unsafe {
        match call.function % 8 {
            0 | 1 => log_in(&call, &pairs, options.as_ref(), &mut error),
            2 | 3 => from_text(&call, options.as_ref(), &mut error),
            4 => wide_text(&call, options.as_ref(), &mut error),
            5 => parsed(&call, &mut error),
            6 => explained(&call, &pairs, options.as_ref(), &mut error),
            _ => {
                let (first, length) = pairs.as_c(call.length);
                assert!((-1..=1).contains(&rs_auth_wants_login(first, length)));
                let _ = (read(rs_auth_status_name(i32::from(call.length))), rs_auth_plugin_name(call.length.into()));
                error.write(ptr::null_mut());
                RS_AUTH_STATUS_OK
            }
        }
    };
    // SAFETY: every function writes it; it is ended once.
    unsafe { judge(status, error.assume_init()) };
    assert!(!lines.contains(CANARY), "a secret in the log: {lines}");
    // SAFETY: made above, ended once.
    rs_auth_options_free((!options.is_null()).then(|| unsafe { Box::from_raw(options) }));
}

type ErrorOut = MaybeUninit<*mut rs_auth_error>;

unsafe fn log_in(call: &Call<'_>, pairs: &Pairs, options: Option<&rs_auth_options>, error: &mut ErrorOut) -> i32 {
    let mut got = MaybeUninit::new(ptr::dangling_mut());
    let (first, length) = pairs.as_c(call.length);
    // SAFETY: the array is as long as it says, or ends with a NULL key.
    unsafe {
        let status = match call.function % 8 {
            0 => rs_auth_get_credentials(first, length, options, Some(&mut got), Some(error)),
            _ => rs_auth_get_aws_credentials(first, length, options, Some(&mut got), Some(error)),
        };
        let got = got.assume_init();
        assert_eq!(status == RS_AUTH_STATUS_OK, !got.is_null());
        if let Some(credentials) = got.as_ref() {
            result(credentials, first, length);
            rs_auth_credentials_free(Some(Box::from_raw(got)));
        }
        status
    }
}

/// What a login gave can be read, and laid over the DSN in each dialect that can carry a token.
unsafe fn result(credentials: &rs_auth_credentials, dsn: *const rs_auth_dsn_kv, length: usize) {
    let it = Some(credentials);
    assert_eq!(rs_auth_credentials_kind(it), RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN);
    assert_eq!(read(rs_auth_credentials_token(it)), TOKEN.to_str().ok());
    for accessor in [rs_auth_credentials_host, rs_auth_credentials_database, rs_auth_credentials_identity_namespace] {
        let _ = read(accessor(it));
    }
    for dialect in 0..6 {
        let mut merged = MaybeUninit::uninit();
        // SAFETY: by the caller; what is made here is ended here.
        unsafe {
            let status = rs_auth_merge(dsn, length, it, dialect, Some(&mut merged), None);
            let merged: *mut c_char = merged.assume_init();
            assert_eq!(status == RS_AUTH_STATUS_OK, !merged.is_null());
            let sayable = dialect == RS_AUTH_DIALECT_REDSHIFT_ODBC && has_plain_keys(dsn, length);
            assert_eq!(status == RS_AUTH_STATUS_OK, sayable, "dialect {dialect}");
            if let Some(text) = read(merged) {
                let pairs = crate::dsn::parse::connection_string(text).unwrap();
                let token = pairs.iter().rfind(|(key, _)| key == "token").map(|(_, value)| value.as_str());
                assert_eq!(token, TOKEN.to_str().ok(), "{text}");
                assert!(!text.contains(CANARY), "the DSN's own password goes on to the server");
            }
            rs_auth_string_free(merged);
        }
    }
}

/// Whether every key that has a value can stand in a connection string.
unsafe fn has_plain_keys(dsn: *const rs_auth_dsn_kv, length: usize) -> bool {
    // SAFETY: by the caller.
    let pairs = unsafe { text::pairs(dsn, length) }.unwrap();
    let is_plain = |key: &str| !key.trim().is_empty() && !key.contains([';', '{', '}']) && !key.contains("://");
    pairs.iter().all(|(key, value)| value.is_empty() || is_plain(key))
}

unsafe fn from_text(call: &Call<'_>, options: Option<&rs_auth_options>, error: &mut ErrorOut) -> i32 {
    let text = c_string(&[call.lines, b";plugin_name=Fuzzed"].concat());
    let mut got = MaybeUninit::new(ptr::dangling_mut());
    // SAFETY: a C string, and a place for the result, which is ended here.
    unsafe {
        let text = if call.length == b'N' { ptr::null() } else { text.as_ptr() };
        let status = rs_auth_get_credentials_from_string(text, options, Some(&mut got), Some(error));
        let got = got.assume_init();
        assert_eq!(status == RS_AUTH_STATUS_OK, !got.is_null());
        rs_auth_credentials_free((!got.is_null()).then(|| Box::from_raw(got)));
        status
    }
}

/// Units as they come, valid or not.
unsafe fn wide_text(call: &Call<'_>, options: Option<&rs_auth_options>, error: &mut ErrorOut) -> i32 {
    let mut units: Vec<u16> = call.lines.iter().map(|byte| u16::from(*byte)).collect();
    if let Some(unit) = units.get_mut(usize::from(call.length)) {
        *unit = u16::from_ne_bytes([call.length, 0xd8 | call.options]);
    }
    units.extend(";plugin_name=Fuzzed\0".encode_utf16());
    let wide: Vec<u32> = units.iter().map(|unit| u32::from(*unit) << (call.length % 3)).collect();
    let mut got = MaybeUninit::new(ptr::dangling_mut());
    let length = if call.length & 1 == 0 { NTS } else { units.len() };
    // SAFETY: both arrays end with a 0; the result is ended here.
    unsafe {
        let status = match call.length % 4 {
            0 | 1 => rs_auth_get_credentials_from_utf16(units.as_ptr(), length, options, Some(&mut got), Some(error)),
            _ => rs_auth_get_credentials_from_utf32(wide.as_ptr(), length, options, Some(&mut got), Some(error)),
        };
        let got = got.assume_init();
        assert_eq!(status == RS_AUTH_STATUS_OK, !got.is_null());
        rs_auth_credentials_free((!got.is_null()).then(|| Box::from_raw(got)));
        status
    }
}

unsafe fn parsed(call: &Call<'_>, error: &mut ErrorOut) -> i32 {
    let text = c_string(call.lines);
    let mut list = MaybeUninit::new(ptr::dangling_mut());
    // SAFETY: a C string; the list is ended here, and its array read before.
    unsafe {
        let status = rs_auth_parse_connection_string(text.as_ptr(), Some(&mut list), Some(error));
        let list = list.assume_init();
        assert_eq!(status == RS_AUTH_STATUS_OK, !list.is_null());
        let mut first = MaybeUninit::uninit();
        let count = rs_auth_kv_list_get(list.as_ref(), Some(&mut first));
        for index in 0..count {
            let entry = &*first.assume_init().add(index);
            assert!(read(entry.key).is_some_and(|key| !key.is_empty()) && read(entry.value).is_some());
        }
        rs_auth_kv_list_free((!list.is_null()).then(|| Box::from_raw(list)));
        status
    }
}

unsafe fn explained(call: &Call<'_>, pairs: &Pairs, options: Option<&rs_auth_options>, error: &mut ErrorOut) -> i32 {
    let (first, length) = pairs.as_c(call.length);
    let mut json = MaybeUninit::uninit();
    // SAFETY: the array is as long as it says, or ends with a NULL key; the text is ended here.
    unsafe {
        let status = rs_auth_explain(first, length, options, Some(&mut json), Some(error));
        let json: *mut c_char = json.assume_init();
        assert_eq!(status == RS_AUTH_STATUS_OK, !json.is_null());
        if let Some(text) = read(json) {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok() && !text.contains(CANARY), "{text}");
        }
        rs_auth_string_free(json);
        status
    }
}

/// Status and error object say the same, completely, and no secret.
unsafe fn judge(status: rs_auth_status, error: *mut rs_auth_error) {
    assert_eq!(status == RS_AUTH_STATUS_OK, error.is_null());
    // SAFETY: NULL or the object of the call, ended here.
    let Some(error) = (!error.is_null()).then(|| unsafe { Box::from_raw(error) }) else { return };
    let it = Some(&*error);
    assert_eq!(rs_auth_error_status(it), status);
    let message = read(rs_auth_error_message(it)).unwrap_or_default();
    assert!(status != RS_AUTH_STATUS_INTERNAL && !message.is_empty(), "{message}");
    let short = read(rs_auth_error_short_text(it)).unwrap_or_default();
    assert!(!short.is_empty() && short.len() <= 250);
    assert_eq!(read(rs_auth_error_sqlstate(it)).map(str::len), Some(5));
    let hint = read(rs_auth_error_hint(it)).unwrap_or_default();
    assert!(![message, hint, short].iter().any(|text| text.contains(CANARY)), "{message}");
    rs_auth_error_free(Some(error));
}
