//! The standard cases, the same for every provider of this kind. Each refusal stands beside the success of the same set-up.

use super::{ALICE, LONG_ROLE, Provider, REDSHIFT, ROLE, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::network::closed_port;
use crate::probe::{Machine, Outcome};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

/// One test a case, in a module of the provider's own.
macro_rules! standard_cases {
    ($provider:expr, $($case:ident),* $(,)?) => {
        $(
            #[test]
            fn $case() {
                $crate::saml_plugins::standard::$case(&$provider);
            }
        )*
    };
}
pub(super) use standard_cases;

const REST: [&str; 2] = [STS, REDSHIFT];

fn respond(status: u16, body: &str) -> FaultAction {
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned()), ("Retry-After".to_owned(), "7".to_owned())];
    FaultAction::Respond { status, headers, body: body.to_owned() }
}

fn expect(outcome: &Outcome, status: i32, stage: &str, parts: &[&str]) {
    assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{}", outcome.told());
    for part in parts {
        assert!(outcome.told().contains(part), "{part:?} in {}", outcome.told());
    }
}

pub fn success_and_what_was_sent(provider: &Provider) {
    let sandbox = Sandbox::start();
    for call in
        [provider.dsn(&sandbox).call(), provider.dsn(&sandbox).without("plugin_name").call().entry(provider.entry)]
    {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!((outcome.plugin.as_str(), outcome.user.as_str()), (provider.plugin, "IAMA:alice"));
        assert_eq!(outcome.role_arn, ROLE);
        assert_eq!(operations(&sent), [[SIGN_IN_PAGE, SIGN_IN], REST].concat());
        let form = parameters(the(&sent, SIGN_IN));
        assert_eq!(form.get(provider.user_field), Some(&ALICE));
        assert_eq!(form.get(provider.password_field), Some(&PASSWORD));
        // Alice's assertion: two groups, a user to create, lower case not asked for.
        let asked = parameters(the(&sent, REDSHIFT));
        let of = |name: &str| asked.get(name).copied().unwrap_or_default();
        assert_eq!((of("DbUser"), of("AutoCreate")), ("alice", "true"));
        assert_eq!((of("DbGroups.DbGroup.1"), of("DbGroups.DbGroup.2")), ("Analysts", "readers"));
        assert!(the(&sent, STS).header("authorization").is_none(), "AssumeRoleWithSAML is not signed");
        let connections: std::collections::BTreeSet<_> =
            sent.iter().filter(|record| record.tls).map(|record| record.connection).collect();
        assert_eq!(connections.len(), 1, "one connection to the provider");
    }
}

pub fn each_required_key(provider: &Provider) {
    let sandbox = Sandbox::start();
    for key in provider.required {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [provider.dsn(&sandbox).without(key).call()]).remove(0);
        expect(&outcome, 101, "settings", &[key]);
        assert!(sent.is_empty(), "{:?}", operations(&sent));
    }
    assert_eq!(Machine::new().one(provider.dsn(&sandbox).call()).status, 0);
}

pub fn a_login_that_cannot_end_asks_for_nothing(provider: &Provider) {
    let sandbox = Sandbox::start();
    let dsn = provider.dsn(&sandbox).without("Host");
    let calls = [
        dsn.clone().call(),
        provider.dsn(&sandbox).call().kinds(1 << 2),
        dsn.set("ClusterId", "sandbox-cluster").call(),
    ];
    let results = Machine::new().recorded(&sandbox, calls);
    expect(&results[0].0, 101, "settings", &["ClusterId"]);
    expect(&results[1].0, 100, "settings", &["does not take"]);
    expect(&results[2].0, 101, "settings", &["Region"]);
    assert!(results.iter().all(|(_, sent)| sent.is_empty()));
}

pub fn a_wrong_password(provider: &Provider) {
    let sandbox = Sandbox::start();
    for (user, password, status) in
        [(ALICE, "wrong", 300), ("nobody", PASSWORD, 300), (ALICE, PASSWORD, 0), ("bob", BOB_PASSWORD, 0)]
    {
        let dsn = provider.dsn_of(&sandbox, user, password).set("preferred_role", ROLE).set("DbUser", "u");
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn.call()]).remove(0);
        assert_eq!(outcome.status, status, "{user}: {}", outcome.told());
        if status == 0 {
            continue;
        }
        // Once: a second try would only bring the lock nearer.
        assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN]);
        expect(&outcome, 300, "idp", &["UID and PWD"]);
        assert_eq!(outcome.sqlstate, "28000");
        assert!(!outcome.retryable && !outcome.told().contains("wrong\""));
    }
}

