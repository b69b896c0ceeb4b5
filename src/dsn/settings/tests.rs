use super::{Settings, Source};
use crate::dsn::keys::Key;
use crate::error::Status;
use crate::secret::ExposeSecret;
use proptest::prelude::*;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    Settings::from_pairs(pairs.iter().copied(), Source::Argument)
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_last_duplicate_wins_in_any_spelling() {
    let both = settings(&[("HostName", "a"), ("SERVER", "b"), ("host", "c"), ("servername", "")]);
    assert_eq!(both.text(Key::Host), Some("c"));
    let none = settings(&[("Host", ""), ("PWD", ""), ("x", "")]);
    assert!(!none.given(Key::Host) && none.text(Key::Host).is_none() && none.secret(Key::Pwd).is_none());
    assert_eq!(none.get_any("x"), None);
}

#[test]
fn secrets_are_secrets_and_texts_are_texts() {
    let both = settings(&[("Password", "hunter2"), ("UID", "bob"), ("Pasword", "hunter3")]);
    assert_eq!(both.secret(Key::Pwd).map(ExposeSecret::expose_secret), Some("hunter2"));
    assert_eq!((both.text(Key::Pwd), both.text(Key::Uid)), (None, Some("bob")));
    assert!(both.secret(Key::Uid).is_none());
    assert_eq!(
        (both.get_any(" pwd "), both.get_any("user"), both.get_any("PASWORD")),
        (Some("hunter2"), Some("bob"), Some("hunter3"))
    );
    let shown = format!("{both:?} {:?}", both.warnings(&[]));
    assert!(!shown.contains("hunter") && shown.contains("did you mean Password?"), "{shown}");
}

#[test]
fn a_star_as_user_or_password_is_not_set() {
    let star = settings(&[("User", "*"), ("password", "*"), ("DbUser", "*")]);
    assert!(!star.given(Key::Uid) && !star.given(Key::Pwd));
    assert_eq!(star.text(Key::DbUser), Some("*"));
    let later = settings(&[("User", "bob"), ("UID", "*")]);
    assert_eq!(later.text(Key::Uid), Some("bob"));
}

#[test]
fn layers_and_where_values_came_from() {
    let mut all = Settings::from_pairs(owned(&[("Region", "a"), ("mine", "1")]), Source::ConnectionString);
    let profile = Source::Profile("dev".to_owned());
    all.layer_under(
        owned(&[("region", "b"), ("DbUser", "x"), ("dbuser", "y"), ("MINE", "2"), ("other", "3")]),
        profile.clone(),
    );
    assert_eq!((all.text(Key::Region), all.source(Key::Region)), (Some("a"), Some(&Source::ConnectionString)));
    assert_eq!((all.text(Key::DbUser), all.source(Key::DbUser)), (Some("y"), Some(&profile)));
    assert_eq!((all.get_any("mine"), all.get_any("other")), (Some("1"), Some("3")));
    let over = Source::AuthProfile("p".to_owned());
    all.layer_over(owned(&[("Region", "c"), ("DB_USER", ""), ("mine", "4")]), over.clone());
    assert_eq!((all.text(Key::Region), all.source(Key::Region)), (Some("c"), Some(&over)));
    assert_eq!((all.text(Key::DbUser), all.get_any("mine")), (Some("y"), Some("4")));
    let values: Vec<_> = all.values().collect();
    assert_eq!(values, [(Key::Region, "c"), (Key::DbUser, "y")]);
    let ini = Source::OdbcIni { file: "/etc/odbc.ini".to_owned(), section: "dev".to_owned() };
    assert_eq!(ini.to_string(), "section [dev] of /etc/odbc.ini");
}

#[test]
fn typed_values() {
    let all = settings(&[
        ("IAM", "Yes"),
        ("Port", "5439"),
        ("DbGroups", " a, b ,,c"),
        ("idp_partition", " US-GOV"),
        ("idp_host", "h:8443"),
    ]);
    assert_eq!(all.flag(Key::Iam).unwrap(), Some(true));
    assert_eq!(all.flag(Key::Serverless).unwrap(), None);
    assert_eq!(all.number(Key::Port).unwrap(), Some(5439));
    assert_eq!(all.list(Key::DbGroups), ["a", "b", "c"]);
    assert!(all.list(Key::DbUser).is_empty());
    assert_eq!(all.choice(Key::IdpPartition).unwrap(), Some("us-gov"));
    assert_eq!(all.host_and_port(Key::IdpHost).unwrap(), Some(("h", Some(8443))));
    assert_eq!(all.require(Key::IdpHost, "ADFS").unwrap(), "h:8443");
    assert_eq!(all.require(Key::AppId, "Okta").unwrap_err().status(), Status::MissingSetting);
    assert_eq!(all.require_secret(Key::Pwd, "Okta").unwrap_err().status(), Status::MissingSetting);
    all.validate().unwrap();
}

