//! Logins through a browser that is elsewhere: what it ended with is pasted, a device code is approved there, or an earlier
//! sign-in is renewed.

use super::plugins::{Scene, response};
use super::{odd_secret, secret};
use crate::browser::{PASTE_URL, oauth};
use crate::probe::Dsn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// How the names of logins end whose code no provider knows.
pub const MADE_UP: &str = ", made up";
/// The same for refresh tokens, beside which nobody is.
pub const RENEWED: &str = ", renewed";
/// The same where nobody is who would bring anything.
pub const ALONE: &str = ", alone";

const DEVICE_CODE: i32 = 2;
/// `RS_AUTH_CACHE_DEFAULT`, `…_REFRESH`.
const DEFAULT: i32 = 0;
const REFRESH: i32 = 3;

/// A login of that plugin, which has no browser.
fn dsn(sandbox: &Sandbox, plugin: &str) -> Dsn {
    let known = crate::browser::OAUTH.iter().find(|known| known.name == plugin).unwrap();
    oauth::bare(known, sandbox)
}

/// What was posted to the listener.
pub fn pasting_response(plugin: &'static str) -> Scene {
    let dsn = |sandbox: &Sandbox| {
        let dsn = Dsn::cluster(sandbox).without("DbUser").set("plugin_name", plugin).set("listen_port", "0");
        dsn.set("login_url", "https://sso.example.com/app")
    };
    let mut scene = Scene::new(dsn);
    let response = response(&scene.sandbox);
    let posted = format!("SAMLResponse={}", utf8_percent_encode(&response, NON_ALPHANUMERIC));
    scene.more = Box::new(move |call| call.answering(PASTE_URL, &posted));
    scene.with([response])
}

/// What the settings hold, up to where a person is needed. In lower case, as IAM Identity Center spells the codes of errors.
pub fn alone(plugin: &'static str) -> Scene {
    let client_secret = odd_secret("client secret").to_lowercase();
    let mut scene = Scene::new(|sandbox| dsn(sandbox, plugin).set("client_secret", &client_secret));
    scene.more = Box::new(|call| call.events(0));
    scene.with([client_secret])
}

/// The address at which the browser ended, with a code in lower case too.
pub fn pasting_code(plugin: &'static str) -> Scene {
    let scene = Scene::new(|sandbox| dsn(sandbox, plugin));
    let code = odd_secret("code").to_lowercase();
    let encoded = utf8_percent_encode(&code, NON_ALPHANUMERIC).to_string().replace('%', "%%");
    let known = crate::browser::OAUTH.iter().find(|known| known.name == plugin).unwrap();
    let (host, path) = known.comes_back;
    let script = format!(
        "#!/bin/sh\nstate=$(echo \"$1\" | sed 's/.*[?&]state=\\([^&]*\\).*/\\1/')\n\
         printf 'http://{host}:1{path}?code={encoded}&state=%s' \"$state\"\n"
    );
    let machine = scene.machine.program("paste", &script);
    let program = machine.path("paste").display().to_string();
    let more = Box::new(move |call: crate::probe::Call| call.pasting_with(&program));
    Scene { machine, more, ..scene }.with([code])
}

/// The device code that the provider gives.
pub fn device() -> Scene {
    let scene = Scene::new(|sandbox| dsn(sandbox, "BrowserAzureADOAuth2"));
    let code = odd_secret("device code");
    let body = json!({
        "device_code": code, "user_code": "ABCD", "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900, "interval": 1,
    });
    let body = body.to_string();
    let answer = move || FaultAction::Respond { status: 200, headers: Vec::new(), body: body.clone() };
    Scene {
        more: Box::new(|call| call.answering(DEVICE_CODE, "")),
        before: Box::new(move |sandbox| sandbox.script(Fault::on("DeviceCode", answer()).always())),
        ..scene
    }
    .with([code])
}

/// The refresh token that an earlier sign-in has left, which no provider knows.
pub fn renewed(plugin: &'static str) -> Scene {
    let scene = pasting_code(plugin);
    let token = secret("refresh token");
    let body = json!({ "access_token": "none", "refresh_token": token }).to_string();
    scene.sandbox.script(Fault::on("Token", FaultAction::Respond { status: 200, headers: Vec::new(), body }));
    // Whatever becomes of it: the token is kept before the other one is looked at.
    scene.machine.one((scene.more)(scene.dsn.call()).cache(DEFAULT));
    let kept = stored(&scene);
    let content = std::fs::read(&kept).unwrap();
    assert!(String::from_utf8_lossy(&content).contains(&token), "it is kept");
    let before = Box::new(move |_: &Sandbox| {
        std::fs::write(&kept, &content).unwrap();
        std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).unwrap();
    });
    let more = Box::new(|call: crate::probe::Call| call.cache(REFRESH));
    let secrets = Vec::new();
    Scene { more, before, secrets, ..scene }.with([token])
}

/// The one document of a machine.
fn stored(scene: &Scene) -> PathBuf {
    let files = std::fs::read_dir(scene.machine.path(".cache/rs_auth")).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<_> = files.filter(|path| path.extension().is_some_and(|found| found == "v1")).collect();
    assert_eq!(documents.len(), 1, "{documents:?}");
    documents.remove(0)
}
