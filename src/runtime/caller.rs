//! The calling thread's side: it waits for messages, runs the callbacks, watches deadline and cancel token.

use super::guard;
use crate::cache::single_flight::Landing;
use crate::cancel::{CancelToken, Listening};
use crate::credentials::{Credentials, Identity};
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::log::{Level, Log, Sink};
use crate::login::Answer;
use crate::options::{Event, EventKind, Options, Reply};
use crate::ports::log_file;
use crate::ports::prompt::Prompt;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// What arrives at the calling thread.
pub(super) enum Message {
    /// A line for the host's log callback.
    Line(Level, &'static str, String),
    /// The login has what proves the identity; others may wait for it. Boxed: other messages are small.
    Identity(Box<Identity>),
    /// A person takes part, who needs time.
    Person,
    /// Something for a person.
    Event(Event, oneshot::Sender<Reply>),
    /// A plugin of the host's own is to be called.
    HostPlugin(usize, Settings, oneshot::Sender<Answer>),
    /// The worker has ended; its result waits in its handle.
    Ended,
    /// The cancel token was used.
    Cancelled,
    /// A login that this call follows has ended.
    ResultLanded(Landing<Arc<Credentials>>),
    /// A proof that this call follows has ended.
    IdentityLanded(Landing<Identity>),
}

/// Why a wait ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    Cancelled,
    DeadlinePassed,
}

/// One call as the calling thread sees it.
pub(super) struct Caller<'a> {
    pub(super) options: &'a Options,
    pub(super) log: Log,
    sender: Sender<Message>,
    mailbox: Receiver<Message>,
    limit: Cell<TimeLimit>,
    begun: Instant,
    _listening: Option<Listening>,
}

/// The time that a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeLimit {
    /// `None`: as long as it takes.
    pub(super) whole: Option<Duration>,
    /// What comes on top once a person has to do something. Nothing where somebody chose the limit.
    pub(super) for_a_person: Duration,
}

impl TimeLimit {
    /// This long and no longer.
    pub(super) fn fixed(whole: Option<Duration>) -> Self {
        Self { whole, for_a_person: Duration::ZERO }
    }
}

struct MailboxSink {
    sender: Sender<Message>,
    finest: Level,
}

impl Sink for MailboxSink {
    fn enabled(&self, level: Level) -> bool {
        level <= self.finest
    }

    fn write(&self, level: Level, target: &'static str, message: &str) {
        // The receiver is gone only when the call has returned: nobody is left to tell.
        let _ = self.sender.send(Message::Line(level, target, message.to_owned()));
    }
}

impl<'a> Caller<'a> {
    /// Sets up a call.
    pub(super) fn new(options: &'a Options, limit: TimeLimit) -> Self {
        let (sender, mailbox) = mpsc::channel();
        let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
        if let Some((_, finest)) = &options.log {
            sinks.push(Arc::new(MailboxSink { sender: sender.clone(), finest: *finest }));
        }
        sinks.extend(log_file::from_environment());
        let listening = options.cancel.as_ref().map(|token| {
            let sender = sender.clone();
            token.listen(move || {
                let _ = sender.send(Message::Cancelled);
            })
        });
        let log = Log::to(sinks);
        let (limit, begun) = (Cell::new(limit), Instant::now());
        Self { options, log, sender, mailbox, limit, begun, _listening: listening }
    }

    /// A way to post to this call from any thread.
    pub(super) fn post(&self) -> Sender<Message> {
        self.sender.clone()
    }

    /// The way from the login's thread to the host's event callback, which runs on this one; to nobody where there is none.
    pub(super) fn prompt(&self) -> Prompt {
        let (post, allow) = (self.post(), self.post());
        let prompt = match &self.options.events {
            None => Prompt::default(),
            Some(_) => Prompt::through(move |event, reply| {
                let _ = post.send(Message::Event(event, reply));
            }),
        };
        prompt.allowing(move || {
            let _ = allow.send(Message::Person);
        })
    }

