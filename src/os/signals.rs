//! Signal masks. The host's handlers do not run on a thread of ours, and a broken TLS connection does not raise SIGPIPE
//! in it; programs that we start get a clean mask again. What little is written on a thread of the host's raises nothing there
//! either.

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

/// What a write raises in the thread that makes it: a pipe that nobody reads, a file beyond
/// `RLIMIT_FSIZE`. By default either ends the process; the write says the same by its error.
#[cfg(target_os = "linux")]
const OF_WRITES: [libc::c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ];

/// Runs `body`, which writes on a thread of the host's, and takes back the signals that it raised.
#[cfg(target_os = "linux")]
pub(crate) fn without_signals_of_writes<T>(body: impl FnOnce() -> T) -> T {
    let _restored = Restore(block_those(&set_of(&OF_WRITES)));
    let before = pending();
    let result = body();
    let raised = pending();
    for signal in OF_WRITES {
        // One that waited before is the host's.
        if is_member(&raised, signal) && !is_member(&before, signal) {
            take_back(signal);
        }
    }
    result
}

/// Elsewhere there is no way to take one back without waiting for it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn without_signals_of_writes<T>(body: impl FnOnce() -> T) -> T {
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
    // SAFETY: sigfillset fills `all`; a zeroed set is valid too.
    let all = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for signal in SYNCHRONOUS {
            libc::sigdelset(all.as_mut_ptr(), signal);
        }
        all.assume_init()
    };
    block_those(&all)
}

/// Blocks them on this thread; the mask from before.
fn block_those(signals: &libc::sigset_t) -> libc::sigset_t {
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: pthread_sigmask reads a filled set and fills `before`; a zeroed set is valid too.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, signals, before.as_mut_ptr());
        before.assume_init()
    }
}

#[cfg(target_os = "linux")]
fn set_of(signals: &[libc::c_int]) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigemptyset fills the set before it is used.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in signals {
            libc::sigaddset(set.as_mut_ptr(), *signal);
        }
        set.assume_init()
    }
}

#[cfg(target_os = "linux")]
fn is_member(set: &libc::sigset_t, signal: libc::c_int) -> bool {
    // SAFETY: a filled set, which is only read.
    unsafe { libc::sigismember(set, signal) == 1 }
}

/// Takes a blocked signal that waits, without waiting for it: another thread may have been faster.
#[cfg(target_os = "linux")]
fn take_back(signal: libc::c_int) {
    let (set, now) = (set_of(&[signal]), libc::timespec { tv_sec: 0, tv_nsec: 0 });
    // SAFETY: a filled set and a time that live during the call.
    unsafe { libc::sigtimedwait(&raw const set, ptr::null_mut(), &raw const now) };
}

/// What waits for this thread, and for the process.
#[cfg(target_os = "linux")]
fn pending() -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigpending fills the set; a zeroed one is valid too.
    unsafe {
        libc::sigpending(set.as_mut_ptr());
        set.assume_init()
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

    fn raised_in_a_thread(before: bool) -> (bool, bool) {
        std::thread::spawn(move || {
            let _restored = Restore(block_those(&set_of(&[libc::SIGPIPE])));
            // SAFETY: a blocked signal, for this thread alone.
            let raise = || unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) };
            if before {
                raise();
            }
            without_signals_of_writes(raise);
            let waits = is_member(&pending(), libc::SIGPIPE);
            take_back(libc::SIGPIPE); // what waits must not end the test
            (waits, is_blocked(libc::SIGPIPE))
        })
        .join()
        .unwrap()
    }

    #[test]
    fn what_a_write_raises_is_taken_back_and_what_waited_is_not() {
        assert_eq!(raised_in_a_thread(false), (false, true));
        assert_eq!(raised_in_a_thread(true), (true, true));
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
