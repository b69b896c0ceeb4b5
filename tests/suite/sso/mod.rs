//! AWS profiles of IAM Identity Center: the sign-in that is shared with the AWS CLI, its renewal, and a new one in the browser or by device code.

pub mod browser;
mod renewal;
pub mod sign_in;

use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::{IdcClient, IdcToken, Sandbox};
use serde_json::{Value, json};

const RENEWAL: &str = "CreateToken";
const KEYS: &str = "GetRoleCredentials";
const REDSHIFT: &str = "GetClusterCredentials";

/// SHA-1 of `corp`: how the AWS CLI names the file.
pub const FILE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

/// A machine with a profile `p` of the session `corp`, whose services are the sandbox's.
pub fn machine(sandbox: &Sandbox) -> Machine {
    machine_with(sandbox, "")
}

/// The same with more in the session.
fn machine_with(sandbox: &Sandbox, more: &str) -> Machine {
    Machine::new().file(".aws/config", &config(sandbox, &sandbox.http_url(), more))
}

fn config(sandbox: &Sandbox, url: &str, more: &str) -> String {
    let start_url = start_url(sandbox);
    let role = "sso_account_id = 123456789012\nsso_role_name = Analyst\n";
    format!(
        "[profile p]\nregion = us-east-1\nendpoint_url = {url}\nsso_session = corp\n{role}\
         [sso-session corp]\nsso_region = us-east-1\nsso_start_url = {start_url}\n{more}"
    )
}

fn start_url(sandbox: &Sandbox) -> String {
    sandbox.with_world(|world| world.identity_center.start_url.clone())
}

pub fn dsn(sandbox: &Sandbox) -> Dsn {
    Dsn::cluster(sandbox).set("Profile", "p")
}

/// Alice's sign-in at the sandbox.
pub fn signed_in(sandbox: &Sandbox) -> (IdcClient, IdcToken) {
    sandbox.with_world(|world| world.sign_in_at_identity_center("alice"))
}

/// The file as `aws sso login` leaves it, its token good for so many seconds.
pub fn file(sandbox: &Sandbox, signed_in: &(IdcClient, IdcToken), seconds: i64) -> String {
    let (client, token) = signed_in;
    json!({
        "startUrl": start_url(sandbox), "region": "us-east-1", "accessToken": token.access_token,
        "expiresAt": iso(now() + seconds), "clientId": client.id, "clientSecret": client.secret,
        "registrationExpiresAt": iso(client.expires_at), "refreshToken": token.refresh_token,
    })
    .to_string()
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn iso(unix: i64) -> String {
    use aws_smithy_types::date_time::{DateTime, Format};
    DateTime::from_secs(unix).fmt(Format::DateTime).unwrap()
}

fn stored(machine: &Machine) -> Value {
    serde_json::from_str(&std::fs::read_to_string(machine.path(FILE)).unwrap()).unwrap()
}
