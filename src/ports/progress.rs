//! What a login is doing at the moment, for the message of a timeout.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Shared between the login and the thread that waits for it.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Mutex<String>>);

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new("starting".to_owned())))
    }
}

impl Progress {
    /// Completes "It stopped while …". No secrets, no URLs.
    pub(crate) fn now(&self, doing: fmt::Arguments<'_>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = doing.to_string();
    }

    /// What was told last.
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
