//! The caller's own token, for the server itself: JWT, `BasicNativeSAML`, and `IdpTokenAuthPlugin` with a token. Whatever the
//! plugin, nothing is asked of anybody.

use super::{dsn, ended, ended_assertion, fresh, now, poisoned};
use crate::probe::{Dsn, Machine, Outcome, Step};
use crate::sent::count;
use rs_auth_sandbox::Sandbox;

const PASSWORD_ONLY: u32 = 1 << 1;
const TOKEN_ONLY: u32 = 1 << 2;

/// A plugin, the key that holds its token, and what it tells the server.
struct Native {
    plugin: &'static str,
    key: &'static str,
    idp_type: &'static str,
    token_type: Option<&'static str>,
    aliases: &'static [(&'static str, &'static str)],
    /// A token that holds, and one that has ended.
    tokens: fn(&Sandbox) -> (String, String),
}

fn jwts(_: &Sandbox) -> (String, String) {
    (fresh(), ended())
}

fn assertions(sandbox: &Sandbox) -> (String, String) {
    (sandbox.assertion_for("alice"), ended_assertion(sandbox))
}

const ALL: [Native; 3] = [
    Native {
        plugin: "JWT",
        key: "web_identity_token",
        idp_type: "AzureAD",
        token_type: None,
        aliases: &[
            ("com.amazon.redshift.plugin.BasicJwtCredentialsProvider", "webidentitytoken"),
            ("redshift_connector.plugin.BasicJwtCredentialsProvider", "jwt"),
            ("basicjwtcredentialsprovider", "WEB_IDENTITY_TOKEN"),
        ],
        tokens: jwts,
    },
    Native {
        plugin: "BasicNativeSAML",
        key: "saml_assertion",
        idp_type: "Okta",
        token_type: None,
        aliases: &[
            ("com.amazon.redshift.plugin.BasicNativeSamlCredentialsProvider", "samlassertion"),
            ("basicnativesaml", "SAML_ASSERTION"),
        ],
        tokens: assertions,
    },
    Native {
        plugin: "IdpTokenAuthPlugin",
        key: "token",
        idp_type: "AwsIdc",
        token_type: Some("ACCESS_TOKEN"),
        aliases: &[
            ("com.amazon.redshift.plugin.IdpTokenAuthPlugin", "token"),
            ("redshift_connector.plugin.IdpTokenAuthPlugin", "Token"),
        ],
        tokens: jwts,
    },
];

impl Native {
    fn dsn(&self, sandbox: &Sandbox) -> Dsn {
        self.with(sandbox, &(self.tokens)(sandbox).0)
    }

    fn with(&self, sandbox: &Sandbox, token: &str) -> Dsn {
        dsn(sandbox, self.plugin).without("IAM").set(self.key, token)
    }
}

/// Each plugin with a sandbox that nothing may be asked of.
fn each(test: impl Fn(&Native, &Sandbox)) {
    for native in &ALL {
        let sandbox = Sandbox::start();
        test(native, &sandbox);
        assert_eq!((count(&sandbox), sandbox.connections()), (0, 0), "{}", native.plugin);
    }
}

fn good(outcome: &Outcome) {
    assert_eq!(outcome.status, 0, "{}", outcome.told());
}

#[test]
fn it_is_handed_on_as_it_is() {
    each(|native, sandbox| {
        let (token, _) = (native.tokens)(sandbox);
        let outcome = poisoned().one(native.with(sandbox, &token).call());
        good(&outcome);
        assert_eq!((outcome.kind, outcome.plugin.as_str()), (2, native.plugin));
        assert_eq!(outcome.pair("token"), Some(token.as_str()));
        assert_eq!(outcome.pair("idp_type"), Some(native.idp_type));
        assert_eq!(outcome.pair("token_type"), native.token_type);
        assert_eq!((outcome.user.as_str(), outcome.password.as_str(), outcome.access_key_id.as_str()), ("", "", ""));
        assert_eq!((outcome.port, outcome.database.as_str()), (5439, "dev"));
    });
}

#[test]
fn it_ends_when_it_says_so() {
    each(|native, sandbox| {
        let expected = if native.key == "saml_assertion" { now() + 300 } else { now() + 3600 };
        let outcome = Machine::new().one(native.dsn(sandbox).call());
        assert!((expected * 1000 - outcome.expires).abs() < 5000, "{}: {}", native.plugin, outcome.expires);
        let opaque = Machine::new().one(native.with(sandbox, "opaque").call());
        assert_eq!((opaque.status, opaque.expires, opaque.pair("token")), (0, -1, Some("opaque")), "{}", opaque.told());
    });
}

