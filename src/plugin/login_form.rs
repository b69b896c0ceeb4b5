//! A login at a provider's web pages: its form is filled, a second factor answered, and the SAML response taken from the
//! page at which it all ends. What AD FS and PingFederate share.

use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind};
use crate::ports::Ports;
use crate::ports::http::{Method, Planned, host_and_port};
use crate::ports::prompt::Answered;
use crate::ports::web::{OUT_OF_ORDER, Visited, WebSession};
use crate::protocol::html_form::{self, Fields, Form, Page};
pub(super) use crate::protocol::percent::query_value;
use crate::secret::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

/// More pages than any login has: a provider that shows forms for ever is given up.
const MOST_FORMS: usize = 8;
/// A wrong code is asked for again this often.
const MOST_CODES: usize = 3;
/// How often a page that waits for an approval is asked. Its own script asks about that often.
const APPROVAL_POLL: Duration = Duration::from_secs(1);

/// What tells one provider's pages from another's.
pub(super) struct Provider {
    /// As messages call it.
    pub(super) name: &'static str,
    /// The keys that lead to its first page.
    pub(super) keys: &'static str,
}

/// Who signs in.
pub(super) struct Login<'a> {
    pub(super) user: &'a str,
    pub(super) password: &'a SecretString,
}

impl<'a> Login<'a> {
    /// `UID` and `PWD`, where both are given.
    pub(super) fn of(settings: &'a Settings) -> Option<Self> {
        Some(Self { user: settings.text(Key::Uid)?, password: settings.secret(Key::Pwd)? })
    }
}

/// The URL of `path` at `idp_host` and `idp_port`.
pub(super) fn provider_url(settings: &Settings, plugin: &str, path: &str) -> Result<Url, AuthError> {
    let (host, port) = settings.host_and_port(Key::IdpHost)?.ok_or_else(|| Key::IdpHost.missing(plugin))?;
    let port = match port {
        Some(port) => port.into(),
        None => settings.number(Key::IdpPort)?.unwrap_or(443),
    };
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    Url::parse(&format!("https://{host}:{port}{path}"))
        .map_err(|_| settings.invalid(Key::IdpHost, "does not make a URL with idp_port"))
}

/// What [`sign_in`] asks, as far as it does not depend on the pages.
pub(super) fn planned(start: &Url) -> Vec<Planned> {
    let page = |what: &'static str| Planned::post(start.clone(), what).wherever(None);
    vec![
        Planned::get(start.clone(), "asks for the page with the login form"),
        page("goes where the page redirects to").only_if("the identity provider redirects").repeatedly(),
        Planned::post(start.clone(), "sends user and password in the form of that page").wherever(Some(Method::POST)),
        page("answers further pages, such as those of a second factor")
            .only_if("the identity provider shows any before the SAML response")
            .repeatedly(),
    ]
}

/// Signs in from `start` on and gives the SAML response.
pub(super) async fn sign_in(
    session: &mut WebSession,
    start: Url,
    login: &Login<'_>,
    provider: &Provider,
    ports: &Ports,
) -> Result<SecretString, AuthError> {
    ports.progress.now(format_args!("asking {} for its login form", provider.name));
    let first = session.get(start.clone()).await.map_err(|error| name_the_keys(error, provider))?;
    let first = first.require_success(&format!("check {}", provider.keys))?;
    let walk = Walk { start, login, provider, ports };
    walk.from(session, first).await
}

/// Whether the page with the login form is there.
pub(super) async fn greet(start: Url, provider: &Provider, ports: &Ports) -> Result<String, AuthError> {
    let mut session = WebSession::new(&ports.http, provider.name);
    let first = session.get(start).await.map_err(|error| name_the_keys(error, provider))?;
    let first = first.require_success(&format!("check {}", provider.keys))?;
    let page = html_form::read(&first.response.body);
    match page.password_form() {
        Some(_) => Ok(format!("{} shows its login form", provider.name)),
        None => Err(unexpected(&first, &page, provider, "shows no login form")),
    }
}

