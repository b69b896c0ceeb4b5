//! No secret is told, nothing is sent, nothing is started, and it is quick.

use super::{dsn, read};
use crate::probe::{Call, Dsn, Machine, Step};
use crate::secrets::plugins::LOGINS;
use serde_json::Value;
use std::ffi::CStr;

const CANARY: &str = "cAnArYcAnArY";
const HOST: (&str, &str) = ("Host", "c.x.us-east-1.redshift.amazonaws.com");

fn explained(call: Call) -> Step {
    Step::Explain(Box::new(call))
}

/// Each spelling of each secret key.
fn secret_spellings() -> Vec<String> {
    // SAFETY: a static string.
    let json = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_catalogue_json()) };
    let catalogue: Value = serde_json::from_slice(json.to_bytes()).unwrap();
    let secret = catalogue["keys"].as_array().unwrap().iter().filter(|key| key["secret"] == true);
    secret
        .flat_map(|key| [vec![key["name"].clone()], key["aliases"].as_array().unwrap().clone()].concat())
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// A secret wherever a person may put one.
fn places() -> Vec<Dsn> {
    let canary = |before: &str, after: &str| format!("{before}{CANARY}{after}");
    let mut places = Vec::new();
    for spelling in secret_spellings() {
        for plugin in ["Okta", "AzureAD", "JWT", "JwtIamAuthPlugin", "BasicSAML", "IdpTokenAuthPlugin", "Static"] {
            let dsn = dsn(&[HOST, ("plugin_name", plugin), ("UID", "u"), ("AccessKeyID", "AKIA")]);
            places.push(dsn.set(&spelling, &canary("", "")));
        }
    }
    for (key, value) in [
        ("EndPointUrl", canary("https://user:", "@h.amazonaws.com/")),
        ("EndPointUrl", canary("http://user:", "@h.example/")),
        ("EndPointUrl", canary("https://h.amazonaws.com/?token=", "")),
        ("StsEndpointUrl", canary("https://", "@h.example/")),
        ("IdcEndpointUrl", canary("https://u:", "@h.example/")),
        ("login_url", canary("https://h.example/?SAMLRequest=", "")),
        ("login_url", canary("https://h.example/#", "")),
        ("login_url", canary("ftp://u:", "@h.example/#")),
        ("https_proxy_host", canary("http://u:", "@proxy.example")),
        ("https_proxy_host", canary("u:", "@proxy.example")),
        ("idp_host", canary("u:", "@idp.example:443")),
        ("Host", canary("u:", "@c.x.us-east-1.redshift.amazonaws.com")),
        ("Host", canary("jdbc:redshift://u:", "@h.example")),
        ("my_password", canary("", "")),
        ("access token", canary("", "")),
        ("SecretAcessKey", canary("", "")),
        ("Database", canary("eyJ", ".eyJ.abc")),
    ] {
        for plugin in ["Okta", "BrowserSAML", "BrowserIdcAuthPlugin", "Static"] {
            let ours =
                [HOST, ("plugin_name", plugin), ("idc_region", "us-east-1"), ("issuer_url", "https://i.example")];
            places.push(dsn(&ours).set(key, &value));
        }
    }
    // Known as a secret, so that it is none of the others' business either.
    places.push(dsn(&[HOST, ("PWD", CANARY), ("UID", CANARY), ("Database", CANARY), ("plugin_name", CANARY)]));
    places
}

#[test]
fn secrets_of_every_key_and_place() {
    let machine = Machine::new()
        .env("HTTPS_PROXY", format!("http://user:{CANARY}@proxy.example:1"))
        .env("RS_AUTH_SETTINGS", format!("PWD={CANARY};token={CANARY}"))
        .env("AWS_SECRET_ACCESS_KEY", CANARY)
        .env("HIDDEN", CANARY)
        .file(".odbc.ini", &format!("[d]\nHost=h.example\nPWD={CANARY}\nclient_secret={CANARY}\n"))
        .file(
            ".aws/config",
            &format!("[profile p]\naws_access_key_id=AKIA\naws_secret_access_key={CANARY}\nPWD={CANARY}\n"),
        );
    let mut calls: Vec<Call> = places().iter().map(Dsn::call).collect();
    calls.push(dsn(&[("DSN", "d"), ("IAM", "1")]).call());
    calls.push(dsn(&[HOST, ("Profile", "p")]).call());
    calls.push(dsn(&[HOST, ("plugin_name", "JWT"), ("web_identity_token_source", "env:HIDDEN")]).call());
    let count = calls.len();
    assert!(count > 150, "{count}");
    let outcomes = machine.run(calls.into_iter().map(explained));
    assert_eq!(outcomes.len(), count);
    for outcome in outcomes {
        read(&outcome);
        let told = outcome.report.to_ascii_lowercase();
        assert!(!told.contains(&CANARY.to_ascii_lowercase()), "{}", outcome.report);
    }
}

