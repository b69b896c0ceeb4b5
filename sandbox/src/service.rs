//! What a stand-in is, and the list of all of them. A new one is one file and one line here.

use crate::http::{Answer, Request};
use crate::shared::Shared;

/// What a request asks for, as its service reads it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub service: &'static str,
    pub operation: String,
    pub parameters: Vec<(String, String)>,
}

/// A stand-in of a real service.
pub(crate) trait Service: Sync {
    /// Whether the request is for this service, and what it asks. Must not judge it: a refusal is an answer.
    fn recognise(&self, request: &Request, shared: &Shared) -> Option<Call>;

    /// The answer that the real service would give.
    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer;
}

/// Asked in this order, on the http and the https port.
static SERVICES: &[&dyn Service] = &[
    &crate::control::Control,
    &crate::negotiate::Gate,
    // Before the others: it may stand at their addresses.
    &crate::identity::browser_saml::BrowserSaml,
    &crate::identity::adfs::Adfs,
    &crate::identity::okta::Okta,
    &crate::identity::ping::Ping,
    &crate::identity::entra::Entra,
    &crate::idc::Oidc,
    &crate::idc::Portal,
    &crate::aws::serverless::RedshiftServerless,
    &crate::aws::sts::Sts,
    &crate::aws::redshift::Redshift,
];

/// Asked on the metadata port.
static METADATA_SERVICES: &[&dyn Service] = &[&crate::imds::InstanceMetadata, &crate::container::ContainerCredentials];

/// Which of the sandbox's ports a connection came in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Door {
    Http,
    Https,
    Metadata,
    Proxy,
    /// One of the ports whose TLS is broken on purpose.
    BadTls,
}

/// The service at that door that takes the request.
pub(crate) fn find(door: Door, request: &Request, shared: &Shared) -> (&'static dyn Service, Call) {
    let services = if door == Door::Metadata { METADATA_SERVICES } else { SERVICES };
    services
        .iter()
        .find_map(|service| service.recognise(request, shared).map(|call| (*service, call)))
        .unwrap_or((&Nobody, Call { service: "unknown", operation: request.path().to_owned(), ..Call::default() }))
}

/// Whoever is asked for what nobody has.
struct Nobody;

impl Service for Nobody {
    fn recognise(&self, _: &Request, _: &Shared) -> Option<Call> {
        None
    }

    fn answer(&self, request: &Request, _: &Call, _: &Shared) -> Answer {
        let text = format!("The sandbox has no service that knows {} {}\n", request.method, request.target);
        Answer::text(404, text)
    }
}
