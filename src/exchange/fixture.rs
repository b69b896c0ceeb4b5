//! For tests of what asks AWS: an environment, files and a network that are made up, and answers of AWS.

#![allow(clippy::unnecessary_wraps)] // answers stand beside failures in a script

use super::aws_config::AwsConfig;
use crate::credentials::AwsKeys;
use crate::log::memory;
use crate::os::opener::Started;
use crate::ports::Ports;
use crate::ports::browser;
use crate::ports::clock::Clock;
use crate::ports::env::Env;
use crate::ports::files::Files;
use crate::ports::http::fake::{FakeHttp, answer};
use crate::ports::http::{FailureKind, HttpPort, Request, Response};
use crate::ports::listener::HeldPage;
use crate::ports::negotiate::Negotiate;
use crate::ports::progress::Progress;
use crate::ports::prompt::Prompt;
use crate::ports::store::Store;
use crate::secret::secret;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;

/// A scripted answer.
pub type Answer = Result<Response, FailureKind>;

/// An AWS side of a login where everything is made up.
pub struct Fixture {
    pub config: AwsConfig,
    pub http: Arc<FakeHttp>,
    pub lines: Arc<memory::Lines>,
}

impl Fixture {
    /// One with these variables, these files and these answers of the network.
    pub async fn new(env: &[(&str, &str)], files: &[(&str, &str)], answers: impl IntoIterator<Item = Answer>) -> Self {
        let http = FakeHttp::answering(answers);
        let (log, lines) = memory::log();
        let mut variables = vec![("HOME", "/home/u")];
        variables.extend_from_slice(env);
        let ports = Ports {
            env: Env::from_pairs(variables),
            files: Files::from_pairs(files.iter().copied()),
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
        Self { config: AwsConfig::read(ports, None).await, http, lines }
    }

    /// The same over another network.
    pub async fn over(env: &[(&str, &str)], http: Arc<dyn HttpPort>) -> AwsConfig {
        let Self { config, .. } = Self::new(env, &[], []).await;
        AwsConfig::read(Ports { http, ..config.ports }, None).await
    }

    /// The only request that was made.
    pub fn request(&self) -> Request {
        let mut requests = self.http.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// Whether a line of this level holds this text.
    pub fn logged(&self, level: &str, text: &str) -> bool {
        self.lines.0.lock().unwrap().iter().any(|line| line.starts_with(level) && line.contains(text))
    }
}

/// Keys to sign with.
pub fn keys(access_key_id: &str) -> AwsKeys {
    AwsKeys {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: secret("sesame"),
        session_token: None,
        expires_at: None,
        role_arn: None,
    }
}

/// The fields of a form body.
pub fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

/// A field of a form body.
pub fn field(request: &Request, name: &str) -> Option<String> {
    form(request).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The access key id that a request is signed with; `None`: it is not signed.
pub fn signer(request: &Request) -> Option<String> {
    let header = request.headers.get("authorization")?.to_str().unwrap();
    let (_, after) = header.split_once("Credential=").unwrap();
    Some(after.split_once('/').unwrap().0.to_owned())
}

/// STS's answer to one of its AssumeRole calls.
pub fn sts_keys(call: &str, access_key_id: &str) -> Answer {
    Ok(answer(
        200,
        &[],
        &format!(
            "<{call}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{call}Result><Credentials>\
             <AccessKeyId>{access_key_id}</AccessKeyId><SecretAccessKey>opened</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials>\
             </{call}Result></{call}Response>"
        ),
    ))
}

/// STS's refusal.
pub fn sts_error(status: u16, code: &str, message: &str) -> Answer {
    Ok(answer(
        status,
        &[("x-amzn-requestid", "req-1")],
        &format!(
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>"
        ),
    ))
}

/// What a future comes to over a made-up network without waiting; `None` if it waits, to try again for instance.
pub fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
