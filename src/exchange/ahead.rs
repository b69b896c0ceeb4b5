//! Which hosts of AWS a login will ask, said before it has anything to ask, so that connections to them are opened while
//! somebody else is still answering. What cannot be said is left to the request.

use super::aws_config::AwsConfig;
use super::endpoint::Service;
use aws_types::SdkConfig;
use url::Url;

/// The URL at which the service crate `$service` sends its requests with an SDK configuration.
macro_rules! aws_url {
    ($service:ident, $config:expr) => {{
        use $service::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
        let config: &SdkConfig = $config;
        let params = Params::builder()
            .set_region(config.region().map(ToString::to_string))
            .set_use_fips(config.use_fips())
            .set_use_dual_stack(config.use_dual_stack())
            .set_endpoint(config.endpoint_url().map(str::to_owned))
            .build();
        match params {
            Ok(params) => DefaultResolver::new().resolve_endpoint(&params).await.ok(),
            Err(_) => None,
        }
        .and_then(|endpoint| Url::parse(endpoint.url()).ok())
    }};
}

/// Says that STS will be asked.
pub(crate) async fn announce_sts(config: &AwsConfig) {
    let Some(region) = config.region() else { return };
    if let Ok(sdk) = config.sdk_config(Service::Sts, &region, config.sts_endpoint.as_deref(), None)
        && let Some(url) = aws_url!(aws_sdk_sts, &sdk)
    {
        config.ports.http.announce(url, 1);
    }
}

/// Says that Redshift or Redshift Serverless will be asked, in so many requests at once.
pub(crate) async fn announce_redshift(config: &AwsConfig, service: Service, sdk: &SdkConfig, requests: usize) {
    let url = if service == Service::RedshiftServerless {
        aws_url!(aws_sdk_redshiftserverless, sdk)
    } else {
        aws_url!(aws_sdk_redshift, sdk)
    };
    if let Some(url) = url {
        config.ports.http.announce(url, requests);
    }
}
