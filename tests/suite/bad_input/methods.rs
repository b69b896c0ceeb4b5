//! Methods that do not exist, lack a key, or contradict another key.

use super::{Case, refused};
use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::Sandbox;

#[test]
fn methods_that_cannot_be() {
    let sandbox = Sandbox::start();
    let bare = Dsn::cluster(&sandbox);
    let keys = Dsn::keys(&sandbox);
    let case = |name: &str, dsn: &Dsn, status, parts: &'static [&'static str]| -> Case<'static> {
        (name.to_owned(), dsn.call(), status, parts)
    };
    let with = |dsn: &Dsn, key, value| dsn.clone().set(key, value);
    refused(
        &sandbox,
        vec![
            case("unknown plugin", &with(&keys, "plugin_name", "Octa"), 102, &["\"Octa\"", "did you mean Okta"]),
            case("nothing like it", &with(&keys, "plugin_name", "zzzzzzzz"), 102, &["\"zzzzzzzz\" names no plugin"]),
            case(
                "unknown AuthType",
                &with(&keys, "AuthType", "Statik"),
                100,
                &["AuthType", "must be one of", "Static"],
            ),
            case("AuthType=Plugin", &with(&keys, "AuthType", "Plugin"), 101, &["plugin_name", "AuthType=Plugin"]),
            case("AuthType=Static", &with(&bare, "AuthType", "Static"), 101, &["AccessKeyID", "aws_access_key_id"]),
            case("half a pair", &with(&bare, "AccessKeyID", "AKIA"), 101, &["SecretAccessKey"]),
            case("the other half", &with(&bare, "SecretAccessKey", "s"), 101, &["AccessKeyID"]),
            case("session token alone", &with(&bare, "SessionToken", "t"), 101, &["AccessKeyID", "SessionToken"]),
            case("IAM=0", &with(&keys, "IAM", "0"), 100, &["IAM is off", "Static"]),
            case("IAM=off with a profile", &with(&bare, "IAM", "off").set("Profile", "p"), 100, &["IAM", "Profile"]),
            case("no AuthProfile without keys", &with(&bare, "AuthProfile", "p"), 101, &["AccessKeyID"]),
            case("no profile", &with(&bare, "Profile", "nobody"), 103, &["'nobody'", ".aws/config"]),
        ],
    );
}

#[test]
fn the_function_names_the_method_whatever_the_dsn_says() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox).set("plugin_name", "Octa").set("AuthType", "Profile").set("IAM", "0");
    let outcomes = Machine::new().run([
        dsn.call().entry("iam_keys"),
        Dsn::cluster(&sandbox).call().entry("iam_keys"),
        dsn.call().entry("profile"),
    ]);
    assert_eq!(outcomes[0].status, 0, "{}", outcomes[0].told());
    assert_eq!(outcomes[1].status, 101, "{}", outcomes[1].told());
    assert_eq!(outcomes[2].status, 103, "{}", outcomes[2].told());
}

#[test]
fn what_wins_over_what() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox).on_instance(&sandbox);
    let keys = Dsn::keys(&sandbox);
    let both = keys.clone().set("Profile", "sandbox-session");
    let all = both.clone().set("InstanceProfile", "1");
    for (dsn, plugin, warns) in [
        (keys.clone(), "Static", ""),
        (both.clone(), "Profile", "AccessKeyID"),
        (all.clone(), "InstanceProfile", "Profile"),
        (all.clone().set("AuthType", "static"), "Static", "Profile"),
        (all.clone().set("AuthType", "Default"), "Default", "AccessKeyID"),
        (all.set("AuthType", "Static").set("plugin_name", " default "), "Default", "AccessKeyID"),
        (Dsn::cluster(&sandbox).set("AuthType", "PROFILE"), "Profile", ""),
        (Dsn::cluster(&sandbox), "Default", ""),
    ] {
        let outcome = machine.one(dsn.call().log(2));
        assert_eq!((outcome.status, outcome.plugin.as_str()), (0, plugin), "{}", outcome.told());
        let warned = outcome.lines.iter().any(|(_, _, line)| line.contains("leaves aside") && line.contains(warns));
        assert_eq!(warned, !warns.is_empty(), "{plugin}: {:?}", outcome.lines);
    }
}

#[test]
fn a_plugin_that_is_not_built_in_says_so_before_it_asks() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(Dsn::keys(&sandbox).call().entry("okta"));
    assert_ne!(outcome.status, 0);
    assert!(outcome.message.contains("Okta") || outcome.message.contains("idp_host"), "{}", outcome.told());
    assert_eq!(crate::sent::count(&sandbox), 0);
}