pub fn accounts_that_are_not_let_in(provider: &Provider) {
    let sandbox = Sandbox::start();
    for (user, status, part) in [
        ("locked", 300, "lock"),
        ("expired", 300, "password"),
        ("disabled", 300, "UID and PWD"),
        ("unenrolled", 302, ""),
        ("warned", 0, ""),
    ] {
        let outcome = Machine::new().one(provider.dsn_of(&sandbox, user, PASSWORD).call());
        assert_eq!(outcome.status, status, "{user}: {}", outcome.told());
        assert!(outcome.told().to_lowercase().contains(&part.to_lowercase()), "{user}: {}", outcome.told());
    }
}

pub fn nobody_listens(provider: &Provider) {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(provider.nowhere(&sandbox).call());
    expect(&outcome, 200, "idp", &["127.0.0.1", "idp_host"]);
    assert!(outcome.retryable);
    let unknown = provider.dsn(&sandbox).set("idp_host", "idp.invalid");
    expect(&Machine::new().one(unknown.call()), 200, "idp", &["idp.invalid"]);
}

pub fn statuses_of_failure(provider: &Provider) {
    let sandbox = Sandbox::start();
    for operation in [SIGN_IN_PAGE, SIGN_IN] {
        for (status, told, retryable, part) in
            [(404, 302, false, "404"), (403, 302, false, "403"), (500, 302, true, "500"), (503, 302, true, "503")]
        {
            sandbox.script(Fault::on(operation, respond(status, "<title>No</title>")));
            let outcome = Machine::new().one(provider.dsn(&sandbox).call());
            expect(&outcome, told, "idp", &[part]);
            assert_eq!((outcome.http_status, outcome.retryable), (status.into(), retryable), "{operation} {status}");
            assert_eq!(outcome.hint.contains("try again later"), retryable, "{operation} {status}: {}", outcome.hint);
        }
    }
    for operation in [SIGN_IN_PAGE, SIGN_IN] {
        // A form beside it is none that refuses the password.
        for page in ["", "<form><input name=user><input type=password name=p></form>"] {
            sandbox.script(Fault::on(operation, respond(429, page)));
            let outcome = Machine::new().one(provider.dsn(&sandbox).call());
            expect(&outcome, 402, "idp", &["HTTP 429", "7 s"]);
            assert!(outcome.retryable && outcome.http_status == 429, "{operation}");
        }
    }
    assert_eq!(Machine::new().one(provider.dsn(&sandbox).call()).status, 0, "the control");
}

pub fn pages_that_nobody_knows(provider: &Provider) {
    let sandbox = Sandbox::start();
    let page = "<title>Terms of\nuse</title><form id=terms><input name=a value=hush-hush><input type=checkbox name=ok></form>\
                <form name=other></form>";
    for operation in [SIGN_IN_PAGE, SIGN_IN] {
        sandbox.script(Fault::on(operation, respond(200, page)));
        let (outcome, sent) = Machine::new().recorded(&sandbox, [provider.dsn(&sandbox).call().log(5)]).remove(0);
        expect(&outcome, 302, "idp", &["Terms of use", "terms, other", "BrowserSAML"]);
        assert!(!format!("{outcome:?}").contains("hush-hush"));
        assert_eq!(operations(&sent).last(), Some(&operation));
    }
    sandbox.script(Fault::on(SIGN_IN, respond(200, "<input name=SAMLResponse value='bm8gWE1M'>")));
    expect(&Machine::new().one(provider.dsn(&sandbox).call()), 303, "assertion", &[]);
    sandbox.script(Fault::on(SIGN_IN, FaultAction::Garbage));
    expect(&Machine::new().one(provider.dsn(&sandbox).call()), 302, "idp", &[]);
    sandbox.script(Fault::on(SIGN_IN_PAGE, FaultAction::Huge { bytes: 9 << 20 }));
    expect(&Machine::new().one(provider.dsn(&sandbox).call()), 302, "idp", &["longer than", "proxies"]);
}

pub fn connections_that_break(provider: &Provider) {
    let sandbox = Sandbox::start();
    for action in [FaultAction::Reset, FaultAction::Close, FaultAction::Truncate, FaultAction::ResetInHeaders] {
        sandbox.script(Fault::on(SIGN_IN_PAGE, action.clone()));
        let outcome = Machine::new().one(provider.dsn(&sandbox).call());
        assert_eq!((outcome.status, outcome.stage.as_str()), (200, "idp"), "{action:?}: {}", outcome.told());
    }
}

