//! `BrowserIdcAuthPlugin`: AWS IAM Identity Center in the browser; its access token is the token for the server itself.

use super::browser_login::{self, BrowserLogin, Redirect};
use super::login_form::query_value;
use super::{NativeToken, Plugin, Proof, Proving, Way};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::partition;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::endpoint_override;
use crate::ports::http::{DATA_LIMIT, Planned, Purpose, Request, Response};
use crate::ports::listener::Expected;
use crate::ports::{Ports, random};
use crate::protocol::idc::{self, Answer, Client, Exchange, Registration, Token};
use crate::protocol::pkce::{self, Pkce, State};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use url::Url;

const NAME: &str = "BrowserIdcAuthPlugin";
const REGISTER: &str = "client/register";
const AUTHORIZE: &str = "authorize";
const TOKEN: &str = "token";
/// As the official drivers register it: AWS does not take `localhost`.
const REDIRECT: Redirect = Redirect { host: "127.0.0.1", path: "", usual_port: 7890 };
/// What the consent page shows where `idc_client_display_name` is not given.
const CLIENT_NAME: &str = "rs_auth";
/// Between two questions for a token that is not there yet.
const POLL: Duration = Duration::from_secs(1);
/// What `slow_down` adds (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// Seconds, as for the sign-in.
const USUAL_TIMEOUT: u32 = 120;

pub(crate) struct BrowserIdc;

impl Plugin for BrowserIdc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IssuerUrl, Key::IdcRegion]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn way(&self, settings: &Settings, ports: &Ports) -> Result<Way, AuthError> {
        let url = endpoint(settings, ports)?;
        let at = |path, what| Ok::<_, AuthError>(Planned::post(below(&url, path)?, what).to(Purpose::Aws));
        let steps = vec![
            at(REGISTER, "registers this program")?.of_operation("RegisterClient"),
            Planned::get(below(&url, AUTHORIZE)?, "the person signs in").by_browser(),
            at(TOKEN, "exchanges the code that the browser brings for a token")?
                .of_operation("CreateToken")
                .repeatedly(),
        ];
        Ok(Way::Browser(steps, browser_login::foreseen_address(&REDIRECT, settings)?))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let service = Service { url: endpoint(settings, ports)?, ports };
    let login = BrowserLogin::begin(NAME, &REDIRECT, settings, ports)?;
    let redirect_uri = login.address();
    let client = service.register(settings, &redirect_uri).await?;
    let (pkce, state) = (Pkce::new(&random::bytes()?), State::new(&random::bytes()?));
    let page = authorize_url(&service.url, &client, &redirect_uri, &pkce, &state)?;
    let code = login.sign_in(&page, &Expected::Code { state: Arc::new(state) }).await?;
    let exchange =
        Exchange { client: &client, code: &code, code_verifier: &pkce.verifier, redirect_uri: &redirect_uri };
    let seconds = settings.number(Key::IdpResponseTimeout)?.unwrap_or(USUAL_TIMEOUT);
    let limit = Duration::from_secs(seconds.into());
    let token = timeout(limit, service.token(&exchange)).await.map_err(|_| never_ready(seconds))??;
    let lifetime = token.expires_in.and_then(|seconds| seconds.checked_mul(1000));
    Ok(Proof::NativeToken(NativeToken {
        token: token.access_token,
        token_type: Some("ACCESS_TOKEN".to_owned()),
        idp_type: Some("AwsIdc".to_owned()),
        expires_at: lifetime.and_then(|lifetime| ports.clock.now_ms().checked_add(lifetime)),
    }))
}

