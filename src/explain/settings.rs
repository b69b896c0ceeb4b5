//! Every effective value and where it comes from.

use super::json::{other_source, source};
use crate::dsn::keys::{self, Key};
use crate::dsn::location::{DEFAULT_PORT, Target};
use crate::dsn::settings::Given;
use crate::dsn::shown::shown;
use crate::login::plan::{HostSide, Plan};
use serde_json::{Value, json};

/// The keys that are given, those that something else stands in for, and those that the method would read.
pub(super) fn effective(plan: &Plan) -> Vec<Value> {
    let given: Vec<Given<'_>> = plan.settings.all_given().collect();
    let keys = keys::ALL.into_iter();
    keys.filter_map(|key| match given.iter().find(|given| given.key == key) {
        Some(given) => Some(typed(plan, given)),
        None => absent(plan, key),
    })
    .collect()
}

fn typed(plan: &Plan, given: &Given<'_>) -> Value {
    let key = given.key;
    let value = given.text.map(|text| shown(key.spec().kind, text));
    let typed_as = (given.spelling != key.name()).then_some(given.spelling);
    entry(plan, key, typed_as, "set", value.as_deref(), &source(given.source))
}

/// What holds in the place of a key that is not given. `None`: nobody would read it.
fn absent(plan: &Plan, key: Key) -> Option<Value> {
    if let Some((value, from)) = derived(plan, key) {
        return Some(entry(plan, key, None, "set", Some(&value), &from));
    }
    if !is_read(plan, key) {
        return None;
    }
    let default = key.spec().default;
    Some(if default.is_empty() || key.is_secret() {
        entry(plan, key, None, "absent", None, &Value::Null)
    } else {
        entry(plan, key, None, "set", Some(default), &other_source("default", "the default"))
    })
}

/// What the host's name, an AWS profile, or the environment tells.
fn derived(plan: &Plan, key: Key) -> Option<(String, Value)> {
    let of_host = || other_source("host_name", "the host name");
    let location = plan.location.as_ref()?;
    match (key, &location.target) {
        (Key::Region, _) => {
            let (region, from) = plan.region.as_ref()?;
            Some((region.clone(), other_source(super::method::kind_of(from), &from.to_string())))
        }
        (Key::ClusterId, Some(Target::Cluster { id })) => Some((id.clone(), of_host())),
        (Key::Workgroup, Some(Target::Workgroup { name })) => Some((name.clone(), of_host())),
        (Key::Port, _) if location.host.is_none() => {
            Some((DEFAULT_PORT.to_string(), other_source("aws", "AWS, which is asked for the endpoint")))
        }
        (Key::Serverless, _) if location.serverless => Some(("1".to_owned(), of_host())),
        _ => None,
    }
}

fn is_read(plan: &Plan, key: Key) -> bool {
    plan.method.as_ref().is_none_or(|method| key.is_read_by(&method.name))
}

fn entry(plan: &Plan, key: Key, typed_as: Option<&str>, state: &str, value: Option<&str>, source: &Value) -> Value {
    let required = plan.method.as_ref().is_some_and(|method| method.required.contains(&key.name()));
    json!({
        "key": key.name(),
        "typed_as": typed_as,
        "state": state,
        "secret": key.is_secret(),
        "value": value,
        "source": source,
        "group": key.group(),
        "read": is_read(plan, key),
        "required": required,
    })
}

/// Keys that neither the table nor a driver nor the host knows.
pub(super) fn unknown(plan: &Plan, host: &HostSide) -> Vec<Value> {
    let of_host = |name: &str| host.keys.iter().any(|key| key.trim().eq_ignore_ascii_case(name));
    let unknown = plan.settings.unknown().filter(|other| !of_host(&other.name));
    unknown.map(|other| json!({ "key": other.name, "nearest": keys::nearest(&other.name) })).collect()
}

/// Keys that are the driver's own business.
pub(super) fn of_driver(plan: &Plan) -> Vec<&str> {
    let others = plan.settings.others().iter().map(|other| other.name.as_str());
    others.filter(|name| keys::is_driver_key(name)).collect()
}
