//! How a login would be made, why so, and for which place.

use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::location::{RegionSource, Target};
use crate::dsn::method::Why;
use crate::dsn::plugin_names;
use crate::dsn::ssl_mode::ssl_mode;
use crate::login::plan::Plan;
use serde_json::{Value, json};

/// `null` where the settings name no method that there is.
pub(super) fn of(plan: &Plan) -> Value {
    let Some(method) = &plan.method else { return Value::Null };
    let why = match method.why {
        Why::Function => json!({ "key": null, "text": "the function that is called names it" }),
        Why::Key(key) => json!({ "key": key.name(), "text": named_by(plan, key) }),
        Why::AwsKeys => {
            json!({ "key": "AccessKeyID", "text": "AWS keys are given, and no other key says how to log in" })
        }
        Why::Nothing => json!({ "key": null, "text": "no key says how to log in, so that AWS keys are looked for" }),
    };
    let yields = method.yields.map(|kind| match kind {
        Kind::DbPassword => "db_password",
        Kind::NativeToken => "native_token",
        Kind::AwsKeys => "aws_keys",
    });
    json!({
        "name": method.name,
        "help": plugin_names::find(&method.name).map(|plugin| plugin.help),
        "why": why,
        "yields": yields,
        "required": method.required,
        "keys_from": plan.keys_from,
        "aws_profile": plan.aws_profile,
        "browser_comes_back_to": plan.redirect,
        "may_need_a_person": method.may_need_a_person,
    })
}

fn named_by(plan: &Plan, key: Key) -> String {
    match plan.settings.source(key) {
        Some(source) => format!("{} names it, from {source}", key.name()),
        None => format!("{} names it", key.name()),
    }
}

/// The database, as far as it is known before the login.
pub(super) fn place(plan: &Plan) -> Value {
    let Some(location) = &plan.location else { return Value::Null };
    let target = location.target.as_ref().map(|target| match target {
        Target::Cluster { id } => json!({ "kind": "cluster", "name": id }),
        Target::Workgroup { name } => json!({ "kind": "workgroup", "name": name }),
        Target::ClusterDomain { host } => json!({ "kind": "cluster_domain", "name": host }),
        Target::WorkgroupDomain { host } => json!({ "kind": "workgroup_domain", "name": host }),
    });
    let region = plan.region.as_ref().map(
        |(region, from)| json!({ "value": region, "source": { "kind": kind_of(from), "text": from.to_string() } }),
    );
    json!({
        "target": target,
        "region": region,
        "region_by_dns_of": plan.looks_up,
        "host": location.host,
        "port": location.port,
        "database": plan.settings.text(Key::Database),
        "ssl_mode": ssl_mode(&plan.settings).ok(),
    })
}

/// The word for programs.
pub(super) fn kind_of(source: &RegionSource) -> &'static str {
    match source {
        RegionSource::Setting => "argument",
        RegionSource::Host => "host_name",
        RegionSource::Profile(_) => "aws_profile",
        RegionSource::CanonicalName(_) => "dns",
        RegionSource::Environment(_) => "environment",
    }
}
