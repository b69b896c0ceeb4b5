//! Strings that are no connection strings, and bytes that are no text.

use super::refused;
use crate::probe::{Call, Dsn, Input, Machine};
use rs_auth_sandbox::Sandbox;

const INVALID_ARGUMENT: i32 = 1;
const INVALID_SETTING: i32 = 100;

#[test]
fn connection_strings_that_cannot_be_read() {
    let sandbox = Sandbox::start();
    let cases: [(&str, &[&str]); 17] = [
        ("nonsense", &["no =", "character 1"]),
        ("Host=x;nonsense", &["no =", "character 8"]),
        ("Host=x;;  oops ;Port=1", &["no =", "character 11"]),
        ("=x", &["no key", "character 1"]),
        ("Host=x; =y", &["no key", "character 9"]),
        ("PWD={open", &["never closed", "character 5"]),
        ("PWD={a}}", &["never closed", "character 5"]),
        ("PWD={a}b;Host=x", &["between a closing brace", "character 8"]),
        ("UID=müller;PWD={", &["never closed", "character 16"]),
        ("postgresql://h/db", &["no =", "character 1"]),
        ("https://h/db?x=y", &["URL of an unknown kind", "character 1"]),
        ("jdbc:postgresql://h/db", &["URL of an unknown kind"]),
        ("jdbc:redshift:iam:/h", &["URL of an unknown kind"]),
        ("jdbc:redshift://host:port/db", &["port of the host is not a number"]),
        ("jdbc:redshift:iam://h/db?novalue", &["no ="]),
        ("jdbc:redshift:iam://h/db?=x", &["no key"]),
        ("jdbc:redshift:iam://h/db?PWD=50%", &["\"PWD\"", "hexadecimal"]),
    ];
    let cases = cases.map(|(text, parts)| (text.to_owned(), Call::text(text), INVALID_SETTING, parts));
    refused(&sandbox, cases.into());
}

#[test]
fn bytes_and_units_that_are_no_text() {
    let sandbox = Sandbox::start();
    let latin = |key: &[u8], value: &[u8]| Call::new(Input::Pairs(vec![(key.to_vec(), value.to_vec())]));
    let wide = |units: &[u16]| Call::new(Input::Utf16(units.to_vec()));
    refused(
        &sandbox,
        vec![
            ("value".into(), latin(b"PWD", b"p\xe4ss"), INVALID_SETTING, &["\"PWD\"", "byte 2"]),
            ("key".into(), latin(b"\xff", b"x"), INVALID_ARGUMENT, &["dsn_kv[0]"]),
            ("string".into(), Call::text(b"UID=\xe4"), INVALID_ARGUMENT, &["connection_string", "byte 5"]),
            ("lone surrogate".into(), wide(&[0x55, 0xD800]), INVALID_ARGUMENT, &["unit 2"]),
            ("NUL".into(), wide(&[0x55, 0, 0x55]), INVALID_ARGUMENT, &["unit 2"]),
            ("UTF-32".into(), Call::new(Input::Utf32(vec![0x11_0000])), INVALID_ARGUMENT, &["unit 1"]),
        ],
    );
}

#[test]
fn what_stands_in_a_faulty_string_is_not_repeated() {
    let outcomes = Machine::new().run([
        Call::text("UID=u;PWD={hunter2;Host=x"),
        Call::text("UID=u;hunter2"),
        Call::text("jdbc:redshift:iam://u:hunter2@h/db?PWD=hunter2%zz"),
        Call::new(Input::Pairs(vec![(b"PWD".to_vec(), b"hunter2\xff".to_vec())])),
    ]);
    for outcome in outcomes {
        assert_eq!(outcome.status, INVALID_SETTING);
        assert!(!outcome.told().contains("hunter2"), "{}", outcome.told());
    }
}

#[test]
fn the_controls_log_in() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    let text = format!(" ; {} ;; UID = mü ller ; x={{a}}}}b}};", dsn.text());
    let outcome = Machine::new().one(Call::text(text));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
}
