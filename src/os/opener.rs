//! A program that goes on by itself: the opener of a browser, which may stay in the foreground as long as the browser is
//! open. It is nobody's child afterwards, so that it becomes no zombie of the host, and it holds nothing of the host.

use super::children::{Exit, Released, clean_signals};
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// An opener that has not failed by then has started its browser.
const WATCH: Duration = Duration::from_secs(2);
/// How often the watcher looks.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// What the host sets for its own libraries would break programs of the system (bundled Qt is known for it).
const OF_THE_HOST: [&str; 2] = ["LD_LIBRARY_PATH", "LD_PRELOAD"];
/// What a shell reports for a program that a signal ended.
const SIGNALLED: i32 = 128;

/// What came of a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// It runs, or has ended well.
    Well,
    /// It has ended at once with this code.
    Failed(i32),
    /// There is no such program, or it may not be executed.
    Missing(String),
}

/// Starts a program without a shell and watches it for a short while. Dropping the future leaves the program alone.
pub async fn start(program: &Path, arguments: &[OsString]) -> Started {
    let mut watcher = match spawn(program, arguments) {
        Ok(child) => Released::new(child),
        Err(error) => return Started::Missing(error.to_string()),
    };
    match watcher.exit().await {
        // Unknown: the host reaps every child itself.
        Exit::Code(0) | Exit::Unknown => Started::Well,
        Exit::Code(code) => Started::Failed(code),
        Exit::Signal(signal) => Started::Failed(SIGNALLED.saturating_add(signal)),
    }
}

fn spawn(program: &Path, arguments: &[OsString]) -> io::Result<std::process::Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in OF_THE_HOST {
        command.env_remove(name);
    }
    // SAFETY: both only make calls that POSIX allows between fork and exec; they allocate nothing.
    unsafe { command.pre_exec(clean_signals).pre_exec(leave_to_itself) };
    command.spawn()
}

/// In the child: another fork. The program goes on in the grandchild, in a session of its own; the child watches it, tells by
/// its exit code how that went, and is gone after a short while, which makes the program a child of init.
fn leave_to_itself() -> io::Result<()> {
    // SAFETY: the process has one thread, and the calls are async-signal-safe.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // SAFETY: plain system call; it cannot fail in a process that was just forked.
            unsafe { libc::setsid() };
            inherit_nothing();
            Ok(())
        }
        pid => {
            close_everything();
            let code = watch(pid);
            // SAFETY: ends this process without running anything of the host's.
            unsafe { libc::_exit(code) }
        }
    }
}

/// The watcher must not hold the host's files and pipes, nor the pipe by which std hears that exec succeeded.
fn close_everything() {
    #[cfg(target_os = "linux")]
    // SAFETY: a plain system call on numbers; nothing in this process uses a descriptor any more.
    if unsafe { libc::syscall(libc::SYS_close_range, 0, libc::c_uint::MAX, 0) } == 0 {
        return;
    }
    for descriptor in 0..most_descriptors() {
        // SAFETY: as above.
        unsafe { libc::close(descriptor) };
    }
}

/// Hosts are careless with the flag that closes descriptors on exec, and a browser would hold them for hours.
fn inherit_nothing() {
    #[cfg(target_os = "linux")]
    // SAFETY: a plain system call on numbers.
    if unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) } == 0 {
        return;
    }
    for descriptor in 3..most_descriptors() {
        // SAFETY: a plain system call; it fails for numbers that are no descriptors.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// For kernels that cannot do it in one call (Linux before 5.11).
fn most_descriptors() -> libc::c_int {
    // SAFETY: sysconf only reads a limit.
    let most = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    libc::c_int::try_from(most).unwrap_or(0).clamp(1024, 65_536)
}

/// The program's exit code; 0 if it still runs when the time is over.
fn watch(pid: libc::pid_t) -> i32 {
    let pause = libc::timespec { tv_sec: 0, tv_nsec: LOOK_AGAIN.subsec_nanos().into() };
    for _ in 0..WATCH.as_millis() / LOOK_AGAIN.as_millis() {
        let mut status = 0;
        // SAFETY: a child of this process, and room for its status; then a pause.
        unsafe {
            if libc::waitpid(pid, &raw mut status, libc::WNOHANG) == pid {
                return if libc::WIFSIGNALED(status) {
                    SIGNALLED.saturating_add(libc::WTERMSIG(status))
                } else {
                    libc::WEXITSTATUS(status)
                };
            }
            libc::nanosleep(&raw const pause, std::ptr::null_mut());
        }
    }
    0
}

#[cfg(test)]
mod tests;
