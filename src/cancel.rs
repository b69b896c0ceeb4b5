//! The cancel token: sticky, shared, callable from any thread.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Cancels the calls it was given to. Cloning shares it; once cancelled it stays so.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    cancelled: bool,
    next: u64,
    listeners: HashMap<u64, Box<dyn Fn() + Send>>,
}

/// Keeps a listener registered; dropping it takes the listener back.
pub struct Listening {
    token: CancelToken,
    id: u64,
}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CancelToken({})", self.is_cancelled())
    }
}

impl CancelToken {
    /// Wakes every call that waits with this token. Calling it again does nothing.
    pub fn cancel(&self) {
        let mut state = self.state();
        if !state.cancelled {
            state.cancelled = true;
            for wake in state.listeners.values() {
                wake();
            }
        }
    }

    /// Whether it was ever cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Calls `wake` once when the token is cancelled, at once if it already is. `wake` runs on the cancelling thread
    /// under the token's lock, so it only posts a message.
    #[must_use]
    pub fn listen(&self, wake: impl Fn() + Send + 'static) -> Listening {
        let mut state = self.state();
        if state.cancelled {
            wake();
        }
        let id = state.next;
        state.next = state.next.wrapping_add(1);
        state.listeners.insert(id, Box::new(wake));
        drop(state);
        Listening { token: self.clone(), id }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.token.state().listeners.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn wakes_those_who_listen_once_and_those_who_come_late() {
        let token = CancelToken::default();
        let (sender, woken) = mpsc::channel();
        let early = sender.clone();
        let _early = token.listen(move || early.send("early").unwrap());
        let gone = sender.clone();
        drop(token.listen(move || gone.send("gone").unwrap()));
        token.cancel();
        token.cancel();
        let _late = token.listen(move || sender.send("late").unwrap());
        assert_eq!(woken.try_iter().collect::<Vec<_>>(), ["early", "late"]);
    }
}
