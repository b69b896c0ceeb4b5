//! Requests to the services next to a workload: small, plain, retried a little.

use crate::ports::http::{HttpFailure, HttpPort, Request, Response};
use std::time::Duration;

/// An answer is a few hundred bytes of text.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// Sends `request` up to `attempts` times: again after no answer, and after an answer of 500 and above.
pub async fn ask(http: &dyn HttpPort, request: Request, attempts: u32) -> Result<Response, HttpFailure> {
    let mut pause = Duration::from_millis(100);
    for _ in 1..attempts {
        match http.send(request.clone()).await {
            Ok(response) if !response.status.is_server_error() => return Ok(response),
            _ => tokio::time::sleep(pause).await,
        }
        pause = pause.saturating_mul(2);
    }
    http.send(request).await
}