    /// The next message that is not this type's own business. Log lines go to the host as they come.
    pub(super) fn next(&self) -> Result<Message, Interruption> {
        loop {
            match self.receive()? {
                Message::Line(level, target, text) => self.tell(level, target, &text),
                Message::Person => self.allow_for_a_person(),
                Message::Cancelled => return Err(Interruption::Cancelled),
                message => return Ok(message),
            }
        }
    }

    /// The next message, whatever the deadline and the cancel token say: for the short wait for a worker that was told
    /// to stop.
    pub(super) fn next_uninterrupted(&self) -> Option<Message> {
        loop {
            match self.mailbox.recv().ok()? {
                Message::Line(level, target, text) => self.tell(level, target, &text),
                Message::Cancelled => {}
                message => return Some(message),
            }
        }
    }

    /// Cancel and deadline come first: lines may have piled up behind a callback that takes its time.
    fn receive(&self) -> Result<Message, Interruption> {
        if self.options.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(Interruption::Cancelled);
        }
        let deadline = self.limit.get().whole.and_then(|limit| self.begun.checked_add(limit));
        let Some(deadline) = deadline else {
            // This call holds a sender itself, so that the channel cannot close.
            return self.mailbox.recv().map_err(|_| Interruption::Cancelled);
        };
        let left = deadline.checked_duration_since(Instant::now()).ok_or(Interruption::DeadlinePassed)?;
        match self.mailbox.recv_timeout(left) {
            Ok(message) => Ok(message),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Interruption::DeadlinePassed),
        }
    }

    /// Hands out the log lines that are still there: the last thing a call does.
    pub(super) fn flush(&self) {
        while let Ok(message) = self.mailbox.try_recv() {
            if let Message::Line(level, target, text) = message {
                self.tell(level, target, &text);
            }
        }
    }

    fn tell(&self, level: Level, target: &str, text: &str) {
        if let Some((callback, _)) = &self.options.log {
            guard::in_callback(|| callback(level, target, text));
        }
    }

    /// Runs a plugin of the host's own, which may look at the DSN.
    pub(super) fn call_plugin(&self, index: usize, settings: &Settings, reply: oneshot::Sender<Answer>) {
        let find = |key: &str| settings.get_any(key).map(str::to_owned);
        if let Some(plugin) = self.options.plugins.get(index) {
            // A worker that was told to stop meanwhile takes no answer.
            let _ = reply.send(guard::in_callback(|| (plugin.callback)(&find)));
        }
    }

    /// From now on the call may take as long as a person needs: here, or in the login that it waits for.
    fn allow_for_a_person(&self) {
        let TimeLimit { whole, for_a_person } = self.limit.get();
        self.limit.set(TimeLimit::fixed(whole.map(|whole| whole.saturating_add(for_a_person))));
    }

    /// Puts an event of the login to the host.
    pub(super) fn put_to_host(&self, event: &Event, reply: oneshot::Sender<Reply>) {
        self.allow_for_a_person();
        let answer = match &self.options.events {
            Some(callback) => guard::in_callback(|| callback(event)),
            None => Reply::UseDefault,
        };
        // A worker that was told to stop meanwhile takes no answer.
        let _ = reply.send(answer);
    }

    /// Tells the host that another call is signing in.
    pub(super) fn say_waiting(&self) -> Result<(), AuthError> {
        self.allow_for_a_person();
        let text = "Another thread is signing in for the same identity.";
        self.log.info("login", format_args!("{text}"));
        let Some(callback) = &self.options.events else { return Ok(()) };
        let event =
            Event { kind: EventKind::Waiting, text: text.to_owned(), url: None, code: None, choices: Vec::new() };
        match guard::in_callback(|| callback(&event)) {
            Reply::Abort => Err(cancelled_by_the_host()),
            Reply::UseDefault | Reply::Handled(_) => Ok(()),
        }
    }

    /// The error of a wait that ended early. `doing` says what it was waiting for.
    pub(super) fn interrupted(&self, interruption: Interruption, doing: &str) -> AuthError {
        match interruption {
            Interruption::Cancelled => {
                AuthError::of_call(Status::Cancelled, format!("The login was cancelled while {doing}."))
            }
            Interruption::DeadlinePassed => {
                let limit = self.limit.get().whole.unwrap_or_default();
                AuthError::of_call(
                    Status::Timeout,
                    format!("The login did not finish within {} s. It stopped while {doing}.", limit.as_secs_f32()),
                )
                .hint("Look at the network and the proxy, or allow more time (LoginTimeout, or the timeout option).")
            }
        }
    }
}