/// The plugins' own logins, with everything that they are given.
#[test]
fn secrets_of_every_plugin() {
    for login in LOGINS {
        let scene = login.scene();
        let outcome = scene.machine.one(explained(scene.call()));
        read(&outcome);
        for secret in &scene.secrets {
            assert!(!outcome.report.contains(secret.as_str()), "{}", login.name);
        }
        assert!(!outcome.report.contains("cAnArY"), "{}: {}", login.name, outcome.report);
    }
}

/// Names that would have to be looked up, proxies and addresses that swallow packets, programs that would be started.
fn unroutable() -> (Machine, Vec<Dsn>) {
    let machine = Machine::new()
        .without_env("AWS_EC2_METADATA_DISABLED")
        .env("HTTPS_PROXY", "http://192.0.2.1:9")
        .env("AWS_PROFILE", "program")
        .env("BROWSER", "/bin/false")
        .env("DISPLAY", ":9")
        .file(".aws/config", "[profile program]\ncredential_process=/bin/false\n[profile sso]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n[sso-session s]\nsso_region=us-east-1\nsso_start_url=https://192.0.2.1/start\n");
    let custom = ("Host", "dwh.unroutable.example");
    let of = |pairs: &[(&str, &str)]| dsn(&[&[custom], pairs].concat()).set("DbUser", "u");
    let idp =
        [("UID", "u"), ("PWD", "hunter2secret"), ("idp_host", "192.0.2.1"), ("app_id", "a"), ("Region", "us-east-1")];
    let dsns = vec![
        of(&[]),
        of(&[("Profile", "sso"), ("Region", "us-east-1")]),
        of(&[("InstanceProfile", "1")]),
        of(&[&[("plugin_name", "Okta")][..], &idp].concat()),
        of(&[&[("plugin_name", "ADFS")][..], &idp].concat()),
        of(&[("plugin_name", "ADFS"), ("idp_host", "192.0.2.1")]),
        of(&[("plugin_name", "BrowserSAML"), ("login_url", "https://192.0.2.1/")]),
        of(&[
            ("plugin_name", "BrowserIdcAuthPlugin"),
            ("issuer_url", "https://192.0.2.1/"),
            ("idc_region", "us-east-1"),
        ]),
        of(&[("plugin_name", "External"), ("external_program", "/bin/false")]),
        of(&[("AuthProfile", "p"), ("AccessKeyID", "AKIA"), ("SecretAccessKey", "s"), ("Region", "us-east-1")]),
    ];
    (machine, dsns)
}

#[test]
fn nothing_is_sent_and_nothing_started() {
    let (machine, dsns) = unroutable();
    let steps = std::iter::once(Step::NoSockets).chain(dsns.iter().map(|dsn| explained(dsn.call())));
    let outcomes = machine.run(steps);
    assert_eq!(outcomes.len(), dsns.len());
    for outcome in &outcomes {
        let report = read(outcome);
        assert_eq!(report["errors"], serde_json::json!([]), "{report:#}");
        assert!(!super::array(&report, "requests").is_empty());
    }
    // The control: a login does not survive that.
    let died = machine.launch([Step::NoSockets, dsns[3].call().timeout(5000).into()]);
    assert!(std::panic::catch_unwind(|| died.outcomes()).is_err(), "no socket was missed");
}

/// Nothing stays behind, and it takes no time: a tenth of a second would be a request.
#[test]
fn it_is_quick_and_leaves_nothing() {
    let limit_ms = if cfg!(debug_assertions) { 100 } else { 10 };
    let (machine, dsns) = unroutable();
    let explanations = (0..5).flat_map(|_| dsns.iter().map(|dsn| explained(dsn.call())));
    let first = explained(dsns[0].call());
    let steps: Vec<Step> = [first, Step::Count].into_iter().chain(explanations).chain([Step::Count]).collect();
    let outcomes = machine.run(steps);
    let (before, after) = (&outcomes[1], &outcomes[outcomes.len() - 1]);
    assert!(after.count <= before.count && after.port <= before.port, "threads and descriptors");
    let mut times: Vec<u64> = outcomes[2..outcomes.len() - 1].iter().map(|outcome| outcome.elapsed_ms).collect();
    times.sort_unstable();
    assert!(times[times.len() / 2] < limit_ms, "{times:?}");
}
