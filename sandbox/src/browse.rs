//! `rs-auth-sandbox browse URL`: the scripted browser as a program, for `BROWSER` and for `browser_command`.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rs_auth_sandbox::browser::{Browser, End, Localhost, Mischief, Person};
use rs_auth_sandbox::identity::PASSWORD;

/// Signs in at the URL as a browser with a person before it, and brings the answer to the login that waits on loopback
///
/// Where an option is left out, the environment variable RS_AUTH_BROWSE_ and its name counts, such as RS_AUTH_BROWSE_USER or
/// RS_AUTH_BROWSE_WRONG_STATE=1. The end is 0 if a page came with nothing more to do, 1 if the sign-in was refused.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[allow(clippy::doc_markdown, reason = "shown by --help as it is")]
pub(crate) struct Browse {
    /// Who signs in [default: alice]
    #[arg(long)]
    user: Option<String>,
    /// The password [default: that of the sandbox's people]
    #[arg(long)]
    password: Option<String>,
    /// The code of a second factor
    #[arg(long)]
    otp: Option<String>,
    /// The code that a device shows
    #[arg(long)]
    device_code: Option<String>,
    /// The authorities to trust, a PEM file
    #[arg(long)]
    ca: Option<PathBuf>,
    /// Click the button that says no
    #[arg(long)]
    deny: bool,
    /// Bring an answer with another state, and no right one
    #[arg(long)]
    wrong_state: bool,
    /// Bring an answer with another state before the right one
    #[arg(long)]
    wrong_state_first: bool,
    /// Bring the answer twice
    #[arg(long)]
    replay: bool,
    /// Send OPTIONS before the answer
    #[arg(long)]
    preflight: bool,
    /// Do not open a connection to the listener ahead of time
    #[arg(long)]
    no_preconnect: bool,
    /// Close the window after so many requests
    #[arg(long)]
    stop_after: Option<u32>,
    /// Where all hosts are that are not loopback, such as 127.0.0.1:8443
    #[arg(long)]
    resolve: Option<SocketAddr>,
    /// localhost is 127.0.0.1 only
    #[arg(long, conflicts_with = "ipv6")]
    ipv4: bool,
    /// localhost is ::1 only
    #[arg(long)]
    ipv6: bool,
    /// Seconds to wait for each answer [default: 60]
    #[arg(long)]
    timeout: Option<u64>,
    /// The page to open
    url: String,
}

impl Browse {
    /// Signs in, prints the last page, and says whether that is what was wanted.
    pub fn run(&self) -> io::Result<bool> {
        let page = self.browser()?.visit(&self.url)?;
        println!("{} {}\n{}\n\n{}", page.status, page.url, page.title, page.text);
        Ok(page.end != End::Refused)
    }

    fn browser(&self) -> io::Result<Browser> {
        let ca = self.ca.clone().or_else(|| variable("CA").map(PathBuf::from));
        let mut browser = Browser::new(ca.as_deref())?;
        browser.person = Person {
            user: Some(text(self.user.as_ref(), "USER").unwrap_or_else(|| "alice".to_owned())),
            password: text(self.password.as_ref(), "PASSWORD").unwrap_or_else(|| PASSWORD.to_owned()),
            code: text(self.otp.as_ref(), "OTP"),
            device_code: text(self.device_code.as_ref(), "DEVICE_CODE"),
            declines: self.deny || switch("DENY"),
        };
        browser.mischief = Mischief {
            wrong_state: self.wrong_state || switch("WRONG_STATE"),
            wrong_state_first: self.wrong_state_first || switch("WRONG_STATE_FIRST"),
            replay: self.replay || switch("REPLAY"),
            preflight: self.preflight || switch("PREFLIGHT"),
            no_preconnect: self.no_preconnect || switch("NO_PRECONNECT"),
            stop_after: given(self.stop_after, "STOP_AFTER")?,
        };
        browser.set_localhost(match (self.ipv4 || switch("IPV4"), self.ipv6 || switch("IPV6")) {
            (true, false) => Localhost::V4,
            (false, true) => Localhost::V6,
            _ => Localhost::Both,
        });
        if let Some(address) = given(self.resolve, "RESOLVE")? {
            browser.lead_other_hosts_to(address);
        }
        if let Some(seconds) = given(self.timeout, "TIMEOUT")? {
            browser.set_timeout(Duration::from_secs(seconds));
        }
        Ok(browser)
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(format!("RS_AUTH_BROWSE_{name}")).filter(|value| !value.is_empty())
}

fn text(option: Option<&String>, name: &str) -> Option<String> {
    option.cloned().or_else(|| variable(name).map(|value| value.to_string_lossy().into_owned()))
}

fn switch(name: &str) -> bool {
    variable(name).is_some_and(|value| value != "0")
}

/// An option that is no text.
fn given<T: std::str::FromStr>(option: Option<T>, name: &str) -> io::Result<Option<T>> {
    if option.is_some() {
        return Ok(option);
    }
    let Some(value) = variable(name) else { return Ok(None) };
    let value = value.to_string_lossy();
    value.parse().map(Some).map_err(|_| io::Error::other(format!("RS_AUTH_BROWSE_{name}: {value} will not do")))
}
