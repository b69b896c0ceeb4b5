//! Where an AWS service is asked: overrides of its endpoint, in AWS's order, and what an override may be.

use super::aws_profile::{SharedConfig, variable_text};
use super::endpoint_override::{checked, parsed};
use super::env::Env;
use crate::error::AuthError;
use crate::log::Log;

/// The services that we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Security Token Service.
    Sts,
    /// Redshift, provisioned.
    Redshift,
    /// Redshift Serverless.
    RedshiftServerless,
    /// IAM Identity Center, the portal that gives role credentials.
    Sso,
    /// IAM Identity Center, the token service.
    SsoOidc,
}

impl Service {
    /// Its name in a `[services …]` section; in capitals it ends `AWS_ENDPOINT_URL_…`.
    const fn id(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Redshift => "redshift",
            Self::RedshiftServerless => "redshift_serverless",
            Self::Sso => "sso",
            Self::SsoOidc => "sso_oidc",
        }
    }

    /// The DSN's key that overrides its endpoint.
    const fn setting(self) -> &'static str {
        match self {
            Self::Sts => "StsEndpointUrl",
            Self::Redshift | Self::RedshiftServerless => "EndPointUrl",
            Self::Sso | Self::SsoOidc => "IdcEndpointUrl",
        }
    }
}

/// The override of a service's endpoint, if there is one: the DSN's, else what environment and profile configure.
pub fn configured(
    service: Service,
    setting: Option<&str>,
    env: &Env,
    shared: &SharedConfig,
    profile: &str,
    log: &Log,
) -> Result<Option<String>, AuthError> {
    if let Some(url) = setting {
        return checked(service.setting(), url, env, log).map(|_| Some(url.to_owned()));
    }
    if flag(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", shared, profile, "ignore_configured_endpoint_urls") {
        return Ok(None);
    }
    let own = format!("AWS_ENDPOINT_URL_{}", service.id().to_ascii_uppercase());
    for variable in [own.as_str(), "AWS_ENDPOINT_URL"] {
        if let Some(url) = variable_text(env, variable) {
            return parsed(variable, &url).map(|_| Some(url));
        }
    }
    let of_profile =
        shared.service_value(profile, service.id(), "endpoint_url").or_else(|| shared.value(profile, "endpoint_url"));
    match of_profile {
        Some(url) => parsed(&format!("endpoint_url of the AWS profile '{profile}'"), url).map(|_| Some(url.to_owned())),
        None => Ok(None),
    }
}

/// A setting that AWS reads from a variable or else from the profile.
pub fn flag(env: &Env, variable: &str, shared: &SharedConfig, profile: &str, key: &str) -> bool {
    let value = variable_text(env, variable).or_else(|| shared.value(profile, key).map(str::to_owned));
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::log::memory;
    use crate::ports::files::Files;

    const CONFIG: &str = "
[profile p]
endpoint_url = http://profile
services = local
[services local]
sts =
  endpoint_url = http://section
[profile ignoring]
endpoint_url = http://profile
ignore_configured_endpoint_urls = true
";

    async fn shared() -> SharedConfig {
        let files = Files::from_pairs([("/c", CONFIG)]);
        SharedConfig::read(&Env::from_pairs([("AWS_CONFIG_FILE", "/c")]), &files).await
    }

    fn ask(
        service: Service,
        setting: Option<&str>,
        env: &[(&str, &str)],
        shared: &SharedConfig,
        profile: &str,
    ) -> Result<Option<String>, AuthError> {
        let env = Env::from_pairs(env.iter().copied());
        configured(service, setting, &env, shared, profile, &Log::default())
    }

    #[tokio::test]
    async fn goes_from_the_nearest_to_the_farthest() {
        let shared = shared().await;
        let all = [("AWS_ENDPOINT_URL_STS", "http://own"), ("AWS_ENDPOINT_URL", "http://all")];
        for (setting, env, profile, wanted) in [
            (Some("https://sts.example.com"), &all[..], "p", Some("https://sts.example.com")),
            (None, &all[..], "p", Some("http://own")),
            (None, &all[1..], "p", Some("http://all")),
            (None, &[], "p", Some("http://section")),
            (None, &[], "ignoring", None),
            (None, &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE"), all[0]], "p", None),
            (None, &[], "default", None),
        ] {
            assert_eq!(ask(Service::Sts, setting, env, &shared, profile).unwrap().as_deref(), wanted);
        }
        let other = ask(Service::RedshiftServerless, None, &[], &shared, "p").unwrap();
        assert_eq!(other.as_deref(), Some("http://profile"));
        let own = [("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", "http://own")];
        assert_eq!(ask(Service::RedshiftServerless, None, &own, &shared, "p").unwrap().as_deref(), Some("http://own"));
    }

    #[tokio::test]
    async fn refuses_what_would_leave_in_clear_or_is_not_allowed() {
        let shared = shared().await;
        let refused = |url: &str, env: &[(&str, &str)]| {
            ask(Service::Sts, Some(url), env, &shared, "default").err().map(|error| error.status())
        };
        assert_eq!(refused("http://sts.example.com", &[]), Some(Status::InvalidSetting));
        assert_eq!(refused("https://sts.example.com", &[]), None);
        for loopback in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
            assert_eq!(refused(loopback, &[("RS_AUTH_ENDPOINT_SUFFIXES", "corp.example")]), None, "{loopback}");
        }
        for not_a_url in ["sts.example.com", "ftp://sts.example.com", "https://", "127.0.0.1:80"] {
            assert_eq!(refused(not_a_url, &[]), Some(Status::InvalidSetting), "{not_a_url}");
        }
        let limited = [("RS_AUTH_ENDPOINT_SUFFIXES", "amazonaws.com, .corp.example")];
        assert_eq!(refused("https://sts.us-east-1.amazonaws.com", &limited), None);
        assert_eq!(refused("https://sts.corp.example", &limited), None);
        assert_eq!(refused("https://evilcorp.example", &limited), Some(Status::InvalidSetting));
        let variable = ask(Service::Sts, None, &[("AWS_ENDPOINT_URL", "nonsense")], &shared, "default").unwrap_err();
        assert!(variable.message().contains("AWS_ENDPOINT_URL"), "{variable}");
    }

    #[tokio::test]
    async fn warns_of_hosts_that_are_not_of_aws() {
        let shared = shared().await;
        let warned = |url: &str| {
            let (log, lines) = memory::log();
            configured(Service::Sts, Some(url), &Env::from_pairs([("", "")]), &shared, "default", &log).unwrap();
            let lines = lines.0.lock().unwrap();
            lines.iter().any(|line| line.starts_with("WARN"))
        };
        assert!(warned("https://sts.example.com"));
        assert!(warned("https://amazonaws.com.example.com"));
        assert!(!warned("https://vpce-1.sts.us-east-1.vpce.amazonaws.com"));
        assert!(!warned("http://127.0.0.1:1"));
    }
}
