//! For tests of plugins: settings, and a world of answers, where everything is made up.

use super::{Plugin, Proof};
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::log::memory;
use crate::os::opener::Started;
use crate::ports::Ports;
use crate::ports::browser;
use crate::ports::clock::Clock;
use crate::ports::env::Env;
use crate::ports::files::Files;
use crate::ports::http::fake::FakeHttp;
use crate::ports::http::{FailureKind, Request, Response};
use crate::ports::listener::HeldPage;
use crate::ports::negotiate::Negotiate;
use crate::ports::progress::Progress;
use crate::ports::prompt::Prompt;
use crate::ports::store::Store;
use crate::secret::{SecretString, secret};
use aws_smithy_types::date_time::{DateTime, Format};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use std::sync::Arc;

/// 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;

/// A scripted answer.
pub type Answer = Result<Response, FailureKind>;

/// A caller's desk: its settings, the network's answers, what was logged.
pub struct Desk {
    pub settings: Settings,
    pub ports: Ports,
    pub http: Arc<FakeHttp>,
    pub lines: Arc<memory::Lines>,
}

impl Desk {
    /// One with these settings and these answers of the network, and nobody to ask.
    pub fn new(pairs: &[(&str, &str)], answers: impl IntoIterator<Item = Answer>) -> Self {
        let http = FakeHttp::answering(answers);
        let (log, lines) = memory::log();
        let ports = Ports {
            env: Env::from_pairs([("HOME", "/home/u")]),
            files: Files::from_pairs([("/", "")]),
            clock: Clock::fixed(NOW_MS),
            http: http.clone(),
            negotiate: Negotiate::default(),
            log,
            progress: Progress::default(),
            prompt: Prompt::default(),
            browser: browser::fake::browser(|_| Started::Well).0,
            held_page: HeldPage::default(),
            store: Store::default(),
        };
        Self { settings: Settings::from_pairs(pairs.iter().copied(), Source::Argument), ports, http, lines }
    }

    /// The same with somebody to ask.
    pub fn with_prompt(mut self, prompt: Prompt) -> Self {
        self.ports.prompt = prompt;
        self
    }

    /// What the plugin proves.
    pub async fn prove(&self, plugin: &dyn Plugin) -> Result<Proof, AuthError> {
        plugin.prove(&self.settings, &self.ports).await
    }

    /// What was sent.
    pub fn requests(&self) -> Vec<Request> {
        self.http.requests()
    }

    /// Whether a line of this level holds this text.
    pub fn logged(&self, level: &str, text: &str) -> bool {
        self.lines.0.lock().unwrap().iter().any(|line| line.starts_with(level) && line.contains(text))
    }
}

/// A JWT with these claims, and a signature of nobody.
pub fn jwt(claims: &str) -> SecretString {
    secret(format!("eyJhbGciOiJub25lIn0.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims)))
}

/// A SAML response in base64 that names a role and holds until `end`.
pub fn assertion(end: Option<i64>) -> SecretString {
    let end = end.map(|ms| DateTime::from_millis(ms).fmt(Format::DateTime).unwrap());
    let conditions = end.map(|end| format!("<a:Conditions NotOnOrAfter=\"{end}\"/>")).unwrap_or_default();
    secret(BASE64_STANDARD.encode(format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <p:Status><p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></p:Status><a:Assertion>\
         {conditions}<a:AttributeStatement><a:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">\
         <a:AttributeValue>arn:aws:iam::123456789012:role/r,arn:aws:iam::123456789012:saml-provider/p</a:AttributeValue>\
         </a:Attribute></a:AttributeStatement></a:Assertion></p:Response>"
    )))
}
