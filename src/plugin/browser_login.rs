//! A sign-in in the browser, as all browser plugins share it: the port is bound first, then the page is shown by the host, by
//! the system browser, or by whoever pastes the answer; meanwhile the listener waits for the browser to come back.

use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind};
use crate::ports::Ports;
use crate::ports::browser::{self, NoBrowser};
use crate::ports::listener::{Expected, Listener, PageTexts, read_pasted};
use crate::ports::prompt::Answered;
use crate::secret::SecretString;
use std::time::Duration;
use url::Url;

/// What is pasted wrong may be pasted again this often.
const MOST_PASTES: usize = 3;

/// Where SAML providers send the browser: `http://localhost:7890/redshift/` is what customers have registered with them as
/// Assertion Consumer Service for the ODBC driver (peers-odbc 3.7).
const SAML_PATH: &str = "/redshift/";
const SAML_PORT: u16 = 7890;

/// A sign-in at the page `login_url`, which ends in a SAML response that `judge` lets through.
pub(super) async fn saml_response(
    plugin: &'static str,
    judge: fn(&SecretString) -> Result<(), AuthError>,
    settings: &Settings,
    ports: &Ports,
) -> Result<SecretString, AuthError> {
    let url = settings.require(Key::LoginUrl, plugin)?;
    browser::check(url).map_err(|fault| settings.invalid(Key::LoginUrl, &fault))?;
    let login = BrowserLogin::begin(plugin, SAML_PORT, settings, ports)?;
    login.sign_in(url, SAML_PATH, &Expected::SamlResponse { judge }).await
}

/// A sign-in whose port is bound.
pub(super) struct BrowserLogin<'a> {
    plugin: &'static str,
    settings: &'a Settings,
    ports: &'a Ports,
    listener: Listener,
}

impl<'a> BrowserLogin<'a> {
    /// Binds `listen_port`, or `usual_port` (0: any) where none is given. Nothing has been shown yet.
    pub(super) fn begin(
        plugin: &'static str,
        usual_port: u16,
        settings: &'a Settings,
        ports: &'a Ports,
    ) -> Result<Self, AuthError> {
        let port = settings.number(Key::ListenPort)?.and_then(|port| u16::try_from(port).ok()).unwrap_or(usual_port);
        let listener = Listener::bind(port, &ports.log)?;
        Ok(Self { plugin, settings, ports, listener })
    }

    /// The port that the browser comes back to: part of what is registered as redirect URI.
    pub(super) fn port(&self) -> u16 {
        self.listener.port()
    }

    /// Shows `url` and waits until the browser brings the answer to `path`. The browser gets its page when the login has
    /// ended.
    pub(super) async fn sign_in(self, url: &str, path: &str, expected: &Expected) -> Result<SecretString, AuthError> {
        browser::check(url).map_err(|fault| AuthError::invalid_setting(format!("the URL to sign in at {fault}")))?;
        let seconds = self.settings.number(Key::IdpResponseTimeout)?.unwrap_or(USUAL_TIMEOUT);
        let (port, plugin) = (self.port(), self.plugin);
        self.ports.prompt.allow_for_a_person();
        self.ports
            .progress
            .now(format_args!("waiting for the sign-in in the browser, which comes back to port {port}"));
        let (log, host) = (&self.ports.log, host_of(url));
        log.info("browser", format_args!("{plugin}: waiting up to {seconds} s for a sign-in at {host} in the browser"));
        let limit = Duration::from_secs(seconds.into());
        match tokio::time::timeout(limit, self.shown_and_answered(url, path, expected)).await {
            Ok(answer) => answer,
            Err(_) => Err(self.nobody_came(seconds, path)),
        }
    }