/// Whoever does not reach the provider at all may have mistyped it.
fn name_the_keys(error: AuthError, provider: &Provider) -> AuthError {
    match error.status() {
        Status::Network => {
            let check = format!("check {}, and whether a firewall or a proxy stands between", provider.keys);
            error.hint(check)
        }
        _ => error,
    }
}

/// Where a walk through the forms stands.
#[derive(Default)]
struct Progress {
    password_sent: bool,
    codes_sent: usize,
    approval_asked: bool,
}

struct Walk<'a> {
    /// The provider's own host: no other gets a password.
    start: Url,
    login: &'a Login<'a>,
    provider: &'a Provider,
    ports: &'a Ports,
}

impl Walk<'_> {
    async fn from(&self, session: &mut WebSession, mut at: Visited) -> Result<SecretString, AuthError> {
        let mut progress = Progress::default();
        let mut forms = 0;
        loop {
            let page = html_form::read(&at.response.body);
            if let Some(response) = page.value("SAMLResponse") {
                return Ok(response);
            }
            let (form, fields) = self.next_form(&page, &at, &mut progress).await?;
            forms += 1;
            if forms > MOST_FORMS && !progress.approval_asked {
                return Err(self.unexpected(&at, &page, "shows one form after the other"));
            }
            let target = form.target(&at.url)?;
            html_form::may_be_posted_to(&target, &self.start)?;
            at = session.post_form(target, exposed(&fields)).await?;
            // Whatever form the page shows: nothing was said of what was sent.
            if let Some(error) = at.throttled() {
                return Err(error);
            }
        }
    }

    /// The form that the page wants sent, filled; or why it does not go on.
    async fn next_form<'p>(
        &self,
        page: &'p Page,
        at: &Visited,
        progress: &mut Progress,
    ) -> Result<(&'p Form, Fields), AuthError> {
        if let Some(form) = page.forms().iter().find(|form| form.code_field().is_some()) {
            return Ok((form, self.with_code(page, form, progress).await?));
        }
        if let Some(form) = page.password_form() {
            if form.password_fields() > 1 {
                return Err(self
                    .rejected(page, "wants the password to be changed")
                    .hint("sign in with a browser once and set a new password"));
            }
            if progress.password_sent {
                return Err(self
                    .rejected(page, "refused user or password")
                    .hint("check UID and PWD; after several tries the account may be locked"));
            }
            progress.password_sent = true;
            self.ports.progress.now(format_args!("waiting for {} to check the password", self.provider.name));
            return Ok((form, form.fill(self.login.user, self.login.password)?));
        }
        let status = at.status();
        if !status.is_success() {
            let error = self.unexpected(at, page, &format!("answered HTTP {}", status.as_u16()));
            let out_of_order = status.is_server_error();
            return Err(if out_of_order { error.retryable(true).hint(OUT_OF_ORDER) } else { error });
        }
        if let Some(form) = page.forms().iter().find(|form| waits_for_approval(form)) {
            self.wait_for_approval(page, progress).await?;
            return Ok((form, form.fields()));
        }
        if page.forms().iter().any(is_of_ping_id) {
            return Err(self
                .mfa_required("asks for a second factor from PingID, whose pages need a browser")
                .hint("use a browser plugin such as BrowserSAML, or a user without a second factor"));
        }
        // A form without anything to see is one that the page's script sends.
        match page.forms() {
            [form] if progress.password_sent && form.is_hidden() => Ok((form, form.fields())),
            _ if progress.password_sent && page.notice().is_some() => {
                Err(self.rejected(page, "refused the login").hint(
                    "sign in with a browser once: what stands in the way is shown there, and some of it can be mended",
                ))
            }
            _ if progress.password_sent => {
                Err(self.unexpected(at, page, "answered the login with a page without a SAML response"))
            }
            _ => Err(self.unexpected(at, page, "shows no login form")),
        }
    }

    async fn with_code(&self, page: &Page, form: &Form, progress: &mut Progress) -> Result<Fields, AuthError> {
        if progress.codes_sent >= MOST_CODES {
            return Err(self.rejected(page, "refused the one-time code").hint(
                "make sure that the code is of this account and still holds; after several tries it may be locked",
            ));
        }
        let again = if progress.codes_sent > 0 { "The code was not accepted. " } else { "" };
        let text = format!("{again}Enter the one-time code for {}.", self.provider.name);
        self.ports.progress.now(format_args!("waiting for somebody to enter a one-time code"));
        let event = Event { kind: EventKind::AskOtp, text, url: None, code: None, choices: Vec::new() };
        match self.ports.prompt.ask(event).await? {
            Answered::Handled(Some(code)) => {
                progress.codes_sent += 1;
                self.ports.progress.now(format_args!("waiting for {} to check the code", self.provider.name));
                Ok(form.with_code(&code))
            }
            Answered::Handled(None) | Answered::ByDefault => {
                Err(self.mfa_required("asks for a one-time code, and nobody answered").hint(
                    "let the application answer (event callback), use a browser plugin such as BrowserSAML, or a user \
                     without a second factor",
                ))
            }
        }
    }

    async fn wait_for_approval(&self, page: &Page, progress: &mut Progress) -> Result<(), AuthError> {
        let name = self.provider.name;
        if !progress.approval_asked {
            progress.approval_asked = true;
            let text = format!("{name} has sent a request to your phone: approve it there.");
            self.ports.prompt.tell(EventKind::PushSent, text, None).await?;
            if let Some(number) = page.number() {
                let text = format!("Tap {number} on your phone to go on.");
                self.ports.prompt.tell(EventKind::ShowNumber, text, Some(number.to_owned())).await?;
            }
        }
        self.ports.progress.now(format_args!("waiting for an approval on the phone for {name}"));
        tokio::time::sleep(APPROVAL_POLL).await;
        Ok(())
    }

    fn mfa_required(&self, what: &str) -> AuthError {
        let message = format!("{} {what}.", self.provider.name);
        AuthError::new(Status::MfaRequired, Stage::Idp, message)
    }

    fn rejected(&self, page: &Page, what: &str) -> AuthError {
        let notice = page.notice().map(|notice| format!(": {notice}")).unwrap_or_default();
        AuthError::new(Status::IdpRejected, Stage::Idp, format!("{} {what}{notice}", self.provider.name))
    }

    fn unexpected(&self, at: &Visited, page: &Page, what: &str) -> AuthError {
        unexpected(at, page, self.provider, what)
    }
}

