//! The services of IAM Identity Center over our HTTP port: where they are, and when a call is made again.
//!
//! By hand and not by the SDK's crates: five calls that nobody signs are no reason for two crates of a quarter megabyte.

use super::Ports;
use super::aws_endpoint::{self, Service};
use super::aws_profile::SharedConfig;
use super::http::failure::Waiting;
use super::http::{DATA_LIMIT, FailureKind, HeaderName, HeaderValue, HttpFailure, Purpose, Request, Response};
use super::random;
use crate::dsn::partition;
use crate::error::{AuthError, Stage};
use crate::protocol::idc::{Answer, Call, NAME};
use crate::secret::ExposeSecret;
use std::time::Duration;
use tokio::time::sleep;
use url::Url;

/// As the SDK's standard mode.
const ATTEMPTS: u32 = 3;
/// Before the second attempt, at most; twice that before the third. Tests need not wait.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 });

const BEARER: HeaderName = HeaderName::from_static("x-amz-sso_bearer_token");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// One of the two services, of one region. Nothing that is sent to it is signed.
pub(crate) struct IdentityCenter<'a> {
    url: Url,
    stage: Stage,
    ports: &'a Ports,
}

impl<'a> IdentityCenter<'a> {
    /// The service of `region`, or what `setting` (the DSN's key), environment or profile put in its place. Errors are of
    /// `stage`.
    pub(crate) fn of(
        service: Service,
        region: &str,
        setting: Option<&str>,
        (shared, profile): (&SharedConfig, &str),
        stage: Stage,
        ports: &'a Ports,
    ) -> Result<Self, AuthError> {
        let flag = |variable, key| aws_endpoint::flag(&ports.env, variable, shared, profile, key);
        let fips = flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
        let dual_stack = flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
        let given = aws_endpoint::configured(service, setting, &ports.env, shared, profile, &ports.log)?;
        let url = match given {
            // As the SDK has it: whoever wants FIPS shall not get something else without a word.
            Some(_) if fips || dual_stack => {
                let what = if fips { "FIPS" } else { "dual-stack" };
                return Err(AuthError::invalid_setting(format!(
                    "{NAME}: {what} endpoints are asked for, and another endpoint is configured: one excludes the other"
                )));
            }
            Some(url) => url,
            None => format!("https://{}", host(service, region, fips, dual_stack)?),
        };
        let url = Url::parse(&url).map_err(|error| AuthError::invalid_setting(format!("{NAME}: {error}")))?;
        Ok(Self { url, stage, ports })
    }

    /// The endpoint.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Asks, again if it may help: three times at most, and what is good for one use only where it has not arrived.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, AuthError> {
        let request = self.request(call)?;
        let mut attempt = 1;
        loop {
            let sent = self.ports.http.send(request.clone()).await.map(|response| answer(call, response));
            if attempt >= ATTEMPTS || !may_help(call, &sent) {
                return sent.map_err(|failure| failure.into_auth_error(self.stage));
            }
            self.ports.log.debug("aws", format_args!("{NAME}: {} is asked again (attempt {attempt})", call.name));
            sleep(pause(attempt)).await;
            attempt += 1;
        }
    }

    /// As it is sent.
    pub(super) fn request(&self, call: &Call) -> Result<Request, AuthError> {
        let unusable = |what: &str| AuthError::invalid_setting(format!("{NAME}: {} cannot be sent: {what}", call.name));
        let base = self.url.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/{}", call.path)).map_err(|error| unusable(&error.to_string()))?;
        let request = match &call.body {
            Some(body) => Request::post(url, Purpose::Aws, "application/json", body.to_vec()),
            None => Request::get(url, Purpose::Aws),
        };
        let Some(token) = &call.bearer else { return Ok(request.limit(DATA_LIMIT)) };
        let mut token = HeaderValue::from_str(token.expose_secret())
            .map_err(|_| unusable("the token holds characters that no header may"))?;
        token.set_sensitive(true);
        Ok(request.limit(DATA_LIMIT).header(BEARER, token))
    }
}

/// The host of a service, by the rules of the AWS SDKs.
fn host(service: Service, region: &str, fips: bool, dual_stack: bool) -> Result<String, AuthError> {
    if region.is_empty() || !region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(AuthError::invalid_setting(format!("{NAME}: '{region}' is not the name of an AWS region")));
    }
    let name = if service == Service::Sso { "portal.sso" } else { "oidc" };
    // The plain endpoints of GovCloud are FIPS endpoints.
    let plain = !fips || (partition::of_region(region) == "aws-us-gov" && !dual_stack);
    let suffix = partition::dns_suffix(region, dual_stack);
    Ok(format!("{name}{}.{region}.{suffix}", if plain { "" } else { "-fips" }))
}

fn answer(call: &Call, response: Response) -> Answer {
    let text = |name| response.header(&name).map(str::to_owned);
    Answer {
        call: call.name,
        status: response.status.as_u16(),
        request_id: text(REQUEST_ID),
        error_type: text(ERROR_TYPE),
        body: response.body,
    }
}

/// Whether another attempt may end better, and does no harm.
fn may_help(call: &Call, sent: &Result<Answer, HttpFailure>) -> bool {
    match sent.as_ref().map_err(|failure| &failure.kind) {
        Ok(answer) => call.may_repeat && is_passing(answer),
        // Nothing has arrived.
        Err(FailureKind::Dns(_) | FailureKind::Connect(_) | FailureKind::Timeout(Waiting::Connect, _)) => true,
        Err(FailureKind::Closed(_) | FailureKind::Timeout(Waiting::Read, _)) => call.may_repeat,
        Err(_) => false,
    }
}

/// Trouble of the service that passes, or throttling. `slow_down` is none: whoever polls has to wait longer (RFC 8628).
fn is_passing(answer: &Answer) -> bool {
    let name = answer.error_type.as_deref().unwrap_or_default();
    let throttles = ["Throttl", "TooManyRequests", "RequestLimitExceeded"];
    match answer.status {
        500 | 502..=504 => true,
        429 => !name.starts_with("SlowDown"),
        400.. => throttles.iter().any(|throttle| name.starts_with(throttle)),
        _ => false,
    }
}

/// Any time up to the longest, so that those who were refused together do not come back together.
fn pause(attempt: u32) -> Duration {
    let [high, low] = random::bytes().unwrap_or([128, 0]);
    let longest = PAUSE.saturating_mul(1 << attempt.saturating_sub(1).min(4));
    longest.mul_f64(f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn pauses_grow_and_differ() {
        let drawn = |attempt| (0..100).map(|_| pause(attempt)).collect::<BTreeSet<_>>();
        for (attempt, longest) in [(1, PAUSE), (2, PAUSE * 2)] {
            let drawn = drawn(attempt);
            assert!(
                drawn.len() > 10 && *drawn.last().unwrap() <= longest && *drawn.last().unwrap() > longest / 2,
                "{drawn:?}"
            );
        }
    }
}
