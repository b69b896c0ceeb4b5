//! The thread of a login: fresh, with signals blocked, a current-thread runtime on it, joined by the caller.
//!
//! Signals: rustls writes sockets with `writev`, which has no `MSG_NOSIGNAL`, so a peer that resets would raise SIGPIPE and
//! kill a host with the default disposition; and handlers of the host must not run on our stack.

use super::caller::{Caller, Interruption, Message, TimeLimit};
use crate::credentials::Identity;
use crate::dsn::settings::{Settings, Source};
use crate::error::{AuthError, Status};
use crate::options::Options;
use crate::os::thread::{self, Thread};
use crate::os::{headroom, panics, signals};
use crate::ports::progress::Progress;
use crate::process;
use std::future::Future;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use tokio::sync::Notify;

/// A worker under way.
pub(super) struct Worker<T> {
    thread: Thread<Result<T, AuthError>>,
    stop: Arc<Notify>,
    progress: Progress,
}

/// Tells the caller that the worker ended, also when it panicked.
struct EndNotice(Sender<Message>);

impl Drop for EndNotice {
    fn drop(&mut self) {
        let _ = self.0.send(Message::Ended);
    }
}

impl<T: Send + 'static> Worker<T> {
    /// Starts `work` on a fresh thread.
    pub(super) fn start<F>(
        caller: &Caller<'_>,
        work: impl FnOnce(Progress) -> F + Send + 'static,
    ) -> Result<Self, AuthError>
    where
        F: Future<Output = Result<T, AuthError>>,
    {
        headroom::check().map_err(|error| {
            AuthError::of_call(Status::System, format!("The operating system has no memory for the login: {error}."))
        })?;
        let stop = Arc::new(Notify::new());
        let progress = Progress::default();
        let notice = EndNotice(caller.post());
        let body = {
            let (stop, progress) = (Arc::clone(&stop), progress.clone());
            move || {
                let _notice = notice;
                // A panic must not unwind out of the thread with the notice unsent, nor reach the host.
                panics::caught(|| run(work, progress, &stop)).and_then(|result| result)
            }
        };
        let thread = signals::with_signals_blocked(|| thread::spawn(body)).map_err(|error| {
            AuthError::of_call(Status::System, format!("The operating system gave no thread for the login: {error}."))
        })?;
        Ok(Self { thread, stop, progress })
    }

    /// What it is doing.
    pub(super) fn doing(&self) -> String {
        self.progress.text()
    }

    /// Makes it drop what it does; it ends at its next wait, which is at once.
    pub(super) fn stop(&self) {
        self.stop.notify_one();
    }

    /// Its result, when it has said that it ended.
    pub(super) fn join(self) -> Result<T, AuthError> {
        self.thread.join().and_then(|result| result)
    }
}

/// Waits for a worker that publishes nothing on its way.
pub(super) fn wait_for<T: Send + 'static>(caller: &Caller<'_>, worker: Worker<T>) -> Result<T, AuthError> {
    attend(caller, worker, |_| {})
}

/// Waits for a worker, and brings to the host what is for it; `publish` hears of what proves the identity.
pub(super) fn attend<T: Send + 'static>(
    caller: &Caller<'_>,
    worker: Worker<T>,
    mut publish: impl FnMut(Identity),
) -> Result<T, AuthError> {
    loop {
        match caller.next() {
            Ok(Message::Identity(identity)) => publish(*identity),
            Ok(Message::Event(event, reply)) => caller.put_to_host(&event, reply),
            Ok(Message::HostPlugin(index, settings, reply)) => caller.call_plugin(index, &settings, reply),
            Ok(Message::Ended) => return worker.join(),
            Ok(_) => {}
            Err(interruption) => return stop_and_join(caller, worker, interruption),
        }
    }
}

/// Ends a worker early. A result that was ready by then still counts, whether it is credentials or an answer of AWS.
fn stop_and_join<T: Send + 'static>(
    caller: &Caller<'_>,
    worker: Worker<T>,
    interruption: Interruption,
) -> Result<T, AuthError> {
    let doing = worker.doing();
    worker.stop();
    while !matches!(caller.next_uninterrupted(), Some(Message::Ended) | None) {}
    match worker.join() {
        Err(error) if error.status() == Status::Cancelled => Err(caller.interrupted(interruption, &doing)),
        result => result,
    }
}

fn run<T, F: Future<Output = Result<T, AuthError>>>(
    work: impl FnOnce(Progress) -> F,
    progress: Progress,
    stop: &Notify,
) -> Result<T, AuthError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        AuthError::of_call(Status::System, format!("The operating system gave no event queue for the login: {error}."))
    })?;
    let result = runtime.block_on(async {
        tokio::select! {
            biased;
            result = work(progress) => result,
            () = stop.notified() => Err(AuthError::of_call(Status::Cancelled, "stopped")),
        }
    });
    // Whatever still blocks must not hold the caller.
    runtime.shutdown_background();
    result
}

/// Does the one-time work now: trust roots, TLS configuration, the SDK's own tables.
pub(crate) fn init() -> Result<(), AuthError> {
    let options = Options::default();
    let caller = Caller::new(&options, TimeLimit::fixed(None));
    let log = caller.log.clone();
    let worker = Worker::start(&caller, move |progress| async move {
        let nothing = Settings::from_pairs(Vec::<(String, String)>::new(), Source::Argument);
        let ports = process::state().ports(&nothing, log, progress)?;
        process::state().read_roots();
        crate::exchange::warm_up(&ports).await
    })?;
    wait_for(&caller, worker)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// What comes of a call whose time is over while `work` is under way.
    fn too_late<F>(work: impl FnOnce() -> F + Send + 'static) -> AuthError
    where
        F: Future<Output = Result<(), AuthError>>,
    {
        let options = Options::default();
        let caller = Caller::new(&options, TimeLimit::fixed(Some(Duration::ZERO)));
        wait_for(&caller, Worker::start(&caller, |_| work()).unwrap()).unwrap_err()
    }

    #[test]
    fn an_answer_that_is_there_counts_and_a_wait_that_was_ended_does_not() {
        let refused = || async { Err(AuthError::of_call(Status::AccessDenied, "no")) };
        assert_eq!(too_late(refused).status(), Status::AccessDenied);
        assert_eq!(too_late(std::future::pending).status(), Status::Timeout);
        assert_eq!(too_late(|| async { panic!("a bug") }).status(), Status::Internal);
    }
}
