//! A login, ready to be made as often as one likes, through gates that can be broken.

use super::request::Asked;
use crate::probe::{Call, Dsn, Machine};
use crate::secrets::plugins::plant;
use crate::secrets::{odd_secret, secret};
use crate::tokens;
use rs_auth_sandbox::browser::{Browser, Person};
use rs_auth_sandbox::world::World;
use rs_auth_sandbox::{Gate, Sandbox};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;

pub const ASK_OTP: i32 = 3;
const CACHE_OFF: i32 = 1;
const TRACE: i32 = 5;
/// A key of the world's, and what belongs to it.
const KEY: &str = "ASIACANARIES";
/// Milliseconds that a login has which waits for nothing, and one that somebody takes part in.
const SHORT: u64 = 500;
const WITH_PERSON: u64 = 1500;

/// One process logs in here at a time.
pub struct Scene {
    pub sandbox: Sandbox,
    /// The only way from the library to identity providers and AWS.
    pub gate: Gate,
    /// To the metadata services.
    pub metadata: Gate,
    pub machine: Machine,
    pub dsn: Dsn,
    pub typed: Option<String>,
    /// What is planted.
    pub secrets: Vec<String>,
    /// What has to be done before each login.
    pub before: fn(&Scene),
    /// Whether requests of the login are under way at the same time.
    pub side_by_side: bool,
    /// Somebody takes part, whose programs tell by a pipe what is shown.
    has_person: bool,
    /// A device code is shown, and no browser.
    on_device: bool,
    /// How long a login has where an answer does not come.
    pub patience: u64,
}

impl Scene {
    pub fn new() -> Self {
        Self::in_world(|_| {})
    }

