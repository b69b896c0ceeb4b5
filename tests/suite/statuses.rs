//! The page of statuses: a section for each of the header's and for each stage, with what the library really gives.

use crate::docs::read;
use regex_lite::Regex;
use rs_auth::capi::*;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;
use std::ptr;

const MEMBERS: [&str; 6] = ["Causes", "User", "Operator", "Program", "Again", "Cases"];

/// What the library makes of a failure with that status, given by a plugin of the host's own.
struct Failure {
    name: String,
    sqlstate: String,
    retryable: bool,
}

unsafe extern "C" fn fail(
    user_data: *mut c_void,
    _: *const rs_auth_plugin_request<'_>,
    reply: *mut rs_auth_plugin_reply,
) -> i32 {
    // SAFETY: the number that was handed over with the callback; the reply lives during it.
    unsafe {
        let status = *user_data.cast::<rs_auth_status>();
        assert_eq!(rs_auth_plugin_reply_set_error(reply.as_mut(), status, c"on purpose".as_ptr()), RS_AUTH_STATUS_OK);
    }
    0
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: strings of the library end in NUL and live as long as their object, which the caller has.
    unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
}

fn failure(mut status: rs_auth_status) -> Failure {
    let pairs = [(c"plugin_name", c"fails"), (c"ClusterId", c"c"), (c"Region", c"us-east-1"), (c"DbUser", c"alice")];
    let dsn = pairs.map(|(key, value)| rs_auth_dsn_kv { key: key.as_ptr(), value: value.as_ptr() });
    let (mut credentials, mut error) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: options, array, number and strings live during the calls; what is made here is ended here.
    unsafe {
        let options = rs_auth_options_new();
        let number: *mut c_void = ptr::from_mut(&mut status).cast();
        let added = rs_auth_options_add_plugin(options.as_mut(), c"fails".as_ptr(), Some(fail), number);
        assert_eq!(added, RS_AUTH_STATUS_OK);
        let (out, out_error) = (Some(&mut credentials), Some(&mut error));
        let given = rs_auth_get_credentials(dsn.as_ptr(), dsn.len(), options.as_ref(), out, out_error);
        rs_auth_options_free(Some(Box::from_raw(options)));
        let error = Box::from_raw(error.assume_init());
        assert_eq!(
            (given, rs_auth_error_status(Some(&error))),
            (status, status),
            "{}",
            text(rs_auth_error_message(Some(&error)))
        );
        let failure = Failure {
            name: text(rs_auth_status_name(status)),
            sqlstate: text(rs_auth_error_sqlstate(Some(&error))),
            retryable: rs_auth_error_is_retryable(Some(&error)),
        };
        rs_auth_error_free(Some(error));
        failure
    }
}

/// The sections of the page, as (heading, text).
fn sections() -> Vec<(String, String)> {
    let page = read("docs/statuses.md");
    let split = page.split("\n## ").skip(1).map(|section| section.split("\n# ").next().unwrap());
    split.map(|section| section.split_once('\n').unwrap()).map(|(head, text)| (head.into(), text.into())).collect()
}

/// Names and numbers as the header has them.
fn of_the_header() -> Vec<(String, rs_auth_status)> {
    let define = Regex::new(r"#define RS_AUTH_STATUS_(\w+) (\d+)").unwrap();
    let header = read("include/rs_auth.h");
    define.captures_iter(&header).map(|found| (found[1].to_owned(), found[2].parse().unwrap())).collect()
}

#[test]
fn every_status_has_its_section() {
    let statuses = of_the_header();
    assert!(statuses.len() >= 27, "{}", statuses.len());
    let sections: Vec<_> = sections().into_iter().filter(|(head, _)| !head.starts_with("Stage ")).collect();
    let heads: Vec<_> = sections.iter().map(|(head, _)| head.clone()).collect();
    assert_eq!(heads, statuses.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
    for ((name, number), (_, text)) in statuses.iter().zip(&sections).skip(1) {
        let given = failure(*number);
        assert_eq!(given.name, format!("RS_AUTH_STATUS_{name}"));
        let line = format!("`{}`, {number}, SQLSTATE {}. ", given.name, given.sqlstate);
        assert!(text.starts_with(&line), "{name}: the section begins with {line}");
        let members: Vec<_> = Regex::new(r"(?m)^- \*\*(\w+):\*\* \S")
            .unwrap()
            .captures_iter(text)
            .map(|found| found[1].to_owned())
            .collect();
        assert_eq!(members, MEMBERS, "{name}");
        let again = text.split("- **Again:** ").nth(1).unwrap();
        let fits = if given.retryable {
            again.starts_with("yes.")
        } else {
            again.starts_with("no.") || again.starts_with("no, unless ")
        };
        assert!(fits, "{name}: by itself it is {}retryable", if given.retryable { "" } else { "not " });
    }
    assert!(sections[0].1.starts_with("`RS_AUTH_STATUS_OK`, 0, SQLSTATE 00000. "));
}

#[test]
fn every_stage_has_its_section() {
    let header = read("include/rs_auth.h");
    let words = header.split("Where in the login it went wrong: ").nth(1).unwrap().split(". NULL").next().unwrap();
    // "aws (the credentials chain and the metadata services), sts, redshift or cache"
    let words = Regex::new(r"\([^)]*\)").unwrap().replace_all(words, "").replace(" or ", ", ");
    let named: Vec<_> = words.split(',').map(|word| word.trim().trim_start_matches("* ").trim()).collect();
    assert_eq!(named.len(), 8, "{named:?}");
    let found: Vec<_> =
        sections().into_iter().filter_map(|(head, _)| Some(head.strip_prefix("Stage ")?.to_owned())).collect();
    assert_eq!(found, named);
}
