//! Which cluster or workgroup, in which region, under which host and port: as far as the settings alone tell.

mod host;

use super::keys::Key;
use super::settings::Settings;
use crate::error::AuthError;
pub use host::{HostKind, classify};
use std::fmt;

/// What the credentials are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A provisioned cluster, or a workgroup under its id `redshift-serverless-…` in the provisioned service.
    Cluster {
        /// Its identifier.
        id: String,
    },
    /// A serverless workgroup.
    Workgroup {
        /// Its name.
        name: String,
    },
    /// A cluster known by its custom domain name.
    ClusterDomain {
        /// The domain.
        host: String,
    },
    /// A workgroup known by its custom domain name.
    WorkgroupDomain {
        /// The domain.
        host: String,
    },
}

/// Where the region came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionSource {
    /// The key `Region`.
    Setting,
    /// The name of the host.
    Host,
    /// This AWS profile.
    Profile(String),
    /// The name that the host is an alias of in the DNS.
    CanonicalName(String),
    /// This environment variable.
    Environment(&'static str),
}

impl fmt::Display for RegionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting => f.write_str("the key Region"),
            Self::Host => f.write_str("the host name"),
            Self::Profile(name) => write!(f, "the AWS profile {name}"),
            Self::CanonicalName(name) => write!(f, "the host's canonical name {name}"),
            Self::Environment(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// What the settings say of the place. The DNS and the AWS profile, which may know the region, are asked by the login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// What the credentials are asked for; `None`: the settings do not say.
    pub target: Option<Target>,
    /// The region in lower case.
    pub region: Option<(String, RegionSource)>,
    /// Where to connect: `vpc_endpoint_url`, else `Host`. `None`: to be discovered.
    pub host: Option<String>,
    /// The port to connect to. `None` together with the host: whatever `Port` says, the discovered one holds, since
    /// drivers fill in 5439 unasked.
    pub port: Option<u16>,
    /// Whether a workgroup is what a missing target would have to be.
    pub serverless: bool,
    /// What the name of the host told.
    pub host_kind: HostKind,
}

impl Location {
    /// The target; `MISSING_SETTING` with the reason where there is none.
    pub fn require_target(&self) -> Result<&Target, AuthError> {
        self.target.as_ref().ok_or_else(|| {
            let key = if self.serverless { Key::Workgroup } else { Key::ClusterId };
            let reason = match self.host_kind {
                HostKind::None => "no host is given, so the login",
                HostKind::ManagedEndpoint { .. } => {
                    "the host is a Redshift-managed VPC endpoint, whose name tells no cluster, so the login"
                }
                HostKind::Workgroup { .. } => "the host name tells an account but no workgroup, so the login",
                _ => "the host name tells a region but no cluster, so the login",
            };
            let error = key.missing(reason);
            if self.serverless { error } else { error.hint("for Redshift Serverless give Workgroup instead") }
        })
    }
}

/// The default port of Redshift.
pub const DEFAULT_PORT: u16 = 5439;

/// Reads the place from the settings.
pub fn locate(settings: &Settings) -> Result<Location, AuthError> {
    let given_host = given(settings, Key::Host);
    let endpoint = given(settings, Key::VpcEndpointUrl);
    let host_kind = classify(given_host.unwrap_or_default());
    let flag = settings.flag(Key::Serverless)?;
    let target = target(settings, flag, &host_kind, given_host);
    let serverless = flag == Some(true)
        || matches!(host_kind, HostKind::Workgroup { .. } | HostKind::ManagedEndpoint { serverless: true, .. });
    let named = |kind: &HostKind| kind.region().map(|region| (region.to_owned(), RegionSource::Host));
    let region = match given(settings, Key::Region) {
        Some(region) => Some((region.to_ascii_lowercase(), RegionSource::Setting)),
        None => named(&host_kind).or_else(|| named(&classify(endpoint.unwrap_or_default()))),
    };
    let host = endpoint.or(given_host).map(str::to_owned);
    let port = match &host {
        Some(_) => settings.number(Key::Port)?.and_then(|port| u16::try_from(port).ok()).or(Some(DEFAULT_PORT)),
        None => None,
    };
    Ok(Location { target, region, host, port, serverless, host_kind })
}

/// A value without the blanks around it; blanks alone are none.
fn given(settings: &Settings, key: Key) -> Option<&str> {
    settings.text(key).map(str::trim).filter(|value| !value.is_empty())
}

/// Explicit keys win over what the host's name tells. Where both kinds are named, `Serverless=1` decides, and then the
/// prefix by which the provisioned service knows workgroups.
fn target(settings: &Settings, flag: Option<bool>, kind: &HostKind, host: Option<&str>) -> Option<Target> {
    let workgroup = given(settings, Key::Workgroup).map(|name| Target::Workgroup { name: name.to_owned() });
    let cluster = given(settings, Key::ClusterId);
    let through_provisioned = cluster.is_some_and(|id| id.to_ascii_lowercase().starts_with("redshift-serverless-"));
    let cluster = cluster.map(|id| Target::Cluster { id: id.to_owned() });
    let of_host = match kind {
        HostKind::Cluster { id, .. } => Some(Target::Cluster { id: id.clone() }),
        HostKind::Workgroup { name: Some(name), .. } => Some(Target::Workgroup { name: name.clone() }),
        HostKind::Other => host.map(|host| {
            let host = host.strip_suffix('.').unwrap_or(host).to_owned();
            if flag == Some(true) { Target::WorkgroupDomain { host } } else { Target::ClusterDomain { host } }
        }),
        HostKind::Workgroup { name: None, .. }
        | HostKind::ManagedEndpoint { .. }
        | HostKind::RegionOnly { .. }
        | HostKind::None => None,
    };
    let host_is_workgroup =
        matches!(kind, HostKind::Workgroup { .. } | HostKind::ManagedEndpoint { serverless: true, .. });
    if flag == Some(true) && workgroup.is_some() {
        workgroup
    } else if through_provisioned {
        cluster
    } else if flag == Some(true) && matches!(of_host, Some(Target::Workgroup { .. })) {
        of_host
    } else if host_is_workgroup && flag != Some(false) && workgroup.is_some() {
        workgroup
    } else {
        cluster.or(workgroup).or(of_host)
    }
}

#[cfg(test)]
mod tests;