pub fn a_provider_that_says_nothing(provider: &Provider) {
    let sandbox = Sandbox::start();
    for operation in [SIGN_IN_PAGE, SIGN_IN] {
        sandbox.script(Fault::on(operation, FaultAction::Stall));
        let outcome = Machine::new().one(provider.dsn(&sandbox).call().timeout(700));
        assert_eq!(outcome.status, 500, "{}", outcome.told());
        assert!(outcome.elapsed_ms < 1500, "{} ms", outcome.elapsed_ms);
        sandbox.script(Fault::on(operation, FaultAction::Stall));
        let outcome = Machine::new().one(provider.dsn(&sandbox).call().cancel(500));
        assert_eq!(outcome.status, 501, "{}", outcome.told());
        assert!(outcome.cancel_ms < 500, "{} ms", outcome.cancel_ms);
    }
}

pub fn through_a_proxy_only_if_asked(provider: &Provider) {
    let sandbox = Sandbox::start();
    let proxied = |port: u16, idp: &str| {
        provider
            .dsn(&sandbox)
            .set("idp_host", "sso.example.com")
            .without("idp_port")
            .through_proxy(port)
            .set("idp_use_https_proxy", idp)
    };
    let outcome = Machine::new().one(proxied(sandbox.proxy_port(), "1").call());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(sandbox.proxied().iter().any(|record| record.target == "sso.example.com:443" && record.authorized));
    expect(&Machine::new().one(proxied(closed_port(), "1").call()), 202, "idp", &["https_proxy_host"]);
    // Not asked for: no way to that host.
    sandbox.reset_log();
    assert_eq!(Machine::new().one(proxied(sandbox.proxy_port(), "0").call()).status, 200);
    assert!(sandbox.proxied().is_empty());
}

pub fn certificates_count_unless_told_otherwise(provider: &Provider) {
    let sandbox = Sandbox::start();
    let untrusted = provider.dsn(&sandbox).without("CaFile");
    let outcome = Machine::new().one(untrusted.call());
    expect(&outcome, 201, "idp", &["rs-auth sandbox CA"]);
    let insecure = Machine::new().one(untrusted.set("ssl_insecure", "1").call().log(2));
    assert_eq!(insecure.status, 0, "{}", insecure.told());
    assert!(insecure.logged(2, "ssl_insecure"), "{:?}", insecure.lines);
}

pub fn never_to_plain_http(provider: &Provider) {
    let sandbox = Sandbox::start();
    for operation in [SIGN_IN_PAGE, SIGN_IN] {
        sandbox
            .script(Fault::on(operation, FaultAction::Redirect { location: format!("{}/adfs/", sandbox.http_url()) }));
        let (outcome, sent) = Machine::new().recorded(&sandbox, [provider.dsn(&sandbox).call()]).remove(0);
        expect(&outcome, 302, "idp", &["not https"]);
        assert!(sent.iter().all(|record| record.tls));
    }
}

pub fn one_sign_in_for_many_databases(provider: &Provider) {
    let sandbox = Sandbox::start();
    let dsn = provider.dsn(&sandbox);
    let calls = [dsn.call(), dsn.call(), dsn.clone().set("Database", "other").call(), dsn.call().entry("aws")];
    let results = Machine::new().recorded(&sandbox, calls);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
    assert!(results.iter().all(|(outcome, _)| outcome.status == 0));
    assert_eq!(sent[1..], [vec![], vec![REDSHIFT], vec![]]);
    // What the provider said of the user is kept with the keys.
    assert_eq!(parameters(the(&results[2].1, REDSHIFT)).get("DbUser"), Some(&ALICE));
    let changed = [dsn.clone().set("PWD", "wrong").call()];
    assert_eq!(Machine::new().recorded(&sandbox, changed)[0].0.status, 300, "another password is another identity");
}

pub fn an_assertion_past_its_time(provider: &Provider) {
    let sandbox = Sandbox::start();
    sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    let outcome = Machine::new().one(provider.dsn(&sandbox).call());
    expect(&outcome, 400, "sts", &["clock"]);
    assert_eq!(outcome.code, "ExpiredTokenException");
    sandbox.with_world(|world| world.identity_pages.assertion.expired = false);
    assert_eq!(Machine::new().one(provider.dsn(&sandbox).call()).status, 0);
}

pub fn the_role_that_is_preferred(provider: &Provider) {
    let sandbox = Sandbox::start();
    let bob = provider.dsn_of(&sandbox, "bob", BOB_PASSWORD);
    for role in [ROLE, LONG_ROLE] {
        let (outcome, sent) =
            Machine::new().recorded(&sandbox, [bob.clone().set("preferred_role", role).call()]).remove(0);
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
        assert_eq!(parameters(the(&sent, STS)).get("RoleArn"), Some(&role));
    }
    let other = bob.set("preferred_role", "arn:aws:iam::123456789012:role/other");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [other.call()]).remove(0);
    expect(&outcome, 304, "assertion", &[ROLE, LONG_ROLE, "role/other", "preferred_role"]);
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN]);
}
