//! The hosts of a login, the proxy before each, and whose certificates are believed.

use crate::dsn::keys::Key;
use crate::dsn::partition;
use crate::dsn::values::is_loopback;
use crate::login::plan::Plan;
use crate::ports::Ports;
use crate::ports::http::proxy::ProxyServer;
use crate::ports::http::{Doer, HttpSettings, Planned, Purpose};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use url::Url;

/// How the network would be used.
pub(super) struct Network {
    settings: HttpSettings,
    /// Each host that the library asks, once.
    hosts: Vec<(Url, Purpose)>,
}

impl Network {
    pub(super) fn new(settings: HttpSettings, plan: &Plan) -> Self {
        let mut hosts: Vec<(Url, Purpose)> = Vec::new();
        for step in plan.steps.iter().filter(|step| step.doer == Doer::Library) {
            let Some(url) = &step.url else { continue };
            if !hosts.iter().any(|(known, purpose)| known.origin() == url.origin() && *purpose == step.purpose) {
                hosts.push((url.clone(), step.purpose));
            }
        }
        Self { settings, hosts }
    }

    pub(super) fn connect_timeout_aws(&self) -> Option<Duration> {
        self.settings.connect_timeout_aws
    }

    /// `null`: straight to the host, or not our business.
    pub(super) fn proxy_of(&self, step: &Planned) -> Value {
        match &step.url {
            Some(url) if step.doer == Doer::Library => self.proxy(url, step.purpose),
            _ => Value::Null,
        }
    }

    fn proxy(&self, url: &Url, purpose: Purpose) -> Value {
        match self.settings.route(url, purpose) {
            Ok(None) => Value::Null,
            Ok(Some(proxy)) => shown(proxy),
            Err(fault) => json!({ "error": fault }),
        }
    }

    pub(super) fn report(&self, plan: &Plan, ports: &Ports) -> Value {
        let hosts: Vec<Value> = self
            .hosts
            .iter()
            .map(|(url, purpose)| {
                json!({
                    "scheme": url.scheme(),
                    "host": url.host_str(),
                    "port": url.port_or_known_default(),
                    "proxy": self.proxy(url, *purpose),
                    "is_aws": url.host_str().is_some_and(partition::is_aws_host),
                    "is_loopback": is_loopback(url),
                    "verified": url.scheme() == "https" && !(self.settings.insecure && *purpose == Purpose::IdentityProvider),
                })
            })
            .collect();
        json!({ "hosts": hosts, "trust": self.trust(plan, ports) })
    }

    /// The roots, and what is added to them.
    fn trust(&self, plan: &Plan, ports: &Ports) -> Value {
        let replaced: Vec<Value> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .into_iter()
            .filter_map(|name| Some(json!({ "variable": name, "path": ports.env.get_set(name)? })))
            .collect();
        let ca = &self.settings.ca;
        let added: Vec<Value> = [
            (Key::CaFile.name(), &ca.file, plan.settings.source(Key::CaFile)),
            (Key::CaPath.name(), &ca.directory, plan.settings.source(Key::CaPath)),
            ("AWS_CA_BUNDLE", &ca.aws_bundle, None),
        ]
        .into_iter()
        .filter_map(|(name, path, source)| {
            let path: &Path = path.as_deref()?;
            let exists = ports.files.stamp(path).is_some();
            let from = source.map_or_else(|| "the environment".to_owned(), ToString::to_string);
            Some(json!({ "name": name, "path": path.display().to_string(), "exists": exists, "source": from }))
        })
        .collect();
        json!({
            "roots": if replaced.is_empty() { "system" } else { "environment" },
            "roots_from": replaced,
            "added": added,
            "identity_provider_verified": !self.settings.insecure,
        })
    }
}

fn shown(proxy: &ProxyServer) -> Value {
    json!({
        "scheme": proxy.scheme,
        "host": proxy.host,
        "port": proxy.port,
        "with_credentials": proxy.username.is_some(),
        "source": proxy.origin,
    })
}