/// A fault names the key as typed and the canonical one, the values that do, and where it came from.
#[test]
fn faults() {
    for (key, value, message) in [
        ("IAM", "maybe", "IAM must be 1, true, yes or on, or 0, false, no or off; it is \"maybe\""),
        (
            "portnumber",
            "54x9",
            "Port (typed as portnumber) must be a number from 1 to 65535; character 3 is not a digit; it is \"54x9\"",
        ),
        ("IAMDuration", "899", "IAMDuration must be a number from 900 to 3600; it is \"899\""),
        ("duration", "43201", "duration must be a number from 900 to 43200; it is \"43201\""),
        ("idp_response_timeout", "9", "idp_response_timeout must be a number from 10 to 2147483647; it is \"9\""),
        (
            "auth_type",
            "x",
            "AuthType (typed as auth_type) must be one of Static, Profile, Plugin, InstanceProfile, Default; it is \"x\"",
        ),
        ("login_url", "http://x/", "login_url must begin with https://; it is \"http://x/\""),
    ] {
        let bad = settings(&[(key, value)]);
        let error = bad.validate().unwrap_err();
        assert_eq!((error.status(), error.message()), (Status::InvalidSetting, message));
    }
    let mut two = Settings::from_pairs(owned(&[("Port", "0")]), Source::ConnectionString);
    two.layer_under(owned(&[("listen_port", "70000")]), Source::EnvironmentSettings);
    let faults: Vec<_> = two.faults().map(|error| error.message().to_owned()).collect();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].ends_with("it comes from the connection string"), "{}", faults[0]);
    assert!(faults[1].ends_with("it comes from the environment variable RS_AUTH_SETTINGS"), "{}", faults[1]);
    assert_eq!(two.number(Key::ListenPort).unwrap_err().message(), faults[1]);
    let hidden = settings(&[("token", "hunter2")]).invalid(Key::Token, "has expired");
    assert_eq!(hidden.message(), "token has expired");
}

#[test]
fn unknown_keys_are_told_apart_from_the_drivers_and_the_hosts_own() {
    let all = settings(&[("Regoin", "x"), ("LogLevel", "6"), ("HostKey", "1"), ("zzz", "1"), ("REGOIN", "y")]);
    assert_eq!(all.unknown().map(|other| other.name.as_str()).collect::<Vec<_>>(), ["REGOIN", "HostKey", "zzz"]);
    assert_eq!(all.others().len(), 4);
    assert_eq!(
        all.warnings(&["hostkey".to_owned()]),
        ["\"REGOIN\" is not a known key; did you mean Region?", "\"zzz\" is not a known key"]
    );
}

#[test]
fn lengths_at_which_drivers_cut() {
    for length in [255, 1023, 1024, 2047, 16_383] {
        let value = "x".repeat(length);
        let cut = settings(&[("token", &value)]);
        let expected = format!("the value of token is exactly {length} bytes long");
        assert!(cut.warnings(&[])[0].starts_with(&expected));
        assert!(settings(&[("token", &value[1..])]).warnings(&[]).len() == usize::from(length == 1024));
    }
}

#[test]
fn every_key_can_be_given_at_once() {
    let keys = crate::dsn::keys::ALL;
    let all = Settings::from_pairs(keys.iter().map(|key| (key.name(), key.name())), Source::Argument);
    assert!(keys.iter().all(|key| all.given(*key) && all.get_any(key.name()) == Some(key.name())));
    assert_eq!(all.values().count(), keys.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_pairs_make_it_panic(pairs in proptest::collection::vec(("[A-Za-z_]{0,10}|Port|IAM|DbGroups|idp_host", ".{0,12}"), 0..20)) {
        let all = Settings::from_pairs(pairs, Source::Argument);
        for key in crate::dsn::keys::ALL {
            let _ = (all.flag(key), all.number(key), all.choice(key), all.host_and_port(key), all.list(key));
        }
        let _ = (all.validate(), all.warnings(&[]));
    }
}

/// Not a check but a measurement: `cargo test -- --ignored --nocapture`.
#[test]
#[ignore = "prints a time"]
fn how_long_twelve_keys_take() {
    let pairs = [
        ("Driver", "Amazon Redshift ODBC Driver (x64)"),
        ("Server", "examplecluster.abc123xyz789.us-west-2.redshift.amazonaws.com"),
        ("Port", "5439"),
        ("Database", "dev"),
        ("IAM", "1"),
        ("AccessKeyID", "AKIAIOSFODNN7EXAMPLE"),
        ("SecretAccessKey", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("DbUser", "awsuser"),
        ("DbGroups", "a,b"),
        ("AutoCreate", "1"),
        ("SSLMode", "verify-full"),
        ("Region", "us-west-2"),
    ];
    let rounds = 2_000_u32;
    let batch = || {
        let start = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(settings(std::hint::black_box(&pairs)));
        }
        start.elapsed() / rounds
    };
    // The least of many: other work on the machine only ever adds.
    let least = (0..200).map(|_| batch()).min().unwrap();
    println!("Settings::from_pairs of {} keys, made and dropped: {least:?}", pairs.len());
}
