//! `Okta`: user and password at Okta's Authentication API, a second factor where one is asked for, then the page of the
//! application, which holds the SAML response.
//!
//! The ODBC driver goes on after every answer that is no success and ends with "SAML assertion not found"; here each state
//! of a sign-in is followed, or its own error.

mod app;
mod factors;
mod push;
mod refusal;

use super::login_form::{self, Login, Provider, provider_url};
use super::{Foreseeing, Greeting, Plugin, Proof, Proving, Way, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::Ports;
use crate::ports::http::{Method, Planned, host_and_port};
use crate::ports::web::{Visited, WebSession};
use crate::protocol::html_form;
use crate::protocol::okta::{self, Answer, Transaction};
use crate::protocol::totp;
use crate::secret::{ExposeSecret, SecretString};
use refusal::Refusal;
use url::Url;

pub(crate) struct Okta;

const PROVIDER: Provider = Provider { name: "Okta", keys: "idp_host, app_id and app_name" };
const AUTHN: &str = "/api/v1/authn";
const ORGANIZATION: &str = "/.well-known/okta-organization";
/// More states than any sign-in goes through.
const MOST_STATES: usize = 8;

impl Plugin for Okta {
    fn name(&self) -> &'static str {
        "Okta"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::Uid, Key::Pwd, Key::IdpHost, Key::AppId]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn may_need_a_person(&self, settings: &Settings) -> bool {
        Login::of(settings).is_some()
    }

    fn way<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Foreseeing<'a> {
        ready(SignIn::new(settings, ports).map(|sign_in| Way::Steps(sign_in.planned())))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(async move {
            let mut sign_in = SignIn::new(settings, ports)?;
            let session_token = sign_in.session_token().await?;
            sign_in.saml_response(&session_token).await.map(Proof::SamlResponse)
        })
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(greet(settings, ports)))
    }
}

/// Every org tells which engine it runs on.
async fn greet(settings: &Settings, ports: &Ports) -> Result<String, AuthError> {
    let url = provider_url(settings, "Okta", ORGANIZATION)?;
    let visited = WebSession::new(&ports.http, PROVIDER.name).get(url).await?;
    let visited = visited.require_success(&format!("check {}", PROVIDER.keys))?;
    match okta::engine(&visited.response.body) {
        Some(engine) => Ok(format!("an Okta org that runs on {engine}")),
        None => Err(strange(&visited, "answered what an Okta org tells of itself with what is none of that,")),
    }
}

/// A sign-in on its way.
struct SignIn<'a> {
    /// The root of the org.
    org: Url,
    /// The application's embed link.
    app: Url,
    login: Login<'a>,
    /// `totp_secret`.
    totp: Option<totp::Key>,
    web: WebSession,
    ports: &'a Ports,
}

/// What the API answers: the next state, or a refusal that may be mended.
type Answered = Result<Transaction, Refusal>;

impl<'a> SignIn<'a> {
    fn new(settings: &'a Settings, ports: &'a Ports) -> Result<Self, AuthError> {
        let org = provider_url(settings, "Okta", "/")?;
        let totp = settings.secret(Key::TotpSecret).map(|secret| {
            totp::Key::read(secret.expose_secret())
                .ok_or_else(|| settings.invalid(Key::TotpSecret, "is not base32 (letters and the digits 2 to 7)"))
        });
        Ok(Self {
            app: app::embed_link(settings, &org)?,
            org,
            login: Login::of(settings).ok_or_else(|| Key::Pwd.missing("Okta"))?,
            totp: totp.transpose()?,
            web: WebSession::new(&ports.http, PROVIDER.name),
            ports,
        })
    }

    /// What it asks, as far as that does not depend on the answers.
    fn planned(&self) -> Vec<Planned> {
        let app = || Planned::get(self.app.clone(), "opens the application, whose page holds the SAML response");
        vec![
            Planned::post(self.at(AUTHN), "sends user and password"),
            Planned::post(self.org.clone(), "answers a second factor, or asks what became of it")
                .wherever(Some(Method::POST))
                .only_if("Okta asks for a second factor, or warns that the password expires")
                .repeatedly(),
            app(),
            app().wherever(None).only_if("Okta redirects").repeatedly(),
            Planned::get(self.at(ORGANIZATION), "asks which engine the org runs on").only_if("Okta refuses the login"),
        ]
    }