    /// Both at the same time: whoever shows the page may do so until the person is done.
    async fn shown_and_answered(&self, url: &str, path: &str, expected: &Expected) -> Result<SecretString, AuthError> {
        let texts = PageTexts { title: self.settings.text(Key::PageTitle).map(str::to_owned) };
        let answer = self.listener.answer(path, expected, &texts);
        tokio::pin!(answer);
        let answer = tokio::select! {
            biased;
            answer = &mut answer => answer?,
            shown = self.show(url, path, expected) => match shown? {
                Some(pasted) => return Ok(pasted),
                None => answer.await?,
            },
        };
        let value = answer.value.clone();
        self.ports.held_page.hold(answer);
        Ok(value)
    }

    /// Shows the page: the host first, then the system browser, at last whoever can copy a URL. Gives what was pasted.
    async fn show(&self, url: &str, path: &str, expected: &Expected) -> Result<Option<SecretString>, AuthError> {
        let text = format!("Sign in at {} in the browser to go on.", host_of(url));
        if let Answered::Handled(_) = self.ports.prompt.ask(event(EventKind::OpenUrl, text, url)).await? {
            self.ports.log.debug("browser", format_args!("the host shows the page"));
            return Ok(None);
        }
        let ports = self.ports;
        let command = self.settings.text(Key::BrowserCommand);
        match ports.browser.open(url, command, &ports.env, &ports.files, &ports.log).await {
            Ok(()) => Ok(None),
            Err(reason) => self.ask_to_paste(url, path, expected, &reason).await,
        }
    }

    async fn ask_to_paste(
        &self,
        url: &str,
        path: &str,
        expected: &Expected,
        reason: &NoBrowser,
    ) -> Result<Option<SecretString>, AuthError> {
        self.ports.log.info("browser", format_args!("no browser can be shown: {}", reason.0));
        let mut fault: Option<AuthError> = None;
        for _ in 0..MOST_PASTES {
            let again =
                fault.as_ref().map(|fault| format!("That did not do: {}. ", fault.message())).unwrap_or_default();
            let text = format!("{again}{}", self.how_to_paste(path, expected));
            match self.ports.prompt.ask(event(EventKind::PasteUrl, text, url)).await? {
                Answered::ByDefault => return Err(fault.unwrap_or_else(|| self.no_browser(reason))),
                // The host knows how the browser gets here by itself.
                Answered::Handled(None) => return Ok(None),
                Answered::Handled(Some(pasted)) => match read_pasted(&pasted, path, expected) {
                    Ok(value) => return Ok(Some(value)),
                    Err(error) if error.status() == Status::IdpRejected => return Err(error),
                    Err(error) => fault = Some(error),
                },
            }
        }
        Err(fault.unwrap_or_else(|| self.no_browser(reason)))
    }

    fn how_to_paste(&self, path: &str, expected: &Expected) -> String {
        let port = self.port();
        let end = format!("http://localhost:{port}{path}");
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
        let message = format!("{} signs in with a browser, and none can be shown here: {}", self.plugin, reason.0);
        AuthError::new(Status::NoBrowser, Stage::Browser, message).hint(
            "let the application show the URL (event callback), name a browser in browser_command or $BROWSER, or use a \
             plugin that needs none",
        )
    }

    fn nobody_came(&self, seconds: u32, path: &str) -> AuthError {
        let port = self.port();
        let seen = match self.listener.last_stray() {
            Some(why) => format!("; a request came there that does not count, since {why}"),
            None => String::new(),
        };
        let message = format!(
            "nobody signed in within {seconds} s (idp_response_timeout): the browser did not come back to \
             http://localhost:{port}{path}{seen}"
        );
        AuthError::new(Status::Timeout, Stage::Browser, message).hint(
            "sign in before the time is over, or raise idp_response_timeout; the identity provider must send the browser \
             to exactly that address",
        )
    }
}

/// Seconds, as the ODBC driver has it.
const USUAL_TIMEOUT: u32 = 120;

fn host_of(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn event(kind: EventKind, text: String, url: &str) -> Event {
    Event { kind, text, url: Some(url.to_owned()), code: None, choices: Vec::new() }
}

#[cfg(test)]
mod tests;
