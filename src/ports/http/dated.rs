//! The HTTP client with a look at the clocks of those who answer.

use super::{BoxFuture, HttpFailure, HttpPort, Purpose, Request, Response, header, host_and_port};
use crate::ports::clock::Clock;
use aws_smithy_types::date_time::{DateTime, Format};
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// What an answer told of the time.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// `host:port`
    pub(crate) host: String,
    pub(crate) purpose: Purpose,
    /// How far the other clock is ahead of ours, in milliseconds. A `Date` has no fractions of a second.
    pub(crate) ahead_ms: i64,
}

/// Passes requests on and reads the `Date` of the answers.
pub(crate) struct Dated {
    http: Arc<dyn HttpPort>,
    clock: Clock,
    told: Mutex<Vec<Told>>,
}

impl Dated {
    pub(crate) fn new(http: Arc<dyn HttpPort>, clock: Clock) -> Self {
        Self { http, clock, told: Mutex::default() }
    }

    /// Everything that was told so far.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpFailure> {
        let (host, purpose) = (host_and_port(&request.url), request.purpose);
        let response = self.http.send(request).await?;
        let date = response.header(&header::DATE).and_then(|text| DateTime::from_str(text, Format::HttpDate).ok());
        if let Some(theirs) = date.and_then(|date| date.to_millis().ok()) {
            let ahead_ms = theirs.saturating_sub(self.clock.now_ms());
            self.told.lock().unwrap_or_else(PoisonError::into_inner).push(Told { host, purpose, ahead_ms });
        }
        Ok(response)
    }
}

impl HttpPort for Dated {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>> {
        Box::pin(self.exchange(request))
    }

    fn announce(&self, url: Url, connections: usize) {
        self.http.announce(url, connections);
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.http.settle()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::http::fake::{FakeHttp, answer};

    #[tokio::test]
    async fn answers_tell_how_far_their_clocks_are_ahead() {
        let answers = [
            Ok(answer(200, &[("date", "Mon, 23 Nov 2026 05:59:40 GMT")], "")),
            Ok(answer(200, &[("date", "yesterday")], "")),
            Ok(answer(200, &[], "")),
        ];
        let http = Dated::new(FakeHttp::answering(answers), Clock::fixed(1_795_413_580_000 - 600_000));
        for _ in 0..3 {
            let url = Url::parse("https://sts.example/").unwrap();
            http.send(Request::get(url, Purpose::Aws)).await.unwrap();
        }
        let told = http.told();
        assert_eq!((told.len(), told[0].host.as_str(), told[0].ahead_ms), (1, "sts.example:443", 600_000));
    }
}
