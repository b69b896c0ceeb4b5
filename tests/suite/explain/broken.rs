//! DSNs that cannot work: the first error of the report is the one that a login ends with, word for word.

use super::{array, dsn, read};
use crate::probe::{Dsn, Machine, Step};
use crate::tokens;

const KEYS: [(&str, &str); 2] = [("AccessKeyID", "AKIA"), ("SecretAccessKey", "hunter2secret")];
const HOST: (&str, &str) = ("Host", "c.x.us-east-1.redshift.amazonaws.com");
const OKTA: [(&str, &str); 5] =
    [("plugin_name", "Okta"), ("UID", "u"), ("PWD", "hunter2secret"), ("idp_host", "127.0.0.1:1"), ("app_id", "a")];

/// What is wrong, the DSN, the status, and what the message says.
type Case = (&'static str, Dsn, i32, &'static str);

fn with(base: &[(&str, &str)], more: &[(&str, &str)]) -> Dsn {
    dsn(&[base, more].concat())
}

fn of_settings() -> Vec<Case> {
    let keys = |more: &[(&str, &str)]| with(&[KEYS[0], KEYS[1], HOST, ("DbUser", "u")], more);
    vec![
        ("port", keys(&[("Port", "99999")]), 100, "Port"),
        ("boolean", keys(&[("AutoCreate", "maybe")]), 100, "AutoCreate"),
        ("region", keys(&[("Region", "us_east_1")]), 100, "Region"),
        ("TLS off", keys(&[("SSLMode", "disable")]), 100, "SSLMode"),
        ("encryption off", keys(&[("EncryptionMethod", "0")]), 100, "EncryptionMethod"),
        ("regular expression", keys(&[("dbgroups_filter", "(")]), 100, "dbgroups_filter"),
        ("plain endpoint", keys(&[("EndPointUrl", "http://aws.example")]), 100, "EndPointUrl"),
        ("time limit", keys(&[("LoginTimeout", "soon")]), 100, "LoginTimeout"),
        ("cache switch", keys(&[("DisableCache", "perhaps")]), 100, "DisableCache"),
        ("proxy's port", keys(&[("https_proxy_host", "p"), ("https_proxy_port", "x")]), 100, "https_proxy_port"),
        ("host with scheme", keys(&[("Host", "https://h.example/")]), 100, "Host"),
        ("certificates", keys(&[("CaFile", "/etc/hostname")]), 100, "CaFile"),
        ("secret's file", keys(&[("password_source", "file:/nonexistent")]), 100, "password_source"),
        ("IAM off", keys(&[("IAM", "0")]), 100, "IAM"),
        ("AuthType", keys(&[("AuthType", "Kerberos")]), 100, "AuthType"),
        ("plugin without name", keys(&[("AuthType", "Plugin")]), 101, "plugin_name"),
        ("half a pair", with(&[KEYS[0], HOST], &[]), 101, "SecretAccessKey"),
        ("token alone", with(&[HOST], &[("SessionToken", "hunter2secret")]), 101, "AccessKeyID"),
        ("no user", with(&[KEYS[0], KEYS[1], HOST], &[]), 101, "DbUser"),
        ("no host", with(&KEYS, &[("DbUser", "u"), ("Region", "us-east-1")]), 101, "ClusterId"),
        ("no region", with(&KEYS, &[("DbUser", "u"), ("Host", "10.0.0.1")]), 101, "Region"),
        ("load balancer", keys(&[("Host", "x.elb.us-east-1.amazonaws.com")]), 101, "ClusterId"),
        ("no profile", with(&[HOST], &[("Profile", "nobody"), ("DbUser", "u")]), 103, "nobody"),
        ("no keys anywhere", with(&[HOST], &[("IAM", "1"), ("DbUser", "u")]), 404, "no AWS credentials were found"),
        ("no data source", with(&[], &[("DSN", "nowhere")]), 103, "nowhere"),
    ]
}

fn of_plugins() -> Vec<Case> {
    let okta = |more: &[(&str, &str)]| with(&[&OKTA[..], &[HOST]].concat(), more);
    let plugin = |name: &'static str, more: &[(&str, &str)]| with(&[("plugin_name", name), HOST], more);
    let ended = tokens::ended();
    vec![
        ("unknown plugin", plugin("Otka", &[]), 102, "did you mean Okta?"),
        ("no host of the provider", okta(&[]).without("idp_host"), 101, "idp_host"),
        ("no password", okta(&[]).without("PWD"), 101, "PWD"),
        ("seed", okta(&[("totp_secret", "!!!!!!")]), 100, "totp_secret"),
        ("application", okta(&[("app_id", "..")]), 100, "app_id"),
        ("tenant", plugin("BrowserAzureAD", &[("idp_tenant", ".."), ("client_id", "c")]), 100, "idp_tenant"),
        (
            "cloud",
            plugin("BrowserAzureAD", &[("idp_tenant", "t"), ("client_id", "c"), ("idp_partition", "x")]),
            100,
            "idp_partition",
        ),
        ("login_url", plugin("BrowserSAML", &[("login_url", "http://h.example/")]), 100, "login_url"),
        ("no login_url", plugin("BrowserSAML", &[]), 101, "login_url"),
        (
            "region of the instance",
            plugin("BrowserIdcAuthPlugin", &[("issuer_url", "https://h/"), ("idc_region", "here")]),
            100,
            "idc_region",
        ),
        (
            "token that ended",
            plugin("JwtIamAuthPlugin", &[("web_identity_token", &ended), ("role_arn", tokens::ROLE)]),
            303,
            "expired",
        ),
        ("token for the server that ended", plugin("JWT", &[("web_identity_token", &ended)]), 303, "expired"),
        ("no response", plugin("BasicSAML", &[("saml_assertion", "%%%%%%")]), 303, "base64"),
        ("token and keys", plugin("IdpTokenAuthPlugin", &[("token", "abcdefgh"), KEYS[0], KEYS[1]]), 100, "both given"),
        (
            "token of a domain",
            plugin(
                "IdpTokenAuthPlugin",
                &[KEYS[0], KEYS[1], ("SessionToken", "hunter2secret"), ("Host", "dwh.example.com")],
            ),
            101,
            "ClusterId",
        ),
        ("no token, no keys", plugin("IdpTokenAuthPlugin", &[]), 404, "token is missing"),
        ("program", plugin("External", &[]), 101, "external_program"),
    ]
}

