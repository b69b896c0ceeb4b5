//! What every AWS call of one login shares: environment, profile, HTTP, log; and the SDK's configuration made of it.
//!
//! The configuration is put together by hand and not by `aws_config::ConfigLoader`: that asks the metadata service for a
//! region, builds the default credentials chain, and reads environment and files past the ports.

use super::endpoint::{self, Service};
use super::profile::{self, SharedConfig, variable_text};
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage};
use crate::ports::Ports;
use crate::ports::aws_http::sdk_client;
use crate::ports::browser_login::Manner;
use crate::ports::idc::IdentityCenter;
use crate::secret::ExposeSecret;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::{
    AppName, BehaviorVersion, IdentityCache, Region, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::SdkConfig;

/// The AWS side of one login.
pub struct AwsConfig {
    /// The outside world.
    pub ports: Ports,
    /// The shared config files.
    pub shared: SharedConfig,
    /// The profile in use: the one named, else `AWS_PROFILE`, else `default`.
    pub profile: String,
    /// The region that the settings name, or the host; `None` leaves it to profile and environment.
    pub region: Option<String>,
    /// `StsEndpointUrl`.
    pub sts_endpoint: Option<String>,
    /// How a person would sign in.
    pub manner: Manner,
    sdk_http: SharedHttpClient,
}

impl AwsConfig {
    /// Reads the shared config files. `profile` is the one that the settings name.
    pub async fn read(ports: Ports, profile: Option<&str>) -> Self {
        let (shared, profile) = profile::in_use(profile, &ports.env, &ports.files, &ports.log).await;
        let sdk_http = sdk_client(ports.http.clone());
        Self { shared, profile, region: None, sts_endpoint: None, manner: Manner::default(), sdk_http, ports }
    }

    /// The region of settings, profile or environment, in this order.
    pub fn region(&self) -> Option<String> {
        let of_variable = |name| variable_text(&self.ports.env, name);
        self.region
            .clone()
            .or_else(|| self.shared.region(&self.profile).map(str::to_owned))
            .or_else(|| of_variable("AWS_REGION"))
            .or_else(|| of_variable("AWS_DEFAULT_REGION"))
    }

    /// The SDK's configuration for calls to `service`: signed with `keys`, or not at all. `endpoint` is the DSN's override.
    /// Three attempts in the SDK's standard mode; the client's connect and read limits.
    pub fn sdk_config(
        &self,
        service: Service,
        region: &str,
        endpoint: Option<&str>,
        keys: Option<&AwsKeys>,
    ) -> Result<SdkConfig, AuthError> {
        // It becomes part of a host name.
        if region.is_empty() || !region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(AuthError::invalid_setting(format!("Region: '{region}' is not the name of an AWS region")));
        }
        let Ports { env, log, .. } = &self.ports;
        let endpoint = endpoint::configured(service, endpoint, env, &self.shared, &self.profile, log)?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(TimeoutConfig::builder().disable_connect_timeout().build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .identity_cache(IdentityCache::no_cache())
            .http_client(self.sdk_http.clone())
            .use_fips(self.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"))
            .use_dual_stack(self.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
        config.set_app_name(AppName::new(concat!("rs_auth-", env!("CARGO_PKG_VERSION"))).ok());
        config.set_endpoint_url(endpoint);
        config.set_credentials_provider(keys.map(|keys| SharedCredentialsProvider::new(sdk_credentials(keys))));
        Ok(config.build())
    }

    /// IAM Identity Center's portal or OIDC service of a region.
    pub fn identity_center(&self, service: Service, region: &str) -> Result<IdentityCenter<'_>, AuthError> {
        IdentityCenter::of(service, region, None, (&self.shared, &self.profile), Stage::Aws, &self.ports)
    }

    fn flag(&self, variable: &str, key: &str) -> bool {
        endpoint::flag(&self.ports.env, variable, &self.shared, &self.profile, key)
    }
}

/// A client of the service crate `$service` for an SDK configuration. With retries of its own: those of `Client::new`
/// are counted behind a lock of the whole process, which a fork may leave locked in the child for ever.
macro_rules! aws_client {
    ($service:ident, $config:expr) => {
        $service::Client::from_conf(
            $service::config::Builder::from($config)
                .retry_partition($service::config::retry::RetryPartition::custom("rs_auth").build())
                .build(),
        )
    };
}
pub(crate) use aws_client;

/// Without the expiry: whether keys still hold is for the service to say, this machine's clock may be off.
fn sdk_credentials(keys: &AwsKeys) -> Credentials {
    let token = keys.session_token.as_ref().map(|token| token.expose_secret().to_owned());
    Credentials::new(keys.access_key_id.as_str(), keys.secret_access_key.expose_secret(), token, None, "rs_auth")
}
