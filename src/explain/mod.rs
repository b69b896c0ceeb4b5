//! What a login would do, as JSON: docs/explain.schema.json is its schema. Offline: the plan behind it comes from the login's
//! own code, which is gone through without sending anything.

mod cache;
mod json;
mod method;
mod network;
mod requests;
mod settings;
mod warnings;

pub(crate) use cache::{Kept, Look};

use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::login::plan::{self, HostSide, Plan};
use crate::ports::Ports;
use crate::ports::http::HttpSettings;
use network::Network;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Grows with what is added; a member is never removed or changed in its meaning.
const SCHEMA: u32 = 1;

/// The time that the call of a login would have.
#[derive(Debug)]
pub(crate) struct Limit {
    /// `None`: as long as it takes.
    pub(crate) whole: Option<Duration>,
    /// What comes on top where a person has to do something.
    pub(crate) for_a_person: Duration,
    /// Who says so: `options`, `LoginTimeout` or `default`.
    pub(crate) source: &'static str,
}

/// What a call of a login would find besides its settings.
#[derive(Debug)]
pub(crate) struct Situation {
    pub(crate) host: HostSide,
    pub(crate) kept: Kept,
    /// `None`: it cannot be read, which is one of the errors.
    pub(crate) limit: Option<Limit>,
}

/// What a person should look at: a sentence each.
pub(crate) fn warnings(plan: &Plan, ports: &Ports) -> Vec<String> {
    warnings::all(plan, ports).iter().filter_map(|warning| warning["message"].as_str().map(str::to_owned)).collect()
}

/// Takes every secret that is known out of a report.
pub(crate) fn redact(report: &mut Value) {
    json::redact(report, &mut HashMap::new());
}

/// The report. `errors` are what is known to be wrong before the settings are looked at: the network's among them.
pub(crate) async fn report(settings: Settings, situation: &Situation, ports: &Ports, errors: Vec<AuthError>) -> String {
    crate::redact::know_nothing();
    settings.keep_back();
    let network = HttpSettings::from_settings(&settings, &ports.env);
    let plan = plan::foresee(settings, &situation.host, ports, errors).await;
    // A profile may say how the network is reached, too.
    let network = HttpSettings::from_settings(&plan.settings, &ports.env).or(network);
    let network = Network::new(network.unwrap_or_else(|_| HttpSettings::of_environment(&ports.env)), &plan);
    let mut report = json!({
        "schema": SCHEMA,
        "library": env!("CARGO_PKG_VERSION"),
        "ready": plan.errors.is_empty(),
        "errors": plan.errors.iter().map(json::error).collect::<Vec<_>>(),
        "warnings": warnings::all(&plan, ports),
        "settings": settings::effective(&plan),
        "unknown_keys": settings::unknown(&plan, &situation.host),
        "driver_keys": settings::of_driver(&plan),
        "method": method::of(&plan),
        "place": method::place(&plan),
        "requests": requests::all(&plan, &network),
        "network": network.report(&plan, ports),
        "cache": cache::report(&situation.kept, &plan),
        "limits": json::limits(situation.limit.as_ref(), &network),
    });
    redact(&mut report);
    report.to_string()
}
