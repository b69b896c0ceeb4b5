//! Keys of AWS, the proxy and sources of secrets: no fault of AWS, of the network or of a setting tells one.

use super::{CANARY, TRACE, secret, seen};
use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::world::AccessKey;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox, TlsDefect};

/// A world whose own secrets sing too.
fn sandbox() -> Sandbox {
    Sandbox::builder()
        .with_world(|world| {
            let role = AccessKey::of_role("ASIACANARIES", &secret("key"), &secret("session"), "sandbox-role", "s");
            world.keys.push(role);
            world.database_password = Some(secret("password"));
            world.proxy.password = secret("proxy");
        })
        .start()
}

/// A login with something in every secret key, a mistyped one among them.
fn dsn(sandbox: &Sandbox) -> Dsn {
    let keys = ["PWD", "SessionToken", "https_proxy_password", "web_identity_token", "saml_assertion"];
    let more = ["client_secret", "totp_secret", "token", "Passwort", "AccesKey"];
    let dsn = Dsn::cluster(sandbox).signed("ASIACANARIES", &secret("key"));
    let all = keys.iter().chain(&more).fold(dsn, |dsn, key| dsn.set(key, &secret(key)));
    all.set("SessionToken", &secret("session")).set("https_proxy_password", &secret("proxy"))
}

