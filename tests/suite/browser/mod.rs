//! Plugins that sign in with a browser: a script in its place, which opens the URL and posts what a provider would have it
//! post.

mod azure;
mod azure_oauth2;
mod azure_refresh;
mod idc;
mod idc_kept;
pub mod oauth;
mod oauth_standard;
mod pages;
mod ports;
mod processes;
mod renewal;
mod shared;
mod standard;
mod ways;

pub use azure::AZURE;
pub use azure_oauth2::{OAUTH2, approve, by_device};
pub use idc::IDC;

use crate::probe::{Dsn, Machine, Outcome};
use rs_auth_sandbox::Sandbox;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

pub const URL: &str = "https://sso.example.com/app/redshift?RelayState=https%3A%2F%2Fa&x=(1)";
pub const OPEN_URL: i32 = 1;
pub const PASTE_URL: i32 = 9;
pub const ABORT: i32 = 2;
pub const STS: &str = "AssumeRoleWithSAML";
pub const REDSHIFT: &str = "GetClusterCredentials";

/// A plugin's part in the standard cases.
pub struct Plugin {
    pub name: &'static str,
    /// The middle of the plugin-named function.
    pub entry: &'static str,
    /// What it asks of AWS.
    pub asks: &'static [&'static str],
}

pub const SAML: Plugin = Plugin { name: "BrowserSAML", entry: "browser_saml", asks: &[STS, REDSHIFT] };
/// Its response is the token for the server itself.
pub const OKTA: Plugin = Plugin { name: "BrowserOktaSAML", entry: "browser_okta_saml", asks: &[] };

/// The plugins that get a code.
pub const OAUTH: [&oauth::Plugin; 3] = [&azure::AZURE, &azure_oauth2::OAUTH2, &idc::IDC];

/// What the browser does once it is open.
pub const POSTS: &str = "post response";

/// A machine with a browser, a free port, and a response for alice.
pub struct Desk {
    pub sandbox: Sandbox,
    pub machine: Machine,
    pub port: u16,
    plugin: &'static Plugin,
}

impl Desk {
    /// `does` is shell text. It has `post FILE`, which posts a SAML response and leaves the page in `page`, and `send`, which is
    /// curl for the listener.
    pub fn new(plugin: &'static Plugin, does: &str) -> Self {
        let sandbox = Sandbox::start();
        let port = free_port();
        let script = format!(
            "#!/bin/sh\ncd \"$(dirname \"$0\")\"\necho \"$1\" >> opened\n\
             [ -z \"$LD_LIBRARY_PATH$LD_PRELOAD\" ] || echo leaked > leaked\n\
             send() {{ curl -s --noproxy '*' --max-time 20 \"$@\"; }}\n\
             here=http://localhost:{port}/redshift/\n\
             post() {{ send -o page.new --data-urlencode \"SAMLResponse@$1\" -d RelayState= $here; mv page.new page; }}\n\
             {does}\n"
        );
        let machine = Machine::new()
            .file("response", &sandbox.assertion_for("alice"))
            .file("junk", "bm8gWE1M")
            .program("browser", &script);
        Self { sandbox, machine, port, plugin }
    }

    /// A login with everything that it needs, but without a browser.
    pub fn bare(&self) -> Dsn {
        Dsn::cluster(&self.sandbox)
            .without("DbUser")
            .set("plugin_name", self.plugin.name)
            .set("login_url", URL)
            .set("listen_port", &self.port.to_string())
            .set("page_title", "Sales <DWH>")
    }

    /// The same with the browser.
    pub fn dsn(&self) -> Dsn {
        self.bare().set("browser_command", &format!("'{}' %s", self.program()))
    }

    pub fn program(&self) -> String {
        self.machine.path("browser").display().to_string()
    }

    pub fn one(&self, dsn: &Dsn) -> Outcome {
        self.machine.one(dsn.call().log(5))
    }

    /// A file that the browser has written; empty if there is none.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.machine.path(file)).unwrap_or_default()
    }

    /// A file that the browser writes when it has its page, perhaps after the login has returned.
    pub fn page(&self) -> String {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !self.machine.path("page").exists() {
            assert!(std::time::Instant::now() < until, "no page");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.text("page")
    }

    /// How often the browser was opened.
    pub fn opened(&self) -> usize {
        self.text("opened").lines().count()
    }
}

/// A port that is free, each time another one, below those that the system gives to whoever wants any.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    std::iter::repeat_with(|| 20_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

pub fn expect(outcome: &Outcome, status: i32, stage: &str, parts: &[&str]) {
    assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{}", outcome.told());
    for part in parts {
        assert!(outcome.told().contains(part), "{part:?} in {}", outcome.told());
    }
}

/// Both plugins, one test a case.
macro_rules! for_both {
    ($($case:ident),* $(,)?) => {
        mod saml {
            $(#[test] fn $case() { super::$case(&crate::browser::SAML); })*
        }
        mod okta {
            $(#[test] fn $case() { super::$case(&crate::browser::OKTA); })*
        }
    };
}
pub(crate) use for_both;
