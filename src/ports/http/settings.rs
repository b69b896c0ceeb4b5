//! What a login's settings say about the network.

use super::Purpose;
use super::proxy::{EnvProxies, ProxyServer, goes_direct};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::env::Env;
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// Files of certificates to trust besides the operating system's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CaFiles {
    /// `CaFile`: a bundle.
    pub file: Option<PathBuf>,
    /// `CaPath`: a directory of certificates.
    pub directory: Option<PathBuf>,
    /// `AWS_CA_BUNDLE`, or `ca_bundle` of the AWS profile.
    pub aws_bundle: Option<PathBuf>,
}

/// The network settings of one login.
#[derive(Debug, Clone, Default)]
pub struct HttpSettings {
    /// Certificates to trust besides the operating system's.
    pub ca: CaFiles,
    /// `ssl_insecure`: identity providers are not verified.
    pub insecure: bool,
    /// `https_proxy_host` and its companions.
    pub proxy: Option<ProxyServer>,
    /// `idp_use_https_proxy`: identity providers are reached through `proxy` too.
    pub idp_use_proxy: bool,
    /// What the environment says; only asked without `proxy`.
    pub env_proxies: EnvProxies,
    /// `StsConnectionTimeout`: for connections to AWS.
    pub connect_timeout_aws: Option<Duration>,
}

impl HttpSettings {
    /// What the keys of a DSN and the environment say.
    pub(crate) fn from_settings(settings: &Settings, env: &Env) -> Result<Self, AuthError> {
        let path = |key| settings.text(key).map(PathBuf::from);
        let port = settings.number(Key::HttpsProxyPort)?.and_then(|port| u16::try_from(port).ok());
        let proxy = settings.text(Key::HttpsProxyHost).map(|host| {
            let (username, password) =
                (settings.text(Key::HttpsProxyUsername), settings.secret(Key::HttpsProxyPassword));
            ProxyServer::from_keys(host, port, username, password)
        });
        let connect = settings.number(Key::StsConnectionTimeout)?.filter(|seconds| *seconds > 0);
        Ok(Self {
            ca: CaFiles {
                file: path(Key::CaFile),
                directory: path(Key::CaPath),
                aws_bundle: env.get_set("AWS_CA_BUNDLE").map(PathBuf::from),
            },
            insecure: settings.flag(Key::SslInsecure)?.unwrap_or(false),
            proxy: proxy.transpose()?,
            idp_use_proxy: settings.flag(Key::IdpUseHttpsProxy)?.unwrap_or(false),
            env_proxies: EnvProxies::from_env(env),
            connect_timeout_aws: connect.map(|seconds| Duration::from_secs(seconds.into())),
        })
    }

    /// What the environment alone says.
    pub(crate) fn of_environment(env: &Env) -> Self {
        let aws_bundle = env.get_set("AWS_CA_BUNDLE").map(PathBuf::from);
        Self {
            ca: CaFiles { aws_bundle, ..CaFiles::default() },
            env_proxies: EnvProxies::from_env(env),
            ..Self::default()
        }
    }

    /// The proxy a request goes through, None for straight to the host. The error says which setting is unusable.
    pub fn route(&self, url: &Url, purpose: Purpose) -> Result<Option<&ProxyServer>, String> {
        if purpose == Purpose::Metadata || goes_direct(url) {
            return Ok(None);
        }
        match &self.proxy {
            Some(_) if purpose == Purpose::IdentityProvider && !self.idp_use_proxy => Ok(None),
            Some(proxy) => Ok(Some(proxy)),
            None => self.env_proxies.route(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::env::Env;

    fn via(settings: &HttpSettings, url: &str, purpose: Purpose) -> Option<String> {
        let url = Url::parse(url).unwrap();
        settings.route(&url, purpose).unwrap().map(ProxyServer::host_and_port)
    }

    #[test]
    fn the_keys_hold_for_aws_and_for_the_idp_only_if_asked() {
        let env_proxies = EnvProxies::from_env(&Env::from_pairs([("HTTPS_PROXY", "http://env:1")]));
        let proxy = ProxyServer::from_keys("key", Some(2), None, None).unwrap();
        let mut settings = HttpSettings { proxy: Some(proxy), env_proxies, ..HttpSettings::default() };
        assert_eq!(via(&settings, "https://sts.example", Purpose::Aws).as_deref(), Some("key:2"));
        assert_eq!(via(&settings, "https://idp.example", Purpose::IdentityProvider), None);
        settings.idp_use_proxy = true;
        assert_eq!(via(&settings, "https://idp.example", Purpose::IdentityProvider).as_deref(), Some("key:2"));
        settings.proxy = None;
        assert_eq!(via(&settings, "https://idp.example", Purpose::IdentityProvider).as_deref(), Some("env:1"));
        assert_eq!(via(&settings, "https://sts.example", Purpose::Aws).as_deref(), Some("env:1"));
    }

    #[test]
    fn loopback_and_metadata_are_never_proxied() {
        let proxy = ProxyServer::from_keys("key", Some(2), None, None).unwrap();
        let settings = HttpSettings { proxy: Some(proxy), idp_use_proxy: true, ..HttpSettings::default() };
        for direct in [
            "http://169.254.169.254/latest",
            "http://169.254.170.2/v2",
            "http://169.254.170.23/v1",
            "http://[fd00:ec2::254]/latest",
            "http://[fd00:ec2::23]/v1",
            "http://127.0.0.1:8080",
            "https://127.9.9.9",
            "https://[::1]:1",
            "https://[::ffff:127.0.0.1]:1",
            "https://localhost:1",
            "https://idp.localhost",
        ] {
            assert_eq!(via(&settings, direct, Purpose::Aws), None, "{direct}");
        }
        for proxied in ["https://128.0.0.1", "https://localhost.example", "http://169.254.169.253", "https://[fd00::1]"]
        {
            assert_eq!(via(&settings, proxied, Purpose::Aws).as_deref(), Some("key:2"), "{proxied}");
            assert_eq!(via(&settings, proxied, Purpose::Metadata), None, "{proxied}");
        }
    }
}
