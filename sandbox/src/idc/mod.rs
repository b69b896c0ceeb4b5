//! IAM Identity Center: its OIDC service (`oidc.<region>.amazonaws.com`), the pages where a person signs in, and the portal that
//! gives keys for a token. Nothing here is signed: clients register themselves, and tokens vouch for people.
//! <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>

mod authorize;
mod client;
mod device;
mod error;
mod pages;
mod portal;
mod token;
mod world;

use std::collections::HashMap;

use serde_json::Value;
use time::OffsetDateTime;

use crate::http::{Answer, Request};
use crate::service::{Call, Service};
use crate::shared::Shared;
use authorize::{AuthorizationCode, Visit};
use device::Device;
pub(crate) use error::{PORTAL, for_oidc, for_portal};
pub(crate) use portal::Portal;
pub use world::{Assignment, DevicePage, IdcClient, IdcToken, IdentityCenter};

/// Its name in the log.
pub(crate) const NAME: &str = "sso-oidc";

/// The OIDC service and its pages.
pub(crate) struct Oidc;

/// What the service remembers between requests beside clients and tokens, which are in the world.
#[derive(Default)]
struct Memory {
    /// Visits of a browser that have not come to a code yet, by the number in the page's form.
    visits: HashMap<String, Visit>,
    codes: HashMap<String, AuthorizationCode>,
    /// By device code.
    devices: HashMap<String, Device>,
    /// People who signed in to approve a device, by the number in the page's form: who, and which device code.
    approvals: HashMap<String, (String, String)>,
}

impl Service for Oidc {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let operation = match request.path() {
            "/client/register" => "RegisterClient",
            "/device_authorization" => "StartDeviceAuthorization",
            "/token" => "CreateToken",
            "/authorize" => "Authorize",
            pages::SIGN_IN => "SignIn",
            pages::DEVICE => "DeviceSignIn",
            pages::APPROVE => "ApproveDevice",
            _ => return None,
        };
        let parameters = match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => members.into_iter().map(|(name, value)| (name, plain(value))).collect(),
            _ => request.query_pairs().into_iter().chain(request.form()).collect(),
        };
        Some(Call { service: NAME, operation: operation.to_owned(), parameters })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        match call.operation.as_str() {
            "RegisterClient" => json_call(request, shared, client::register),
            "StartDeviceAuthorization" => json_call(request, shared, device::start),
            "CreateToken" => json_call(request, shared, token::create),
            "Authorize" => authorize::begin(request, call, shared),
            "SignIn" => authorize::sign_in(request, call, shared),
            "DeviceSignIn" => device::sign_in(request, call, shared),
            _ => device::approve(request, call, shared),
        }
    }
}

/// A string without its quotes, anything else as JSON.
fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

type Operation = fn(&Request, &Shared) -> Result<Value, error::Refusal>;

fn json_call(request: &Request, shared: &Shared, operation: Operation) -> Answer {
    let refused = |refusal: error::Refusal| refusal.answer();
    if request.method != "POST" || request.content_type() != "application/json" {
        return refused(error::invalid_request("Invalid request format"));
    }
    // The calls of this service are not signed: keys that happen to lie about are no business of its.
    if request.header("authorization").is_some() {
        return refused(error::invalid_request("this operation takes no signature"));
    }
    match operation(request, shared) {
        Ok(value) => Answer::json(200, &value).header("x-amzn-RequestId", crate::random::request_id()),
        Err(refusal) => refused(refusal),
    }
}

/// The body of an operation.
fn read<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, error::Refusal> {
    serde_json::from_slice(&request.body).map_err(|error| error::invalid_request(&error.to_string()))
}

fn unix(time: OffsetDateTime) -> i64 {
    time.unix_timestamp()
}
