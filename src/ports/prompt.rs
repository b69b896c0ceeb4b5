//! The way to a person: what a login asks, the thread that made the call puts to the host's event callback.

use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::options::{Event, EventKind, Reply};
use crate::redact;
use crate::secret::SecretString;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;

/// How many seconds a person has to sign in where `idp_response_timeout` does not say, as in the ODBC driver.
pub(crate) const TIME_FOR_A_PERSON: u32 = 120;

/// How many seconds a person has to sign in.
pub(crate) fn seconds_for_a_person(settings: &Settings) -> Result<u32, AuthError> {
    Ok(settings.number(Key::IdpResponseTimeout)?.unwrap_or(TIME_FOR_A_PERSON))
}

/// What came of an event.
#[derive(Debug, Clone)]
pub(crate) enum Answered {
    /// Nobody was there, or the host leaves it to the library.
    ByDefault,
    /// The host has taken it; with an answer where the event asks for one.
    Handled(Option<SecretString>),
}

type Post = dyn Fn(Event, oneshot::Sender<Reply>) + Send + Sync;

/// Whether a login needed a person. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attendance(Arc<AtomicBool>);

impl Attendance {
    /// A person did something for it, now or earlier.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn was_needed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Hands events over and waits for what comes of them. Without a way to anybody, every answer is the default.
#[derive(Clone, Default)]
pub(crate) struct Prompt {
    post: Option<Arc<Post>>,
    /// Tells the caller that a person takes part, who needs time.
    allow: Option<Arc<dyn Fn() + Send + Sync>>,
    attendance: Attendance,
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prompt")
    }
}

impl Prompt {
    /// A prompt whose events go to `post`, which must not wait for their answers.
    pub(crate) fn through(post: impl Fn(Event, oneshot::Sender<Reply>) + Send + Sync + 'static) -> Self {
        Self { post: Some(Arc::new(post)), ..Self::default() }
    }

    /// The same with `allow`, which is called for every event, whether or not anybody takes it: a login that shows a browser
    /// by itself takes as long as one whose host does.
    pub(crate) fn allowing(self, allow: impl Fn() + Send + Sync + 'static) -> Self {
        Self { allow: Some(Arc::new(allow)), ..self }
    }

    /// A person has to do something now, in a browser: the call may take that long, also without an event callback.
    pub(crate) fn allow_for_a_person(&self) {
        self.attendance.note();
        if let Some(allow) = &self.allow {
            allow();
        }
    }

    /// Whether there is anybody who might answer.
    pub(crate) fn has_somebody(&self) -> bool {
        self.post.is_some()
    }

    /// Whether this login needed a person, which whoever asks them need not say.
    pub(crate) fn attendance(&self) -> &Attendance {
        &self.attendance
    }

    /// Asks. `CANCELLED` if the host wants the call to end.
    pub(crate) async fn ask(&self, event: Event) -> Result<Answered, AuthError> {
        if let Some(allow) = &self.allow {
            allow();
        }
        if proves_somebody(event.kind) {
            self.attendance.note();
        }
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

/// Whether the event is part of a sign-in that a person makes. A role is picked after it, and `preferred_role` picks it as
/// well; a login that needs nobody but for that can be repeated at any time. To wait takes no person either.
fn proves_somebody(kind: EventKind) -> bool {
    !matches!(kind, EventKind::PickRole | EventKind::Waiting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn event(kind: EventKind) -> Event {
        Event { kind, text: String::new(), url: None, code: None, choices: Vec::new() }
    }

    #[tokio::test]
    async fn who_picks_a_role_or_waits_has_not_signed_in() {
        use EventKind::{AskOtp, DeviceCode, OpenUrl, PasteUrl, PickFactor, PickRole, PushSent, ShowNumber, Waiting};
        for kind in [PickRole, Waiting, OpenUrl, DeviceCode, AskOtp, ShowNumber, PushSent, PickFactor, PasteUrl] {
            let allowed = Arc::new(AtomicU32::new(0));
            let counted = Arc::clone(&allowed);
            // Nobody takes it: a phone rings all the same.
            let prompt = Prompt::default().allowing(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            });
            assert!(matches!(prompt.ask(event(kind)).await, Ok(Answered::ByDefault)));
            assert_eq!(prompt.attendance().was_needed(), !matches!(kind, PickRole | Waiting), "{kind:?}");
            assert_eq!(allowed.load(Ordering::Relaxed), 1);
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