/// A token that has ended is told with the clock of the call, and the login comes after explain.
fn without_the_time(message: &str) -> &str {
    message.split_once("; by this machine's clock").map_or(message, |(before, _)| before)
}

#[test]
fn the_first_error_is_that_of_the_login() {
    let cases: Vec<Case> = of_settings().into_iter().chain(of_plugins()).collect();
    assert!(cases.len() >= 40);
    let steps =
        cases.iter().flat_map(|(_, dsn, ..)| [Step::Explain(Box::new(dsn.call())), dsn.call().timeout(5000).into()]);
    let outcomes = Machine::new().run(steps);
    for ((name, _, status, part), pair) in cases.iter().zip(outcomes.chunks(2)) {
        let report = read(&pair[0]);
        let errors = array(&report, "errors");
        assert!(!errors.is_empty() && report["ready"] == false, "{name}");
        let message = errors[0]["message"].as_str().map(without_the_time);
        let first = (errors[0]["status"].as_i64(), message, errors[0]["hint"].as_str());
        let hint = (!pair[1].hint.is_empty()).then_some(pair[1].hint.as_str());
        assert_eq!(first, (Some(pair[1].status.into()), Some(without_the_time(&pair[1].message)), hint), "{name}");
        assert_eq!(pair[1].status, *status, "{name}: {}", pair[1].told());
        assert!(errors[0]["message"].as_str().unwrap().contains(part), "{name}: {errors:?}");
        assert!(!pair[0].report.contains("hunter2secret"), "{name}");
    }
}

#[test]
fn files_and_variables_that_are_broken() {
    let keys = with(&[KEYS[0], KEYS[1], HOST, ("DbUser", "u")], &[]);
    let profile = with(&[HOST], &[("Profile", "p"), ("DbUser", "u")]);
    let config = |text: &str| Machine::new().file(".aws/config", text);
    for (name, machine, dsn, status) in [
        ("RS_AUTH_SETTINGS", Machine::new().env("RS_AUTH_SETTINGS", "Host={x"), keys.clone(), 100),
        ("RS_AUTH_SETTINGS_FILE", Machine::new().env("RS_AUTH_SETTINGS_FILE", "/nonexistent"), keys.clone(), 100),
        ("half a pair", config("[profile p]\naws_access_key_id=AKIA\n"), profile.clone(), 101),
        (
            "circle",
            config(
                "[profile p]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=q\n[profile q]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=p\n",
            ),
            profile.clone(),
            100,
        ),
        ("role without source", config("[profile p]\nrole_arn=arn:aws:iam::1:role/r\n"), profile.clone(), 100),
        ("a profile's plugin", config("[profile p]\nplugin_name=Otka\n"), profile.clone(), 102),
        ("a profile's value", config("[profile p]\nport=x\n"), profile, 100),
        ("proxy", Machine::new().env("HTTPS_PROXY", "http://127.0.0.1:1"), keys.set("Port", "x"), 100),
    ] {
        let outcomes = machine.run([Step::Explain(Box::new(dsn.call())), dsn.call().timeout(5000).into()]);
        let report = read(&outcomes[0]);
        let first = &report["errors"][0];
        assert_eq!(
            (first["status"].as_i64(), first["message"].as_str()),
            (Some(status), Some(outcomes[1].message.as_str())),
            "{name}: {report:#}"
        );
    }
}

/// All of them, not the first alone.
#[test]
fn every_error_is_told_at_once() {
    let broken = dsn(&[("plugin_name", "Okta"), ("Port", "x"), ("SSLMode", "disable"), ("AutoCreate", "maybe")]);
    let report = super::explain(&Machine::new(), broken.call());
    let told: String = array(&report, "errors").iter().map(|error| format!("{}\n", error["message"])).collect();
    for part in ["Port ", "SSLMode ", "AutoCreate ", "UID ", "PWD ", "idp_host ", "app_id ", "ClusterId "] {
        assert_eq!(told.matches(&format!("\"{part}")).count(), 1, "{part}: {told}");
    }
    assert_eq!(report["method"]["name"], "Okta");
}
