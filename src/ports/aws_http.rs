//! The AWS SDK over our HTTP port: one trust, one proxy, one pool for everything. Why a call failed stays in the SDK's
//! error as its source: an [`HttpFailure`].

use super::http::{DATA_LIMIT, FailureKind, HttpFailure, HttpPort, Purpose, Request, Timeouts};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::fmt;
use std::sync::Arc;
use url::{Host, Url};

/// The SDK's HTTP client over `port`.
#[must_use]
pub fn sdk_client(port: Arc<dyn HttpPort>) -> SharedHttpClient {
    SharedHttpClient::new(Adapter { port, timeouts: Timeouts::default() })
}

/// The failure of our port inside an error of the SDK, if that is what it comes from.
#[must_use]
pub fn http_failure<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a HttpFailure> {
    std::iter::successors(Some(error), |error| error.source()).find_map(|error| error.downcast_ref())
}

#[derive(Clone)]
struct Adapter {
    port: Arc<dyn HttpPort>,
    timeouts: Timeouts,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Adapter")
    }
}

impl HttpClient for Adapter {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        // The SDK's own limits win: it asks the metadata service with short ones, to be quick where there is none.
        let timeouts = Timeouts { connect: settings.connect_timeout(), read: settings.read_timeout() };
        SharedHttpConnector::new(Self { port: self.port.clone(), timeouts })
    }
}

impl HttpConnector for Adapter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { port, timeouts } = self.clone();
        HttpConnectorFuture::new(async move {
            let request = incoming(request, timeouts)?;
            let response = port.send(request).await.map_err(|failure| connector_error(&failure))?;
            let mut outcome = http::Response::new(SdkBody::from(response.body));
            *outcome.status_mut() = response.status;
            *outcome.headers_mut() = response.headers;
            HttpResponse::try_from(outcome).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn incoming(request: HttpRequest, timeouts: Timeouts) -> Result<Request, ConnectorError> {
    let (parts, body) = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| ConnectorError::user(error.into()))?;
    // The calls made here are small: their bodies are always in memory.
    let body = body.bytes().ok_or_else(|| ConnectorError::user("a body that is streamed".into()))?.to_vec();
    let purpose = purpose(&url);
    let (method, headers) = (parts.method, parts.headers);
    Ok(Request { method, url, headers, body, purpose, timeouts, body_limit: DATA_LIMIT })
}

/// The SDK does not say for whom a request is, but its address does: metadata services are link-local, or on this
/// machine without TLS (ECS, EKS and Greengrass agents).
fn purpose(url: &Url) -> Purpose {
    let metadata = match url.host() {
        Some(Host::Ipv4(address)) => address.is_link_local() || (address.is_loopback() && url.scheme() == "http"),
        // fd00:ec2::/32 holds those of EC2 and EKS.
        Some(Host::Ipv6(address)) => {
            address.segments().starts_with(&[0xfd00, 0xec2])
                || address.is_unicast_link_local()
                || (address.is_loopback() && url.scheme() == "http")
        }
        Some(Host::Domain(name)) => name == "localhost" && url.scheme() == "http",
        None => false,
    };
    if metadata { Purpose::Metadata } else { Purpose::Aws }
}

/// What the SDK may retry: timeouts and broken connections. A refused certificate or proxy stays refused.
fn connector_error(failure: &HttpFailure) -> ConnectorError {
    let source = Box::new(failure.clone());
    match &failure.kind {
        FailureKind::Timeout(..) => ConnectorError::timeout(source),
        FailureKind::Dns(_) | FailureKind::Connect(_) => ConnectorError::io(source).never_connected(),
        FailureKind::Closed(_) => ConnectorError::io(source),
        FailureKind::Request(_) => ConnectorError::user(source),
        FailureKind::Tls(_) | FailureKind::Proxy(_) | FailureKind::TooLarge(_) | FailureKind::Protocol(_) => {
            ConnectorError::other(source, None)
        }
    }
}
