//! What a person should look at although a login can go on: what the login warns of, and what only shows when all settings
//! are looked at together.

use crate::credentials::Kind;
use crate::dsn::keys::{Key, Kind as ValueKind};
use crate::dsn::location::{HostKind, Location, Target};
use crate::dsn::settings::{Given, Source};
use crate::dsn::shown::hides_something;
use crate::login::plan::Plan;
use crate::ports::Ports;
use crate::redact;
use serde_json::{Value, json};

/// What the login's own warnings speak of.
const TOLD_BY_METHOD: [Key; 6] =
    [Key::Profile, Key::InstanceProfile, Key::AccessKeyId, Key::SecretAccessKey, Key::SessionToken, Key::AuthType];

pub(super) fn all(plan: &Plan, ports: &Ports) -> Vec<Value> {
    let mut all: Vec<Value> = plan.warnings.iter().map(|text| warning("login", None, text.clone())).collect();
    all.extend(data_source_not_found(plan));
    for given in plan.settings.all_given() {
        all.extend(of_value(plan, &given));
    }
    all.extend(secrets_in_unknown_keys(plan));
    if let Some(location) = &plan.location {
        all.extend(of_place(plan, location));
    }
    all.extend(pairs_that_do_not_fit(plan));
    all.extend(of_files(plan, ports));
    all
}

fn warning(kind: &str, key: Option<Key>, text: impl Into<String>) -> Value {
    json!({ "kind": kind, "key": key.map(Key::name), "message": text.into() })
}

/// A driver may have its data sources elsewhere, so that this is no error.
fn data_source_not_found(plan: &Plan) -> Option<Value> {
    let name = plan.settings.get_any("DSN").filter(|name| !name.is_empty())?;
    let is_found = plan.settings.all_given().any(|given| matches!(given.source, Source::OdbcIni { .. }));
    let text =
        format!("no value comes from the data source {name:?}: it is in no odbc.ini, or all its values are given");
    (!is_found).then(|| warning("conflict", None, text))
}

fn of_value(plan: &Plan, given: &Given<'_>) -> Vec<Value> {
    let (key, name) = (given.key, given.key.name());
    let mut found = Vec::new();
    let method = plan.method.as_ref().filter(|method| method.yields.is_some());
    if let Some(method) = method.filter(|method| !key.is_read_by(&method.name) && !TOLD_BY_METHOD.contains(&key)) {
        found.push(warning("unused_key", Some(key), format!("{name} is not read by {}", method.name)));
    }
    if let Some(text) = given.text {
        if hides_something(key.spec().kind, text) {
            let text = format!("the value of {name} holds what looks like a secret, which {name} is not made for");
            found.push(warning("exposed_secret", Some(key), text));
        }
        if key.spec().kind == ValueKind::Endpoint && text.trim().to_ascii_lowercase().starts_with("http:") {
            found.push(warning(
                "network",
                Some(key),
                format!("{name} is a plain http URL: what is sent there is not encrypted"),
            ));
        }
    }
    match key {
        Key::SslInsecure if plan.settings.flag(key).ok().flatten() == Some(true) => {
            found.push(warning(
                "network",
                Some(key),
                "the certificate of the identity provider is not checked: whoever stands between gets the password",
            ));
        }
        Key::EncryptionMethod => {
            found.push(warning("spelling", Some(key), "EncryptionMethod stands for SSLMode, which says it in words"));
        }
        Key::SslMode if given.spelling.eq_ignore_ascii_case("authmech") => {
            found.push(warning("spelling", Some(key), "authmech is an old spelling of SSLMode"));
        }
        _ => {}
    }
    found
}

/// Nothing is done with them, and a log of the driver's may show them.
fn secrets_in_unknown_keys(plan: &Plan) -> impl Iterator<Item = Value> + '_ {
    plan.settings.unknown().filter(|other| redact::is_secret_name(&other.name)).map(|other| {
        warning("exposed_secret", None, format!("{:?} sounds like a secret, and no such key is known", other.name))
    })
}

