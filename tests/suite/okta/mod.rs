//! Okta with user and password: the Authentication API, second factors, the application's page.

mod app;
mod factors;
mod network;
mod push;
mod secrets;
mod settings;
mod states;

use crate::probe::{Dsn, Outcome};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{OktaOrg, PASSWORD};

pub const AUTHENTICATE: &str = "Authenticate";
const VERIFY: &str = "VerifyFactor";
const POLL: &str = "PollFactor";
pub const APP: &str = "App";
pub const METADATA: &str = "OrgMetadata";
const STS: &str = "AssumeRoleWithSAML";
const REDSHIFT: &str = "GetClusterCredentials";
/// A login without anything special.
const LOGIN: [&str; 4] = [AUTHENTICATE, APP, STS, REDSHIFT];

const ASK_OTP: i32 = 3;
const SHOW_NUMBER: i32 = 4;
const PUSH_SENT: i32 = 5;
const PICK_FACTOR: i32 = 7;
const ABORT: i32 = 2;

/// A login of that person, with everything that it needs.
fn dsn_of(sandbox: &Sandbox, user: &str) -> Dsn {
    let https = sandbox.https_url();
    let (_, port) = https.rsplit_once(':').unwrap();
    Dsn::cluster(sandbox)
        .without("DbUser")
        .set("plugin_name", "Okta")
        .set("idp_host", "127.0.0.1")
        .set("idp_port", port)
        .set("app_id", &OktaOrg::default().app_id)
        .set("UID", user)
        .set("PWD", PASSWORD)
        .set("CaFile", &sandbox.ca_file().display().to_string())
}

/// Somebody to whom nothing happens.
pub fn dsn(sandbox: &Sandbox) -> Dsn {
    dsn_of(sandbox, "alice")
}

/// A sandbox whose org is changed.
fn sandbox(change: impl FnOnce(&mut OktaOrg)) -> Sandbox {
    Sandbox::builder().with_world(|world| change(&mut world.identity_pages.okta)).start()
}

#[track_caller]
fn expect(outcome: &Outcome, status: i32, stage: &str, parts: &[&str]) {
    assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{}", outcome.told());
    // Values that are not of their key's kind are found before any method is chosen.
    assert!(outcome.plugin == "Okta" || stage == "settings", "{}", outcome.told());
    for part in parts {
        assert!(outcome.told().contains(part), "{part:?} in {}", outcome.told());
    }
}
