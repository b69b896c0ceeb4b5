//! What the caller brings, given to STS for a role: `JwtIamAuthPlugin` and `BasicSAML`. No identity provider is asked.

use super::{ROLE, dsn, ended, ended_assertion, fresh, known, now, poisoned};
use crate::network::closed_port;
use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

const REDSHIFT: &str = "GetClusterCredentials";

/// A plugin, and how STS is asked by it.
struct Brought {
    plugin: &'static str,
    key: &'static str,
    call: &'static str,
    parameter: &'static str,
    /// A proof that holds, and one that has ended.
    proofs: fn(&Sandbox) -> (String, String),
    required: &'static [&'static str],
    aliases: &'static [&'static str],
}

fn jwts(sandbox: &Sandbox) -> (String, String) {
    let (fresh, ended) = (fresh(), ended());
    known(sandbox, &fresh, false);
    known(sandbox, &ended, true);
    (fresh, ended)
}

fn assertions(sandbox: &Sandbox) -> (String, String) {
    (sandbox.assertion_for("alice"), ended_assertion(sandbox))
}

const BOTH: [Brought; 2] = [
    Brought {
        plugin: "JwtIamAuthPlugin",
        key: "web_identity_token",
        call: "AssumeRoleWithWebIdentity",
        parameter: "WebIdentityToken",
        proofs: jwts,
        required: &["web_identity_token", "role_arn"],
        aliases: &["com.amazon.redshift.plugin.JwtCredentialsProvider", "jwtcredentialsprovider"],
    },
    Brought {
        plugin: "BasicSAML",
        key: "saml_assertion",
        call: "AssumeRoleWithSAML",
        parameter: "SAMLAssertion",
        proofs: assertions,
        required: &["saml_assertion"],
        aliases: &["com.amazon.redshift.plugin.BasicSamlCredentialsProvider", "BASICSAML"],
    },
];

impl Brought {
    fn dsn(&self, sandbox: &Sandbox) -> Dsn {
        self.with(sandbox, &(self.proofs)(sandbox).0)
    }

    fn with(&self, sandbox: &Sandbox, proof: &str) -> Dsn {
        let dsn = dsn(sandbox, self.plugin).set(self.key, proof);
        if self.required.contains(&"role_arn") { dsn.set("role_arn", ROLE) } else { dsn }
    }
}

fn each(test: impl Fn(&Brought, &Sandbox)) {
    for brought in &BOTH {
        test(brought, &Sandbox::start());
    }
}

fn good(outcome: &Outcome) {
    assert_eq!((outcome.status, outcome.kind), (0, 1), "{}", outcome.told());
}

#[test]
fn a_role_and_a_database_user_for_it() {
    each(|brought, sandbox| {
        let (proof, _) = (brought.proofs)(sandbox);
        let (outcome, sent) = Machine::new().recorded(sandbox, [brought.with(sandbox, &proof).call()]).remove(0);
        good(&outcome);
        assert_eq!((outcome.plugin.as_str(), outcome.role_arn.as_str()), (brought.plugin, ROLE));
        assert_eq!(operations(&sent), [brought.call, REDSHIFT]);
        let asked = parameters(the(&sent, brought.call));
        assert_eq!((asked[brought.parameter], asked["RoleArn"]), (proof.as_str(), ROLE));
        assert!(!asked.contains_key("DurationSeconds"));
        assert!(the(&sent, REDSHIFT).signed_by.as_ref().is_some_and(|key| *key == outcome.access_key_id));
        assert!(outcome.expires <= (now() + 900) * 1000 && outcome.expires > now() * 1000);
    });
}

/// users.md row 24: keys of the machine, however bad, have no part in it.
#[test]
fn unsigned_whatever_keys_the_machine_has() {
    each(|brought, sandbox| {
        let (outcome, sent) = poisoned().recorded(sandbox, [brought.dsn(sandbox).call()]).remove(0);
        good(&outcome);
        let asked = the(&sent, brought.call);
        assert!(asked.signed_by.is_none() && asked.header("authorization").is_none());
        assert!(asked.header("x-amz-security-token").is_none());
        assert!(sent.iter().all(|record| record.signed_by.as_deref() != Some("AKIAPOISON")));
    });
}

