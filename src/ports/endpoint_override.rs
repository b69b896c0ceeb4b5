//! What a DSN's key may make of an AWS service's endpoint.

use super::env::Env;
use crate::dsn::partition;
use crate::dsn::values::is_loopback;
use crate::error::AuthError;
use crate::log::Log;
use url::Url;

/// A DSN may come from somebody else: plain http stays on this machine, and the one who runs the host can limit where
/// assertions, tokens and signed requests may go.
pub(crate) fn checked(key: &str, url: &str, env: &Env, log: &Log) -> Result<Url, AuthError> {
    let parsed = parsed(key, url)?;
    if is_loopback(&parsed) {
        return Ok(parsed);
    }
    if parsed.scheme() != "https" {
        return Err(AuthError::invalid_setting(format!(
            "{key} must be an https URL (http only for loopback addresses)"
        )));
    }
    let host = parsed.host_str().unwrap_or_default();
    if let Some(suffixes) = env.get_set("RS_AUTH_ENDPOINT_SUFFIXES").filter(|suffixes| !suffixes.trim().is_empty())
        && !suffixes.split(',').any(|suffix| is_within(host, suffix.trim()))
    {
        return Err(AuthError::invalid_setting(format!(
            "{key} names the host {host}, which RS_AUTH_ENDPOINT_SUFFIXES does not allow"
        )));
    }
    if !partition::is_aws_host(host) {
        log.warn("aws", format_args!("{key} sends requests to {host}, which is not a host of AWS"));
    }
    Ok(parsed)
}

/// An endpoint by its URL; `origin` says where that stands.
pub(crate) fn parsed(origin: &str, url: &str) -> Result<Url, AuthError> {
    let parsed =
        Url::parse(url).map_err(|error| AuthError::invalid_setting(format!("{origin} is not a URL: {error}")))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host().is_none() {
        return Err(AuthError::invalid_setting(format!("{origin} must be an http or https URL with a host")));
    }
    Ok(parsed)
}

fn is_within(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.trim_end_matches('.').to_ascii_lowercase(), domain.trim_start_matches('.'));
    !domain.is_empty()
        && host.strip_suffix(&domain.to_ascii_lowercase()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
