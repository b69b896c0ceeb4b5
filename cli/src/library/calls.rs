//! The calls: a login, what is told about one, what is stored of it.

use super::error::{checked, owned};
use super::text::borrowed;
use super::{Credentials, Failure, Options, Pairs, rs_auth_error};
use rs_auth::capi::{
    RS_AUTH_DIALECT_LIBPQ, RS_AUTH_DIALECT_PSQLODBC, RS_AUTH_DIALECT_REDSHIFT_ODBC, RS_AUTH_DIALECT_URL,
    rs_auth_catalogue_json, rs_auth_credentials, rs_auth_credentials_free, rs_auth_doctor, rs_auth_dsn_kv,
    rs_auth_explain, rs_auth_forget, rs_auth_forget_all, rs_auth_get_aws_credentials, rs_auth_get_credentials,
    rs_auth_merge, rs_auth_options, rs_auth_status, rs_auth_string_free, rs_auth_version,
};
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;
use zeroize::Zeroizing;

/// Whose connection strings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon's ODBC driver.
    RedshiftOdbc,
    /// The ODBC driver of `PostgreSQL`.
    Psqlodbc,
    /// `key='value' …` of libpq.
    Libpq,
    /// `postgresql://…`.
    Url,
}

type OutError<'a> = Option<&'a mut MaybeUninit<*mut rs_auth_error>>;
type Login = unsafe extern "C" fn(
    *const rs_auth_dsn_kv,
    usize,
    Option<&rs_auth_options>,
    Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    OutError<'_>,
) -> rs_auth_status;
type Report = unsafe extern "C" fn(
    *const rs_auth_dsn_kv,
    usize,
    Option<&rs_auth_options>,
    Option<&mut MaybeUninit<*mut c_char>>,
    OutError<'_>,
) -> rs_auth_status;

/// Logs in.
pub fn log_in(dsn: &Pairs, options: &Options) -> Result<Credentials, Failure> {
    credentials(rs_auth_get_credentials, dsn, options)
}

/// Logs in as far as AWS.
pub fn aws_keys(dsn: &Pairs, options: &Options) -> Result<Credentials, Failure> {
    credentials(rs_auth_get_aws_credentials, dsn, options)
}

/// What a login would do, as JSON.
pub fn explain(dsn: &Pairs, options: &Options) -> Result<String, Failure> {
    report(rs_auth_explain, dsn, options)
}

/// What stands in the way of a login, as JSON.
pub fn doctor(dsn: &Pairs, options: &Options) -> Result<String, Failure> {
    report(rs_auth_doctor, dsn, options)
}

/// The DSN with the result laid over it.
pub fn merge(dsn: &Pairs, credentials: &Credentials, dialect: Dialect) -> Result<Zeroizing<String>, Failure> {
    let number = match dialect {
        Dialect::RedshiftOdbc => RS_AUTH_DIALECT_REDSHIFT_ODBC,
        Dialect::Psqlodbc => RS_AUTH_DIALECT_PSQLODBC,
        Dialect::Libpq => RS_AUTH_DIALECT_LIBPQ,
        Dialect::Url => RS_AUTH_DIALECT_URL,
    };
    let array = dsn.array()?;
    let Some(object) = credentials.object() else { return Err(Failure::system("a login without a result")) };
    string(|out, error| {
        // SAFETY: array and credentials live during the call.
        unsafe { rs_auth_merge(array.as_ptr(), array.len(), Some(object), number, Some(out), Some(error)) }
    })
}

/// Drops what is stored for this DSN.
pub fn forget(dsn: &Pairs, options: &Options) -> Result<(), Failure> {
    let array = dsn.array()?;
    let mut error = MaybeUninit::new(ptr::null_mut());
    // SAFETY: the array lives during the call, which writes the out pointer.
    unsafe {
        let status = rs_auth_forget(array.as_ptr(), array.len(), options.borrow(), Some(&mut error));
        checked(status, error.assume_init())
    }
}

/// Drops all that is stored for this user.
pub fn forget_all() -> Result<(), Failure> {
    let mut error = MaybeUninit::new(ptr::null_mut());
    let status = rs_auth_forget_all(Some(&mut error));
    // SAFETY: the call writes the out pointer.
    unsafe { checked(status, error.assume_init()) }
}

/// Every plugin and key, as JSON.
pub fn catalogue() -> &'static str {
    // SAFETY: a static string.
    unsafe { borrowed(rs_auth_catalogue_json()) }.unwrap_or_default()
}

/// The version of the library in this program.
pub fn version() -> &'static str {
    // SAFETY: a static string.
    unsafe { borrowed(rs_auth_version()) }.unwrap_or_default()
}

fn credentials(login: Login, dsn: &Pairs, options: &Options) -> Result<Credentials, Failure> {
    let array = dsn.array()?;
    let (mut out, mut error) = (MaybeUninit::new(ptr::null_mut()), MaybeUninit::new(ptr::null_mut()));
    // SAFETY: array and options live during the call, which writes both out pointers.
    unsafe {
        let status = login(array.as_ptr(), array.len(), options.borrow(), Some(&mut out), Some(&mut error));
        checked(status, error.assume_init()).inspect_err(|_| rs_auth_credentials_free(owned(out.assume_init())))?;
        Ok(Credentials::new(out.assume_init()))
    }
}

fn report(call: Report, dsn: &Pairs, options: &Options) -> Result<String, Failure> {
    let array = dsn.array()?;
    let json = string(|out, error| {
        // SAFETY: array and options live during the call.
        unsafe { call(array.as_ptr(), array.len(), options.borrow(), Some(out), Some(error)) }
    })?;
    Ok(json.as_str().to_owned())
}

/// A call that makes a string; the library wipes its own copy.
fn string(
    call: impl FnOnce(&mut MaybeUninit<*mut c_char>, &mut MaybeUninit<*mut rs_auth_error>) -> rs_auth_status,
) -> Result<Zeroizing<String>, Failure> {
    let (mut out, mut error) = (MaybeUninit::new(ptr::null_mut()), MaybeUninit::new(ptr::null_mut()));
    let status = call(&mut out, &mut error);
    // SAFETY: the call wrote both out pointers; the string is ended once, after it was copied.
    unsafe {
        checked(status, error.assume_init())?;
        let made = out.assume_init();
        let text = borrowed(made).map(|text| Zeroizing::new(text.to_owned()));
        rs_auth_string_free(made);
        text.ok_or_else(|| Failure::system("the library made no text"))
    }
}
