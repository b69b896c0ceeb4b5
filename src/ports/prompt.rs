//! The way to a person: what a login asks, the thread that made the call puts to the host's event callback.

use crate::error::{AuthError, Status};
use crate::options::{Event, EventKind, Reply};
use crate::redact;
use crate::secret::SecretString;
use std::fmt;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What came of an event.
#[derive(Debug, Clone)]
pub(crate) enum Answered {
    /// Nobody was there, or the host leaves it to the library.
    ByDefault,
    /// The host has taken it; with an answer where the event asks for one.
    Handled(Option<SecretString>),
}

type Post = dyn Fn(Event, oneshot::Sender<Reply>) + Send + Sync;

/// Hands events over and waits for what comes of them. Without a way to anybody, every answer is the default.
#[derive(Clone, Default)]
pub(crate) struct Prompt {
    post: Option<Arc<Post>>,
    person: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prompt")
    }
}

impl Prompt {
    /// A prompt whose events go to `post`, which must not wait for their answers.
    pub(crate) fn through(post: impl Fn(Event, oneshot::Sender<Reply>) + Send + Sync + 'static) -> Self {
        Self { post: Some(Arc::new(post)), person: None }
    }

    /// The same, telling `person` when somebody is at work whom no event has told.
    pub(crate) fn with_person(self, person: impl Fn() + Send + Sync + 'static) -> Self {
        Self { person: Some(Arc::new(person)), ..self }
    }

    /// A person has to do something now, in a browser: the call may take that long, also without an event callback.
    pub(crate) fn allow_for_a_person(&self) {
        if let Some(person) = &self.person {
            person();
        }
    }

    /// Whether there is anybody who might answer.
    pub(crate) fn has_somebody(&self) -> bool {
        self.post.is_some()
    }

    /// Asks. `CANCELLED` if the host wants the call to end.
    pub(crate) async fn ask(&self, event: Event) -> Result<Answered, AuthError> {
        let Some(post) = &self.post else { return Ok(Answered::ByDefault) };
        let ended = || AuthError::of_call(Status::Cancelled, "The application ended the login.");
        let (sender, reply) = oneshot::channel();
        let kind = event.kind;
        post(event, sender);
        // The calling thread drops the sender only when the call ends.
        match reply.await.map_err(|_| ended())? {
            Reply::UseDefault => Ok(Answered::ByDefault),
            Reply::Handled(answer) => {
                // What was picked is none.
                if matches!(kind, EventKind::AskOtp | EventKind::PasteUrl) {
                    answer.iter().for_each(redact::keep_back);
                }
                Ok(Answered::Handled(answer))
            }
            Reply::Abort => Err(ended()),
        }
    }

    /// Tells something that needs no answer.
    pub(crate) async fn tell(&self, kind: EventKind, text: String, code: Option<String>) -> Result<(), AuthError> {
        let event = Event { kind, text, url: None, code, choices: Vec::new() };
        self.ask(event).await.map(|_| ())
    }

    /// Lets a person pick one of `choices`; `None` where nobody did.
    pub(crate) async fn pick(
        &self,
        kind: EventKind,
        text: String,
        choices: Vec<String>,
    ) -> Result<Option<SecretString>, AuthError> {
        match self.ask(Event { kind, text, url: None, code: None, choices }).await? {
            Answered::Handled(answer) => Ok(answer),
            Answered::ByDefault => Ok(None),
        }
    }
}

/// A person for tests.
#[cfg(test)]
pub mod fake {
    use super::Prompt;
    use crate::options::{Event, Reply};
    use std::sync::{Arc, Mutex};

    /// The events that were raised.
    pub type Raised = Arc<Mutex<Vec<Event>>>;

    /// Somebody who answers by `answer`, and the events that they saw.
    pub fn person(answer: impl Fn(&Event) -> Reply + Send + Sync + 'static) -> (Prompt, Raised) {
        let raised = Raised::default();
        let seen = Arc::clone(&raised);
        let prompt = Prompt::through(move |event, reply| {
            let _ = reply.send(answer(&event));
            seen.lock().unwrap().push(event);
        });
        (prompt, raised)
    }
}
