use super::{Choice, Chosen, choose, static_keys, wants_login};
use crate::dsn::settings::{Settings, Source};
use crate::error::{AuthError, Status};
use crate::secret::ExposeSecret;

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn try_choose(pairs: Pairs<'_>, entry: Option<&str>) -> Result<Choice, AuthError> {
    choose(&Settings::from_pairs(pairs.iter().copied(), Source::Argument), entry, &[])
}

fn chosen(pairs: Pairs<'_>) -> Chosen {
    try_choose(pairs, None).unwrap().chosen
}

fn refused(pairs: Pairs<'_>) -> AuthError {
    try_choose(pairs, None).unwrap_err()
}

const KEYS: [(&str, &str); 2] = [("AccessKeyID", "AKIA"), ("SecretAccessKey", "hunter2")];

#[test]
fn entry_point_then_plugin_then_auth_type_then_inference() {
    let all: Pairs<'_> = &[
        ("plugin_name", "Okta"),
        ("AuthType", "Profile"),
        ("Profile", "p"),
        ("InstanceProfile", "1"),
        KEYS[0],
        KEYS[1],
        ("IAM", "0"),
    ];
    assert_eq!(try_choose(all, Some("ADFS")).unwrap().chosen, Chosen::Plugin("ADFS"));
    assert_eq!(try_choose(all, Some("Profile")).unwrap().chosen, Chosen::Profile(Some("p".to_owned())));
    assert_eq!(try_choose(all, Some("Static")).unwrap().chosen, Chosen::Static);
    assert_eq!(chosen(&all[..6]), Chosen::Plugin("Okta"));
    assert_eq!(chosen(&[all[1], all[2], all[4], all[5]]), Chosen::Profile(Some("p".to_owned())));
    assert_eq!(chosen(&all[2..6]), Chosen::InstanceProfile);
    assert_eq!(chosen(&[all[2], all[4], all[5]]), Chosen::Profile(Some("p".to_owned())));
    assert_eq!(chosen(&all[4..6]), Chosen::Static);
    assert_eq!(chosen(&[]), Chosen::Default);
}

#[test]
fn auth_types() {
    for (pairs, expected) in [
        (&[("AuthType", "STATIC"), KEYS[0], KEYS[1]][..], Chosen::Static),
        (&[("AuthType", "profile")], Chosen::Profile(None)),
        (&[("AuthType", "Profile"), ("InstanceProfile", "1")], Chosen::InstanceProfile),
        (&[("auth_type", "InstanceProfile")], Chosen::InstanceProfile),
        (&[("AuthType", "Default"), KEYS[0]], Chosen::Default),
        (&[("AuthType", "Plugin"), ("PluginName", "ping")], Chosen::Plugin("Ping")),
        (&[("AuthType", "Static"), ("plugin_name", " ")], Chosen::Static),
    ] {
        if pairs.last() == Some(&("plugin_name", " ")) {
            assert_eq!(refused(pairs).status(), Status::MissingSetting, "blanks name no plugin");
        } else {
            assert_eq!(chosen(pairs), expected, "{pairs:?}");
        }
    }
    assert_eq!(refused(&[("AuthType", "Saml")]).status(), Status::InvalidSetting);
    let error = refused(&[("AuthType", "Plugin")]);
    assert_eq!(error.status(), Status::MissingSetting);
    assert!(error.message().contains("plugin_name") && error.message().contains("credentials_provider"), "{error}");
    assert_eq!(refused(&[("AuthType", "Static")]).status(), Status::MissingSetting);
    assert_eq!(try_choose(&[], Some("Static")).unwrap_err().status(), Status::MissingSetting);
}

#[test]
fn half_a_key_pair() {
    for (pairs, key) in [
        (&KEYS[..1], "SecretAccessKey"),
        (&KEYS[1..], "AccessKeyID"),
        (&[("SessionToken", "t")], "AccessKeyID"),
        (&[KEYS[0], ("SessionToken", "t")], "SecretAccessKey"),
        (&[KEYS[1], ("PWD", "p")], "AccessKeyID"),
        (&[("AuthType", "Static"), KEYS[0]], "SecretAccessKey"),
        (&[("plugin_name", "IdpTokenAuthPlugin"), KEYS[0]], "SecretAccessKey"),
        (&[("AuthProfile", "p"), ("plugin_name", "Okta")], "AccessKeyID"),
    ] {
        let error = refused(pairs);
        assert_eq!(error.status(), Status::MissingSetting, "{pairs:?}");
        assert!(error.message().starts_with(key), "{pairs:?}: {error}");
    }
}

#[test]
fn the_password_as_secret_key() {
    let settings =
        Settings::from_pairs([("AccessKeyID", "AKIA"), ("PWD", "hunter2"), ("SessionToken", "t")], Source::Argument);
    let keys = static_keys(&settings).unwrap().unwrap();
    assert_eq!((keys.access_key_id, keys.secret_access_key.expose_secret()), ("AKIA", "hunter2"));
    assert_eq!(keys.session_token.map(ExposeSecret::expose_secret), Some("t"));
    assert_eq!(choose(&settings, None, &[]).unwrap().chosen, Chosen::Static);
    let settings = Settings::from_pairs(KEYS.into_iter().chain([("PWD", "other")]), Source::Argument);
    assert_eq!(static_keys(&settings).unwrap().unwrap().secret_access_key.expose_secret(), "hunter2");
    let settings = Settings::from_pairs([("PWD", "x"), ("UID", "y")], Source::Argument);
    assert!(static_keys(&settings).unwrap().is_none());
}

