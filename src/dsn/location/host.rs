//! What the name of a Redshift host tells.

use crate::dsn::partition::before_suffix;

/// What the name of a host tells, all in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKind {
    /// No host is given.
    None,
    /// `<cluster>.<id>.<region>.redshift.<suffix>`.
    Cluster {
        /// The cluster's identifier.
        id: String,
        /// The region.
        region: String,
    },
    /// `[<workgroup>.]<account>.<region>.redshift-serverless.<suffix>`.
    Workgroup {
        /// The workgroup's name, if it is there.
        name: Option<String>,
        /// The AWS account.
        account: String,
        /// The region.
        region: String,
    },
    /// A Redshift-managed VPC endpoint: its first label is the endpoint's, not a cluster's or workgroup's.
    ManagedEndpoint {
        /// The region.
        region: String,
        /// Whether it is one of Redshift Serverless.
        serverless: bool,
    },
    /// A load balancer, or a name of Redshift's domain in an unknown shape.
    RegionOnly {
        /// The region.
        region: String,
    },
    /// A custom domain, an alias, an address.
    Other,
}

impl HostKind {
    /// The region that the name tells.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Cluster { region, .. }
            | Self::Workgroup { region, .. }
            | Self::ManagedEndpoint { region, .. }
            | Self::RegionOnly { region } => Some(region),
            Self::None | Self::Other => None,
        }
    }
}

/// Reads the name of a host: in any letter case, with or without a dot at its end, in every partition of AWS.
#[must_use]
pub fn classify(host: &str) -> HostKind {
    let host = host.trim().to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    if host.is_empty() {
        return HostKind::None;
    }
    let Some(labels) = before_suffix(host).map(|labels| labels.split('.').collect::<Vec<_>>()) else {
        return HostKind::Other;
    };
    if labels.iter().any(|label| label.is_empty()) {
        return HostKind::Other;
    }
    match labels.as_slice() {
        [first, _, region, service] if is_redshift(service) => match managed_endpoint(first, region, false) {
            Some(endpoint) => endpoint,
            None => HostKind::Cluster { id: (*first).to_owned(), region: (*region).to_owned() },
        },
        [first, account, region, service] if is_serverless(service) => {
            managed_endpoint(first, region, true).unwrap_or_else(|| workgroup(Some(first), account, region))
        }
        [account, region, service] if is_serverless(service) => workgroup(None, account, region),
        [.., _, region, service] if is_redshift(service) || is_serverless(service) => region_only(region),
        [_, .., "elb", region] => region_only(region),
        _ => HostKind::Other,
    }
}

fn is_redshift(service: &str) -> bool {
    matches!(service, "redshift" | "redshift-dev")
}

fn is_serverless(service: &str) -> bool {
    matches!(service, "redshift-serverless" | "redshift-serverless-dev")
}

fn region_only(region: &str) -> HostKind {
    HostKind::RegionOnly { region: region.to_owned() }
}

fn workgroup(name: Option<&str>, account: &str, region: &str) -> HostKind {
    HostKind::Workgroup { name: name.map(str::to_owned), account: account.to_owned(), region: region.to_owned() }
}

/// The first label of a managed endpoint is `<name>-endpoint-<id>`.
fn managed_endpoint(first: &str, region: &str, serverless: bool) -> Option<HostKind> {
    let (name, id) = first.rsplit_once("-endpoint-")?;
    let is_endpoint = !name.is_empty() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_endpoint.then(|| HostKind::ManagedEndpoint { region: region.to_owned(), serverless })
}
