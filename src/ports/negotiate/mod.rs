//! HTTP's `Negotiate` (RFC 4559): who has a Kerberos ticket signs in without a password.
//!
//! ```text
//! let mut handshake = ports.negotiate.with(host);
//! 401 with an offer?   handshake.authorization(&response.headers) -> the header to send the request with once more
//! any other status?    handshake.confirm(&response.headers)       -> the server is the one the ticket is for
//! ```

mod challenge;
#[cfg(test)]
mod tests;

use super::http::{HeaderMap, HeaderValue};
use crate::error::AuthError;
use crate::os::gssapi::{Negotiation, Step, Unavailable};
use crate::os::one_off_thread;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use challenge::{Challenge, challenge};
use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// Where tokens come from. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct Negotiate(Option<Arc<Script>>);

/// What a fake one gives, and what it was asked.
#[derive(Default)]
pub(crate) struct Script {
    steps: Mutex<VecDeque<Result<Vec<u8>, Unavailable>>>,
    asked: Mutex<Vec<(String, Option<Vec<u8>>)>>,
}

impl Negotiate {
    /// The operating system's Kerberos.
    pub(crate) fn real() -> Self {
        Self(None)
    }

    /// One that gives these tokens (an empty one: nothing more to say) and then no ticket.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    pub(crate) fn scripted(steps: impl IntoIterator<Item = Result<Vec<u8>, Unavailable>>) -> Self {
        Self(Some(Arc::new(Script { steps: Mutex::new(steps.into_iter().collect()), ..Script::default() })))
    }

    /// What a scripted one was asked: for which host, after which token of the server.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    pub(crate) fn asked(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let asked = self.0.iter().map(|script| script.asked.lock().unwrap_or_else(PoisonError::into_inner).clone());
        asked.flatten().collect()
    }

    /// Whether there is a ticket at all, before anybody is asked for anything.
    pub(crate) async fn ready(&self) -> Result<(), Unavailable> {
        match &self.0 {
            Some(script) => script.ready(),
            None => {
                one_off_thread::run(Negotiation::ready).await.map_err(|error| Unavailable::Failed(error.to_string()))?
            }
        }
    }

    /// With that host, by the name in its URL. Does nothing yet.
    pub(crate) fn with(&self, host: &str) -> Handshake {
        let state = self.0.clone().map_or(State::Fresh, State::Scripted);
        Handshake { host: host.to_owned(), spoken: false, state }
    }
}

/// Signing in to one host. Each step runs on a thread of its own, which is left to itself when its future is dropped.
pub(crate) struct Handshake {
    host: String,
    spoken: bool,
    state: State,
}

enum State {
    Fresh,
    UnderWay(Negotiation),
    Scripted(Arc<Script>),
    /// Nothing more comes of it.
    Over,
}

type Token = Zeroizing<Vec<u8>>;

impl Handshake {
    /// The `Authorization` for the request that was answered by 401 with these headers. `None`: the server does
    /// not offer `Negotiate`, or, after a first token, has refused it.
    pub(crate) async fn authorization(&mut self, answer: &HeaderMap) -> Result<Option<HeaderValue>, Unavailable> {
        let token = match challenge(answer)? {
            Some(Challenge::Begin) if !self.spoken => self.step(None).await?,
            Some(Challenge::GoOn(token)) if self.spoken => self.step(Some(token)).await?,
            _ => return Ok(None),
        };
        self.spoken = true;
        Ok(token.as_ref().and_then(header))
    }

    /// Checks the server's own proof in the answer that let us in. A server need not send one, no more than it needs to
    /// for a browser: TLS has proved its name. One that is wrong is an error.
    pub(crate) async fn confirm(&mut self, answer: &HeaderMap) -> Result<(), Unavailable> {
        if let Some(Challenge::GoOn(token)) = challenge(answer)?
            && self.spoken
        {
            self.step(Some(token)).await?;
        }
        Ok(())
    }

    async fn step(&mut self, answer: Option<Vec<u8>>) -> Result<Option<Token>, Unavailable> {
        let state = mem::replace(&mut self.state, State::Over);
        let (state, token) = match state {
            State::Over => (State::Over, None),
            State::Scripted(script) => script.step(&self.host, answer)?,
            state => {
                let host = self.host.clone();
                let step = one_off_thread::run(move || take_step(state, &host, answer.as_deref()));
                step.await.map_err(|error| Unavailable::Failed(error.to_string()))??
            }
        };
        self.state = state;
        Ok(token)
    }
}

fn take_step(state: State, host: &str, answer: Option<&[u8]>) -> Result<(State, Option<Token>), Unavailable> {
    let mut negotiation = match state {
        State::UnderWay(negotiation) => negotiation,
        _ => Negotiation::begin(host)?,
    };
    let Step { token, established } = negotiation.step(answer)?;
    let state = if established { State::Over } else { State::UnderWay(negotiation) };
    Ok((state, token))
}

impl Script {
    fn ready(&self) -> Result<(), Unavailable> {
        match self.steps.lock().unwrap_or_else(PoisonError::into_inner).front() {
            Some(Err(why)) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    fn step(self: Arc<Self>, host: &str, answer: Option<Vec<u8>>) -> Result<(State, Option<Token>), Unavailable> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push((host.to_owned(), answer));
        let next = self.steps.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let token = next.unwrap_or_else(|| Err(Unavailable::NoTicket("no step was scripted".to_owned())))?;
        Ok((State::Scripted(self), Some(token).filter(|token| !token.is_empty()).map(Zeroizing::new)))
    }
}

fn header(token: &Token) -> Option<HeaderValue> {
    let mut text = Zeroizing::new(String::from("Negotiate "));
    // Room first: growing would leave copies behind.
    text.reserve(token.len().div_ceil(3).saturating_mul(4));
    STANDARD.encode_string(token, &mut text);
    // Base64 is always a header value.
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Unavailable {
    /// The error of a login that has no password and gets no ticket for `host` either.
    pub(crate) fn without_password(&self, host: &str) -> AuthError {
        let missing = "UID and PWD are missing, and integrated authentication (Kerberos) cannot stand in for them";
        let (why, hint) = match self {
            Self::NoLibrary(why) => (
                format!("there is no GSSAPI library: {why}"),
                "Give UID and PWD, or install the library: libgssapi-krb5-2 on Debian, krb5-libs on Red Hat."
                    .to_owned(),
            ),
            Self::NoTicket(why) => (
                format!("there is no ticket to use: {why}"),
                "Give UID and PWD, or get a ticket with kinit; klist shows what is there.".to_owned(),
            ),
            Self::Failed(why) => (
                format!("there is no ticket for HTTP/{host}: {why}"),
                format!("Give UID and PWD, or look into it: kvno HTTP/{host} asks for the same ticket."),
            ),
        };
        AuthError::missing_setting(format!("{missing}: {why}.")).hint(hint)
    }
}