#[test]
fn one_that_has_ended_is_refused() {
    each(|native, sandbox| {
        let (fresh, ended) = (native.tokens)(sandbox);
        let calls = [fresh, ended].map(|token| native.with(sandbox, &token).call());
        let outcomes = Machine::new().run(calls);
        good(&outcomes[0]);
        let refused = &outcomes[1];
        let told = (refused.status, refused.sqlstate.as_str(), refused.stage.as_str(), refused.plugin.as_str());
        assert_eq!(told, (303, "28000", "assertion", native.plugin), "{}", refused.told());
        assert!(refused.message.starts_with(&format!("{} expired at 20", native.key)), "{}", refused.told());
        assert!(refused.message.contains("by this machine's clock it is 20") && refused.hint.contains("fresh"));
    });
}

#[test]
fn without_it_the_key_is_named() {
    for native in &ALL[..2] {
        let sandbox = Sandbox::start();
        for dsn in [native.dsn(&sandbox).without(native.key), native.with(&sandbox, "")] {
            let outcome = Machine::new().one(dsn.call());
            assert_eq!((outcome.status, outcome.sqlstate.as_str()), (101, "HY024"), "{}", outcome.told());
            assert!(outcome.message.contains(native.key) && outcome.plugin == native.plugin, "{}", outcome.told());
        }
        assert_eq!(count(&sandbox), 0);
    }
}

#[test]
fn every_driver_is_understood_in_its_own_spelling() {
    each(|native, sandbox| {
        let (token, _) = (native.tokens)(sandbox);
        for (plugin, key) in native.aliases {
            let dsn = native.dsn(sandbox).without(native.key).set("plugin_name", plugin).set(key, &token);
            let outcome = Machine::new().one(dsn.call());
            assert_eq!((outcome.status, outcome.plugin.as_str()), (0, native.plugin), "{plugin}: {}", outcome.told());
            assert_eq!(outcome.pair("token"), Some(token.as_str()));
        }
    });
}

#[test]
fn it_may_come_from_a_file_or_a_variable() {
    for native in ALL.iter().filter(|native| native.key != "saml_assertion") {
        let sandbox = Sandbox::start();
        let token = fresh();
        let machine = Machine::new().file("token", &format!("{token}\n")).env("MY_TOKEN", &token);
        let file = format!("file:{}", machine.path("token").display());
        for source in [file.as_str(), "env:MY_TOKEN"] {
            let dsn = native.dsn(&sandbox).without(native.key).set(&format!("{}_source", native.key), source);
            let outcome = machine.one(dsn.call());
            assert_eq!((outcome.status, outcome.pair("token")), (0, Some(token.as_str())), "{}", outcome.told());
        }
        let absent = native.dsn(&sandbox).without(native.key).set(&format!("{}_source", native.key), "env:NONE");
        assert_eq!(machine.one(absent.call()).status, 100);
    }
}

#[test]
fn it_is_not_kept() {
    each(|native, sandbox| {
        let machine = Machine::new();
        let outcomes = machine.run([native.dsn(sandbox).call().repeat(2)]);
        assert!(outcomes.iter().all(|outcome| outcome.status == 0 && !outcome.from_cache), "{}", native.plugin);
        // A source is read again each time.
        if native.key != "saml_assertion" {
            let path = machine.path("token").display().to_string();
            let source = format!("{}_source", native.key);
            let dsn = native.dsn(sandbox).without(native.key).set(&source, &format!("file:{path}"));
            let write = |text: &str| Step::Write(path.clone(), text.to_owned());
            let steps = [write("first"), dsn.call().into(), write("second"), dsn.call().into()];
            let tokens: Vec<_> =
                machine.run(steps).iter().map(|outcome| outcome.pair("token").map(str::to_owned)).collect();
            assert_eq!(tokens, [Some("first".to_owned()), Some("second".to_owned())]);
        }
    });
}

#[test]
fn a_host_that_takes_passwords_only_gets_none() {
    each(|native, sandbox| {
        let call = native.dsn(sandbox).call();
        let calls = [call.clone().kinds(PASSWORD_ONLY), call.clone().entry("aws"), call.kinds(TOKEN_ONLY)];
        let outcomes = Machine::new().run(calls);
        let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [100, 100, 0], "{}", native.plugin);
        assert!(outcomes[0].message.contains("does not take"), "{}", outcomes[0].told());
        assert!(outcomes[1].message.contains("not AWS keys"), "{}", outcomes[1].told());
    });
}

