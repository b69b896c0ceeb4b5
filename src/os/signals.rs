//! Signal masks. The host's handlers do not run on a thread of ours, and a broken TLS connection does not raise SIGPIPE
//! in it; programs that we start get a clean mask again.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// Those that a fault of the thread itself raises. Blocking them would not keep them away: the kernel would kill the
/// process without asking a handler.
const SYNCHRONOUS: [libc::c_int; 7] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT, libc::SIGSYS];

/// Runs `body` with all signals blocked but the synchronous ones, and restores the caller's mask. A thread that `body`
/// starts inherits the blocked mask for its whole life.
pub(crate) fn with_signals_blocked<T>(body: impl FnOnce() -> T) -> T {
    let _restored = Restore(block());
    body()
}

/// Gives the child of a fork an empty mask. For `CommandExt::pre_exec`: it calls only what is safe there.
pub(crate) fn unblock_all_in_child() -> io::Result<()> {
    let mut none = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigemptyset fills the set, and pthread_sigmask reads it; both may be called between fork and exec.
    let failed = unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut())
    };
    match failed {
        0 => Ok(()),
        number => Err(io::Error::from_raw_os_error(number)),
    }
}

/// The mask from before.
struct Restore(libc::sigset_t);

impl Drop for Restore {
    fn drop(&mut self) {
        // SAFETY: the set was filled by pthread_sigmask. It fails only for an unknown `how`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}

fn block() -> libc::sigset_t {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigfillset fills `all` before it is read, and pthread_sigmask fills `before`; a zeroed set is valid too.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for signal in SYNCHRONOUS {
            libc::sigdelset(all.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    fn is_blocked(signal: libc::c_int) -> bool {
        let mut mask = MaybeUninit::<libc::sigset_t>::zeroed();
        // SAFETY: with NULL for the new mask it only fills `mask`.
        unsafe {
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask.as_mut_ptr());
            libc::sigismember(mask.as_ptr(), signal) == 1
        }
    }

    #[test]
    fn a_thread_started_inside_is_blocked_and_the_caller_is_not() {
        let inside = with_signals_blocked(|| {
            std::thread::spawn(|| (is_blocked(libc::SIGPIPE), is_blocked(libc::SIGTERM), is_blocked(libc::SIGSEGV)))
        });
        assert_eq!(inside.join().unwrap(), (true, true, false));
        assert!(!is_blocked(libc::SIGPIPE) && !is_blocked(libc::SIGTERM));
    }

    #[test]
    fn the_mask_is_restored_after_a_panic_too() {
        let _ = std::panic::catch_unwind(|| with_signals_blocked(|| panic!("on purpose")));
        assert!(!is_blocked(libc::SIGTERM));
    }

    #[test]
    fn a_program_started_from_a_blocked_thread_has_a_clean_mask() {
        let blocked = |clean: bool| {
            with_signals_blocked(|| {
                // Not through a shell: dash empties the mask by itself.
                let mut command = Command::new("grep");
                command.args(["SigBlk", "/proc/self/status"]);
                if clean {
                    // SAFETY: it calls only functions that are safe between fork and exec.
                    unsafe { command.pre_exec(unblock_all_in_child) };
                }
                String::from_utf8(command.output().unwrap().stdout).unwrap()
            })
        };
        assert_eq!(blocked(true).trim(), "SigBlk:\t0000000000000000");
        assert_ne!(blocked(false).trim(), "SigBlk:\t0000000000000000", "the control");
    }
}
