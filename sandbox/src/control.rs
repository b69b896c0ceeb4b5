//! The control endpoint, `/_sandbox/` on the http port: for tests in other languages, what [`Sandbox`](crate::Sandbox) is for Rust.

use std::sync::PoisonError;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::describe::describe;
use crate::fault::Fault;
use crate::http::{Answer, Request};
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::tls::TlsDefect;
use crate::world::World;

/// The endpoint.
pub(crate) struct Control;

/// Its name as a service: its requests are kept out of the log.
pub(crate) const NAME: &str = "control";

impl Service for Control {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let operation = request.path().strip_prefix("/_sandbox/")?;
        // A page in a browser must not script its way in here.
        let plain = !request.tls && request.header("origin").is_none();
        plain.then(|| Call { service: NAME, operation: operation.to_owned(), parameters: Vec::new() })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        match (request.method.as_str(), call.operation.as_str()) {
            ("GET", "info") => Answer::json(200, &describe(shared)),
            ("GET", "requests") => Answer::json(200, &shared.log.all()),
            ("GET", "proxied") => Answer::json(200, &*shared.proxied.lock().unwrap_or_else(PoisonError::into_inner)),
            ("GET", "connections") => Answer::json(200, &json!({ "count": shared.connections(None) })),
            ("POST", "reset") => {
                shared.reset();
                done()
            }
            ("GET", "faults") => Answer::json(200, &shared.script.pending()),
            ("POST", "faults") => with_body(request, |fault: Fault| {
                shared.script.push(fault);
                done()
            }),
            ("DELETE", "faults") => {
                shared.script.clear();
                done()
            }
            ("GET", "world") => Answer::json(200, &*shared.world()),
            ("PUT", "world") => with_body(request, |world: World| {
                *shared.world() = world;
                done()
            }),
            ("PATCH", "world") => with_body(request, |members: Value| change_world(members, shared)),
            ("POST", "round_trip") => with_body(request, |input: RoundTrip| {
                shared.set_round_trip(Duration::from_millis(input.ms));
                done()
            }),
            ("POST", "device") => with_body(request, |decision: DeviceDecision| {
                if crate::identity::entra::decide_device(shared, &decision.user_code, decision.user.as_deref()) {
                    return done();
                }
                Answer::json(404, &json!({ "error": "no device shows that code" }))
            }),
            ("POST", "listen") => with_body(request, |input: Listen| listen_too(input.tls, shared)),
            ("POST", "bad_tls") => with_body(request, |defect: TlsDefect| open_bad_tls(defect, shared)),
            _ => Answer::json(404, &json!({ "error": format!("no {} /_sandbox/{}", request.method, call.operation) })),
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RoundTrip {
    ms: u64,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Listen {
    tls: bool,
}

/// Without a user it is declined.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDecision {
    user_code: String,
    user: Option<String>,
}

fn done() -> Answer {
    Answer::json(200, &json!({ "ok": true }))
}

fn with_body<T: DeserializeOwned>(request: &Request, work: impl FnOnce(T) -> Answer) -> Answer {
    match serde_json::from_slice(&request.body) {
        Ok(input) => work(input),
        Err(error) => Answer::json(400, &json!({ "error": error.to_string() })),
    }
}

/// Puts the given members in place of the world's own.
fn change_world(members: Value, shared: &Shared) -> Answer {
    let mut world = shared.world();
    let changed = serde_json::to_value(&*world).and_then(|mut whole| {
        if let (Value::Object(whole), Value::Object(members)) = (&mut whole, members) {
            whole.extend(members);
        }
        serde_json::from_value(whole)
    });
    match changed {
        Ok(changed) => {
            *world = changed;
            done()
        }
        Err(error) => Answer::json(400, &json!({ "error": error.to_string() })),
    }
}

fn listen_too(tls: bool, shared: &Shared) -> Answer {
    let Some(shared) = shared.shared() else { return Answer::new(503) };
    match crate::server::listen_too(tls, shared) {
        Ok(port) => {
            let scheme = if tls { "https" } else { "http" };
            Answer::json(200, &json!({ "url": format!("{scheme}://127.0.0.1:{port}") }))
        }
        Err(error) => Answer::json(500, &json!({ "error": error.to_string() })),
    }
}

fn open_bad_tls(defect: TlsDefect, shared: &Shared) -> Answer {
    let Some(shared) = shared.shared() else { return Answer::new(503) };
    match crate::server::listen_badly(defect, shared) {
        Ok(port) => Answer::json(200, &json!({ "url": format!("https://127.0.0.1:{port}") })),
        Err(error) => Answer::json(500, &json!({ "error": error.to_string() })),
    }
}