fn cancelled_by_the_host() -> AuthError {
    AuthError::of_call(Status::Cancelled, "The application ended the login.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    /// Options whose log callback takes its time, and how often it was called.
    fn slow_log(cancel: Option<CancelToken>) -> (Options, Rc<Cell<u32>>) {
        let calls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&calls);
        let callback = move |_: Level, _: &str, _: &str| {
            counted.set(counted.get() + 1);
            std::thread::sleep(Duration::from_millis(20));
        };
        (Options { log: Some((Box::new(callback), Level::Trace)), cancel, ..Options::default() }, calls)
    }

    #[test]
    fn lines_that_wait_for_a_slow_callback_do_not_hold_the_deadline_up() {
        let (options, calls) = slow_log(None);
        let caller = Caller::new(&options, TimeLimit::fixed(Some(Duration::from_millis(50))));
        (0..50).for_each(|n| caller.log.info("test", format_args!("{n}")));
        assert!(matches!(caller.next(), Err(Interruption::DeadlinePassed)));
        assert!(calls.get() < 10, "{}", calls.get());
        caller.flush();
        assert_eq!(calls.get(), 50, "no line is lost");
    }

    #[test]
    fn a_person_gets_more_time_once_and_only_by_default() {
        let (options, _) = slow_log(None);
        let seconds = Duration::from_secs;
        for (for_a_person, limit) in [(seconds(120), seconds(180)), (seconds(0), seconds(60))] {
            let caller = Caller::new(&options, TimeLimit { whole: Some(seconds(60)), for_a_person });
            for _ in 0..2 {
                let event =
                    Event { kind: EventKind::AskOtp, text: String::new(), url: None, code: None, choices: Vec::new() };
                let (reply, mut answer) = oneshot::channel();
                caller.put_to_host(&event, reply);
                assert!(matches!(answer.try_recv(), Ok(Reply::UseDefault)));
            }
            assert_eq!(caller.limit.get().whole, Some(limit));
        }
    }

    /// Without an event callback too: the system browser is open.
    #[test]
    fn who_signs_in_with_a_browser_gets_that_time_as_well() {
        let options = Options::default();
        let seconds = Duration::from_secs;
        let limit = TimeLimit { whole: Some(seconds(60)), for_a_person: seconds(120) };
        for (signs_in, whole) in [(true, seconds(180)), (false, seconds(60))] {
            let caller = Caller::new(&options, limit);
            if signs_in {
                assert!(!caller.prompt().has_somebody());
                caller.prompt().allow_for_a_person();
            }
            caller.post().send(Message::Ended).unwrap();
            assert!(matches!(caller.next(), Ok(Message::Ended)));
            assert_eq!(caller.limit.get().whole, Some(whole));
        }
    }

    #[test]
    fn nor_a_cancel() {
        let token = CancelToken::default();
        let (options, calls) = slow_log(Some(token.clone()));
        let caller = Caller::new(&options, TimeLimit::fixed(None));
        (0..50).for_each(|n| caller.log.info("test", format_args!("{n}")));
        token.cancel();
        assert!(matches!(caller.next(), Err(Interruption::Cancelled)));
        assert_eq!(calls.get(), 0);
        // The control.
        let (options, calls) = slow_log(Some(CancelToken::default()));
        let caller = Caller::new(&options, TimeLimit::fixed(None));
        (0..3).for_each(|n| caller.log.info("test", format_args!("{n}")));
        caller.post().send(Message::Ended).unwrap();
        assert!(matches!(caller.next(), Ok(Message::Ended)));
        assert_eq!(calls.get(), 3);
    }
}
