//! Logs in from Rust: the functions of the C interface, from the crate itself, behind an owner and a `Result`.
//!
//!     cargo run --example login -- CONNECTION-STRING

#[allow(clippy::wildcard_imports)] // every name begins with rs_auth_ or RS_AUTH_
use rs_auth::capi::*;
use std::env;
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::process::ExitCode;
use std::ptr;

// ANCHOR: owner
/// The result of a login. Dropping it wipes the library's copy of the secrets.
struct Login(Option<Box<rs_auth_credentials>>);

impl Drop for Login {
    fn drop(&mut self) {
        rs_auth_credentials_free(self.0.take());
    }
}

/// A text of one of the library's objects, for as long as that object lives; NULL means absent.
///
/// # Safety
/// `text` is NULL, or came from a function of the library that was given `owner`.
unsafe fn text<T>(_owner: &T, text: *const c_char) -> Option<&str> {
    // SAFETY: such a string ends in NUL, is UTF-8, and lives as long as its object.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_str().unwrap_or_default())
}

impl Login {
    /// The database user, exactly as the server wants it.
    fn user(&self) -> Option<&str> {
        // SAFETY: a string of this object.
        unsafe { text(self, rs_auth_credentials_user(self.0.as_deref())) }
    }

    /// Where to connect.
    fn host(&self) -> Option<&str> {
        // SAFETY: a string of this object.
        unsafe { text(self, rs_auth_credentials_host(self.0.as_deref())) }
    }

    /// The conninfo of libpq and of what speaks its language, with the password in it.
    fn conninfo(&self) -> Option<&str> {
        let conninfo = rs_auth_credentials_connection_string(self.0.as_deref(), RS_AUTH_DIALECT_LIBPQ);
        // SAFETY: a string of this object.
        unsafe { text(self, conninfo) }
    }
}
// ANCHOR_END: owner

// ANCHOR: error
/// Why there was none.
#[derive(Debug)]
struct Failure {
    /// `RS_AUTH_STATUS_*`.
    status: rs_auth_status,
    /// Five characters.
    sqlstate: String,
    /// In plain words, without secrets.
    message: String,
    /// What to do about it.
    hint: Option<String>,
}

impl From<Box<rs_auth_error>> for Failure {
    fn from(error: Box<rs_auth_error>) -> Self {
        let it = Some(&*error);
        // SAFETY: strings of this error.
        let owned = |c_text| unsafe { text(&error, c_text) }.map(str::to_owned);
        let failure = Self {
            status: rs_auth_error_status(it),
            sqlstate: owned(rs_auth_error_sqlstate(it)).unwrap_or_default(),
            message: owned(rs_auth_error_message(it)).unwrap_or_default(),
            hint: owned(rs_auth_error_hint(it)),
        };
        rs_auth_error_free(Some(error));
        failure
    }
}
// ANCHOR_END: error

// ANCHOR: login
/// Logs in with a connection string, `DSN=name` or a URL, within a minute.
fn log_in(dsn: &CStr) -> Result<Login, Failure> {
    let (mut credentials, mut error) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: the options are ours until they are freed, and the string ends in NUL.
    unsafe {
        let options = rs_auth_options_new();
        rs_auth_options_set_timeout_ms(options.as_mut(), 60_000);
        let (out, out_error) = (Some(&mut credentials), Some(&mut error));
        rs_auth_get_credentials_from_string(dsn.as_ptr(), options.as_ref(), out, out_error);
        rs_auth_options_free((!options.is_null()).then(|| Box::from_raw(options)));
    }
    // SAFETY: every function sets its out pointers on entry; what it leaves there was made by the library, for us to end.
    unsafe {
        match ptr::NonNull::new(error.assume_init()) {
            Some(error) => Err(Box::from_raw(error.as_ptr()).into()),
            None => Ok(Login(Some(Box::from_raw(credentials.assume_init())))),
        }
    }
}
// ANCHOR_END: login

/// Says how it went.
pub(crate) fn report(dsn: &str) -> ExitCode {
    let Ok(dsn) = CString::new(dsn) else {
        eprintln!("a connection string has no NUL in it");
        return ExitCode::from(2);
    };
    match log_in(&dsn) {
        Ok(login) => {
            println!("user      {}", login.user().unwrap_or("-"));
            println!("host      {}", login.host().unwrap_or("-"));
            // Never the secret itself: terminals are logged.
            println!("conninfo  {}", if login.conninfo().is_some() { "********" } else { "-" });
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("status {} [{}]: {}", failure.status, failure.sqlstate, failure.message);
            if let Some(hint) = failure.hint {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The program.
fn main() -> ExitCode {
    let Some(dsn) = env::args().nth(1) else {
        eprintln!("usage: login connection-string");
        return ExitCode::from(2);
    };
    report(&dsn)
}