/// What the host's name says against what is given.
fn of_place(plan: &Plan, location: &Location) -> Vec<Value> {
    let settings = &plan.settings;
    let given = |key| settings.text(key).map(str::trim);
    let differs = |key: Key, of_host: Option<&str>| {
        let (given, of_host) = (given(key)?, of_host?);
        (!given.eq_ignore_ascii_case(of_host)).then(|| {
            let text = format!("{} is {given:?}, but the host name says {of_host:?}; {} holds", key.name(), key.name());
            warning("conflict", Some(key), text)
        })
    };
    let (cluster, workgroup) = match &location.host_kind {
        HostKind::Cluster { id, .. } => (Some(id.as_str()), None),
        HostKind::Workgroup { name, .. } => (None, name.as_deref()),
        _ => (None, None),
    };
    let mut found: Vec<Value> = [
        differs(Key::ClusterId, cluster),
        differs(Key::Workgroup, workgroup),
        differs(Key::Region, location.host_kind.region()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let serverless = settings.flag(Key::Serverless).ok().flatten();
    match (&location.host_kind, serverless) {
        (HostKind::Cluster { .. }, Some(true)) => {
            found.push(warning(
                "conflict",
                Some(Key::Serverless),
                "Serverless is on, but the host name is that of a cluster",
            ));
        }
        (HostKind::Workgroup { .. }, Some(false)) => {
            found.push(warning(
                "conflict",
                Some(Key::Serverless),
                "Serverless is off, but the host name is that of a workgroup",
            ));
        }
        _ => {}
    }
    if settings.given(Key::Port) && location.host.is_none() {
        let text = "Port does not count without Host: AWS is asked for both";
        found.push(warning("conflict", Some(Key::Port), text));
    }
    found
}

/// Keys of which one makes the other pointless.
fn pairs_that_do_not_fit(plan: &Plan) -> Vec<Value> {
    let settings = &plan.settings;
    let on = |key| settings.flag(key).ok().flatten() == Some(true);
    let mut found = Vec::new();
    let mut both = |key: Key, condition: bool, text: &str| {
        if settings.given(key) && condition {
            found.push(warning("conflict", Some(key), format!("{} {text}", key.name())));
        }
    };
    let is_exchanged = plan.method.as_ref().is_some_and(|method| method.yields == Some(Kind::DbPassword));
    let workgroup = plan.location.as_ref().is_some_and(|location| {
        matches!(location.target, Some(Target::Workgroup { .. } | Target::WorkgroupDomain { .. }))
    });
    let federation = !workgroup && on(Key::GroupFederation);
    for key in [Key::DbUser, Key::DbGroups, Key::AutoCreate] {
        both(
            key,
            is_exchanged && workgroup,
            "is not sent for a serverless workgroup: the user comes from the IAM identity",
        );
        both(
            key,
            is_exchanged && federation,
            "is not sent with group_federation=1: the user comes from the IAM identity",
        );
    }
    both(Key::DbGroupsFilter, settings.given(Key::DbGroups), "does not count where DbGroups is given");
    let without_proxy = !settings.given(Key::HttpsProxyHost);
    for key in [Key::HttpsProxyPort, Key::HttpsProxyUsername, Key::HttpsProxyPassword, Key::IdpUseHttpsProxy] {
        both(key, without_proxy, "does not count without https_proxy_host");
    }
    both(
        Key::HttpsProxyPassword,
        !settings.given(Key::HttpsProxyUsername),
        "does not count without https_proxy_username",
    );
    let port_in_host = settings.host_and_port(Key::IdpHost).ok().flatten().is_some_and(|(_, port)| port.is_some());
    both(Key::IdpPort, port_in_host, "does not count: idp_host has a port");
    both(Key::Host, settings.given(Key::VpcEndpointUrl), "is not connected to: vpc_endpoint_url is");
    found
}

/// Files that are named and not there. Drivers fill in a default path, so that it is no error.
fn of_files(plan: &Plan, ports: &Ports) -> Vec<Value> {
    let missing = |key: Key| {
        let path = plan.settings.text(key)?;
        let is_there = ports.files.stamp(std::path::Path::new(path)).is_some();
        (!is_there).then(|| warning("network", Some(key), format!("{} {path:?} does not exist", key.name())))
    };
    [Key::CaFile, Key::CaPath].into_iter().filter_map(missing).collect()
}
