//! `BrowserIdcAuthPlugin`: AWS IAM Identity Center in the browser; its access token is the token for the server itself.

use super::browser_login::{self, BrowserLogin, Redirect};
use super::idc_registration::Wanted;
use super::{Foreseeing, NativeToken, Plugin, Proof, Proving, Way, idc_refresh};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::aws_endpoint::Service;
use crate::ports::aws_profile;
use crate::ports::idc::IdentityCenter;
use crate::ports::listener::Expected;
use crate::ports::prompt::seconds_for_a_person;
use crate::ports::{Ports, random};
use crate::protocol::idc::{self, Client, Codes, Grant, Registration, TokenAnswer};
use crate::protocol::pkce::{Pkce, State};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const NAME: &str = "BrowserIdcAuthPlugin";
/// As the official drivers register it: AWS does not take `localhost`.
const REDIRECT: Redirect = Redirect { host: "127.0.0.1", path: "", usual_port: 7890 };
/// What the consent page shows where `idc_client_display_name` is not given.
const CLIENT_NAME: &str = "rs_auth";
/// Between two questions for a token that is not there yet.
const POLL: Duration = Duration::from_secs(1);
/// What `slow_down` adds (RFC 8628 section 3.5).
const SLOWER: Duration = Duration::from_secs(5);

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

    fn may_need_a_person(&self, _: &Settings) -> bool {
        true
    }

    fn way<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Foreseeing<'a> {
        Box::pin(way(settings, ports))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let service = service(settings, ports).await?;
    let token = match idc_refresh::renewed(&service, ports).await? {
        Some(token) => token,
        None => by_a_person(&service, settings, ports).await?,
    };
    let lifetime = token.expires_in.and_then(|seconds| seconds.checked_mul(1000));
    Ok(Proof::NativeToken(NativeToken {
        token: token.access_token,
        token_type: Some("ACCESS_TOKEN".to_owned()),
        idp_type: Some("AwsIdc".to_owned()),
        expires_at: lifetime.and_then(|lifetime| ports.clock.now_ms().checked_add(lifetime)),
    }))
}

/// What [`prove`] asks.
async fn way(settings: &Settings, ports: &Ports) -> Result<Way, AuthError> {
    let service = service(settings, ports).await?;
    let redirect_uri = browser_login::foreseen_address(&REDIRECT, settings)?;
    let scopes = scopes();
    let wanted = wanted(&service, &redirect_uri, &scopes, settings, ports)?;
    let register = service.planned_registration("registers this program")?;
    let register = match wanted.kept() {
        Some(_) => register.only_if("the registration that is kept is refused"),
        None => register,
    };
    let page = service.planned_page("the person signs in".to_owned())?;
    let mut steps = vec![register, page, service.planned_exchange()?.repeatedly()];
    if idc_refresh::is_kept(ports) {
        steps = service.planned_renewal(steps)?;
    }
    Ok(Way::Browser(steps, redirect_uri))
}

fn scopes() -> [String; 1] {
    [idc::SCOPE.to_owned()]
}

/// The registration of these settings.
fn wanted<'a>(
    service: &'a IdentityCenter<'a>,
    redirect_uri: &'a str,
    scopes: &'a [String],
    settings: &'a Settings,
    ports: &'a Ports,
) -> Result<Wanted<'a>, AuthError> {
    let codes = Codes { issuer_url: settings.require(Key::IssuerUrl, NAME)?, redirect_uri };
    let client_name = settings.text(Key::IdcClientDisplayName).unwrap_or(CLIENT_NAME);
    let registration = Registration { client_name, scopes, codes: Some(codes) };
    let is_kept = settings.number(Key::ListenPort)? != Some(0);
    Ok(Wanted { service, registration, is_kept, ports })
}

/// A sign-in with the registration that is kept, or a new one.
async fn by_a_person(
    service: &IdentityCenter<'_>,
    settings: &Settings,
    ports: &Ports,
) -> Result<TokenAnswer, AuthError> {
    let login = BrowserLogin::begin(NAME, &REDIRECT, settings, ports)?;
    let (scopes, redirect_uri) = (scopes(), login.address());
    let wanted = wanted(service, &redirect_uri, &scopes, settings, ports)?;
    let sign_in = SignIn { service, login, redirect_uri: &redirect_uri, scopes: &scopes, settings, ports };
    if let Some(client) = wanted.kept() {
        match sign_in.as_client(client).await {
            // Once: the new one is as good as any.
            Err(error) if wanted.give_up_after(&error) => {}
            ended => return ended,
        }
    }
    sign_in.as_client(wanted.made().await?).await
}

/// The service of the region, or what stands in for it.
async fn service<'a>(settings: &Settings, ports: &'a Ports) -> Result<IdentityCenter<'a>, AuthError> {
    let region = settings.require(Key::IdcRegion, NAME)?.trim().to_ascii_lowercase();
    if !is_region(&region) {
        return Err(settings.invalid(Key::IdcRegion, "must be an AWS region such as us-east-1"));
    }
    let named = settings.text(Key::Profile);
    let (shared, profile) = aws_profile::in_use(named, &ports.env, &ports.files, &ports.log).await;
    let setting = settings.text(Key::IdcEndpointUrl);
    IdentityCenter::of(Service::SsoOidc, &region, setting, (&shared, &profile), Stage::Idp, ports)
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

