//! Calls of other libraries that block for as long as they like (name lookups, Kerberos), each on a thread of its own.
//!
//! Not tokio's `spawn_blocking`: it panics where the operating system has no thread to give.

use super::{panics, thread};
use std::io;
use tokio::sync::oneshot;

/// Runs `work` on a fresh thread, which has ended when this returns. Dropping the future leaves the thread to itself.
pub(crate) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (sender, result) = oneshot::channel();
    let body = move || {
        // Nobody waits any more if it cannot be sent.
        let _ = sender.send(panics::caught(work));
    };
    let thread = thread::spawn(body)
        .map_err(|error| io::Error::new(error.kind(), format!("the operating system gave no thread: {error}")))?;
    let result = result.await;
    // What it had to do is done, so this takes no time.
    drop(thread.join());
    result.map_err(io::Error::other)?.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::run;
    use std::future::Future;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn gives_what_the_work_gave_on_a_thread_of_its_own() {
        let here = std::thread::current().id();
        assert_ne!(block_on(run(|| std::thread::current().id())).unwrap(), here);
    }

    #[test]
    fn a_panic_is_an_error() {
        assert!(block_on(run(|| panic!("on purpose"))).is_err());
    }
}
