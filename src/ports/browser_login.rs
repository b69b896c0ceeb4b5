//! A sign-in in the browser, as the browser plugins and the profiles of IAM Identity Center share it: the port is bound
//! first, then the page is shown by the host, by the system browser, or by whoever pastes the answer; meanwhile the listener
//! waits for the browser to come back.

use super::Ports;
use super::browser::{self, NoBrowser};
use super::http::Planned;
use super::listener::{Expected, Listener, PageTexts, read_pasted};
use super::prompt::{Answered, TIME_FOR_A_PERSON};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind};
use crate::redact;
use crate::secret::{SecretString, secret};
use std::time::Duration;
use url::Url;

/// What is pasted wrong may be pasted again this often.
const MOST_PASTES: usize = 3;

/// Where a browser comes back to: what customers have registered with their providers.
pub(crate) struct Redirect {
    /// The host, as registered: providers compare texts.
    pub(crate) host: &'static str,
    pub(crate) path: &'static str,
    /// The port where `listen_port` is not given; 0: any.
    pub(crate) usual_port: u16,
}

/// The Assertion Consumer Service of the ODBC driver (peers-odbc 3.7).
const SAML: Redirect = Redirect { host: "localhost", path: "/redshift/", usual_port: 7890 };

/// A sign-in at the page `login_url`, which ends in a SAML response that `judge` lets through.
pub(crate) async fn saml_response(
    plugin: &'static str,
    judge: fn(&SecretString) -> Result<(), AuthError>,
    settings: &Settings,
    ports: &Ports,
) -> Result<SecretString, AuthError> {
    let url = login_url(plugin, settings)?;
    let login = BrowserLogin::begin(plugin, &SAML, settings, ports)?;
    login.sign_in(url, &Expected::SamlResponse { judge }).await
}

/// What [`saml_response`] does, and where the browser comes back to.
pub(crate) fn planned(plugin: &'static str, settings: &Settings) -> Result<(Vec<Planned>, String), AuthError> {
    let text = login_url(plugin, settings)?;
    let url = Url::parse(text).map_err(|_| settings.invalid(Key::LoginUrl, "must be a URL"))?;
    let steps = vec![Planned::get(url, "the person signs in").by_browser()];
    Ok((steps, foreseen_address(&SAML, settings)?))
}

fn login_url<'a>(plugin: &'static str, settings: &'a Settings) -> Result<&'a str, AuthError> {
    let url = settings.require(Key::LoginUrl, plugin)?;
    browser::check(url).map_err(|fault| settings.invalid(Key::LoginUrl, &fault))?;
    Ok(url)
}

/// Where a browser would come back to; port 0 is any free one.
pub(crate) fn foreseen_address(redirect: &Redirect, settings: &Settings) -> Result<String, AuthError> {
    let port = settings.number(Key::ListenPort)?.unwrap_or(redirect.usual_port.into());
    Ok(format!("http://{}:{port}{}", redirect.host, redirect.path))
}

/// What the settings say of a sign-in in the browser, whoever makes it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    /// `idp_response_timeout`
    seconds: Option<u32>,
    /// `browser_command`
    command: Option<String>,
    /// `page_title`
    title: Option<String>,
}

impl Manner {
    pub(crate) fn of(settings: &Settings) -> Result<Self, AuthError> {
        let text = |key| settings.text(key).map(str::to_owned);
        let seconds = settings.number(Key::IdpResponseTimeout)?;
        Ok(Self { seconds, command: text(Key::BrowserCommand), title: text(Key::PageTitle) })
    }

    /// Whether this machine could show a browser, as far as that is known without starting one.
    pub(crate) fn has_browser(&self, ports: &Ports) -> bool {
        ports.browser.can_be_shown(self.command.as_deref(), &ports.env, &ports.files)
    }
}

/// A sign-in whose port is bound.
pub(crate) struct BrowserLogin<'a> {
    /// The plugin or the profile that signs in.
    who: &'a str,
    redirect: &'static Redirect,
    manner: Manner,
    ports: &'a Ports,
    listener: Listener,
}

/// How the page was shown.
enum Shown {
    /// Somebody sees it.
    Page,
    Pasted(SecretString),
    Nowhere(NoBrowser),
}