/// A sign-in whose port is bound.
struct SignIn<'a> {
    service: &'a IdentityCenter<'a>,
    login: BrowserLogin<'a>,
    redirect_uri: &'a str,
    scopes: &'a [String],
    settings: &'a Settings,
    ports: &'a Ports,
}

impl SignIn<'_> {
    async fn as_client(&self, client: Client) -> Result<TokenAnswer, AuthError> {
        let (pkce, state) = (Pkce::new(&random::bytes()?), State::new(&random::bytes()?));
        let (endpoint, redirect_uri) = (self.service.url(), self.redirect_uri);
        let page = idc::authorize_url(endpoint, &client.id, redirect_uri, self.scopes, &pkce, &state);
        let code = self.login.sign_in(&page, &Expected::Code { state: Arc::new(state) }).await?;
        let grant = Grant::Code { code: &code, code_verifier: &pkce.verifier, redirect_uri };
        let seconds = seconds_for_a_person(self.settings)?;
        let token = timeout(Duration::from_secs(seconds.into()), self.token(&client, &grant)).await;
        let token = token.map_err(|_| never_ready(seconds))??;
        idc_refresh::replace(client, &token, self.ports);
        Ok(token)
    }

    /// Asks until the token is there.
    async fn token(&self, client: &Client, grant: &Grant<'_>) -> Result<TokenAnswer, AuthError> {
        self.ports.progress.now(format_args!("exchanging the code at {}", idc::NAME));
        let call = idc::create_token(client, grant);
        let mut interval = POLL;
        loop {
            let fault = match idc::read_token(&self.service.send(&call).await?) {
                Ok(token) => return Ok(token),
                Err(fault) => fault,
            };
            match fault.word().as_deref() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval = interval.saturating_add(SLOWER),
                _ => return Err(fault.of_identity_provider()),
            }
            self.ports.log.debug("login", format_args!("{}: the token is not there yet", idc::NAME));
            sleep(interval).await;
        }
    }
}

fn never_ready(seconds: u32) -> AuthError {
    let message = format!("{}: the token was not there within {seconds} s (idp_response_timeout)", idc::NAME);
    AuthError::new(Status::Timeout, Stage::Idp, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::Desk;
    use crate::ports::env::Env;
    use crate::ports::files::Files;

    async fn of(pairs: &[(&str, &str)]) -> Result<String, AuthError> {
        let desk = Desk::new(pairs, []);
        service(&desk.settings, &desk.ports).await.map(|service| service.url().to_string())
    }

    /// PY-187, PY-188.
    #[tokio::test]
    async fn the_host_is_that_of_the_region() {
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
            assert_eq!(of(&[("idc_region", region)]).await.unwrap(), format!("https://{host}/"), "{region}");
        }
    }

    /// PY-189.
    #[tokio::test]
    async fn what_is_no_region_becomes_no_host() {
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
            let error = of(&[("idc_region", region)]).await.unwrap_err();
            assert_eq!(error.status(), Status::InvalidSetting, "{region}");
            assert!(error.message().contains("idc_region"), "{error}");
        }
        assert_eq!(of(&[]).await.unwrap_err().status(), Status::MissingSetting);
    }

    #[tokio::test]
    async fn an_override_is_https_or_of_this_machine() {
        for (url, endpoint) in [
            ("http://127.0.0.1:1/x", Ok("http://127.0.0.1:1/x")),
            ("https://oidc.example.com", Ok("https://oidc.example.com/")),
            ("http://oidc.example.com", Err(Status::InvalidSetting)),
        ] {
            let found = of(&[("idc_region", "us-east-1"), ("IdcEndpointUrl", url)]).await;
            assert_eq!(found.as_deref().map_err(AuthError::status), endpoint, "{url}");
        }
    }

    /// As for every other service of AWS.
    #[tokio::test]
    async fn environment_and_profile_may_configure_it() {
        const CONFIG: &str = "[profile p]\nendpoint_url = https://p.example\n[profile f]\nuse_fips_endpoint = true\n";
        for (env, pairs, url) in [
            (&[("AWS_ENDPOINT_URL_SSO_OIDC", "https://e.example")][..], &[][..], "https://e.example/"),
            (&[("AWS_PROFILE", "p")], &[], "https://p.example/"),
            (&[("AWS_PROFILE", "p")], &[("Profile", "f")], "https://oidc-fips.us-east-1.amazonaws.com/"),
            (&[("AWS_PROFILE", "p")], &[("IdcEndpointUrl", "https://own.example")], "https://own.example/"),
            (&[], &[], "https://oidc.us-east-1.amazonaws.com/"),
        ] {
            let mut desk = Desk::new(&[&[("idc_region", "us-east-1")], pairs].concat(), []);
            desk.ports.env = Env::from_pairs([&[("AWS_CONFIG_FILE", "/c")], env].concat());
            desk.ports.files = Files::from_pairs([("/c", CONFIG)]);
            assert_eq!(service(&desk.settings, &desk.ports).await.unwrap().url().as_str(), url, "{env:?} {pairs:?}");
        }
    }
}
