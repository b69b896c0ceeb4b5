//! Panics become errors. They are bugs of ours, so the error tells where, but not what: the text of a panic may hold a
//! secret.

use super::own_library;
use crate::error::{AuthError, Status};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::Once;

thread_local! {
    /// Where the last panic of this thread was; known only where the panic hook is ours.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body` and turns a panic in it into [`Status::Internal`].
///
/// Whatever `body` was changing may be half done, so it must own what it changes or hold it behind a lock that is
/// prepared for that.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, AuthError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        // The default hook writes to the host's stderr. In our own shared library it is ours to replace; in a Rust
        // program it is the program's, and so is the unwinder.
        if own_library::is_ours() {
            set_hook(Box::new(remember));
            #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
            super::unwinder::find();
        }
    });
    catch_unwind(AssertUnwindSafe(body)).map_err(|_payload| {
        let place = PLACE.try_with(|place| place.borrow_mut().take()).ok().flatten();
        let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
        AuthError::of_call(Status::Internal, format!("a bug in rs_auth: the library panicked{place}"))
            .hint("Please report this with the version of the library and what the program was doing.")
    })
}

fn remember(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!("{}:{}", tail(at.file()), at.line()));
    // A thread that is past its thread-locals has nobody to tell.
    let _ = PLACE.try_with(|kept| *kept.borrow_mut() = place);
}

/// The last three components of a path: the rest belongs to the machine that built the library.
fn tail(path: &str) -> &str {
    let start = path.rmatch_indices(['/', '\\']).nth(2).map_or(0, |(at, _)| at.saturating_add(1));
    path.get(start..).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_without_its_text() {
        let error = caught(|| panic!("hunter2")).map(|(): ()| ()).unwrap_err();
        assert_eq!(error.status(), Status::Internal);
        assert!(!error.message().contains("hunter2"));
        assert_eq!(caught(|| 7).unwrap(), 7);
    }

    #[test]
    fn a_place_does_not_tell_where_the_library_was_built() {
        assert_eq!(tail("/home/builder/registry/tokio/src/runtime/mod.rs"), "src/runtime/mod.rs");
        assert_eq!(tail("src/lib.rs"), "src/lib.rs");
    }
}
