//! A login from inside a callback would wait for itself: it is refused.

use crate::cancel::CancelToken;
use crate::error::{AuthError, Status};
use crate::options::Options;
use std::cell::Cell;

thread_local! {
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

struct Leaving(bool);

impl Drop for Leaving {
    fn drop(&mut self) {
        IN_CALLBACK.set(self.0);
    }
}

/// Runs a callback of the host.
pub(crate) fn in_callback<T>(callback: impl FnOnce() -> T) -> T {
    let _leaving = Leaving(IN_CALLBACK.replace(true));
    callback()
}

/// Refuses a call that a callback makes, and one whose token has been used already.
pub(super) fn check(options: &Options) -> Result<(), AuthError> {
    if IN_CALLBACK.get() {
        return Err(AuthError::of_call(Status::Busy, "A login was asked for from inside a callback of another login.")
            .hint("Return from the callback first."));
    }
    if options.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
        return Err(AuthError::of_call(Status::Cancelled, "The cancel token was used before the call."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Result<(), AuthError> {
        super::check(&Options::default())
    }

    #[test]
    fn only_the_inside_of_a_callback_is_busy() {
        assert!(check().is_ok());
        assert_eq!(in_callback(check).unwrap_err().status(), Status::Busy);
        assert!(in_callback(|| in_callback(check)).is_err());
        assert!(check().is_ok());
    }
}
