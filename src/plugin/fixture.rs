//! For tests of plugins: settings, and a world that is made up.

use crate::dsn::settings::{Settings, Source};
use crate::log::memory;
use crate::ports::Ports;
use crate::ports::clock::Clock;
use crate::ports::env::Env;
use crate::ports::files::Files;
use crate::ports::http::fake::FakeHttp;
use crate::ports::http::{FailureKind, Response};
use crate::ports::negotiate::Negotiate;
use crate::ports::progress::Progress;
use crate::ports::prompt::Prompt;
use std::sync::Arc;

/// 2026-01-01T00:00:00Z.
pub const NOW_MS: i64 = 1_767_225_600_000;

/// These keys.
pub fn settings(pairs: &[(&str, &str)]) -> Settings {
    Settings::from_pairs(pairs.iter().copied(), Source::Argument)
}

/// A world in which the network gives these answers and events go to `prompt`; what was asked, and what was logged.
pub fn ports(
    answers: impl IntoIterator<Item = Result<Response, FailureKind>>,
    prompt: Prompt,
) -> (Ports, Arc<FakeHttp>, Arc<memory::Lines>) {
    let http = FakeHttp::answering(answers);
    let (log, lines) = memory::log();
    let ports = Ports {
        env: Env::from_pairs([("HOME", "/home/u")]),
        files: Files::from_pairs::<String, String>([]),
        clock: Clock::fixed(NOW_MS),
        http: http.clone(),
        negotiate: Negotiate::default(),
        log,
        progress: Progress::default(),
        prompt,
    };
    (ports, http, lines)
}