/// D-20: the ODBC driver asks STS in the wrong place.
#[test]
fn at_the_regional_endpoint() {
    each(|brought, sandbox| {
        let proxied = |port: u16| {
            brought
                .dsn(sandbox)
                .without("EndPointUrl")
                .without("StsEndpointUrl")
                .set("Host", "sandbox-west.abc123xyz789.us-west-2.redshift.amazonaws.com")
                .set("CaFile", &sandbox.ca_file().display().to_string())
                .through_proxy(port)
        };
        let (outcome, sent) = poisoned().recorded(sandbox, [proxied(sandbox.proxy_port()).call()]).remove(0);
        good(&outcome);
        assert_eq!(the(&sent, brought.call).host, "sts.us-west-2.amazonaws.com");
        let dead = Machine::new().one(proxied(closed_port()).call());
        assert_eq!((dead.status, dead.stage.as_str()), (202, "sts"), "{}", dead.told());
    });
}

#[test]
fn without_a_key_it_is_named() {
    each(|brought, sandbox| {
        for key in brought.required {
            let outcome = Machine::new().one(brought.dsn(sandbox).without(key).call());
            assert_eq!((outcome.status, outcome.stage.as_str()), (101, "settings"), "{}", outcome.told());
            assert!(outcome.message.starts_with(key), "{}", outcome.told());
        }
        assert_eq!(count(sandbox), 0);
        good(&Machine::new().one(brought.dsn(sandbox).call()));
    });
}

#[test]
fn every_driver_is_understood_in_its_own_spelling() {
    each(|brought, sandbox| {
        for alias in brought.aliases {
            let outcome = Machine::new().one(brought.dsn(sandbox).set("plugin_name", alias).call());
            assert_eq!((outcome.status, outcome.plugin.as_str()), (0, brought.plugin), "{}", outcome.told());
        }
    });
}

#[test]
fn one_that_has_ended_is_refused_before_sts() {
    each(|brought, sandbox| {
        let (_, ended) = (brought.proofs)(sandbox);
        let outcome = Machine::new().one(brought.with(sandbox, &ended).call());
        assert_eq!((outcome.status, outcome.stage.as_str()), (303, "assertion"), "{}", outcome.told());
        assert!(outcome.message.contains("expired at 20") && outcome.message.contains("this machine's clock"));
        assert_eq!(count(sandbox), 0);
    });
}

/// A proof that this machine believes in and STS does not.
#[test]
fn what_sts_refuses_is_told() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        let error = |code: &str| FaultAction::Error { code: code.to_owned(), message: "No.".to_owned(), status: 400 };
        for (code, part) in
            [("InvalidIdentityToken", "not accepted"), ("ExpiredTokenException", "expired"), ("AccessDenied", "trust")]
        {
            sandbox.script(Fault::on(brought.call, error(code)));
            let (outcome, sent) = Machine::new().recorded(sandbox, [dsn.call()]).remove(0);
            assert_eq!((outcome.status, outcome.stage.as_str()), (400, "sts"), "{}", outcome.told());
            assert_eq!((outcome.code.as_str(), operations(&sent)), (code, vec![brought.call]));
            assert!(outcome.hint.contains(part) && outcome.message.contains(ROLE), "{}", outcome.told());
        }
        good(&Machine::new().one(dsn.call()));
    });
}

/// users.md row 28.
#[test]
fn a_duration_that_is_too_long_is_asked_for_once() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        let calls = [("7200", 2), ("3600", 1), ("900", 1)]
            .map(|(duration, times)| (dsn.clone().set("duration", duration).call().cache(1).log(2), duration, times));
        for (call, duration, times) in calls {
            let (outcome, sent) = Machine::new().recorded(sandbox, [call]).remove(0);
            good(&outcome);
            let asked: Vec<_> = sent.iter().filter(|record| record.operation == brought.call).collect();
            assert_eq!(asked.len(), times, "{duration}");
            assert_eq!(asked[0].parameter("DurationSeconds"), Some(duration));
            assert_eq!(outcome.logged(2, "more than the role"), times == 2, "{:?}", outcome.lines);
            assert!(times == 1 || asked[1].parameter("DurationSeconds").is_none());
        }
        for duration in ["899", "43201", "x"] {
            assert_eq!(Machine::new().one(dsn.clone().set("duration", duration).call()).status, 100, "{duration}");
        }
    });
}

#[test]
fn trouble_at_sts() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        let respond = |status| FaultAction::Respond { status, headers: Vec::new(), body: "<html>".to_owned() };
        for (action, status, retryable) in [
            (respond(200), 403, false),
            (respond(404), 401, false),
            (respond(503), 403, true),
            (FaultAction::Throttle { status: 400, retry_after: 0 }, 402, true),
            (FaultAction::Garbage, 403, false),
            (FaultAction::Reset, 200, true),
        ] {
            sandbox.script(Fault::on(brought.call, action.clone()).always());
            let outcome = Machine::new().one(dsn.call().timeout(8000));
            assert_eq!((outcome.status, outcome.stage.as_str()), (status, "sts"), "{action:?}: {}", outcome.told());
            assert_eq!(outcome.retryable, retryable, "{action:?}: {}", outcome.told());
            sandbox.clear_faults();
        }
        let nowhere = dsn.clone().set("StsEndpointUrl", &format!("http://127.0.0.1:{}", closed_port()));
        assert_eq!(Machine::new().one(nowhere.call()).status, 200);
        good(&Machine::new().one(dsn.call()));
    });
}

