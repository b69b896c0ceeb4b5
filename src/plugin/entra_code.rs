//! The authorization code grant at Microsoft Entra ID (RFC 6749 section 4.1) with PKCE: what its browser plugins share.

use super::browser_login::{self, BrowserLogin, Redirect};
use super::login_form::query_value;
use super::{Way, entra};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::ports::Ports;
use crate::ports::browser::NoBrowser;
use crate::ports::http::Planned;
use crate::ports::listener::Expected;
use crate::ports::random;
use crate::ports::store::Document;
use crate::protocol::oauth2::TokenAnswer;
use crate::protocol::pkce::{self, Pkce, State};
use crate::redact;
use crate::secret::{ExposeSecret, SecretString};
use std::sync::Arc;
use url::Url;

/// As customers have registered it for the ODBC driver (peers-odbc 3.5). Entra lets the port of loopback be any.
const REDIRECT: Redirect = Redirect { host: "localhost", path: "/redshift/", usual_port: 0 };

/// What a browser plugin asks for.
pub(super) struct Wanted<'a> {
    pub(super) plugin: &'static str,
    /// The path of the authorization endpoint below the tenant.
    pub(super) authorize: &'static str,
    pub(super) token: &'static str,
    pub(super) scope: &'a str,
}

/// What a login asks: its renewal where a refresh token is kept, then a person. `between` are steps that may take the place
/// of the browser's.
pub(super) fn planned(
    wanted: &Wanted<'_>,
    settings: &Settings,
    ports: &Ports,
    between: Vec<Planned>,
) -> Result<Way, AuthError> {
    settings.require(Key::ClientId, wanted.plugin)?;
    let page = entra::url(settings, wanted.plugin, wanted.authorize)?;
    let token = entra::url(settings, wanted.plugin, wanted.token)?;
    let mut steps = vec![Planned::get(page, "the person signs in").by_browser()];
    steps.extend(between);
    steps.push(Planned::post(token.clone(), "exchanges the code that the browser brings for a token"));
    if ports.store.load(Document::RefreshToken).is_some() {
        steps = Planned::post(token, "renews an earlier sign-in by its refresh token").unless_it_helps(steps);
    }
    Ok(Way::Browser(steps, browser_login::foreseen_address(&REDIRECT, settings)?))
}

/// What the browser opens, but for how the answer comes back.
struct Page(String);

impl Page {
    /// Posted, as the official drivers have it: a code in a URL would stay in the history of the browser.
    fn posting(&self) -> String {
        format!("{}&response_mode=form_post", self.0)
    }

    /// In the address at which the browser ends, for a person to copy.
    fn showing(&self) -> String {
        format!("{}&response_mode=query", self.0)
    }
}

/// A grant whose port is bound.
pub(super) struct CodeGrant<'a> {
    wanted: &'a Wanted<'a>,
    client_id: &'a str,
    token_url: Url,
    page: Page,
    pkce: Pkce,
    expected: Expected,
    login: BrowserLogin<'a>,
    ports: &'a Ports,
}

impl<'a> CodeGrant<'a> {
    /// Everything that can be wrong before the browser opens.
    pub(super) fn begin(wanted: &'a Wanted<'a>, settings: &'a Settings, ports: &'a Ports) -> Result<Self, AuthError> {
        let page = entra::url(settings, wanted.plugin, wanted.authorize)?;
        let token_url = entra::url(settings, wanted.plugin, wanted.token)?;
        let client_id = settings.require(Key::ClientId, wanted.plugin)?;
        let (pkce, state) = (Pkce::new(&random::bytes()?), State::new(&random::bytes()?));
        let login = BrowserLogin::begin(wanted.plugin, &REDIRECT, settings, ports)?;
        let address = login.address();
        let asked = [
            ("client_id", Some(client_id)),
            ("response_type", Some("code")),
            ("redirect_uri", Some(&address)),
            ("scope", Some(wanted.scope)),
            ("state", Some(state.as_str())),
            ("code_challenge", Some(&pkce.challenge)),
            ("code_challenge_method", Some(pkce::METHOD)),
            ("login_hint", settings.text(Key::LoginHint)),
            ("prompt", settings.text(Key::Prompt)),
        ];
        let page = Page(format!("{page}?{}", query(&asked)));
        redact::keep_back(&pkce.verifier);
        let expected = Expected::Code { state: Arc::new(state) };
        Ok(Self { wanted, client_id, token_url, page, pkce, expected, login, ports })
    }

    /// The code, where a browser can be shown; the inner error says why not.
    pub(super) async fn code_in_browser(&self) -> Result<Result<SecretString, NoBrowser>, AuthError> {
        self.login.in_browser(&self.page.posting(), &self.expected).await
    }

    /// The code from whoever can copy a URL.
    pub(super) async fn code_by_pasting(&self, reason: &NoBrowser) -> Result<SecretString, AuthError> {
        self.login.by_pasting(&self.page.showing(), &self.expected, reason).await
    }

    /// The code, however it gets here.
    pub(super) async fn code(&self) -> Result<SecretString, AuthError> {
        match self.code_in_browser().await? {
            Ok(code) => Ok(code),
            Err(reason) => self.code_by_pasting(&reason).await,
        }
    }

    /// Exchanges the code; `more` is what the version of the endpoint wants besides.
    pub(super) async fn redeem(&self, code: &SecretString, more: &[(&str, &str)]) -> Result<TokenAnswer, AuthError> {
        self.ports.progress.now(format_args!("exchanging the code at {}", entra::NAME));
        let address = self.login.address();
        let own = [
            ("grant_type", "authorization_code"),
            ("scope", self.wanted.scope),
            ("client_id", self.client_id),
            ("code", code.expose_secret()),
            ("redirect_uri", &address),
            ("code_verifier", self.pkce.verifier.expose_secret()),
        ];
        let fields: Vec<_> = own.iter().chain(more).copied().collect();
        entra::token(self.token_url.clone(), &fields, self.ports).await.map_err(in_a_browser)
    }
}

/// A browser plugin is at work already: what is still missing is asked for at the next sign-in.
pub(super) fn in_a_browser(error: AuthError) -> AuthError {
    match error.status() {
        Status::MfaRequired => error.hint("sign in again: the sign-in page then asks for what is missing"),
        _ => error,
    }
}

/// Everything encoded but the unreserved characters of RFC 3986.
fn query(fields: &[(&str, Option<&str>)]) -> String {
    let given = fields.iter().filter_map(|(name, value)| Some(format!("{name}={}", query_value((*value)?))));
    given.collect::<Vec<_>>().join("&")
}
