//! Ctrl-C and its like: they end the call that is going on, or the program where there is none.

use crate::failure::code;
use crate::library::CancelToken;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// What signals do. Clones are the same.
#[derive(Clone)]
pub struct Interrupt {
    state: Arc<State>,
    token: CancelToken,
}

#[derive(Default)]
struct State {
    /// The signal that came. 0: none.
    signal: AtomicI32,
    /// How many wait for it, who end by themselves.
    attentive: AtomicUsize,
    /// When nobody waits for an answer any more.
    deadline: OnceLock<Instant>,
}

/// While this lives a signal does not end the program at once.
pub struct Attentive(Arc<State>);

impl Interrupt {
    /// From now on. Signal handlers only write to a pipe; a thread reads it, since tokens are not for handlers.
    pub fn watch() -> io::Result<Self> {
        let this = Self { state: Arc::default(), token: CancelToken::new() };
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let (state, token) = (Arc::clone(&this.state), this.token.clone());
        thread::spawn(move || {
            for signal in signals.forever() {
                let again = state.signal.swap(signal, Ordering::SeqCst) != 0;
                if again || state.attentive.load(Ordering::SeqCst) == 0 {
                    std::process::exit(i32::from(end_by(signal)));
                }
                token.cancel();
            }
        });
        Ok(this)
    }

    /// Says that somebody looks at [`Self::signal`], or at the token.
    pub fn attend(&self) -> Attentive {
        self.state.attentive.fetch_add(1, Ordering::SeqCst);
        Attentive(Arc::clone(&self.state))
    }

    /// Says that a call begins, which may take that long.
    pub fn limit(&self, limit: Duration) {
        if let Some(deadline) = Instant::now().checked_add(limit) {
            let _ = self.state.deadline.set(deadline);
        }
    }

    /// What calls are ended by.
    pub fn token(&self) -> &CancelToken {
        &self.token
    }

    /// The number to end with, if a signal came.
    pub fn signal(&self) -> Option<u8> {
        Some(self.state.signal.load(Ordering::SeqCst)).filter(|signal| *signal != 0).map(end_by)
    }

    /// Whether the time of the call is over.
    pub fn is_late(&self) -> bool {
        self.state.deadline.get().is_some_and(|deadline| Instant::now() >= *deadline)
    }

    /// Whether nobody waits for an answer any more.
    pub fn is_over(&self) -> bool {
        self.signal().is_some() || self.is_late()
    }
}

impl Drop for Attentive {
    fn drop(&mut self) {
        self.0.attentive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// As shells tell of a program that a signal ended.
fn end_by(signal: i32) -> u8 {
    u8::try_from(signal).map_or(code::INTERNAL, |signal| code::SIGNAL.saturating_add(signal))
}
