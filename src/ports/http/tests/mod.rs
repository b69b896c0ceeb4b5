//! The client against servers on loopback that do one thing each.

mod ahead;
mod limits;
mod pool;
mod proxied;
mod sdk;
mod server;
mod tls;

use super::trust::TlsCache;
use super::{FailureKind, Http, HttpFailure, HttpPort, HttpSettings, Purpose, Request, Response};
use crate::log::Log;
use crate::ports::env::Env;
use crate::ports::files::Files;
use url::Url;

/// A client for `settings` that trusts nobody but those whom `env` and `settings` name.
fn client_in(env: &Env, settings: HttpSettings, log: Log) -> Http {
    let tls = TlsCache::default().client(&settings.ca, env, &Files::real()).unwrap();
    Http::new(settings, tls, log)
}

/// The same where no root of the operating system gets in the way.
fn client(settings: HttpSettings) -> Http {
    client_in(&no_roots(), settings, Log::default())
}

fn no_roots() -> Env {
    Env::from_pairs([("SSL_CERT_FILE", "/nonexistent/roots.pem")])
}

fn get(url: &str) -> Request {
    Request::get(Url::parse(url).unwrap(), Purpose::Aws)
}

/// Runs one future on a runtime of the kind that a login has, and closes that.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(future);
    runtime.shutdown_background();
    outcome
}

fn send(http: &Http, request: Request) -> Result<Response, HttpFailure> {
    run(http.send(request))
}

fn failure(http: &Http, request: Request) -> FailureKind {
    send(http, request).expect_err("an answer came").kind
}