    /// Signs in, through all states that there are.
    async fn session_token(&mut self) -> Result<SecretString, AuthError> {
        self.ports.progress.now(format_args!("waiting for Okta to check the password"));
        let body = okta::credentials(self.login.user, self.login.password);
        let mut state = match self.post(self.at(AUTHN), body).await? {
            Ok(state) => state,
            Err(refusal) => return Err(self.refused(refusal).await),
        };
        for _ in 0..MOST_STATES {
            self.ports.log.debug("okta", format_args!("the sign-in is at {}", state.name()));
            let next = match state {
                Transaction::Success(token) => return Ok(token),
                Transaction::FactorRequired { state, factors } => self.verify_one_of(factors, state).await?,
                Transaction::FactorChallenged(challenge) => self.go_on_with(*challenge).await?,
                Transaction::PasswordWarning { state, skip } => {
                    self.ports.log.warn("okta", format_args!("the password expires soon: change it at Okta in time"));
                    self.post(skip, okta::continuation(&state, Answer::None)).await?
                }
                state => return Err(self.stopped(&state).await),
            };
            state = match next {
                Ok(next) => next,
                Err(refusal) => return Err(self.refused(refusal).await),
            };
        }
        Err(self.unexpected_state("goes from one state to the other without an end"))
    }

    /// Posts to the API. An answer that is not one of the API's is an error at once.
    async fn post(&mut self, url: Url, body: Vec<u8>) -> Result<Answered, AuthError> {
        let visited = self.web.post_json(url, body).await?;
        if !visited.status().is_success() {
            return Refusal::of(&visited, self.ports.clock.now_ms())
                .map(Err)
                .ok_or_else(|| strange(&visited, "answered the sign-in"));
        }
        let read = Transaction::read(&visited.response.body, &self.org);
        read.ok_or_else(|| strange(&visited, "answered the sign-in with what is no JSON object,"))?.map(Ok)
    }

    /// The error of a refusal, with the way out for orgs in which this API leads nowhere.
    async fn refused(&mut self, refusal: Refusal) -> AuthError {
        let may_be_the_engine = refusal.may_be_the_engine();
        let error = refusal.into_error(&host_and_port(&self.org));
        if may_be_the_engine { self.hint_at_engine(error).await } else { error }
    }

    /// The error of a state from which this plugin cannot go on.
    async fn stopped(&mut self, state: &Transaction) -> AuthError {
        if let Some(error) = refusal::of_state(state, &host_and_port(&self.org)) {
            return error;
        }
        let error = self.unexpected_state(&format!("is at {}, which is not known here", state.name()));
        self.hint_at_engine(error).await
    }

    /// Asks only after a failure that may have this reason: whether the org runs on Identity Engine, where applications
    /// have policies that a session of this API does not satisfy.
    async fn hint_at_engine(&mut self, error: AuthError) -> AuthError {
        self.ports.progress.now(format_args!("asking Okta which engine the org runs on"));
        match self.web.get(self.at(ORGANIZATION)).await {
            Ok(visited) if okta::is_identity_engine(&visited.response.body) => error.hint(
                "this org runs on Okta Identity Engine, where a login without a browser is often not allowed: use \
                 plugin_name=BrowserSAML with the application's embed link as login_url",
            ),
            _ => error,
        }
    }

    fn unexpected_state(&self, what: &str) -> AuthError {
        let message = format!("the sign-in at Okta ({}) {what}", host_and_port(&self.org));
        AuthError::new(Status::IdpUnexpected, Stage::Idp, message)
            .hint("sign in with a browser once to see what Okta wants, or use plugin_name=BrowserSAML")
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.org.clone();
        url.set_path(path);
        url
    }
}

/// An answer that is none of Okta's: a page of another server, of a proxy, of an org that is out of order.
fn strange(visited: &Visited, what: &str) -> AuthError {
    let page = html_form::read(&visited.response.body);
    let status = visited.status();
    let what = format!("{what} with HTTP {}", status.as_u16());
    let error = login_form::unexpected(visited, &page, &PROVIDER, &what);
    if status.is_server_error() {
        return error.retryable(true).hint("Okta is out of order, or a proxy before it: try again later");
    }
    error.hint("check idp_host: it must be an Okta org, such as example.okta.com")
}

#[cfg(test)]
mod tests;
