//! Plugins of the host's own, for C.

use super::boundary;
use super::constants::{RS_AUTH_EVENT_ABORT, rs_auth_status};
use super::handle::needed;
use super::options::{change, rs_auth_options};
use super::text::{self, CText};
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::options::{HostPlugin, HostProof, PluginCallback};
use crate::secret::secret;
use std::cell::RefCell;
use std::ffi::{c_char, c_void};
use std::ptr;

/// What a plugin of the host's own is asked for. Borrowed: valid inside the plugin callback only.
pub struct rs_auth_plugin_request<'a> {
    find: &'a dyn Fn(&str) -> Option<String>,
    // Every answer is kept until the callback is over, since C holds pointers to it.
    found: RefCell<Vec<CText>>,
}

/// Where a plugin of the host's own puts its answer. Borrowed: valid inside the plugin callback only.
pub struct rs_auth_plugin_reply {
    answer: Option<Result<HostProof, AuthError>>,
}

/// A plugin of the host's own. It runs on the thread that made the call, while it is inside the call, and must not
/// throw, longjmp or log in.
///
/// @param user_data  what was given to rs_auth_options_add_plugin().
/// @param request    finds the values of the DSN. Valid during the callback only.
/// @param reply      takes the answer. Valid during the callback only.
/// @return 0: the reply is set. RS_AUTH_EVENT_ABORT: the call ends with RS_AUTH_STATUS_CANCELLED. Anything else, and 0
///         with an empty reply: the call ends with RS_AUTH_STATUS_IDP_UNEXPECTED.
pub type rs_auth_plugin_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        request: *const rs_auth_plugin_request<'_>,
        reply: *mut rs_auth_plugin_reply,
    ) -> i32,
>;

type Callback = unsafe extern "C" fn(*mut c_void, *const rs_auth_plugin_request<'_>, *mut rs_auth_plugin_reply) -> i32;

/// The core's callback that calls the host's.
fn bridge(name: String, callback: Callback, user_data: *mut c_void) -> PluginCallback {
    Box::new(move |find| {
        let request = rs_auth_plugin_request { find, found: RefCell::default() };
        let mut reply = rs_auth_plugin_reply { answer: None };
        // SAFETY: the host gave callback and user data for this; request and reply outlive the callback.
        let result = unsafe { callback(user_data, &raw const request, &raw mut reply) };
        let unexpected = |what: &str| {
            let message = format!("the plugin {name} of the calling program {what}");
            Err(AuthError::new(Status::IdpUnexpected, Stage::Idp, message).of_plugin(&name))
        };
        match (result, reply.answer) {
            (0, Some(answer)) => answer,
            (0, None) => unexpected("gave no answer"),
            (RS_AUTH_EVENT_ABORT, _) => {
                Err(AuthError::of_call(Status::Cancelled, "the login was cancelled in a plugin of the calling program"))
            }
            (other, _) => unexpected(&format!("failed with {other}")),
        }
    })
}

/// Adds a plugin of the host's own: a DSN whose plugin_name is this name is answered by the callback. Such names are
/// looked up before those of the library. Its answers are cached only for the same callback and user data.
///
/// @param options    the options.
/// @param name       NUL-terminated UTF-8, copied; compared without regard to case.
/// @param callback   replaces an earlier one of that name; NULL takes it back.
/// @param user_data  handed to the callback as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_options_add_plugin(
    options: Option<&mut rs_auth_options>,
    name: *const c_char,
    callback: rs_auth_plugin_callback,
    user_data: *mut c_void,
) -> rs_auth_status {
    change(options, |options| {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let name = unsafe { text::argument(name, "name") }?.trim();
        if name.is_empty() {
            return Err(AuthError::invalid_argument("name is empty"));
        }
        options.plugins.retain(|plugin| !plugin.name.eq_ignore_ascii_case(name));
        if let Some(callback) = callback {
            // The only way to a function's address is a cast; it is compared, never called.
            #[allow(clippy::as_conversions)]
            let identity = (callback as usize, user_data.addr());
            let name = name.to_owned();
            options.plugins.push(HostPlugin { callback: bridge(name.clone(), callback, user_data), name, identity });
        }
        Ok(())
    })
}

/// The value of a key of the DSN, in any spelling; keys that the library does not know are found too.
///
/// @param request  the request.
/// @param key      NUL-terminated UTF-8.
/// @return valid until the callback returns. NULL if the DSN has no such key, or an empty value.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_request_get(
    request: Option<&rs_auth_plugin_request<'_>>,
    key: *const c_char,
) -> *const c_char {
    boundary::value(ptr::null(), || {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let (Some(request), Ok(key)) = (request, unsafe { text::argument(key, "key") }) else {
            return ptr::null();
        };
        let Some(value) = (request.find)(key).filter(|value| !value.is_empty()) else {
            return ptr::null();
        };
        let value = CText::new(&value);
        let pointer = value.as_ptr();
        request.found.borrow_mut().push(value);
        pointer
    })
}

