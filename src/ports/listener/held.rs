//! The browser that waits for its page while the rest of the login goes on.

use super::Answer;
use crate::error::AuthError;
use std::sync::{Arc, Mutex, PoisonError};

/// Holds the browser's request until it is known how the login ended. Cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct HeldPage(Arc<Mutex<Option<Answer>>>);

impl HeldPage {
    /// Keeps a browser waiting. One that waited before gets the failure page.
    pub(crate) fn hold(&self, answer: Answer) {
        drop(self.lock().replace(answer));
    }

    /// Sends the page, if a browser waits for one.
    pub(crate) async fn release(&self, ended: Result<(), &AuthError>) {
        let answer = self.lock().take();
        if let Some(answer) = answer {
            answer.done(ended).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
