//! The listener as browsers, scanners and hostile pages meet it: over sockets, byte by byte where that matters.

mod hostile;
mod pages;
mod pasted;
mod requests;

use super::{Answer, Expected, Listener, PageTexts};
use crate::error::{AuthError, Stage, Status};
use crate::log::memory;
use crate::protocol::pkce::State;
use crate::secret::{ExposeSecret, SecretString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATH: &str = "/redshift/";

/// A listener at any port, and the lines that it logs.
fn listener() -> (Listener, Arc<memory::Lines>) {
    let (log, lines) = memory::log();
    (Listener::bind(0, &log).unwrap(), lines)
}

fn state() -> Arc<State> {
    Arc::new(State::new(&[7; 16]))
}

fn code() -> Expected {
    Expected::Code { state: state() }
}

/// A response is good if it says so.
fn saml() -> Expected {
    Expected::SamlResponse {
        judge: |response| match response.expose_secret().strip_prefix("good") {
            Some(_) => Ok(()),
            None => Err(AuthError::new(Status::AssertionInvalid, Stage::Assertion, "no role in it")),
        },
    }
}

/// The body that ends a wait for a code.
fn good_code() -> String {
    format!("session_state=x&state={}&code=c%2Bd+e%25", state().as_str())
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap()
}

fn post_to(host: &str, path: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
}

const FORM: &str = "application/x-www-form-urlencoded";

fn post(port: u16, body: &str) -> String {
    post_to(&format!("localhost:{port}"), PATH, FORM, body)
}

fn get(port: u16, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n")
}

/// Sends a request and reads until the listener closes.
async fn send(port: u16, request: impl AsRef<[u8]>) -> String {
    finish(connect(port).await, request).await
}

async fn finish(mut stream: TcpStream, request: impl AsRef<[u8]>) -> String {
    let mut answer = Vec::new();
    // A listener that has heard enough may close before everything is sent.
    let _ = stream.write_all(request.as_ref()).await;
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    read.expect("the listener closes in the end").unwrap_or_default();
    String::from_utf8(answer).unwrap()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

/// Waits for the answer beside `others`, which is then the browser's side.
async fn wait(listener: &Listener, expected: &Expected) -> Result<Answer, AuthError> {
    let limit = Duration::from_secs(20);
    let texts = PageTexts::default();
    tokio::time::timeout(limit, listener.answer(PATH, expected, &texts)).await.expect("the answer gets through")
}

/// The value that ends the wait while `browser` does its part; the login ends well.
async fn value_beside(expected: Expected, browser: impl AsyncFnOnce(u16)) -> String {
    let (listener, _) = listener();
    let port = listener.port();
    let login = async {
        let answer = wait(&listener, &expected).await.unwrap();
        let value = answer.value.expose_secret().to_owned();
        answer.done(Ok(())).await;
        value
    };
    tokio::join!(login, browser(port)).0
}

/// The error that ends the wait while `browser` does its part.
async fn error_beside(expected: Expected, browser: impl AsyncFnOnce(u16)) -> AuthError {
    let (listener, _) = listener();
    let port = listener.port();
    let login = async { wait(&listener, &expected).await.map(|_| ()).unwrap_err() };
    tokio::join!(login, browser(port)).0
}

fn addresses() -> [IpAddr; 2] {
    [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
}

/// An address that this machine does not have (RFC 5737, RFC 3849).
fn absent() -> [IpAddr; 2] {
    ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]
}

fn secret_text(text: &str) -> SecretString {
    crate::secret::secret(text)
}