/// The service of the region, or what stands in for it.
fn endpoint(settings: &Settings, ports: &Ports) -> Result<Url, AuthError> {
    let region = settings.require(Key::IdcRegion, NAME)?.trim().to_ascii_lowercase();
    if !is_region(&region) {
        return Err(settings.invalid(Key::IdcRegion, "must be an AWS region such as us-east-1"));
    }
    if let Some(url) = settings.text(Key::IdcEndpointUrl) {
        return endpoint_override::checked("IdcEndpointUrl", url, &ports.env, &ports.log);
    }
    Url::parse(&format!("https://oidc.{region}.{}", partition::dns_suffix(&region)))
        .map_err(|_| settings.invalid(Key::IdcRegion, "does not make a URL"))
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`: letters, at least one group of letters, a number.
fn is_region(text: &str) -> bool {
    let mut labels = text.split('-');
    let letters = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase());
    let first = labels.next().is_some_and(|label| letters(label) && (2..=4).contains(&label.len()));
    let number = labels.next_back().is_some_and(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit()));
    let mut between = labels.peekable();
    first && number && between.peek().is_some() && between.all(letters)
}

/// With `scopes`, as the official drivers write it (peers-odbc 3.11).
fn authorize_url(
    endpoint: &Url,
    client: &Client,
    redirect_uri: &str,
    pkce: &Pkce,
    state: &State,
) -> Result<String, AuthError> {
    let fields = [
        ("response_type", "code"),
        ("client_id", &client.id),
        ("redirect_uri", redirect_uri),
        ("state", state.as_str()),
        ("scopes", idc::SCOPE),
        ("code_challenge", &pkce.challenge),
        ("code_challenge_method", pkce::METHOD),
    ];
    let query: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    Ok(format!("{}?{}", below(endpoint, AUTHORIZE)?, query.join("&")))
}

fn below(endpoint: &Url, path: &str) -> Result<Url, AuthError> {
    let base = endpoint.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}/{path}"))
        .map_err(|error| AuthError::invalid_setting(format!("IdcEndpointUrl does not make a URL: {error}")))
}

/// The OIDC service. Nothing that is sent to it is signed.
struct Service<'a> {
    url: Url,
    ports: &'a Ports,
}

impl Service<'_> {
    async fn register(&self, settings: &Settings, redirect_uri: &str) -> Result<Client, AuthError> {
        self.ports.progress.now(format_args!("registering a client at {}", idc::NAME));
        let client_name = settings.text(Key::IdcClientDisplayName).unwrap_or(CLIENT_NAME);
        let issuer_url = settings.require(Key::IssuerUrl, NAME)?;
        let body = Registration { client_name, issuer_url, redirect_uri }.body();
        let answer = self.send(REGISTER, body).await?;
        idc::read_client(&read("RegisterClient", &answer))
    }

    /// Asks until the token is there.
    async fn token(&self, exchange: &Exchange<'_>) -> Result<Token, AuthError> {
        self.ports.progress.now(format_args!("exchanging the code at {}", idc::NAME));
        let mut interval = POLL;
        loop {
            let answer = self.send(TOKEN, exchange.body().to_vec()).await?;
            let answer = read("CreateToken", &answer);
            match answer.word().as_deref() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval = interval.saturating_add(SLOWER),
                _ => return idc::read_token(&answer),
            }
            self.ports.log.debug("login", format_args!("{}: the token is not there yet", idc::NAME));
            sleep(interval).await;
        }
    }

    async fn send(&self, path: &str, body: Vec<u8>) -> Result<Response, AuthError> {
        let url = below(&self.url, path)?;
        let request = Request::post(url, Purpose::Aws, "application/json", body).limit(DATA_LIMIT);
        self.ports.http.send(request).await.map_err(|failure| failure.into_auth_error(Stage::Idp))
    }
}

fn read<'a>(call: &'static str, response: &'a Response) -> Answer<'a> {
    let request_id = response.headers.get("x-amzn-requestid").and_then(|id| id.to_str().ok());
    Answer { call, status: response.status.as_u16(), request_id, body: &response.body }
}

fn never_ready(seconds: u32) -> AuthError {
    let message = format!("{}: the token was not there within {seconds} s (idp_response_timeout)", idc::NAME);
    AuthError::new(Status::Timeout, Stage::Idp, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::Desk;

    fn of(pairs: &[(&str, &str)]) -> Result<String, AuthError> {
        let desk = Desk::new(pairs, []);
        endpoint(&desk.settings, &desk.ports).map(String::from)
    }

    /// PY-187, PY-188.
    #[test]
    fn the_host_is_that_of_the_region() {
        for (region, host) in [
            ("cn-north-1", "oidc.cn-north-1.amazonaws.com.cn"),
            ("CN-NORTH-1", "oidc.cn-north-1.amazonaws.com.cn"),
            (" cn-north-1 ", "oidc.cn-north-1.amazonaws.com.cn"),
            ("us-west-2", "oidc.us-west-2.amazonaws.com"),
            (" US-WEST-2 ", "oidc.us-west-2.amazonaws.com"),
            ("us-gov-west-1", "oidc.us-gov-west-1.amazonaws.com"),
            ("us-gov-east-1", "oidc.us-gov-east-1.amazonaws.com"),
            ("us-east-1", "oidc.us-east-1.amazonaws.com"),
            ("eu-west-1", "oidc.eu-west-1.amazonaws.com"),
            ("ap-southeast-2", "oidc.ap-southeast-2.amazonaws.com"),
            ("eu-central-1", "oidc.eu-central-1.amazonaws.com"),
            ("eusc-de-east-1", "oidc.eusc-de-east-1.amazonaws.eu"),
        ] {
            assert_eq!(of(&[("idc_region", region)]).unwrap(), format!("https://{host}/"), "{region}");
        }
    }

    /// PY-189.
    #[test]
    fn what_is_no_region_becomes_no_host() {
        for region in [
            " ",
            "invalid-region",
            "../../etc/passwd",
            "us-west-2; rm -rf /",
            "us-west-2.evil.com",
            "evil.com#us-west-2",
            "us-2",
            "u-west-2",
            "us-west-",
            "us--west-2",
            "-us-west-2",
        ] {
            let error = of(&[("idc_region", region)]).unwrap_err();
            assert_eq!(error.status(), Status::InvalidSetting, "{region}");
            assert!(error.message().contains("idc_region"), "{error}");
        }
        assert_eq!(of(&[]).unwrap_err().status(), Status::MissingSetting);
    }

    #[test]
    fn an_override_is_https_or_of_this_machine() {
        let with = |url: &str| of(&[("idc_region", "us-east-1"), ("IdcEndpointUrl", url)]);
        assert_eq!(with("http://127.0.0.1:1/x").unwrap(), "http://127.0.0.1:1/x");
        assert_eq!(with("https://oidc.example.com").unwrap(), "https://oidc.example.com/");
        assert_eq!(with("http://oidc.example.com").unwrap_err().status(), Status::InvalidSetting);
        assert_eq!(below(&Url::parse("http://h/x/").unwrap(), "token").unwrap().as_str(), "http://h/x/token");
    }
}