impl<'a> BrowserLogin<'a> {
    /// Binds `listen_port`, or the usual one where none is given. Nothing has been shown yet.
    pub(crate) fn begin(
        plugin: &'static str,
        redirect: &'static Redirect,
        settings: &Settings,
        ports: &'a Ports,
    ) -> Result<Self, AuthError> {
        let port = settings.number(Key::ListenPort)?.and_then(|port| u16::try_from(port).ok());
        Self::at(port.unwrap_or(redirect.usual_port), plugin, redirect, Manner::of(settings)?, ports)
    }

    /// Binds that port, 0 for any.
    pub(crate) fn at(
        port: u16,
        who: &'a str,
        redirect: &'static Redirect,
        manner: Manner,
        ports: &'a Ports,
    ) -> Result<Self, AuthError> {
        let listener = Listener::bind(port, &ports.log)?;
        Ok(Self { who, redirect, manner, ports, listener })
    }

    /// Where the browser comes back to, with the port that is bound: the redirect URI of OAuth.
    pub(crate) fn address(&self) -> String {
        format!("http://{}:{}{}", self.redirect.host, self.listener.port(), self.redirect.path)
    }

    /// Shows `url` and waits until the browser brings the answer, or somebody pastes it. The browser gets its page when the
    /// login has ended.
    pub(crate) async fn sign_in(&self, url: &str, expected: &Expected) -> Result<SecretString, AuthError> {
        match self.in_browser(url, expected).await? {
            Ok(answer) => Ok(answer),
            Err(reason) => self.by_pasting(url, expected, &reason).await,
        }
    }

    /// The same as long as a browser can be shown; the inner error says at once why there is none.
    pub(crate) async fn in_browser(
        &self,
        url: &str,
        expected: &Expected,
    ) -> Result<Result<SecretString, NoBrowser>, AuthError> {
        browser::check(url).map_err(|fault| AuthError::invalid_setting(format!("the URL to sign in at {fault}")))?;
        self.answered(url, expected, self.show(url)).await
    }

    /// Asks whoever can copy a URL.
    pub(crate) async fn by_pasting(
        &self,
        url: &str,
        expected: &Expected,
        reason: &NoBrowser,
    ) -> Result<SecretString, AuthError> {
        let pasted = self.answered(url, expected, self.ask_to_paste(url, expected, reason)).await?;
        pasted.map_err(|reason| self.no_browser(&reason))
    }

    /// Waits for the answer while the page is being shown: whoever shows it may do so until the person is done.
    async fn answered(
        &self,
        url: &str,
        expected: &Expected,
        showing: impl Future<Output = Result<Shown, AuthError>>,
    ) -> Result<Result<SecretString, NoBrowser>, AuthError> {
        let seconds = self.manner.seconds.unwrap_or(TIME_FOR_A_PERSON);
        let (port, who) = (self.listener.port(), self.who);
        self.ports.prompt.allow_for_a_person();
        self.ports
            .progress
            .now(format_args!("waiting for the sign-in in the browser, which comes back to port {port}"));
        let (log, host) = (&self.ports.log, host_of(url));
        log.info("browser", format_args!("{who}: waiting up to {seconds} s for a sign-in at {host} in the browser"));
        let limit = Duration::from_secs(seconds.into());
        if let Expected::Code { state } = expected {
            redact::keep_back(&secret(state.as_str()));
        }
        match tokio::time::timeout(limit, self.first_of(expected, showing)).await {
            Ok(answer) => {
                // Whoever it is shown to may repeat it.
                answer.iter().flatten().for_each(redact::keep_back);
                answer
            }
            Err(_) => Err(self.nobody_came(seconds)),
        }
    }