/// A page that a login cannot go on from: what a person needs to find it, and never what stands in its fields.
pub(super) fn unexpected(at: &Visited, page: &Page, provider: &Provider, what: &str) -> AuthError {
    let forms = page.form_names();
    let parts = [
        Some(format!("{} at {} {what}", provider.name, host_and_port(&at.url))),
        page.notice().map(|notice| format!(": {notice}")),
        page.title().map(|title| format!("; its title is {title:?}")),
        (!forms.is_empty()).then(|| format!("; its forms are {}", forms.join(", "))),
    ];
    let message: String = parts.into_iter().flatten().collect();
    AuthError::new(Status::IdpUnexpected, Stage::Idp, message)
        .http_status(at.status().as_u16())
        .hint(format!("check {}; a browser plugin (BrowserSAML) copes with any page", provider.keys))
}

/// The pages of Azure multi-factor authentication in AD FS: they send themselves until the phone has answered.
fn waits_for_approval(form: &Form) -> bool {
    let methods = ["AzureMfaAuthentication", "AzureMfaServerAuthentication"];
    form.value("AuthMethod").is_some_and(|value| methods.contains(&value.expose_secret()))
}

/// The form with which `PingFederate` hands over to `PingID`, which is another host, and the one of the page that waits for
/// the phone there.
fn is_of_ping_id(form: &Form) -> bool {
    form.value("ppm_request").is_some() || form.name() == Some("reponseView")
}

fn exposed(fields: &Fields) -> impl Iterator<Item = (&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
}
