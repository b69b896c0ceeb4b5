//! Logins that are broken in one place: the first cause that is named is that one. Each has its control: the same without
//! the fault is well.

use super::database::Answer;
use super::setup::Setup;
use super::{examine, steps, the};
use crate::network::closed_port;
use rs_auth_sandbox::{Fault, FaultAction, TlsDefect};

/// What is wrong, a login that works, how it is broken, the kind of the step that is the cause, and what it says.
type Case = (&'static str, fn() -> Setup, fn(Setup) -> Setup, &'static str, &'static str);

fn at_closed_port() -> String {
    format!("https://127.0.0.1:{}", closed_port())
}

fn respond(status: u16, body: &str) -> FaultAction {
    FaultAction::Respond { status, headers: Vec::new(), body: body.to_owned() }
}

fn at_path(path: &str, action: FaultAction) -> Fault {
    Fault { service: None, operation: None, path: Some(path.to_owned()), skip: 0, times: 0, action }
}

fn error(code: &str, message: &str, status: u16) -> FaultAction {
    FaultAction::Error { code: code.to_owned(), message: message.to_owned(), status }
}

fn corporate() -> TlsDefect {
    TlsDefect::UnknownAuthority { name: "Corporate Interception CA".to_owned() }
}

const SETTINGS: [Case; 6] = [
    (
        "typo in a key",
        Setup::adfs,
        |it| it.without("idp_host").set("idp_hots", "h.example"),
        "settings",
        "idp_host is missing",
    ),
    ("typo in the method", Setup::adfs, |it| it.set("plugin_name", "AFDS"), "settings", "did you mean ADFS?"),
    ("malformed region", Setup::keys, |it| it.set("Region", "us_east_1"), "settings", "Region"),
    (
        "no keys anywhere",
        Setup::keys,
        |it| it.without("AccessKeyID").without("SecretAccessKey"),
        "settings",
        "no AWS credentials",
    ),
    ("TLS off", Setup::keys, |it| it.set("SSLMode", "disable"), "settings", "SSLMode"),
    ("certificates that are none", Setup::keys, |it| it.set("CaFile", "/etc/hostname"), "settings", "CaFile"),
];

const NETWORK: [Case; 16] = [
    ("unknown name", Setup::keys, |it| it.at("https://rs-auth.invalid"), "dns", "was not found"),
    ("closed port of Redshift", Setup::keys, |it| it.set("EndPointUrl", &at_closed_port()), "tcp", "refused"),
    ("closed port of STS", Setup::adfs, |it| it.set("StsEndpointUrl", &at_closed_port()), "tcp", "refused"),
    ("closed port of the provider", Setup::adfs, |it| it.set("idp_port", &closed_port().to_string()), "tcp", "refused"),
    ("unknown name of the provider", Setup::okta, |it| it.set("idp_host", "okta.invalid"), "dns", "okta.invalid"),
    ("expired", Setup::keys, |it| it.behind(TlsDefect::Expired), "tls", "has expired on 20"),
    ("not valid yet", Setup::keys, |it| it.behind(TlsDefect::NotYetValid), "tls", "not valid yet"),
    ("wrong host", Setup::keys, |it| it.behind(TlsDefect::WrongHost), "tls", "it is for wrong.example.com"),
    (
        "interception",
        Setup::keys,
        |it| it.behind(corporate()),
        "tls",
        "issued by 'Corporate Interception CA', which is not",
    ),
    ("reset", Setup::keys, |it| it.behind(TlsDefect::ResetInHandshake), "tls", "no TLS with"),
    ("no TLS", Setup::keys, |it| it.behind(TlsDefect::PlainText), "tls", "no TLS with"),
    ("TLS 1.1 only", Setup::keys, |it| it.behind(TlsDefect::OldVersion), "tls", "no TLS with"),
    (
        "silence",
        Setup::keys,
        |it| it.behind(TlsDefect::SilentHandshake).set("StsConnectionTimeout", "1"),
        "tls",
        "within 1s",
    ),
    (
        "certificates that are not there",
        Setup::keys,
        |it| it.set("CaFile", "/nonexistent"),
        "tls",
        "'/nonexistent' does not exist",
    ),
    (
        "clock that is late",
        Setup::keys,
        |it| it.world(|world| world.clock_offset_seconds = 600),
        "clock",
        "s behind that of",
    ),
    (
        "clock that is early",
        Setup::adfs,
        |it| it.world(|world| world.clock_offset_seconds = -900),
        "clock",
        "s ahead of that of",
    ),
];

const PROXY: [Case; 6] = [
    ("dead", Setup::proxied, |it| it.set("https_proxy_port", &closed_port().to_string()), "tcp", "cannot be reached"),
    ("unknown name", Setup::proxied, |it| it.set("https_proxy_host", "proxy.invalid"), "dns", "its name was not found"),
    (
        "without credentials",
        Setup::proxied,
        |it| it.without("https_proxy_username").without("https_proxy_password"),
        "proxy",
        "wants credentials",
    ),
    ("wrong password", Setup::proxied, |it| it.set("https_proxy_password", "hunter2"), "proxy", "wants credentials"),
    (
        "untrusted behind it",
        Setup::proxied,
        |it| it.without("CaFile"),
        "tls",
        "'rs-auth sandbox CA', which is not trusted",
    ),
    (
        "of a kind that is not spoken",
        Setup::proxied,
        |it| it.without("https_proxy_host").env("HTTPS_PROXY", "socks5://127.0.0.1:1"),
        "proxy",
        "SOCKS proxies are not supported",
    ),
];

const PROVIDER: [Case; 14] = [
    (
        "another page",
        Setup::adfs,
        |it| it.script(at_path("/adfs", respond(200, "<html><title>Intranet</title></html>"))),
        "identity_provider",
        "shows no login form",
    ),
    ("no such page", Setup::ping, |it| it.script(at_path("/idp", respond(404, ""))), "identity_provider", "HTTP 404"),
    ("out of order", Setup::adfs, |it| it.script(at_path("/adfs", respond(503, ""))), "identity_provider", "503"),
    (
        "no Okta",
        Setup::okta,
        |it| it.script(at_path("/.well-known", respond(200, "<html>Welcome</html>"))),
        "identity_provider",
        "none of that",
    ),
    (
        "unknown tenant",
        Setup::azure,
        |it| it.set("idp_tenant", "nobody.example"),
        "identity_provider",
        "nobody.example",
    ),
    ("wrong password at AD FS", Setup::adfs, |it| it.set("PWD", "hunter2"), "login", "refused user or password"),
    ("wrong password at Ping", Setup::ping, |it| it.set("PWD", "hunter2"), "login", "refused user or password"),
    ("wrong password at Okta", Setup::okta, |it| it.set("PWD", "hunter2"), "login", "Okta"),
    ("wrong password at Entra", Setup::azure, |it| it.set("PWD", "hunter2"), "login", "password"),
    ("wrong secret at Entra", Setup::azure, |it| it.set("client_secret", "hunter2"), "login", "secret"),
    ("second factor", Setup::adfs, |it| it.set("UID", "sms"), "login", "one-time code"),
    ("second factor at Okta", Setup::okta, |it| it.set("UID", "sms"), "login", "factor"),
    (
        "role that is not in the assertion",
        Setup::adfs,
        |it| it.set("preferred_role", "arn:aws:iam::123456789012:role/nobody"),
        "login",
        "role/nobody",
    ),
    (
        "assertion that has expired",
        Setup::adfs,
        |it| it.world(|world| world.identity_pages.assertion.expired = true),
        "login",
        "expired",
    ),
];

const AWS: [Case; 8] = [
    ("wrong secret key", Setup::keys, |it| it.set("SecretAccessKey", "hunter2"), "login", "signature"),
    ("unknown key", Setup::keys, |it| it.set("AccessKeyID", "AKIANOBODY"), "login", "token"),
    ("unknown cluster", Setup::keys, |it| it.set("ClusterId", "nobody"), "login", "nobody"),
    ("wrong region", Setup::keys, |it| it.set("Region", "eu-west-1"), "login", "in the region eu-west-1"),
    (
        "access denied",
        Setup::keys,
        |it| {
            it.script(Fault::on(
                "GetClusterCredentials",
                error("AccessDenied", "User is not authorized to perform: redshift:GetClusterCredentials", 403),
            ))
        },
        "login",
        "redshift:GetClusterCredentials",
    ),
    (
        "STS denies the role",
        Setup::adfs,
        |it| {
            it.script(Fault::on(
                "AssumeRoleWithSAML",
                error("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403),
            ))
        },
        "login",
        "sts:AssumeRoleWithSAML",
    ),
    (
        "no answer in time",
        Setup::keys,
        |it| it.script(Fault::on("GetClusterCredentials", FaultAction::Stall)).within(3000),
        "login",
        "within the 3 s of the call: it stopped while asking Redshift",
    ),
    (
        "a browser, and nobody there",
        Setup::keys,
        |it| {
            let it = it.without("AccessKeyID").without("SecretAccessKey").set("plugin_name", "BrowserSAML");
            it.set("login_url", "https://127.0.0.1:1/")
        },
        "login",
        "no event callback",
    ),
];

const DATABASE: [Case; 11] = [
    ("closed port", Setup::keys, |it| it.set("Port", &closed_port().to_string()), "database_tcp", "refused"),
    ("unknown name", Setup::keys, |it| it.set("Host", "cluster.invalid"), "database_dns", "cluster.invalid"),
    ("no TLS", Setup::keys, |it| it.database_answers(Answer::Bytes(b"N")), "database_tls", "speaks no TLS"),
    ("an error", Setup::keys, |it| it.database_answers(Answer::Bytes(b"E....")), "database_tls", "with an error"),
    (
        "no database",
        Setup::keys,
        |it| it.database_answers(Answer::Bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
        "database_tls",
        "no database of the PostgreSQL family",
    ),
    ("hangs up", Setup::keys, |it| it.database_answers(Answer::HangsUp), "database_tls", "ends them at the first word"),
    ("interception", Setup::keys, |it| it.database_behind(corporate()), "database_tls", "'Corporate Interception CA'"),
    ("expired", Setup::adfs, |it| it.database_behind(TlsDefect::Expired), "database_tls", "has expired"),
    (
        "wrong host",
        || Setup::keys().set("SSLMode", "verify-full"),
        |it| it.database_behind(TlsDefect::WrongHost),
        "database_tls",
        "wrong.example.com",
    ),
    ("silent", Setup::keys, |it| it.database_answers(Answer::Nothing).within(3000), "database_tls", "within the 3 s"),
    (
        "silent behind TLS",
        Setup::keys,
        |it| it.database_behind(TlsDefect::SilentHandshake).within(3000),
        "database_tls",
        "within the 3 s",
    ),
];

fn all(cases: &[Case]) {
    for (name, sound, spoil, kind, part) in cases {
        let setup = sound();
        let well = examine(&setup.machine, setup.call());
        assert!(well["ok"] == true && well["cause"].is_null(), "{name}, the control: {well:#}");
        let setup = spoil(setup);
        let report = examine(&setup.machine, setup.call());
        let cause = &report["cause"];
        let told = format!("{} | {}", cause["message"], cause["hint"]);
        let id = cause["step"].as_str().unwrap_or_else(|| panic!("{name} has no cause: {report:#}"));
        assert!(report["ok"] == false && id.split(' ').next() == Some(kind), "{name}: {cause:#}\n{report:#}");
        assert!(told.contains(part), "{name}: {told}");
        assert!(steps(&report).iter().any(|step| step["id"] == id && step["result"] != "pass"), "{name}");
        assert!(!report.to_string().contains("hunter2"), "{name}");
    }
}

#[test]
fn there_are_enough() {
    let count = SETTINGS.len() + NETWORK.len() + PROXY.len() + PROVIDER.len() + AWS.len() + DATABASE.len();
    assert!(count >= 40, "{count}");
}

#[test]
fn settings() {
    all(&SETTINGS);
}

#[test]
fn the_network() {
    all(&NETWORK);
}

#[test]
fn proxies() {
    all(&PROXY);
}

#[test]
fn identity_providers() {
    all(&PROVIDER);
}

#[test]
fn aws() {
    all(&AWS);
}

#[test]
fn databases() {
    all(&DATABASE);
}

/// What `SSLMode` lets pass is told all the same.
#[test]
fn what_a_weaker_ssl_mode_lets_pass_is_a_warning() {
    for (mode, defect, part) in [
        ("require", corporate(), "'Corporate Interception CA'"),
        ("require", TlsDefect::Expired, "has expired"),
        ("verify-ca", TlsDefect::WrongHost, "wrong.example.com"),
    ] {
        let setup = Setup::keys().set("SSLMode", mode).database_behind(defect);
        let report = examine(&setup.machine, setup.call());
        let tls = the(&report, "database_tls");
        assert!(report["ok"] == true && tls["result"] == "warn", "{report:#}");
        assert!(tls["message"].as_str().unwrap().contains(part), "{tls:#}");
    }
}

#[test]
fn an_identity_provider_that_is_not_verified_is_a_warning() {
    let setup = Setup::adfs();
    let insecure = setup.sandbox.bad_tls(corporate());
    let port = super::setup::port_of(&insecure).to_string();
    let refused = examine(&setup.machine, setup.dsn.clone().set("idp_port", &port).call());
    assert_eq!(the(&refused, "tls")["result"], "fail", "the control");
    let report = examine(&setup.machine, setup.dsn.clone().set("idp_port", &port).set("ssl_insecure", "1").call());
    let tls = the(&report, "tls");
    assert_eq!(tls["result"], "warn", "{report:#}");
    assert!(tls["message"].as_str().unwrap().contains("Corporate Interception CA"), "{tls:#}");
}