/// D-03: the ODBC driver forgets to look at `SSLMode` here.
#[test]
fn never_in_clear() {
    each(|native, sandbox| {
        let dsn = native.dsn(sandbox);
        for (key, value) in [("SSLMode", "disable"), ("SSLMode", "prefer"), ("SSL", "0")] {
            assert_eq!(Machine::new().one(dsn.clone().set(key, value).call()).status, 100, "{key}={value}");
        }
        for (mode, told) in [("", "verify-ca"), ("verify-full", "verify-full"), ("require", "require")] {
            let outcome = Machine::new().one(dsn.clone().set("SSLMode", mode).call());
            assert_eq!((outcome.status, outcome.pair("SSLMode")), (0, Some(told)), "{}", outcome.told());
        }
    });
}

#[test]
fn with_or_without_iam() {
    each(|native, sandbox| {
        for iam in ["0", "1"] {
            let outcome = Machine::new().one(native.dsn(sandbox).set("IAM", iam).call().log(2));
            good(&outcome);
            let warns = iam == "1" && native.plugin == "IdpTokenAuthPlugin";
            assert_eq!(outcome.logged(2, "IAM"), warns, "{}: {:?}", native.plugin, outcome.lines);
        }
    });
}

#[test]
fn what_the_server_wants_besides_is_passed_on() {
    each(|native, sandbox| {
        let more = native
            .dsn(sandbox)
            .set("provider_name", "contoso")
            .set("identity_namespace", "corp")
            .set("vpc_endpoint_url", "vpce.example")
            .set("Port", "5555");
        let outcome = Machine::new().one(more.call());
        good(&outcome);
        assert_eq!(
            (outcome.pair("provider_name"), outcome.pair("identity_namespace")),
            (Some("contoso"), Some("corp"))
        );
        assert_eq!((outcome.host.as_str(), outcome.port), ("vpce.example", 5555));
        // No cluster need be known for it.
        let alias = Machine::new().one(native.dsn(sandbox).set("Host", "alias.example").without("Database").call());
        assert_eq!((alias.status, alias.host.as_str(), alias.database.as_str()), (0, "alias.example", ""));
    });
}

#[test]
fn an_aws_profile_may_name_the_plugin() {
    each(|native, sandbox| {
        let (token, _) = (native.tokens)(sandbox);
        let config = format!("[profile p]\nplugin_name={}\n{}={token}\nregion=us-east-1\n", native.plugin, native.key);
        let machine = Machine::new().file(".aws/config", &config);
        let dsn = Dsn::cluster(sandbox).without("DbUser").set("Profile", "p");
        let outcome = machine.one(dsn.call());
        assert_eq!((outcome.status, outcome.plugin.as_str()), (0, native.plugin), "{}", outcome.told());
        assert_eq!(outcome.pair("token"), Some(token.as_str()));
    });
}

/// Drivers cut at 1024 and 2048 bytes.
#[test]
fn its_length_does_not_matter() {
    each(|native, sandbox| {
        let long = "x".repeat(64 << 10);
        let outcome = Machine::new().one(native.with(sandbox, &long).call());
        assert_eq!((outcome.status, outcome.pair("token")), (0, Some(long.as_str())), "{}", outcome.message);
        let cut = Machine::new().one(native.with(sandbox, &long[..1023]).call().log(2));
        assert!(cut.logged(2, native.key), "{:?}", cut.lines);
    });
}

#[test]
fn a_call_that_is_cancelled_ends_so() {
    each(|native, sandbox| {
        let call = native.dsn(sandbox).call();
        let outcomes = Machine::new().run([call.clone().cancel(0), call]);
        assert_eq!((outcomes[0].status, outcomes[1].status), (501, 0), "{}", outcomes[0].told());
    });
}

#[test]
fn it_stands_in_no_line_and_no_error() {
    each(|native, sandbox| {
        let (token, ended) = (native.tokens)(sandbox);
        for token in [token, ended, "sesame-opaque".to_owned()] {
            let outcome = Machine::new().one(native.with(sandbox, &token).call().log(5));
            let told = format!("{} {:?}", outcome.told(), outcome.lines);
            assert!(!outcome.lines.is_empty() && !told.contains(&token), "{told}");
            let piece = &token[token.len() / 2 - 6..token.len() / 2 + 6];
            assert!(!told.contains(piece), "{told}");
        }
    });
}

#[test]
fn the_function_of_the_plugin_needs_no_name() {
    let sandbox = Sandbox::start();
    let dsn = ALL[0].dsn(&sandbox).without("plugin_name").set("UID", "u").set("AuthType", "Static");
    let outcome = Machine::new().one(dsn.call().entry("jwt"));
    assert_eq!((outcome.status, outcome.plugin.as_str()), (0, "JWT"), "{}", outcome.told());
}