#[test]
fn silence_ends_with_the_call() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        sandbox.script(Fault::on(brought.call, FaultAction::Stall).times(2));
        let outcomes = Machine::new().run([dsn.call().timeout(500), dsn.call().cancel(300), dsn.call()]);
        assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [500, 501, 0]);
        assert!(outcomes[0].message.contains("STS") && outcomes[0].elapsed_ms < 1500, "{}", outcomes[0].told());
        assert!(outcomes[1].cancel_ms < 500, "{} ms", outcomes[1].cancel_ms);
    });
}

#[test]
fn keys_are_kept_for_the_next_database() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        let other = dsn.clone().set("Database", "other");
        let calls =
            [dsn.call(), dsn.call(), other.call(), dsn.call().entry("aws"), dsn.set("DisableCache", "1").call()];
        let results = Machine::new().recorded(sandbox, calls);
        let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
        assert_eq!(sent, [vec![brought.call, REDSHIFT], vec![], vec![REDSHIFT], vec![], vec![brought.call, REDSHIFT]]);
        assert!(results.iter().all(|(outcome, _)| outcome.status == 0));
        assert_eq!((results[3].0.kind, results[3].0.role_arn.as_str()), (3, ROLE));
    });
}

#[test]
fn whose_database_user_it_is() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox).set("UID", "uid");
        let said = if brought.key == "saml_assertion" { "alice" } else { "alice@example.com" };
        for (db_user, expected) in [("", said), ("bob", "bob")] {
            let call = dsn.clone().set("DbUser", db_user).call();
            let (outcome, sent) = Machine::new().recorded(sandbox, [call]).remove(0);
            good(&outcome);
            let asked = parameters(the(&sent, REDSHIFT));
            assert_eq!((asked["DbUser"], asked["AutoCreate"]), (expected, "true"));
        }
        let federated = dsn.set("group_federation", "1").call();
        let (outcome, sent) = Machine::new().recorded(sandbox, [federated]).remove(0);
        good(&outcome);
        assert_eq!(operations(&sent), [brought.call, "GetClusterCredentialsWithIAM"]);
    });
}

#[test]
fn what_makes_it_impossible_is_found_first() {
    each(|brought, sandbox| {
        let dsn = brought.dsn(sandbox);
        let calls = [
            (dsn.clone().without("Host").call(), 101),
            (dsn.clone().set("IAM", "0").call(), 100),
            (dsn.clone().set("SSLMode", "disable").call(), 100),
            (dsn.call().kinds(1 << 2), 100),
            (dsn.call().cancel(0), 501),
        ];
        for (call, status) in calls {
            let outcome = Machine::new().one(call);
            assert_eq!(outcome.status, status, "{}", outcome.told());
        }
        assert_eq!(count(sandbox), 0);
        good(&Machine::new().one(dsn.call().kinds(1 << 1)));
    });
}

#[test]
fn an_aws_profile_may_name_the_plugin() {
    each(|brought, sandbox| {
        let keys = brought.dsn(sandbox).without("IAM").without("Host").without("EndPointUrl").without("StsEndpointUrl");
        let machine = Machine::new().file(".aws/config", &format!("[profile p]\n{}", keys.lines()));
        let outcome = machine.one(Dsn::cluster(sandbox).without("DbUser").set("Profile", "p").call());
        assert_eq!((outcome.status, outcome.plugin.as_str()), (0, brought.plugin), "{}", outcome.told());
    });
}

#[test]
fn no_proof_is_told() {
    each(|brought, sandbox| {
        let (fresh, ended) = (brought.proofs)(sandbox);
        sandbox.script(Fault::on(
            brought.call,
            FaultAction::Error { code: "InvalidIdentityToken".to_owned(), message: "No.".to_owned(), status: 400 },
        ));
        for (proof, status) in [(&fresh, 400), (&fresh, 0), (&ended, 303)] {
            let outcome = Machine::new().one(brought.with(sandbox, proof).call().log(5));
            assert_eq!(outcome.status, status, "{}", outcome.told());
            let told = format!("{} {:?}", outcome.told(), outcome.lines);
            for piece in [&proof[proof.len() / 2..][..16], &proof[..16]] {
                assert!(!told.contains(piece), "{told}");
            }
            assert!(status != 0 || !told.contains(&outcome.session_token));
        }
    });
}