/// Sets the reply; the last one counts.
fn answer(
    reply: Option<&mut rs_auth_plugin_reply>,
    body: impl FnOnce() -> Result<Result<HostProof, AuthError>, AuthError>,
) -> rs_auth_status {
    boundary::status(None, || {
        let reply = needed(reply, "reply")?;
        reply.answer = Some(body()?);
        Ok(())
    })
}

/// -1 is unknown; other negative times are a mistake.
fn time(expires_at_unix_ms: i64) -> Result<Option<i64>, AuthError> {
    match expires_at_unix_ms {
        -1 => Ok(None),
        time if time >= 0 => Ok(Some(time)),
        _ => Err(AuthError::invalid_argument("expires_at_unix_ms is negative, and not -1")),
    }
}

/// Answers with a SAML response, which the library exchanges for AWS keys.
///
/// @param reply   the reply.
/// @param base64  the response in base64, as an identity provider posts it; copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_reply_set_saml_response(
    reply: Option<&mut rs_auth_plugin_reply>,
    base64: *const c_char,
) -> rs_auth_status {
    // SAFETY: NULL or NUL-terminated, by the contract of the header.
    answer(reply, || Ok(Ok(HostProof::SamlResponse(secret(unsafe { text::argument(base64, "base64") }?)))))
}

/// Answers with a JWT, which the library exchanges for AWS keys (AssumeRoleWithWebIdentity; the DSN needs role_arn).
///
/// @param reply  the reply.
/// @param jwt    the token; copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_reply_set_web_identity_token(
    reply: Option<&mut rs_auth_plugin_reply>,
    jwt: *const c_char,
) -> rs_auth_status {
    // SAFETY: NULL or NUL-terminated, by the contract of the header.
    answer(reply, || Ok(Ok(HostProof::WebIdentity(secret(unsafe { text::argument(jwt, "jwt") }?)))))
}

/// Answers with a token for the server: the login is done.
///
/// @param reply               the reply.
/// @param token               the token; copied.
/// @param token_type          its type, for example ACCESS_TOKEN; may be NULL.
/// @param idp_type            the kind of identity provider, for example AzureAD, Okta, AwsIdc; may be NULL.
/// @param expires_at_unix_ms  when it ends, in milliseconds since 1970; -1: unknown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_reply_set_native_token(
    reply: Option<&mut rs_auth_plugin_reply>,
    token: *const c_char,
    token_type: *const c_char,
    idp_type: *const c_char,
    expires_at_unix_ms: i64,
) -> rs_auth_status {
    answer(reply, || {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let (token, token_type, idp_type) = unsafe {
            let token = text::argument(token, "token")?;
            (token, text::optional(token_type, "token_type")?, text::optional(idp_type, "idp_type")?)
        };
        Ok(Ok(HostProof::NativeToken {
            token: secret(token),
            token_type: token_type.map(str::to_owned),
            idp_type: idp_type.map(str::to_owned),
            expires_at: time(expires_at_unix_ms)?,
        }))
    })
}

/// Answers with AWS keys, which the library exchanges for database credentials.
///
/// @param reply               the reply.
/// @param access_key_id       copied.
/// @param secret_access_key   copied.
/// @param session_token       copied; NULL for long-term keys.
/// @param expires_at_unix_ms  when they end, in milliseconds since 1970; -1: unknown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_reply_set_aws_keys(
    reply: Option<&mut rs_auth_plugin_reply>,
    access_key_id: *const c_char,
    secret_access_key: *const c_char,
    session_token: *const c_char,
    expires_at_unix_ms: i64,
) -> rs_auth_status {
    answer(reply, || {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let (access_key_id, secret_access_key, session_token) = unsafe {
            let access_key_id = text::argument(access_key_id, "access_key_id")?;
            let secret_access_key = text::argument(secret_access_key, "secret_access_key")?;
            (access_key_id, secret_access_key, text::optional(session_token, "session_token")?)
        };
        Ok(Ok(HostProof::AwsKeys(AwsKeys {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret(secret_access_key),
            session_token: session_token.map(secret),
            expires_at: time(expires_at_unix_ms)?,
            role_arn: None,
        })))
    })
}

/// Answers with a failure: the call ends with this status and message.
///
/// @param reply    the reply.
/// @param status   RS_AUTH_STATUS_*, but not RS_AUTH_STATUS_OK.
/// @param message  one paragraph for the user, without secrets; copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_plugin_reply_set_error(
    reply: Option<&mut rs_auth_plugin_reply>,
    status: rs_auth_status,
    message: *const c_char,
) -> rs_auth_status {
    answer(reply, || {
        // SAFETY: NULL or NUL-terminated, by the contract of the header.
        let message = unsafe { text::argument(message, "message") }?;
        let known = Status::from_number(status).filter(|status| *status != Status::Ok);
        let status = known
            .ok_or_else(|| AuthError::invalid_argument(format!("status {status} is not the number of a failure")))?;
        Ok(Err(AuthError::new(status, Stage::Idp, message)))
    })
}
