//! A connection of bytes, without a socket: what the listener makes of it.

use super::Expected;
use super::page::{Page, PageTexts};
use super::request::Place;
use super::serve::{Arrival, Desk, Found, Limits, Strays, connection};
use crate::error::AuthError;
use crate::log::memory;
use crate::secret::SecretString;
use std::sync::{Arc, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

/// Where answers are expected: at the port 7890.
pub(crate) const PATH: &str = "/redshift/";

/// What came of a connection.
pub(crate) struct Met {
    /// What the browser got.
    pub(crate) answer: Vec<u8>,
    /// What would end the wait.
    pub(crate) found: Option<Result<SecretString, AuthError>>,
    pub(crate) lines: String,
}

/// Sends the bytes and closes that side.
pub(crate) async fn meet(bytes: &[u8], expected: &Expected) -> Met {
    let (log, lines) = memory::log();
    let (arrivals, mut arrived) = mpsc::unbounded_channel();
    let desk = Arc::new(Desk {
        place: Place { port: 7890, path: PATH.to_owned() },
        expected: expected.clone(),
        texts: PageTexts::default(),
        arrivals,
        strays: Strays::default(),
        limits: Limits::default(),
        log,
    });
    let (browser, listener) = tokio::io::duplex(64 * 1024);
    let (mut from, mut to) = tokio::io::split(browser);
    let send = async {
        // A listener that has heard enough closes before.
        let _ = to.write_all(bytes).await;
        let _ = to.shutdown().await;
    };
    let receive = async {
        let mut answer = Vec::new();
        let _ = from.read_to_end(&mut answer).await;
        answer
    };
    let login = async {
        let Arrival { found, waiting } = arrived.recv().await?;
        let (found, page) = match found {
            Found::Answer(value) => (Ok(value), Page::Success),
            Found::Refused(error) | Found::Unusable(error) => {
                let page = Page::of_error(&error);
                (Err(error), page)
            }
        };
        drop(waiting.send(page));
        Some(found)
    };
    let ((), (), answer, found) = tokio::join!(connection(listener, desk), send, receive, login);
    let lines = lines.0.lock().unwrap_or_else(PoisonError::into_inner).join("\n");
    Met { answer, found, lines }
}
