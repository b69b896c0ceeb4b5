//! What the tests of the OAuth plugins share: somebody who sits before a browser, the sandbox's scripted one unless a case has
//! its own idea of what a browser does.

use super::{OPEN_URL, PASTE_URL};
use crate::probe::{Call, Dsn, Machine, Outcome};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rs_auth_sandbox::browser::{Browser, Page, Person};
use rs_auth_sandbox::identity::PASSWORD;
use rs_auth_sandbox::{FaultAction, Record, Sandbox};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use url::Url;

/// A plugin's part in the standard cases.
pub struct Plugin {
    pub name: &'static str,
    /// The middle of the plugin-named function.
    pub entry: &'static str,
    /// The operation that exchanges the code.
    pub token: &'static str,
    /// As the exchange spells it.
    pub verifier: &'static str,
    pub redirect_uri: &'static str,
    /// Where the browser comes back to, without the port.
    pub comes_back: (&'static str, &'static str),
    /// What it asks of AWS with what it got.
    pub asks: &'static [&'static str],
    pub required: &'static [&'static str],
    /// The settings that are its own.
    pub dsn: fn(&Sandbox, Dsn) -> Dsn,
}

/// A sandbox, a machine, and a browser whose URLs come here.
pub struct Desk {
    pub sandbox: Sandbox,
    pub machine: Machine,
    pub plugin: &'static Plugin,
}

/// A call with what was sent meanwhile, and what the browser opened.
pub struct Told {
    pub outcome: Outcome,
    pub sent: Vec<Record>,
    pub opened: Vec<Url>,
}

impl Desk {
    pub fn new(plugin: &'static Plugin) -> Self {
        Self::with(plugin, Sandbox::start())
    }

    pub fn with(plugin: &'static Plugin, sandbox: Sandbox) -> Self {
        let machine = Machine::new();
        let [urls, ends] = ["urls", "ends"].map(|name| machine.path(name));
        for fifo in [&urls, &ends] {
            let name = std::ffi::CString::new(fifo.as_os_str().as_encoded_bytes()).unwrap();
            // SAFETY: a path that ends in NUL.
            assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        }
        // What pastes the answer takes the state out of the URL, as the browser would have brought it.
        let (host, path) = plugin.comes_back;
        let opens = format!("#!/bin/sh\necho \"$1\" > '{}'\n", urls.display());
        let made_up = format!(
            "#!/bin/sh\nstate=$(echo \"$1\" | sed 's/.*[?&]state=\\([^&]*\\).*/\\1/')\n\
             printf 'http://{host}:1{path}?code=pasted%%2Bcode&state=%s' \"$state\"\n"
        );
        let carries = format!("{opens}cat '{}'\n", ends.display());
        let machine = machine.program("browser", &opens).program("paste", &made_up).program("carry", &carries);
        Self { sandbox, machine, plugin }
    }

    /// A login with everything that it needs, but without a browser.
    pub fn bare(&self) -> Dsn {
        bare(self.plugin, &self.sandbox)
    }

    /// The same with the browser.
    pub fn dsn(&self) -> Dsn {
        self.bare().set("browser_command", &format!("'{}' %s", self.program("browser")))
    }

    pub fn program(&self, name: &str) -> String {
        self.machine.path(name).display().to_string()
    }

    /// The scripted browser with alice before it.
    pub fn alice(&self) -> Browser {
        let mut browser = Browser::new(Some(self.sandbox.ca_file())).unwrap();
        browser.person = Person { user: Some("alice".to_owned()), password: PASSWORD.to_owned(), ..Person::default() };
        browser
    }

    /// Makes the calls one after the other, in one process, while `browse` gets every URL that the browser is to open, with a
    /// blank and the code if it is that of a device.
    pub fn run<R: Send>(&self, calls: Vec<Call>, browse: impl FnMut(&str) -> R + Send) -> (Vec<Told>, Vec<R>) {
        let (recorded, opened) = self.beside(browse, || self.machine.recorded(&self.sandbox, calls));
        let (opened, results): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        let of = |(outcome, sent)| Told { outcome, sent, opened: opened.clone() };
        (recorded.into_iter().map(of).collect(), results)
    }

