//! How a call behaves: who listens, how long it may take, what may be stored, what ends it.

use super::Failure;
use super::error::{Refusal, owned};
use super::event::{self, Listener};
use super::text::borrowed;
use rs_auth::capi::{
    RS_AUTH_CACHE_DEFAULT, RS_AUTH_CACHE_MEMORY, RS_AUTH_CACHE_OFF, RS_AUTH_CACHE_REFRESH, RS_AUTH_STATUS_OK,
    rs_auth_cancel_token, rs_auth_cancel_token_cancel, rs_auth_cancel_token_free, rs_auth_cancel_token_new,
    rs_auth_options, rs_auth_options_free, rs_auth_options_new, rs_auth_options_set_cache,
    rs_auth_options_set_cancel_token, rs_auth_options_set_event_callback, rs_auth_options_set_log_callback,
    rs_auth_options_set_timeout_ms,
};
use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

/// What may be stored and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cache {
    /// In memory; on disk what a person had to do.
    #[default]
    Default,
    /// Nothing.
    Off,
    /// Nothing on disk.
    Memory,
    /// Ask again, and replace what is stored.
    Refresh,
}

/// Who takes log lines: level (1 error … 5 trace), part of the library, line.
pub type LogListener = Box<dyn Fn(i32, &str, &str)>;

/// Options of a call, with the listeners that they call.
pub struct Options {
    handle: *mut rs_auth_options,
    // The library has their addresses.
    events: Option<Box<Listener>>,
    log: Option<Box<LogListener>>,
}

impl Options {
    /// The defaults.
    pub fn new() -> Result<Self, Failure> {
        let handle = rs_auth_options_new();
        if handle.is_null() {
            return Err(Failure::system("no memory for the options"));
        }
        Ok(Self { handle, events: None, log: None })
    }

    /// The whole call may take that long; zero: any time.
    pub fn limit(&mut self, timeout: Duration) -> Result<(), Failure> {
        let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        done(rs_auth_options_set_timeout_ms(self.object(), milliseconds))
    }

    /// What may be stored.
    pub fn cache(&mut self, cache: Cache) -> Result<(), Failure> {
        let policy = match cache {
            Cache::Default => RS_AUTH_CACHE_DEFAULT,
            Cache::Off => RS_AUTH_CACHE_OFF,
            Cache::Memory => RS_AUTH_CACHE_MEMORY,
            Cache::Refresh => RS_AUTH_CACHE_REFRESH,
        };
        done(rs_auth_options_set_cache(self.object(), policy))
    }

    /// What ends the call early.
    pub fn cancel(&mut self, token: &CancelToken) -> Result<(), Failure> {
        // SAFETY: the token is alive; the options take a reference of their own.
        done(rs_auth_options_set_cancel_token(self.object(), unsafe { token.0.0.as_ref() }))
    }

    /// Who takes events.
    pub fn events(&mut self, listener: Listener) -> Result<(), Failure> {
        let user_data: *const Listener = &raw const **self.events.insert(Box::new(listener));
        // SAFETY: the listener stays at its address for as long as the options live.
        done(unsafe {
            rs_auth_options_set_event_callback(
                self.object(),
                Some(event::callback),
                user_data.cast_mut().cast::<c_void>(),
            )
        })
    }

    /// Who takes log lines up to this level.
    pub fn log(&mut self, level: i32, listener: LogListener) -> Result<(), Failure> {
        let user_data: *const LogListener = &raw const **self.log.insert(Box::new(listener));
        // SAFETY: the listener stays at its address for as long as the options live.
        done(unsafe {
            rs_auth_options_set_log_callback(self.object(), Some(on_line), level, user_data.cast_mut().cast::<c_void>())
        })
    }

    fn object(&mut self) -> Option<&mut rs_auth_options> {
        // SAFETY: made by `new`, ended by `drop`, and borrowed as this is.
        unsafe { self.handle.as_mut() }
    }

    /// For a call.
    pub fn borrow(&self) -> Option<&rs_auth_options> {
        // SAFETY: made by `new`, ended by `drop`, and borrowed as this is.
        unsafe { self.handle.as_ref() }
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: made by `new` and ended here only.
        rs_auth_options_free(unsafe { owned(self.handle) });
    }
}

unsafe extern "C" fn on_line(user_data: *mut c_void, level: i32, target: *const c_char, message: *const c_char) {
    // SAFETY: the options own the listener and live during the call; the strings live during this callback.
    let (listener, target, message) =
        unsafe { (&*user_data.cast::<LogListener>(), borrowed(target), borrowed(message)) };
    listener(level, target.unwrap_or_default(), message.unwrap_or_default());
}

fn done(status: i32) -> Result<(), Failure> {
    if status == RS_AUTH_STATUS_OK { Ok(()) } else { Err(Failure::Library(Box::new(Refusal::nameless(status)))) }
}

/// Ends the calls that it was given to. Clones are the same token.
#[derive(Clone)]
pub struct CancelToken(Arc<Handle>);

struct Handle(*mut rs_auth_cancel_token);

// SAFETY: the functions of a token may be called from any thread at any time, says the header; it is freed once, by the
// last clone.
unsafe impl Send for Handle {}
// SAFETY: the same.
unsafe impl Sync for Handle {}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self(Arc::new(Handle(rs_auth_cancel_token_new())))
    }

    /// Cancels, once and for all. Any thread, but no signal handler.
    pub fn cancel(&self) {
        // SAFETY: alive until the last clone is dropped; NULL is ignored.
        rs_auth_cancel_token_cancel(unsafe { self.0.0.as_ref() });
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by `new` and ended here only.
        rs_auth_cancel_token_free(unsafe { owned(self.0) });
        self.0 = ptr::null_mut();
    }
}
