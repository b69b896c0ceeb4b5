//! The instance metadata service of EC2, version 2 only: the role attached to the instance.

use super::metadata::{ANSWER_LIMIT, ask};
use super::plan::Foreseen;
use super::{Answer, keys};
use crate::error::{AuthError, Stage, Status};
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::endpoint::flag;
use crate::exchange::profile::variable_text;
use crate::ports::http::{
    FailureKind, HeaderName, HeaderValue, Method, Planned, Purpose, Request, Response, Timeouts, host_and_port,
};
use std::time::Duration;
use url::Url;

const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_LIFETIME: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
const TOKEN_PATH: [&str; 3] = ["latest", "api", "token"];
const ROLES: [&str; 4] = ["latest", "meta-data", "iam", "security-credentials"];

/// How long the service may take to show that it is there. Once it has, it gets the time it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// Nobody said that this machine is on EC2: elsewhere the address swallows packets.
    Probes,
    /// The settings name the instance profile.
    Waits,
}

impl Patience {
    const fn limit(self) -> Duration {
        match self {
            Self::Probes => Duration::from_millis(800),
            Self::Waits => Duration::from_secs(5),
        }
    }

    /// Within the limit there is time for all attempts.
    const fn of_attempt(self) -> Timeouts {
        let limit = match self {
            Self::Probes => Self::Probes.limit(),
            Self::Waits => Duration::from_millis(1500),
        };
        Timeouts { connect: Some(limit), read: Some(limit) }
    }

    const fn attempts(self) -> u32 {
        match self {
            Self::Probes => 1,
            Self::Waits => 3,
        }
    }
}

/// The keys of the instance's role.
pub async fn keys_of(config: &AwsConfig, patience: Patience) -> Result<Answer, AuthError> {
    if is_off(config) {
        return Ok(Answer::Nothing("switched off by AWS_EC2_METADATA_DISABLED".to_owned()));
    }
    let service = Service { config, url: address(config)? };
    let token = match service.token(patience).await {
        Ok(token) => token,
        Err(why) => return Ok(Answer::Nothing(why)),
    };
    let roles = service.get(&token, "").await?;
    let Some(role) = roles.as_ref().and_then(first_line) else {
        return Ok(Answer::Nothing(format!("{} knows of no role attached to the instance", service.host())));
    };
    if !is_role_name(&role) {
        return Err(service.failed(Status::Service, "answered something else than the name of a role"));
    }
    let Some(answer) = service.get(&token, &role).await? else {
        return Err(service.failed(Status::Service, &format!("has no keys of the role {role}")));
    };
    let keys = keys::from_service(&answer.body);
    keys.map(Answer::Keys)
        .map_err(|why| service.failed(Status::Service, &format!("gave no keys of the role {role}: {why}")))
}

/// What [`keys_of`] would ask.
pub fn foresee(config: &AwsConfig) -> Result<Foreseen, AuthError> {
    if is_off(config) {
        return Ok(Foreseen::Nothing("switched off by AWS_EC2_METADATA_DISABLED".to_owned()));
    }
    let service = Service { config, url: address(config)? };
    let of = |request: &Request, what: &'static str| Planned::of(request, what);
    let roles = service.request(&[ROLES.as_slice(), &[""]].concat());
    let steps = vec![
        Planned { method: Some(Method::PUT), ..of(&service.request(&TOKEN_PATH), "asks for a session token") },
        of(&roles, "asks which role the instance has"),
        of(&roles, "asks for the keys of that role").wherever(Some(Method::GET)),
    ];
    Ok(Foreseen::asking("the instance metadata service", steps))
}

fn is_off(config: &AwsConfig) -> bool {
    flag(&config.ports.env, "AWS_EC2_METADATA_DISABLED", &config.shared, &config.profile, "")
}

struct Service<'a> {
    config: &'a AwsConfig,
    url: Url,
}

impl Service<'_> {
    fn host(&self) -> String {
        self.url.host_str().map_or_else(|| host_and_port(&self.url), str::to_owned)
    }

    fn failed(&self, status: Status, why: &str) -> AuthError {
        AuthError::new(status, Stage::Aws, format!("the instance metadata service at {} {why}", self.host()))
    }

    fn request(&self, path: &[&str]) -> Request {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Request::get(url, Purpose::Metadata).limit(ANSWER_LIMIT)
    }

    /// A session token, or why there is none.
    async fn token(&self, patience: Patience) -> Result<HeaderValue, String> {
        let limit = patience.limit();
        let mut request = self.request(&TOKEN_PATH).header(TOKEN_LIFETIME, HeaderValue::from_static("21600"));
        request.method = Method::PUT;
        request.timeouts = patience.of_attempt();
        let late = || format!("no answer from {} within {} s", self.host(), limit.as_secs_f32());
        let asked = ask(&*self.config.ports.http, request, patience.attempts());
        let answer = match tokio::time::timeout(limit, asked).await {
            Err(_) => return Err(late()),
            Ok(Err(failure)) if matches!(failure.kind, FailureKind::Timeout(..)) => return Err(late()),
            Ok(Err(failure)) => return Err(failure.to_string()),
            Ok(Ok(answer)) => answer,
        };
        if !answer.status.is_success() {
            return Err(format!("{} refused a session token with HTTP status {}", self.host(), answer.status.as_u16()));
        }
        let token = HeaderValue::from_bytes(answer.body.trim_ascii()).ok().filter(|token| !token.is_empty());
        let mut token = token.ok_or_else(|| format!("{} answered something else than a session token", self.host()))?;
        token.set_sensitive(true);
        Ok(token)
    }

    /// What stands under the roles at `name`; `None` if nothing does.
    async fn get(&self, token: &HeaderValue, name: &str) -> Result<Option<Response>, AuthError> {
        let mut path = ROLES.to_vec();
        path.push(name);
        let mut request = self.request(&path).header(TOKEN, token.clone());
        request.timeouts = Patience::Waits.of_attempt();
        let answer = ask(&*self.config.ports.http, request, Patience::Waits.attempts()).await;
        let answer = answer.map_err(|failure| failure.into_auth_error(Stage::Aws))?;
        let status = answer.status.as_u16();
        match status {
            200 => Ok(Some(answer)),
            404 => Ok(None),
            _ => Err(self.failed(Status::Service, &format!("answered {status}")).http_status(status)),
        }
    }
}

fn first_line(answer: &Response) -> Option<String> {
    let text = answer.text();
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// IAM's rule for names of roles
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>). It becomes part of a URL and of messages.
fn is_role_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
}

fn address(config: &AwsConfig) -> Result<Url, AuthError> {
    let setting = |variable, key| {
        variable_text(&config.ports.env, variable)
            .map(|value| (variable, value))
            .or_else(|| Some((key, config.shared.value(&config.profile, key)?.to_owned())))
    };
    let endpoint = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    let mode = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    let (name, url) = match (endpoint, mode) {
        (Some(endpoint), _) => endpoint,
        (None, Some((_, mode))) if mode.eq_ignore_ascii_case("ipv6") => ("", "http://[fd00:ec2::254]".to_owned()),
        (None, Some((name, mode))) if !mode.eq_ignore_ascii_case("ipv4") => {
            return Err(AuthError::invalid_setting(format!("{name} is '{mode}', which is neither IPv4 nor IPv6")));
        }
        (None, _) => ("", "http://169.254.169.254".to_owned()),
    };
    let url = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| AuthError::invalid_setting(format!("{name} is not an http or https URL")))
}
