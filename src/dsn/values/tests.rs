use super::{check, choice, flag, host_and_port, number};
use crate::dsn::keys::Kind;

#[test]
fn booleans() {
    for text in ["1", "true", "YES", "On", " 1 "] {
        assert_eq!(flag(text), Ok(true), "{text}");
    }
    for text in ["0", "false", "No", "OFF"] {
        assert_eq!(flag(text), Ok(false), "{text}");
    }
    for text in ["", "2", "y", "enabled", "truely", "01"] {
        assert!(flag(text).is_err(), "{text}");
    }
}

#[test]
fn numbers_are_never_truncated() {
    assert_eq!(number("0", 0, 9), Ok(0));
    assert_eq!(number("65535", 1, 65_535), Ok(65_535));
    assert_eq!(number(" 005439 ", 1, 65_535), Ok(5439));
    for text in ["", "0", "65536", "4294967297", "99999999999999999999999", "-1", "+1", "1.5", "0x10", "5439 5", "५"]
    {
        assert!(number(text, 1, 65_535).is_err(), "{text}");
    }
    assert_eq!(
        number("54x9", 1, 65_535),
        Err("must be a number from 1 to 65535; character 3 is not a digit".to_owned())
    );
}

#[test]
fn words_in_any_case() {
    assert_eq!(choice(" US-gov ", &["commercial", "us-gov"]), Ok("us-gov"));
    assert_eq!(choice("gov", &["commercial", "us-gov"]), Err("must be one of commercial, us-gov".to_owned()));
}

#[test]
fn hosts_with_and_without_ports() {
    assert_eq!(host_and_port("adfs.example.com"), Ok(("adfs.example.com", None)));
    assert_eq!(host_and_port("adfs.example.com:8443"), Ok(("adfs.example.com", Some(8443))));
    assert_eq!(host_and_port("[::1]:8443"), Ok(("[::1]", Some(8443))));
    assert_eq!(host_and_port("::1"), Ok(("::1", None)));
    for text in [
        "",
        ":443",
        "a:0",
        "a:65536",
        "a:x",
        "https://a",
        "https://a:443",
        "a/b",
        "münchen.example",
        "a..b",
        ".a",
        "a b",
        "user@a",
    ] {
        assert!(host_and_port(text).is_err(), "{text}");
    }
}

/// Each kind with values that do and values that do not.
#[test]
fn kinds() {
    let cases: [(Kind, &[&str], &[&str]); 9] = [
        (Kind::Text, &["a b", "ü", "a;b"], &["a\nb", "a\0"]),
        (Kind::Secret, &["a\nb", "any}thing;"], &[]),
        (
            Kind::Host,
            &["h", "h.example.", "127.0.0.1", "::1", "[::1]", "my_host"],
            &["a:1", "h h", "https://h", "a/b", "é h"],
        ),
        (
            Kind::Endpoint,
            &["https://x.example", "http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:1/"],
            &["http://x.example", "ftp://x", "x.example", "", "https://", "https://a b", "http://127.0.0.1.example"],
        ),
        (
            Kind::HttpsUrl,
            &["https://x.example/saml?a=b&c=d"],
            &["http://127.0.0.1/", "x", "https://x\n", "javascript:x"],
        ),
        (
            Kind::Arn,
            &["arn:aws:iam::123456789012:role/x", "arn:aws-cn:iam::1:role/a:b"],
            &["role/x", "arn:aws:iam::1:", "arn:aws", "arn::iam::1:role/x"],
        ),
        (
            Kind::Region,
            &["us-east-1", "US-GOV-west-1", "us-east-1-dev"],
            &["", "us east", "us-east-1.evil.example", "a/b"],
        ),
        (Kind::Regex, &["^dev_.*$", "a|b"], &["(", "[a"]),
        (
            Kind::SecretSource,
            &["file:/run/token", "env:TOKEN"],
            &["file:token", "env:", "env:A=B", "/run/token", "FILE", "cmd:x"],
        ),
    ];
    for (kind, good, bad) in cases {
        for text in good {
            assert_eq!(check(kind, text), Ok(()), "{kind:?} {text:?}");
        }
        for text in bad {
            let fault = check(kind, text).expect_err(text);
            assert!(!fault.is_empty(), "{kind:?} {text:?}");
        }
    }
    assert!(check(Kind::AbsolutePath, "/usr/bin/saml").is_ok());
    assert!(check(Kind::AbsolutePath, "saml").is_err());
}