#[test]
fn iam_off_with_a_method_that_needs_it() {
    let off = ("IAM", "0");
    for pairs in [&[off][..], &[off, KEYS[0], KEYS[1]], &[off, ("Profile", "p")], &[off, ("plugin_name", "Okta")]] {
        let error = refused(pairs);
        assert_eq!(error.status(), Status::InvalidSetting, "{pairs:?}");
        assert!(error.message().starts_with("IAM is off, but the method "), "{error}");
        let on: Vec<_> = [("IAM", "1")].into_iter().chain(pairs[1..].iter().copied()).collect();
        assert!(try_choose(&on, None).is_ok(), "{on:?}");
    }
    for name in [
        "JWT",
        "BrowserAzureADOAuth2",
        "BrowserOktaSAML",
        "BasicNativeSAML",
        "IdpTokenAuthPlugin",
        "BrowserIdcAuthPlugin",
    ] {
        assert_eq!(chosen(&[off, ("plugin_name", name)]), Chosen::Plugin(name));
    }
    assert!(try_choose(&[off], Some("Default")).is_ok(), "the entry point wins over IAM");
    assert_eq!(refused(&[("IAM", "maybe")]).status(), Status::InvalidSetting);
}

#[test]
fn tls_is_required_of_every_method() {
    for name in ["Okta", "JWT", "BrowserIdcAuthPlugin"] {
        for off in [("SSLMode", "disable"), ("SSL", "0"), ("EM", "0")] {
            assert_eq!(refused(&[("plugin_name", name), off]).status(), Status::InvalidSetting, "{name} {off:?}");
        }
        assert!(try_choose(&[("plugin_name", name), ("SSLMode", "require")], None).is_ok());
    }
}

#[test]
fn warnings() {
    let warnings = |pairs: Pairs<'_>| try_choose(pairs, None).unwrap().warnings.join("\n");
    assert_eq!(
        warnings(&[("plugin_name", "Okta"), KEYS[0], KEYS[1], ("Profile", "p")]),
        "the method Okta is used, which leaves aside AccessKeyID, SecretAccessKey, Profile"
    );
    let idc = [("plugin_name", "BrowserIdcAuthPlugin"), ("Profile", "p"), KEYS[0]];
    assert_eq!(warnings(&idc), "the method BrowserIdcAuthPlugin is used, which leaves aside AccessKeyID");
    assert_eq!(warnings(&[("Profile", "p"), KEYS[0]]), "the method Profile is used, which leaves aside AccessKeyID");
    assert_eq!(
        warnings(&[("plugin_name", "Okta"), ("AuthType", "Static")]),
        "plugin_name=Okta is used, which leaves aside AuthType=Static"
    );
    for name in ["IdpTokenAuthPlugin", "BrowserIdcAuthPlugin"] {
        assert!(warnings(&[("plugin_name", name), ("IAM", "1")]).contains("IAM=1"), "{name}");
        assert_eq!(warnings(&[("plugin_name", name)]), "");
    }
    for pairs in [
        &[("plugin_name", "JWT"), ("IAM", "1")][..],
        &[("plugin_name", "BrowserAzureADOAuth2"), ("IAM", "1")],
        &[("plugin_name", "IdpTokenAuthPlugin"), KEYS[0], KEYS[1]],
        &[("plugin_name", "Okta"), ("AuthType", "Plugin"), ("AuthProfile", "p"), KEYS[0], KEYS[1]],
        &[("plugin_name", "Okta"), ("InstanceProfile", "0")],
        &[KEYS[0], KEYS[1]],
    ] {
        assert_eq!(warnings(pairs), "", "{pairs:?}");
    }
}

#[test]
fn the_hosts_own_plugins_come_first() {
    let settings = Settings::from_pairs([("plugin_name", " keyCloak "), ("IAM", "0")], Source::Argument);
    assert_eq!(choose(&settings, None, &["Okta", "Keycloak"]).unwrap().chosen, Chosen::Host(1));
    let settings = Settings::from_pairs([("plugin_name", "OKTA")], Source::Argument);
    assert_eq!(choose(&settings, None, &["Okta"]).unwrap().chosen, Chosen::Host(0));
    assert_eq!(choose(&settings, Some("Okta"), &["Okta"]).unwrap().chosen, Chosen::Plugin("Okta"));
}

#[test]
fn unknown_plugins() {
    let error = refused(&[("credentials_provider", "com.amazon.redshift.plugin.OtkaCredentialsProvider")]);
    assert_eq!(error.status(), Status::UnknownPlugin);
    assert!(error.message().ends_with("names no plugin; did you mean OktaCredentialsProvider?"), "{error}");
    assert!(error.hint_text().unwrap().starts_with("known are ADFS, AzureAD,"));
    let error = refused(&[("plugin_name", "WrongProvider")]);
    assert_eq!(error.message(), "plugin_name \"WrongProvider\" names no plugin");
}

#[test]
fn who_wants_a_login() {
    for (pairs, expected) in [
        (&[("UID", "u"), ("PWD", "p"), ("Host", "h")][..], false),
        (&[], false),
        (&[("IAM", "1")], true),
        (&[("IAM", "0"), KEYS[0], ("Profile", "p")], false),
        (&[("IAM", "0"), ("plugin_name", "IdpTokenAuthPlugin")], true),
        (&[("IAM", "sure")], true),
        (&[("plugin_name", "JWT")], true),
        (&[("plugin_name", " ")], false),
        (&[("AuthType", "Default")], true),
        (&[("Profile", "p")], true),
        (&[("AuthProfile", "p")], true),
        (&[KEYS[0]], true),
        (&[("InstanceProfile", "1")], true),
        (&[("InstanceProfile", "0")], false),
        (&[("ClusterId", "c"), ("Region", "r")], false),
    ] {
        let settings = Settings::from_pairs(pairs.iter().copied(), Source::Argument);
        assert_eq!(wants_login(&settings), expected, "{pairs:?}");
    }
}
