//! A scripted browser with a person before it: opens the URL of a login, signs in on the pages that come, and brings the answer to
//! the listener of the login on loopback.
//!
//! ```no_run
//! use rs_auth_sandbox::Sandbox;
//! use rs_auth_sandbox::browser::{Browser, End, Person};
//!
//! let sandbox = Sandbox::start();
//! let mut browser = Browser::new(Some(sandbox.ca_file())).unwrap();
//! browser.person = Person { user: Some("alice".to_owned()), password: "…".to_owned(), ..Person::default() };
//! let page = browser.visit("https://…/authorize?…").unwrap();
//! assert_eq!(page.end, End::Arrived);
//! ```
//!
//! Nothing but loopback is reached: other hosts only where [`Browser::lead_other_hosts_to`] says they are.

mod cookies;
mod document;
mod form;
mod mischief;
mod person;
mod visit;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use url::Url;

use cookies::Cookies;
pub use mischief::Mischief;
pub use person::Person;
use visit::Visit;
pub use wire::Localhost;
use wire::Network;

/// A browser. Its cookies stay from visit to visit.
pub struct Browser {
    /// Who sits before it.
    pub person: Person,
    /// What it does to the listener of a login besides bringing the answer.
    pub mischief: Mischief,
    /// Another machine than that of the login, whose listener it does not reach: what it was sent there with is left in the
    /// address bar, as far as it stands in the URL.
    pub is_elsewhere: bool,
    network: Network,
    cookies: Cookies,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// On a page with nothing more to do.
    Arrived,
    /// On an error page, or one that asks again for what was typed, or for what nobody has.
    Refused,
    /// The window was closed, as [`Mischief::stop_after`] has it.
    Stopped,
    /// At the listener of a login on another machine, as [`Browser::is_elsewhere`] has it.
    Unreachable,
}

/// The last page of a visit.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its URL.
    pub url: String,
    /// Its HTTP status.
    pub status: u16,
    /// Its title.
    pub title: String,
    /// Its text, without what a page does not show.
    pub text: String,
    /// Whether an answer was brought to a listener on loopback.
    pub reached_listener: bool,
    /// How the visit ended.
    pub end: End,
}

impl Browser {
    /// One that trusts the authorities in that file and no others.
    pub fn new(ca_file: Option<&Path>) -> io::Result<Self> {
        let (person, mischief) = (Person::default(), Mischief::default());
        Ok(Self { person, mischief, is_elsewhere: false, network: Network::new(ca_file)?, cookies: Cookies::default() })
    }

    /// Every host that is not loopback is to be found there, such as Microsoft's and AWS' own.
    pub fn lead_other_hosts_to(&mut self, address: SocketAddr) {
        self.network.elsewhere = Some(address);
    }

    /// Which address `localhost` is.
    pub fn set_localhost(&mut self, localhost: Localhost) {
        self.network.localhost = localhost;
    }

    /// How long it waits for each answer; a minute unless told.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.network.timeout = timeout;
    }

    /// Opens that URL and goes on until nothing is left to do. Fails if a page cannot be had.
    pub fn visit(&mut self, url: &str) -> io::Result<Page> {
        let url = Url::parse(url).map_err(|error| io::Error::other(format!("{url}: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(io::Error::other(format!("{url} is no web page")));
        }
        Visit::new(self, url).run()
    }
}