/// Logs in at TRACE, with a log file too, and searches both. Gives the status.
fn silent(name: &str, machine: Machine, dsn: &Dsn) -> i32 {
    let path = machine.path("log").display().to_string();
    let machine = machine.env("RS_AUTH_LOG_FILE", &path);
    let outcome = machine.one(dsn.call().log(TRACE).timeout(4000));
    let file = std::fs::read_to_string(&path).unwrap();
    assert!(!file.is_empty() && !outcome.lines.is_empty(), "{name}: nothing was logged");
    for (place, text) in [("callback or error", seen(&outcome)), ("log file", file)] {
        for issued in [CANARY, &outcome.secret_access_key, &outcome.session_token, &outcome.password] {
            assert!(issued.is_empty() || !text.contains(issued), "{name}: a secret in {place}: {text}");
        }
        // In another clothing.
        for encoded in [CANARY.to_lowercase(), hex(CANARY), "Y0FuQXJZ".to_owned()] {
            assert!(!text.contains(&encoded), "{name}: a secret in {place}: {text}");
        }
    }
    outcome.status
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn with_every_fault_of_an_answer() {
    let error = |code: &str, status| {
        // AWS repeats what was signed, headers and all.
        let message = format!("No.\n\nThe Canonical String for this request should have been\n'{}'", secret("echo"));
        FaultAction::Error { code: code.to_owned(), message, status }
    };
    let respond = |status| FaultAction::Respond { status, headers: Vec::new(), body: secret("body") };
    let faults = [
        (error("SignatureDoesNotMatch", 403), 400),
        (error("AccessDenied", 403), 400),
        (error("ExpiredToken", 403), 400),
        (error("ClusterNotFound", 404), 401),
        (error("InternalFailure", 500), 403),
        (FaultAction::Throttle { status: 503, retry_after: 0 }, 402),
        (respond(200), 403),
        (respond(403), 400),
        (respond(502), 403),
        (FaultAction::Garbage, 403),
        (FaultAction::NotHttp, 403),
        (FaultAction::Huge { bytes: 5 << 20 }, 403),
        (FaultAction::Redirect { location: format!("https://x/?{}", secret("location")) }, 403),
        (FaultAction::Truncate, 200),
        (FaultAction::ResetInBody, 200),
        (FaultAction::Reset, 200),
        (FaultAction::Stall, 500),
        (FaultAction::StallInBody, 500),
        (FaultAction::Delay { ms: 10 }, 0),
    ];
    std::thread::scope(|scope| {
        for (action, status) in faults {
            scope.spawn(move || {
                let sandbox = sandbox();
                let name = format!("{action:?}");
                sandbox.script(Fault::on("GetClusterCredentials", action).always());
                assert_eq!(silent(&name, Machine::new(), &dsn(&sandbox)), status, "{name}");
            });
        }
    });
}

#[test]
fn with_every_fault_of_the_network() {
    let sandbox = sandbox();
    let dsn = dsn(&sandbox);
    let ca = sandbox.ca_file().display().to_string();
    let closed = format!("http://127.0.0.1:{}", crate::network::closed_port());
    let proxy = sandbox.proxy_port().to_string();
    let proxied = dsn.clone().at("https://redshift.example").set("CaFile", &ca).set("https_proxy_host", "127.0.0.1");
    let proxied = proxied.set("https_proxy_port", &proxy).set("https_proxy_username", "proxyuser");
    let wrong = proxied.clone().set("https_proxy_password", &secret("wrong"));
    let cases = [
        ("fine", dsn.clone(), 0),
        ("TLS", dsn.clone().at(&sandbox.https_url()).set("CaFile", &ca), 0),
        ("unknown issuer", dsn.clone().at(&sandbox.https_url()), 201),
        ("wrong host", dsn.clone().at(&sandbox.bad_tls(TlsDefect::WrongHost)).set("CaFile", &ca), 201),
        ("closed", dsn.clone().at(&closed), 200),
        ("proxy", proxied, 0),
        ("wrong password", wrong, 202),
    ];
    for (name, dsn, status) in cases {
        assert_eq!(silent(name, Machine::new(), &dsn), status, "{name}");
    }
    let direct = dsn.without("https_proxy_password").at("https://redshift.example").set("CaFile", &ca);
    let password: String = secret("proxy").bytes().map(|byte| format!("%{byte:02X}")).collect();
    let by_environment = Machine::new().env("HTTPS_PROXY", format!("http://proxyuser:{password}@127.0.0.1:{proxy}"));
    assert_eq!(silent("HTTPS_PROXY", by_environment, &direct), 0);
    let unusable = Machine::new().env("HTTPS_PROXY", format!("ftp://u:{}@proxy", secret("x")));
    assert_eq!(silent("unusable HTTPS_PROXY", unusable, &direct), 100);
}

#[test]
fn with_every_source_of_keys() {
    let sandbox = sandbox();
    let (key, token) = (secret("key"), secret("session"));
    let config = format!(
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/sandbox-second-role\nsource_profile = base\n\
         [profile base]\naws_access_key_id = ASIACANARIES\naws_secret_access_key = {key}\naws_session_token = {token}\n\
         [profile noisy]\ncredential_process = /bin/sh -c \"echo 'password={key}' >&2; echo {CANARY}; exit 1\" {key}\n\
         [profile bad]\ncredential_process = /bin/echo '{{\"Version\": 1, \"SecretAccessKey\": \"{key}\"}}'\n"
    );
    let bare = dsn(&sandbox).without("AccessKeyID").without("SecretAccessKey").without("SessionToken");
    for (profile, status) in [("role", 0), ("base", 0), ("noisy", 404), ("bad", 404)] {
        let machine = Machine::new().file(".aws/config", &config);
        assert_eq!(silent(profile, machine, &bare.clone().set("Profile", profile)), status, "{profile}");
    }
    let machine = Machine::new()
        .env("AWS_ACCESS_KEY_ID", "ASIACANARIES")
        .env("AWS_SECRET_ACCESS_KEY", &key)
        .env("AWS_SESSION_TOKEN", &token);
    assert_eq!(silent("environment", machine, &bare.clone().set("AuthType", "Default")), 0);
    let file = Machine::new().file("secret", &key);
    let source = format!("file:{}", file.path("secret").display());
    let by_file = dsn(&sandbox).without("SecretAccessKey").set("password_source", &source);
    assert_eq!(silent("password_source", file, &by_file), 0);
}

#[test]
fn in_settings_that_are_refused() {
    let sandbox = sandbox();
    let dsn = dsn(&sandbox);
    for (key, value) in [("Port", "x"), ("plugin_name", "Octa"), ("SSLMode", "disable"), ("Region", "a b")] {
        let machine = Machine::new();
        let path = machine.path("log").display().to_string();
        let outcome = machine.env("RS_AUTH_LOG_FILE", &path).one(dsn.clone().set(key, value).call().log(TRACE));
        assert!(outcome.status >= 100, "{key}");
        let file = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(!format!("{}{file}", seen(&outcome)).contains(CANARY), "{key}: {}", seen(&outcome));
    }
}
