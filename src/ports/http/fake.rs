//! A network for tests of what is above the port: answers in the order they were given, requests kept.

use super::{BoxFuture, FailureKind, HeaderMap, HttpFailure, HttpPort, Request, Response, StatusCode};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Answers each request with the next answer; with none left, the host does not exist.
#[derive(Default)]
pub struct FakeHttp {
    answers: Mutex<VecDeque<Result<Response, FailureKind>>>,
    requests: Mutex<Vec<Request>>,
}

impl FakeHttp {
    /// A network that gives these answers.
    pub fn answering(answers: impl IntoIterator<Item = Result<Response, FailureKind>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), requests: Mutex::default() })
    }

    /// What was asked, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl HttpPort for FakeHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        let answer = self.answers.lock().unwrap().pop_front();
        let target = super::host_and_port(&request.url);
        self.requests.lock().unwrap().push(request);
        let answer = answer.unwrap_or_else(|| Err(FailureKind::Dns("no answer was scripted".to_owned())));
        let failed = |kind| HttpFailure { kind, target, proxy: None, notes: Arc::default() };
        Box::pin(std::future::ready(answer.map_err(failed)))
    }
}

/// Answers every request alike.
pub struct Always(pub Response);

impl HttpPort for Always {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

/// An answer with these headers and this body.
pub fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse::<super::HeaderName>().unwrap(), value.parse().unwrap()))
        .collect();
    Response { status: StatusCode::from_u16(status).unwrap(), headers, body: body.as_bytes().to_vec() }
}