    /// Does `work` while `browse` gets every URL that is opened meanwhile.
    pub fn beside<T, R: Send>(
        &self,
        mut browse: impl FnMut(&str) -> R + Send,
        work: impl FnOnce() -> T,
    ) -> (T, Vec<(Url, R)>) {
        let urls = OpenOptions::new().read(true).write(true).open(self.machine.path("urls")).unwrap();
        std::thread::scope(|scope| {
            let closing = Closing(urls.try_clone().unwrap());
            let sitting = scope.spawn(move || {
                let lines = BufReader::new(urls).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
                let url = |line: &str| Url::parse(line.split(' ').next().unwrap_or_default()).unwrap();
                lines.map(|line| (url(&line), browse(&line))).collect::<Vec<_>>()
            });
            let done = work();
            drop(closing);
            (done, sitting.join().unwrap())
        })
    }

    /// One call, by alice.
    pub fn one(&self, call: Call) -> Told {
        self.by(call, &mut self.alice()).0
    }

    /// One call, with the pages at which the browser ended.
    pub fn by(&self, call: Call, browser: &mut Browser) -> (Told, Vec<io::Result<Page>>) {
        let (mut told, pages) = self.run(vec![call], |url| browser.visit(url));
        (told.remove(0), pages)
    }

    /// One call whose browser brings these fields, and the right state, without having asked anybody.
    pub fn brought(&self, call: Call, fields: &[(&str, &str)]) -> (Told, Vec<String>) {
        let (mut told, pages) = self.run(vec![call], |url| bring(url, fields));
        (told.remove(0), pages)
    }

    /// One call of somebody who carries URLs to the browser of another machine, and back the address at which it ended.
    pub fn carried(&self, call: Call, browser: &mut Browser) -> (Told, Vec<Page>) {
        browser.is_elsewhere = true;
        let (mut told, pages) = self.run(vec![call.pasting_with(&self.program("carry"))], |url| {
            let page = browser.visit(url).unwrap();
            std::fs::write(self.machine.path("ends"), &page.url).unwrap();
            page
        });
        (told.remove(0), pages)
    }

    /// Calls that open nothing.
    pub fn unopened(&self, calls: Vec<Call>) -> Vec<Outcome> {
        let (told, pages) = self.run(calls, |_| ());
        assert!(pages.is_empty(), "{:?}", told[0].opened);
        assert!(told.iter().all(|told| told.sent.is_empty()));
        told.into_iter().map(|told| told.outcome).collect()
    }
}

/// A login with everything that it needs, but without a browser.
pub fn bare(plugin: &Plugin, sandbox: &Sandbox) -> Dsn {
    let dsn = Dsn::cluster(sandbox).without("DbUser").set("plugin_name", plugin.name);
    let dsn = (plugin.dsn)(sandbox, dsn).set("listen_port", "0");
    dsn.set("CaFile", &sandbox.ca_file().display().to_string())
}

/// Ends the reading also where a test fails.
struct Closing(File);

impl Drop for Closing {
    fn drop(&mut self) {
        let _ = self.0.write_all(b"\n");
    }
}

/// Goes straight to where the browser would come back to, and gives the page.
pub fn bring(url: &str, fields: &[(&str, &str)]) -> String {
    let asked = query(&Url::parse(url).unwrap());
    let back = Url::parse(&asked["redirect_uri"]).unwrap();
    let mut brought = url::form_urlencoded::Serializer::new(String::new());
    let brought = brought.extend_pairs(fields).append_pair("state", &asked["state"]).finish();
    get(&back, &brought)
}

/// Where that sign-in comes back to.
pub fn back_of(url: &str) -> Url {
    Url::parse(&query(&Url::parse(url).unwrap())["redirect_uri"]).unwrap()
}

/// Asks a listener with that query, and gives the page.
pub fn get(back: &Url, query: &str) -> String {
    let authority = format!("{}:{}", back.host_str().unwrap(), back.port().unwrap());
    let mut stream = TcpStream::connect(&authority).unwrap();
    let path = back.path();
    write!(stream, "GET {path}?{query} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n").unwrap();
    io::read_to_string(stream).unwrap_or_default()
}

pub fn query(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

/// RFC 7636 section 4.2.
pub fn challenge_of(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

pub fn respond(status: u16, body: &str) -> FaultAction {
    FaultAction::Respond { status, headers: vec![("Retry-After".to_owned(), "7".to_owned())], body: body.to_owned() }
}

/// Shows nothing, and has the URL's answer pasted.
pub fn pasting(desk: &Desk, dsn: &Dsn) -> Call {
    dsn.call().pasting_with(&desk.program("paste"))
}

pub const ASKED: [i32; 2] = [OPEN_URL, PASTE_URL];