    async fn first_of(
        &self,
        expected: &Expected,
        showing: impl Future<Output = Result<Shown, AuthError>>,
    ) -> Result<Result<SecretString, NoBrowser>, AuthError> {
        let texts = PageTexts { title: self.manner.title.clone() };
        let answer = self.listener.answer(self.redirect.path, expected, &texts);
        tokio::pin!(answer);
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer?,
            shown = showing => match shown? {
                Shown::Pasted(pasted) => return Ok(Ok(pasted)),
                Shown::Nowhere(reason) => return Ok(Err(reason)),
                Shown::Page => answer.await?,
            },
        };
        let value = answer.value.clone();
        self.ports.held_page.hold(answer);
        Ok(Ok(value))
    }

    /// Shows the page: the host first, then the system browser.
    async fn show(&self, url: &str) -> Result<Shown, AuthError> {
        let text = format!("Sign in at {} in the browser to go on.", host_of(url));
        if let Answered::Handled(_) = self.ports.prompt.ask(event(EventKind::OpenUrl, text, url)).await? {
            self.ports.log.debug("browser", format_args!("the host shows the page"));
            return Ok(Shown::Page);
        }
        let ports = self.ports;
        let command = self.manner.command.as_deref();
        match ports.browser.open(url, command, &ports.env, &ports.files, &ports.log).await {
            Ok(()) => Ok(Shown::Page),
            Err(reason) => {
                ports.log.info("browser", format_args!("no browser can be shown: {}", reason.0));
                Ok(Shown::Nowhere(reason))
            }
        }
    }

    async fn ask_to_paste(&self, url: &str, expected: &Expected, reason: &NoBrowser) -> Result<Shown, AuthError> {
        let mut fault: Option<AuthError> = None;
        for _ in 0..MOST_PASTES {
            let again =
                fault.as_ref().map(|fault| format!("That did not do: {}. ", fault.message())).unwrap_or_default();
            let text = format!("{again}{}", self.how_to_paste(expected));
            match self.ports.prompt.ask(event(EventKind::PasteUrl, text, url)).await? {
                Answered::ByDefault => return fault.map_or_else(|| Ok(Shown::Nowhere(reason.clone())), Err),
                // The host knows how the browser gets here by itself.
                Answered::Handled(None) => return Ok(Shown::Page),
                Answered::Handled(Some(pasted)) => match read_pasted(&pasted, self.redirect.path, expected) {
                    Ok(value) => return Ok(Shown::Pasted(value)),
                    Err(error) if error.status() == Status::IdpRejected => return Err(error),
                    Err(error) => fault = Some(error),
                },
            }
        }
        Err(fault.unwrap_or_else(|| self.no_browser(reason)))
    }

    fn how_to_paste(&self, expected: &Expected) -> String {
        let end = self.address();
        match expected {
            Expected::Code { .. } => format!(
                "Open the URL in a browser on any machine and sign in. The browser ends at a page that it cannot show, at \
                 {end}: paste its whole address here."
            ),
            Expected::SamlResponse { .. } => format!(
                "Open the URL in a browser on any machine and sign in. The browser ends at a page that it cannot show, at \
                 {end}: paste the SAMLResponse here that it has posted there (developer tools, Network, Payload)."
            ),
        }
    }

    fn no_browser(&self, reason: &NoBrowser) -> AuthError {
        let message = format!("{} signs in with a browser, and none can be shown here: {}", self.who, reason.0);
        AuthError::new(Status::NoBrowser, Stage::Browser, message).hint(
            "let the application show the URL (event callback), name a browser in browser_command or $BROWSER, or use a \
             plugin that needs none",
        )
    }

    fn nobody_came(&self, seconds: u32) -> AuthError {
        let end = self.address();
        let seen = match self.listener.last_stray() {
            Some(why) => format!("; a request came there that does not count, since {why}"),
            None => String::new(),
        };
        let message = format!(
            "nobody signed in within {seconds} s (idp_response_timeout): the browser did not come back to \
             {end}{seen}"
        );
        AuthError::new(Status::Timeout, Stage::Browser, message).hint(
            "sign in before the time is over, or raise idp_response_timeout; the identity provider must send the browser \
             to exactly that address",
        )
    }
}

fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn event(kind: EventKind, text: String, url: &str) -> Event {
    Event { kind, text, url: Some(url.to_owned()), code: None, choices: Vec::new() }
}

/// Whether nobody came back from the browser. The page may not know the client, which it tells only the person
/// (RFC 6749 section 4.1.2.1).
pub(crate) fn is_without_answer(error: &AuthError) -> bool {
    error.status() == Status::Timeout && error.stage() == Some(Stage::Browser)
}
