//! The requests that a login would make, in their order.

use super::network::Network;
use crate::login::plan::Plan;
use crate::ports::http::{Doer, Method, Planned, Purpose};
use serde_json::{Value, json};

/// All of them, with the way that each would take.
pub(super) fn all(plan: &Plan, network: &Network) -> Vec<Value> {
    plan.steps.iter().map(|step| one(step, network)).collect()
}

fn one(step: &Planned, network: &Network) -> Value {
    let url = step.url.as_ref();
    let path = url.map(|url| url.path().to_owned()).filter(|_| !step.path_is_open);
    json!({
        "by": match step.doer {
            Doer::Library => "library",
            Doer::Browser => "browser",
            Doer::Program => "program",
        },
        "method": step.method.as_ref().map(Method::as_str),
        "scheme": url.map(url::Url::scheme),
        "host": url.and_then(url::Url::host_str),
        "port": url.and_then(url::Url::port_or_known_default),
        "path": path,
        "operation": step.operation,
        "to": to(step),
        "purpose": step.what,
        "conditional": step.only_if.is_some(),
        "condition": step.only_if,
        "may_repeat": step.may_repeat,
        "proxy": network.proxy_of(step),
    })
}

/// Whom it is for; `null` for what is no request.
fn to(step: &Planned) -> Option<&'static str> {
    let is_request = step.doer != Doer::Program;
    is_request.then_some(match step.purpose {
        Purpose::IdentityProvider => "identity_provider",
        Purpose::Aws => "aws",
        Purpose::Metadata => "metadata",
    })
}
