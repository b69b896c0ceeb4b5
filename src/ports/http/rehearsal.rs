//! A network on which nothing is ever sent: it notes each request and refuses it. So code can go the whole way of a request
//! but for the sending.

use super::{FailureKind, HttpFailure, HttpPort, HttpSettings, Request, Response};
use crate::ports::BoxFuture;
use std::sync::{Mutex, PoisonError};

/// The network, and what was to be sent by it.
#[derive(Default)]
pub(crate) struct Rehearsal(Mutex<Vec<Request>>);

impl Rehearsal {
    /// What was to be sent since the last look.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpPort for Rehearsal {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        let kind = FailureKind::Request("not sent".to_owned());
        let failure = HttpFailure::of(kind, &request.url, request.purpose, &HttpSettings::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        Box::pin(async move {
            // What is asked side by side is noted before the first of it fails.
            tokio::task::yield_now().await;
            Err(failure)
        })
    }
}
