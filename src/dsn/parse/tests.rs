use super::{any, connection_string, jdbc_url, settings_file};
use crate::dsn::dialect::braced_pairs;
use crate::error::Status;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn connection_strings() {
    for (text, expected) in [
        ("", &[][..]),
        (" ;; ; ", &[]),
        ("IAM=1", &[("IAM", "1")]),
        ("IAM=1;", &[("IAM", "1")]),
        (" IAM = 1 ;; Host\t=\th ; ", &[("IAM", "1"), ("Host", "h")]),
        ("PWD={a;b}};c};UID=x", &[("PWD", "a;b};c"), ("UID", "x")]),
        ("PWD= { a } ;UID=x", &[("PWD", " a "), ("UID", "x")]),
        ("PWD={}", &[("PWD", "")]),
        ("PWD=;UID=x", &[("PWD", ""), ("UID", "x")]),
        ("PWD=a=b==", &[("PWD", "a=b==")]),
        ("PWD=a{b};UID=x", &[("PWD", "a{b}"), ("UID", "x")]),
        ("PWD={}}}}}", &[("PWD", "}}")]),
        ("idp_host=h;IDP_HOST=i", &[("idp_host", "h"), ("IDP_HOST", "i")]),
        ("login_url=https://x/y?a=b", &[("login_url", "https://x/y?a=b")]),
        ("Driver={Amazon Redshift ODBC Driver (x64)}", &[("Driver", "Amazon Redshift ODBC Driver (x64)")]),
    ] {
        assert_eq!(connection_string(text).unwrap(), pairs(expected), "{text:?}");
        assert_eq!(any(text).unwrap(), pairs(expected), "{text:?}");
    }
}

/// Every error tells where, and nothing of what stands there.
#[test]
fn malformed_connection_strings() {
    for (text, position) in [
        ("hunter2", 1),
        ("IAM=1; hunter2", 8),
        ("IAM=1;hunter2;UID=x", 7),
        ("ÜID=1;=hunter2", 7),
        ("PWD={hunter2", 5),
        ("UID=ü;PWD= {hunter2}}", 12),
        ("PWD={a}hunter2", 8),
        ("PWD={a} hunter2;UID=x", 9),
        ("postgres://u:hunter2@h/db?a=b", 1),
    ] {
        let error = connection_string(text).unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting, "{text}");
        assert!(error.message().ends_with(&format!("(character {position})")), "{text}: {error}");
        assert!(!error.message().contains("hunter2"), "{error}");
    }
}

#[test]
fn urls() {
    for (text, expected) in [
        (
            "jdbc:redshift:iam://c.abc.us-east-2.redshift.amazonaws.com:5439/dev?DbUser=bob&AutoCreate=true",
            &[
                ("IAM", "1"),
                ("Host", "c.abc.us-east-2.redshift.amazonaws.com"),
                ("Port", "5439"),
                ("Database", "dev"),
                ("DbUser", "bob"),
                ("AutoCreate", "true"),
            ][..],
        ),
        (
            "JDBC:Redshift:IAM://my-cluster:us-west-2/dev;User=*;Password=a%3Bb%26c%25+/=",
            &[
                ("IAM", "1"),
                ("ClusterId", "my-cluster"),
                ("Region", "us-west-2"),
                ("Database", "dev"),
                ("User", "*"),
                ("Password", "a;b&c%+/="),
            ],
        ),
        ("jdbc:redshift://h:1/db", &[("IAM", "0"), ("Host", "h"), ("Port", "1"), ("Database", "db")]),
        (
            "redshift://us%40er:p%3Aw@h/d%20b?;plugin_name=Okta&&",
            &[("Host", "h"), ("Database", "d b"), ("UID", "us@er"), ("PWD", "p:w"), ("plugin_name", "Okta")],
        ),
        ("redshift://[::1]:5439/db", &[("Host", "::1"), ("Port", "5439"), ("Database", "db")]),
        ("redshift://[::1]", &[("Host", "::1")]),
        ("jdbc:redshift:iam:///dev?ClusterID=c", &[("IAM", "1"), ("Database", "dev"), ("ClusterID", "c")]),
        (" redshift://h?ssl= ", &[("Host", "h"), ("ssl", "")]),
    ] {
        assert_eq!(any(text).unwrap(), pairs(expected), "{text}");
    }
}

#[test]
fn malformed_urls() {
    for (text, position) in [
        ("jdbc:postgresql://h/hunter2", 1),
        (" redshift:iam:hunter2", 2),
        ("jdbc:redshift://h:hunter2/db", 17),
        ("redshift://h/db?a=1&hunter2", 21),
        ("redshift://h/db?=hunter2", 17),
        ("redshift://h/db?PWD=hunter2%2", 17),
        ("redshift://h/db?PWD=hunter2%zz", 17),
        ("redshift://h/db?PWD=hunter2%ff", 17),
        ("redshift://u:hunter2%@h/db", 12),
    ] {
        let error = any(text).unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting, "{text}");
        assert!(error.message().ends_with(&format!("(character {position})")), "{text}: {error}");
        assert!(!error.message().contains("hunter2"), "{error}");
    }
    assert!(any("redshift://h/db?PWD=hunter2%25").is_ok());
}

#[test]
fn files_of_settings() {
    let text =
        "\u{feff}# a comment; not=read\r\nRegion=us-east-1;token_source=env:T\r\n\n  # another\nredshift://h/db\n";
    let expected = [("Region", "us-east-1"), ("token_source", "env:T"), ("Host", "h"), ("Database", "db")];
    assert_eq!(settings_file(text).unwrap(), pairs(&expected));
    let error = settings_file("Region=x\n\nPWD={hunter2").unwrap_err();
    assert!(error.message().starts_with("line 3: ") && error.message().ends_with("(character 5)"), "{error}");
    assert!(!error.message().contains("hunter2"));
}

fn key() -> impl Strategy<Value = String> {
    "[A-Za-z_][A-Za-z0-9_]{0,12}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,80}", structured in "[a=;{} %&?:/@]{0,40}") {
        for text in [&text, &structured] {
            let _ = connection_string(text);
            let _ = jdbc_url(text);
            let _ = any(&format!("jdbc:redshift:iam://{text}"));
            let _ = any(&format!("redshift://{text}"));
        }
    }

    #[test]
    fn connection_strings_round_trip(list in proptest::collection::vec((key(), "[^\0]{0,20}"), 0..6)) {
        prop_assert_eq!(connection_string(&braced_pairs(&list)).unwrap(), list);
    }

    #[test]
    fn awkward_values_round_trip(list in proptest::collection::vec((key(), "[ ;{}='\"\\\\%&a]{0,12}"), 0..6)) {
        prop_assert_eq!(connection_string(&braced_pairs(&list)).unwrap(), list);
    }

    #[test]
    fn urls_round_trip(list in proptest::collection::vec((key(), "[^\0]{0,20}"), 0..6), database in "[^\0]{1,8}") {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut url = format!("jdbc:redshift:iam://h:5439/{}?", encode(&database));
        let mut expected = pairs(&[("IAM", "1"), ("Host", "h"), ("Port", "5439"), ("Database", &database)]);
        for (key, value) in list {
            let separator = if key.len() % 2 == 0 { '&' } else { ';' };
            url.extend([&encode(&key), "=", &encode(&value)]);
            url.push(separator);
            expected.push((key, value));
        }
        prop_assert_eq!(jdbc_url(&url).unwrap(), expected);
    }
}
