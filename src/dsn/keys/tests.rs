use super::{ALL, COUNT, Key, Kind, find, find_spelling, is_driver_key, nearest, nearest_of, table::SPELLINGS};
use proptest::prelude::*;

#[test]
fn every_spelling_finds_its_key() {
    for (spelling, key) in SPELLINGS {
        assert_eq!(find(spelling), Some(*key), "{spelling}");
        assert_eq!(find(&spelling.to_uppercase()), Some(*key), "{spelling}");
        assert!(!is_driver_key(spelling), "{spelling} is both a key and a driver's own");
    }
    assert_eq!(find_spelling("CREDENTIALS_provider"), Some(("credentials_provider", Key::PluginName)));
    for unknown in ["", "x", "Regoin", "IAM ", "host\0", "ключ", "cluster-identifier"] {
        assert_eq!(find(unknown), None, "{unknown:?}");
    }
}

#[test]
fn the_table_is_in_order() {
    assert_eq!(ALL.len(), COUNT);
    for (index, key) in ALL.iter().enumerate() {
        let spec = key.spec();
        assert_eq!(key.index(), index);
        assert!(spec.help.ends_with('.') && spec.help.len() <= 120, "{}", spec.name);
        assert!(!spec.used_by.is_empty(), "{}", spec.name);
        if spec.kind == Kind::Secret {
            assert!(spec.default.is_empty(), "{}", spec.name);
        } else if !spec.default.is_empty() {
            crate::dsn::values::check(spec.kind, spec.default).unwrap();
        }
    }
}

#[test]
fn the_secrets_are_these() {
    let secrets: Vec<_> = ALL.iter().filter(|key| key.is_secret()).map(|key| key.name()).collect();
    let expected = [
        "PWD",
        "SecretAccessKey",
        "SessionToken",
        "web_identity_token",
        "saml_assertion",
        "totp_secret",
        "client_secret",
        "token",
        "https_proxy_password",
    ];
    assert_eq!(secrets, expected);
}

#[test]
fn a_mistyped_key_is_recognised() {
    for (typed, meant) in [
        ("Regoin", "Region"),
        ("cluster_identifer", "cluster_identifier"),
        ("CLUSTERIDD", "ClusterId"),
        ("plugin", "plugin_name"),
        ("pluginname_", "PluginName"),
        ("Hots", "Host"),
        ("idp-host", "idp_host"),
    ] {
        let found = nearest(typed);
        if typed == "plugin" {
            assert_eq!(found, None, "five letters are missing");
        } else {
            assert_eq!(found, Some(meant), "{typed}");
        }
    }
    assert_eq!(nearest("zzzz"), None);
    assert_eq!(nearest(""), None);
    assert_eq!(nearest_of("Otka", ["ADFS", "Okta", "Ping"].into_iter()), Some("Okta"));
}

#[test]
fn driver_keys_in_any_case() {
    for key in ["DSN", "Driver", "LogLevel", "LogPath", "ApplicationName", "SSLCert", "Min_TLS", "KeepAliveCount"] {
        assert!(is_driver_key(key), "{key}");
    }
    assert!(!is_driver_key("Regoin"));
    assert!(!is_driver_key(""));
}

#[test]
fn a_missing_key_is_named_with_its_aliases() {
    let error = Key::ClusterId.missing("the login");
    assert_eq!(error.status(), crate::error::Status::MissingSetting);
    assert_eq!(
        error.message(),
        "ClusterId (also spelled ClusterID, cluster_identifier, ClusterIdentifier) is missing: the login needs it"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn letter_case_never_matters(index in 0..SPELLINGS.len(), upper in proptest::collection::vec(any::<bool>(), 40)) {
        let (spelling, key) = SPELLINGS[index];
        let typed: String = spelling
            .chars()
            .zip(upper)
            .map(|(letter, upper)| if upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() })
            .collect();
        prop_assert_eq!(find(&typed), Some(key));
    }

    #[test]
    fn any_text_is_looked_up_without_a_panic(text in ".{0,40}") {
        if let Some((spelling, _)) = find_spelling(&text) {
            prop_assert!(spelling.eq_ignore_ascii_case(&text));
        }
        let _ = (nearest(&text), is_driver_key(&text));
    }
}