    pub fn in_world(change: impl FnOnce(&mut World)) -> Self {
        let sandbox = Sandbox::builder()
            .with_world(|world| {
                plant(world);
                change(world);
            })
            .start();
        let (gate, metadata) = (sandbox.gate(), sandbox.metadata_gate());
        let dsn = Dsn::cluster(&sandbox).at(&gate.url()).set("CaFile", &sandbox.ca_file().display().to_string());
        Self {
            sandbox,
            gate,
            metadata,
            machine: Machine::new(),
            dsn,
            typed: None,
            secrets: Vec::new(),
            before: |_| {},
            side_by_side: false,
            has_person: false,
            on_device: false,
            patience: SHORT,
        }
    }

    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.dsn = self.dsn.set(key, value);
        self
    }

    /// With a value that nobody may see.
    pub fn planted(mut self, key: &str, value: &str) -> Self {
        self.secrets.push(value.to_owned());
        self.set(key, value)
    }

    pub fn without(mut self, key: &str) -> Self {
        self.dsn = self.dsn.without(key);
        self
    }

    /// With a change of its machine, which `change` gets beside the rest.
    pub fn machine(self, change: impl FnOnce(Machine, &Self) -> Machine) -> Self {
        let mut scene = self;
        let machine = std::mem::replace(&mut scene.machine, Machine::new());
        scene.machine = change(machine, &scene);
        scene
    }

    /// By a plugin, which names the user.
    pub fn of_plugin(self, plugin: &str) -> Self {
        self.without("DbUser").set("plugin_name", plugin)
    }

    /// With temporary keys.
    pub fn signed(self) -> Self {
        self.set("AccessKeyID", KEY)
            .planted("SecretAccessKey", &secret("key"))
            .planted("SessionToken", &secret("session"))
    }

    /// As that user of the identity providers.
    pub fn of_user(self, user: &str) -> Self {
        let port = self.gate.url().rsplit_once(':').unwrap().1.to_owned();
        self.set("idp_host", "127.0.0.1")
            .set("idp_port", &port)
            .set("UID", user)
            .planted("PWD", &odd_secret("password"))
    }

    pub fn typing(mut self, text: &str) -> Self {
        self.typed = Some(text.to_owned());
        self.secrets.push(text.to_owned());
        self
    }

    pub fn bringing(self, plugin: &str, key: &str, proof: impl FnOnce(&Sandbox) -> String) -> Self {
        let proof = proof(&self.sandbox);
        self.of_plugin(plugin).set("role_arn", tokens::ROLE).planted(key, &proof)
    }

    /// With alice before a browser, whose URLs come here by a pipe.
    pub fn with_browser(self) -> Self {
        let scene = self.with_person();
        let command = format!("'{}' %s", scene.machine.path("person").display());
        scene.set("browser_command", &command).set("listen_port", "0")
    }

    /// With alice, who is shown a code and has no browser here. Devices ask each second.
    pub fn with_device(self) -> Self {
        self.sandbox.with_world(|world| world.entra.device_interval_seconds = 1);
        let scene = self.with_person();
        Self { on_device: true, patience: 2 * WITH_PERSON, ..scene }
    }

    fn with_person(mut self) -> Self {
        let urls = self.machine.path("urls");
        let name = std::ffi::CString::new(urls.as_os_str().as_encoded_bytes()).unwrap();
        // SAFETY: a path that ends in NUL.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        self = self.program("person", &format!("echo \"$1\" > '{}'", urls.display()));
        Self { has_person: true, patience: WITH_PERSON, ..self }
    }

    /// With a program beside it in the home directory.
    pub fn program(self, name: &str, script: &str) -> Self {
        let scene = self.machine(|machine, _| machine.file(name, &format!("#!/bin/sh\n{script}\n")));
        let executable = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(scene.machine.path(name), executable).unwrap();
        scene
    }

    /// The login, which nothing is remembered of.
    pub fn call(&self) -> Call {
        let call = self.dsn.call().log(TRACE).cache(CACHE_OFF);
        if self.on_device {
            return call.showing_codes_with(&self.machine.path("person").display().to_string());
        }
        match &self.typed {
            Some(text) => (0..4).fold(call, |call, _| call.answering(ASK_OTP, text)),
            None => call,
        }
    }

    /// Does the work while whoever sits before the browser goes wherever it is opened.
    pub fn browsing<R>(&self, work: impl FnOnce() -> R) -> R {
        if !self.has_person {
            return work();
        }
        let urls = OpenOptions::new().read(true).write(true).open(self.machine.path("urls")).unwrap();
        std::thread::scope(|scope| {
            let _closing = Closing(urls.try_clone().unwrap());
            scope.spawn(move || {
                let lines = BufReader::new(urls).lines().map(Result::unwrap);
                lines.take_while(|line| !line.is_empty()).for_each(|line| self.take_part(&line));
            });
            work()
        })
    }

    /// What alice does with a URL, or with that of a device and its code. The login may be over before she is there.
    fn take_part(&self, shown: &str) {
        match shown.split_once(' ') {
            Some((_, code)) => drop(self.sandbox.decide_device(code, Some("alice"))),
            None => drop(self.browser().visit(&shown.replace(&self.gate.url(), &self.sandbox.https_url()))),
        }
    }

    fn browser(&self) -> Browser {
        let mut browser = Browser::new(Some(self.sandbox.ca_file())).unwrap();
        browser.person =
            Person { user: Some("alice".to_owned()), password: odd_secret("password"), ..Person::default() };
        browser
    }

    /// The same address by plain http.
    pub fn in_clear(&self, asked: &Asked) -> String {
        format!("{}{}", self.sandbox.http_url(), asked.path)
    }

    /// The same address on another host.
    pub fn elsewhere(&self, asked: &Asked) -> String {
        let gate = if asked.tls { &self.gate } else { &self.metadata };
        format!("{}{}", gate.url().replace("127.0.0.1", "localhost"), asked.path)
    }
}

/// Ends the browser also where a test fails.
struct Closing(File);

impl Drop for Closing {
    fn drop(&mut self) {
        let _ = self.0.write_all(b"\n");
    }
}
