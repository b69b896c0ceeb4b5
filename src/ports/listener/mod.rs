//! The loopback listener to which a browser comes back with the answer of an identity provider. Any web page and any local
//! program can reach it: everything but the answer gets a page of its own, and the wait goes on.

mod bind;
mod fields;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzed;
mod held;
mod page;
mod pasted;
mod request;
mod serve;

pub(crate) use held::HeldPage;
pub(crate) use page::PageTexts;
pub(crate) use pasted::read_pasted;

use crate::error::{AuthError, Status};
use crate::log::Log;
use crate::protocol::pkce::State;
use crate::secret::SecretString;
use bind::Bound;
use page::Page;
use serve::{Arrival, Found, Limits, Serving, Strays, Waiting};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// How long a good SAML response may come after a bad one.
const SECOND_CHANCE: Duration = Duration::from_secs(2);
/// How long a browser gets to take its page.
const DRAIN: Duration = Duration::from_secs(1);

/// What the browser is to bring.
#[derive(Clone)]
#[allow(dead_code)] // codes are for the OAuth plugins
pub(crate) enum Expected {
    /// The code of an OAuth authorization, with this state.
    Code {
        /// Whatever comes without it is none of ours.
        state: Arc<State>,
    },
    /// A SAML response, which has no state that every provider would send back.
    SamlResponse {
        /// Whether the login can use it.
        judge: fn(&SecretString) -> Result<(), AuthError>,
    },
}

/// A port of this machine, on both loopback addresses. Dropping it frees the port at once.
pub(crate) struct Listener {
    bound: Arc<Bound>,
    strays: Strays,
    limits: Limits,
    log: Log,
}

impl Listener {
    /// Binds `port`, 0 for any. To be called before a browser is shown anything, inside a runtime.
    pub(crate) fn bind(port: u16, log: &Log) -> Result<Self, AuthError> {
        Self::bind_at(&bind::LOOPBACK, port, log)
    }

    fn bind_at(addresses: &[IpAddr], port: u16, log: &Log) -> Result<Self, AuthError> {
        let bound = Arc::new(bind::bind(addresses, port)?);
        let count = bound.sockets.len();
        log.debug("browser", format_args!("listening at port {} of {count} loopback address(es)", bound.port));
        Ok(Self { bound, strays: Strays::default(), limits: Limits::default(), log: log.clone() })
    }

    /// The port: what was asked for, or the one that was free.
    pub(crate) fn port(&self) -> u16 {
        self.bound.port
    }

    /// Why the last request at the right place did not count; for the message of a timeout.
    pub(crate) fn last_stray(&self) -> Option<&'static str> {
        self.strays.last()
    }

    /// Waits for the answer at `path`, without a limit of its own. The browser that brings it waits for [`Answer::done`].
    pub(crate) async fn answer(&self, path: &str, expected: &Expected, texts: &PageTexts) -> Result<Answer, AuthError> {
        let (sender, mut arrivals) = mpsc::unbounded_channel();
        let desk = serve::Desk {
            place: request::Place { port: self.port(), path: path.to_owned() },
            expected: expected.clone(),
            texts: texts.clone(),
            arrivals: sender,
            strays: self.strays.clone(),
            limits: self.limits,
            log: self.log.clone(),
        };
        let serving = Serving::start(&self.bound, desk);
        let mut unusable: Option<Unusable> = None;
        loop {
            let arrival = match &unusable {
                None => arrivals.recv().await,
                Some(kept) => match timeout_at(kept.until, arrivals.recv()).await {
                    Ok(arrival) => arrival,
                    Err(_) => break,
                },
            };
            let Some(Arrival { found, waiting }) = arrival else {
                return Err(AuthError::of_call(Status::Internal, "the listener has ended by itself"));
            };
            match found {
                Found::Answer(value) => {
                    self.log.info("browser", format_args!("the browser has brought the answer"));
                    let browser = Some(Browser { waiting, serving, _bound: Arc::clone(&self.bound) });
                    return Ok(Answer { value, browser });
                }
                Found::Refused(error) => return Err(refuse(error, vec![waiting]).await),
                Found::Unusable(error) => Unusable::keep(&mut unusable, error, waiting),
            }
        }
        match unusable {
            Some(kept) => Err(refuse(kept.error, kept.waiting).await),
            None => Err(AuthError::of_call(Status::Internal, "the wait for the browser ended without a reason")),
        }
    }
}

/// Answers that the login cannot use: the first one's error counts if no good one follows.
struct Unusable {
    error: AuthError,
    waiting: Vec<Waiting>,
    until: Instant,
}

impl Unusable {
    fn keep(kept: &mut Option<Self>, error: AuthError, waiting: Waiting) {
        match kept {
            Some(kept) => kept.waiting.push(waiting),
            None => *kept = Some(Self { error, waiting: vec![waiting], until: Instant::now() + SECOND_CHANCE }),
        }
    }
}

/// Tells the browsers, and gives them time to take it.
async fn refuse(error: AuthError, waiting: Vec<Waiting>) -> AuthError {
    let until = Instant::now() + DRAIN;
    let closing: Vec<_> = waiting.into_iter().map(|browser| browser.send(Page::of_error(&error))).collect();
    for closed in closing {
        closed.wait_until(until).await;
    }
    error
}

/// What the browser brought, while it waits for its page. Dropped: the failure page.
pub(crate) struct Answer {
    /// The code, or the SAML response in base64.
    pub(crate) value: SecretString,
    /// `None`: it has its page.
    browser: Option<Browser>,
}

struct Browser {
    waiting: Waiting,
    /// Requests are answered until the login has ended.
    serving: Serving,
    _bound: Arc<Bound>,
}

impl Answer {
    /// Sends the page that says how the login ended, and waits until the browser has it, at most a second.
    pub(crate) async fn done(mut self, ended: Result<(), &AuthError>) {
        let Some(browser) = self.browser.take() else { return };
        let page = ended.map_or_else(Page::of_error, |()| Page::Success);
        browser.waiting.send(page).wait_until(Instant::now() + DRAIN).await;
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        let Some(Browser { waiting, serving, .. }) = self.browser.take() else { return };
        let closing = waiting.send(Page::of_nobody());
        // A runtime that goes on has the time to send it; the port is free all the same.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                closing.wait_until(Instant::now() + DRAIN).await;
                drop(serving);
            });
        }
    }
}

#[cfg(test)]
mod tests;
