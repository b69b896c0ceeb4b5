//! How long a login takes through the C interface: served from memory, and asked of AWS on loopback.
//!
//! `cargo bench --bench login`. The process is warm: what a fresh one costs is measured by `cargo xtask bench`.

#![allow(missing_docs)] // criterion's macro makes a public function

use criterion::{Criterion, criterion_group, criterion_main};
use rs_auth::capi::{
    RS_AUTH_CACHE_OFF, RS_AUTH_STATUS_OK, rs_auth_credentials, rs_auth_credentials_free, rs_auth_dsn_kv,
    rs_auth_get_credentials, rs_auth_options, rs_auth_options_new, rs_auth_options_set_cache,
};
use rs_auth_sandbox::Sandbox;
use std::ffi::CString;
use std::hint::black_box;
use std::mem::MaybeUninit;

/// A DSN as a driver hands it over.
struct Dsn {
    _texts: Vec<(CString, CString)>,
    entries: Vec<rs_auth_dsn_kv>,
}

impl Dsn {
    fn new(pairs: &[(&str, &str)]) -> Self {
        let texts: Vec<_> =
            pairs.iter().map(|(key, value)| (CString::new(*key).unwrap(), CString::new(*value).unwrap())).collect();
        let entries =
            texts.iter().map(|(key, value)| rs_auth_dsn_kv { key: key.as_ptr(), value: value.as_ptr() }).collect();
        Self { _texts: texts, entries }
    }

    fn log_in(&self, options: Option<&rs_auth_options>) {
        let mut credentials: MaybeUninit<*mut rs_auth_credentials> = MaybeUninit::uninit();
        // SAFETY: the entries point into texts that live as long as they do, and what is written is freed once.
        unsafe {
            let status = rs_auth_get_credentials(
                self.entries.as_ptr(),
                self.entries.len(),
                options,
                Some(&mut credentials),
                None,
            );
            assert_eq!(status, RS_AUTH_STATUS_OK);
            free(black_box(credentials.assume_init()));
        }
    }
}

/// # Safety
/// `credentials` comes from a login and is not used again.
unsafe fn free(credentials: *mut rs_auth_credentials) {
    // SAFETY: the caller's promise; a box of ours or NULL.
    rs_auth_credentials_free(unsafe { (!credentials.is_null()).then(|| Box::from_raw(credentials)) });
}

fn logins(criterion: &mut Criterion) {
    let sandbox = Sandbox::start();
    let endpoint = sandbox.http_url();
    let keys = sandbox.describe()["keys"]["user"].clone();
    let dsn = Dsn::new(&[
        ("Driver", "Amazon Redshift ODBC Driver (x64)"),
        ("IAM", "1"),
        ("Server", "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com"),
        ("Port", "5439"),
        ("Database", "dev"),
        ("DbUser", "alice"),
        ("Region", "us-east-1"),
        ("SSLMode", "verify-ca"),
        ("AccessKeyID", keys["access_key_id"].as_str().unwrap()),
        ("SecretAccessKey", keys["secret_access_key"].as_str().unwrap()),
        ("EndPointUrl", &endpoint),
    ]);
    criterion.bench_function("served from memory", |bencher| bencher.iter(|| dsn.log_in(None)));

    // SAFETY: made by the library, used until the end of this function.
    let mut options = unsafe { Box::from_raw(rs_auth_options_new()) };
    assert_eq!(rs_auth_options_set_cache(Some(&mut options), RS_AUTH_CACHE_OFF), RS_AUTH_STATUS_OK);
    criterion.bench_function("asked of AWS on loopback", |bencher| bencher.iter(|| dsn.log_in(Some(&options))));
}

criterion_group!(benches, logins);
criterion_main!(benches);
