//! The container credentials service: ECS task roles, EKS Pod Identity, Greengrass.

use super::metadata::{ANSWER_LIMIT, ask};
use super::plan::Foreseen;
use super::{Answer, keys};
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::profile::variable_text;
use crate::ports::http::{HeaderValue, Planned, Purpose, Request, Timeouts, header, host_and_port};
use crate::redact;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;
use url::{Host, Url};

const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

/// The addresses that may be asked without TLS, besides loopback: ECS, then EKS in both families.
const PLAIN_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
const ATTEMPTS: u32 = 3;
const TIMEOUTS: Timeouts = Timeouts { connect: Some(Duration::from_secs(2)), read: Some(Duration::from_secs(5)) };

/// The keys of the task or pod.
pub async fn keys_of(config: &AwsConfig) -> Result<Answer, AuthError> {
    let Some(url) = address(config)? else {
        return Ok(Answer::Nothing(format!("neither {RELATIVE} nor {FULL} is set")));
    };
    let host = host_and_port(&url);
    let mut request = Request::get(url, Purpose::Metadata)
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .limit(ANSWER_LIMIT);
    request.timeouts = TIMEOUTS;
    if let Some(token) = authorization(config)? {
        request = request.header(header::AUTHORIZATION, token);
    }
    let answer = ask(&*config.ports.http, request, ATTEMPTS).await.map_err(|e| e.into_auth_error(Stage::Aws))?;
    let failed = |status, why: &str| {
        let what = format!("the container credentials service at {host} {why}");
        AuthError::new(status, Stage::Aws, what).http_status(answer.status.as_u16())
    };
    if !answer.status.is_success() {
        let status = match answer.status.as_u16() {
            429 => Status::Throttled,
            400..=499 => Status::AccessDenied,
            _ => Status::Service,
        };
        return Err(failed(status, &format!("answered {}{}", answer.status.as_u16(), reason(&answer.body))));
    }
    let keys = keys::from_service(&answer.body);
    keys.map(Answer::Keys).map_err(|why| failed(Status::Service, &format!("gave no keys: {why}")))
}

/// What [`keys_of`] would ask.
pub fn foresee(config: &AwsConfig) -> Result<Foreseen, AuthError> {
    let Some(url) = address(config)? else {
        return Ok(Foreseen::Nothing(format!("neither {RELATIVE} nor {FULL} is set")));
    };
    let step = Planned::get(url, "asks for the keys of the task or pod").to(Purpose::Metadata);
    Ok(Foreseen::asking("the container credentials service", vec![step]))
}

/// Why the service refused, in its own words.
fn reason(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        code: Option<String>,
        message: Option<String>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else { return String::new() };
    let words = [refusal.code, refusal.message].into_iter().flatten().collect::<Vec<_>>().join(": ");
    if words.is_empty() { words } else { format!(": {}", redact::head(&words, 300)) }
}

fn address(config: &AwsConfig) -> Result<Option<Url>, AuthError> {
    let variable = |name| variable_text(&config.ports.env, name);
    let (name, url) = match (variable(RELATIVE), variable(FULL)) {
        (Some(path), _) => (RELATIVE, format!("http://169.254.170.2/{}", path.trim_start_matches('/'))),
        (None, Some(url)) => (FULL, url),
        (None, None) => return Ok(None),
    };
    let invalid = |why: &str| AuthError::invalid_setting(format!("the environment variable {name} {why}"));
    let url = Url::parse(&url).map_err(|_| invalid("is not a URL"))?;
    match url.scheme() {
        "https" => Ok(Some(url)),
        "http" if may_be_plain(&url) => Ok(Some(url)),
        "http" => {
            Err(invalid("names a host that must be asked by https: only loopback, ECS and EKS addresses need not"))
        }
        _ => Err(invalid("is neither an http nor an https URL")),
    }
}

/// Unlike the SDK we resolve no names here: `localhost` is the only one taken for loopback.
fn may_be_plain(url: &Url) -> bool {
    let known = |address: IpAddr| {
        address.is_loopback() || PLAIN_HOSTS.iter().any(|host| host.parse::<IpAddr>().is_ok_and(|host| host == address))
    };
    match url.host() {
        Some(Host::Ipv4(address)) => known(address.into()),
        Some(Host::Ipv6(address)) => known(address.into()),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn authorization(config: &AwsConfig) -> Result<Option<HeaderValue>, AuthError> {
    let invalid = |name: &str, why: &str| {
        AuthError::invalid_setting(format!("the environment variable {name}: the authorization token {why}"))
    };
    let (name, token) = if let Some(path) = variable_text(&config.ports.env, TOKEN_FILE) {
        let text = config.ports.files.read_text(Path::new(&path), 64 * 1024);
        (TOKEN_FILE, text.map_err(|error| invalid(TOKEN_FILE, &format!("cannot be read from {path}: {error}")))?)
    } else if let Some(token) = variable_text(&config.ports.env, TOKEN) {
        (TOKEN, token)
    } else {
        return Ok(None);
    };
    // The value may end in a line break, but must not smuggle another header in.
    let mut value = HeaderValue::from_str(token.trim_end_matches(['\r', '\n']))
        .map_err(|_| invalid(name, "holds characters that a header cannot"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}
