//! Programs that we start: no shell, a clean signal mask, limited output, and gone as soon as nobody waits for them.
//!
//! Not tokio's `process` feature: its signal driver keeps two descriptors open for good, and it wants SIGCHLD.

#![allow(unsafe_code)]

use super::signals;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use zeroize::Zeroizing;

/// How much of standard error is kept: its end, where programs say why.
const ERROR_TAIL: usize = 4 * 1024;
/// How long output may still come after the program has ended: a descendant may hold the pipe open for ever.
const AFTER_EXIT: Duration = Duration::from_millis(100);
/// How often we look whether a program has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A program to run.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// A path, or a name that is looked for in `PATH`.
    pub path: &'a OsStr,
    /// Its arguments, each passed as it is.
    pub arguments: &'a [OsString],
    /// What it reads from standard input; `None`: nothing.
    pub input: Option<&'a [u8]>,
    /// More output than this is an error.
    pub output_limit: usize,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// Nobody knows: the host reaps every child itself, or ignores SIGCHLD.
    Unknown,
}

/// A program that has ended.
pub struct Finished {
    /// How.
    pub exit: Exit,
    /// All it wrote to standard output. It may hold secrets.
    pub output: Zeroizing<Vec<u8>>,
    /// The end of what it wrote to standard error. It may hold secrets.
    pub error_tail: Zeroizing<Vec<u8>>,
}

/// Why a program gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be started.
    #[error("it could not be started: {0}")]
    NotStarted(io::Error),
    /// It wrote more than it may.
    #[error("it wrote more than {0} bytes to standard output")]
    TooMuchOutput(usize),
    /// A pipe to it failed.
    #[error("the pipe to it failed: {0}")]
    Pipe(#[from] io::Error),
}

impl Program<'_> {
    /// Runs it to its end. Dropping the future kills it and takes its exit status.
    ///
    /// Where the process has a terminal, the program stays in its process group, so that it can ask for a PIN and hears
    /// Ctrl-C; otherwise it gets a group of its own, so that its descendants are killed with it.
    pub async fn run(&self) -> Result<Finished, Failure> {
        self.run_in(if File::open("/dev/tty").is_ok() { Group::Ours } else { Group::Own }).await
    }

    async fn run_in(&self, group: Group) -> Result<Finished, Failure> {
        let mut running = Running::start(self, group).map_err(Failure::NotStarted)?;
        let (input, output, errors) = running.pipes()?;
        let mut finished = Finished {
            exit: Exit::Unknown,
            output: Zeroizing::new(Vec::with_capacity(16 * 1024)),
            error_tail: Zeroizing::new(Vec::with_capacity(2 * ERROR_TAIL)),
        };
        {
            let talk = async {
                tokio::try_join!(
                    write_all(input, self.input.unwrap_or_default()),
                    read_all(output, &mut finished.output, self.output_limit),
                    read_tail(errors, &mut finished.error_tail),
                )
            };
            tokio::pin!(talk);
            finished.exit = tokio::select! {
                said = &mut talk => { said?; running.exit().await }
                exit = running.exit() => {
                    if let Ok(said) = tokio::time::timeout(AFTER_EXIT, &mut talk).await { said?; }
                    exit
                }
            };
        }
        Ok(finished)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Ours,
    Own,
}

/// A child that has not been waited for; killed and waited for on drop.
struct Running {
    child: Child,
    group: Group,
    gone: bool,
}

impl Running {
    fn start(program: &Program<'_>, group: Group) -> io::Result<Self> {
        let mut command = Command::new(program.path);
        command.args(program.arguments);
        command.stdin(if program.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if group == Group::Own {
            command.process_group(0);
        }
        // SAFETY: `clean_signals` only makes calls that POSIX allows between fork and exec; it allocates nothing.
        unsafe { command.pre_exec(clean_signals) };
        Ok(Self { child: command.spawn()?, group, gone: false })
    }

    #[allow(clippy::type_complexity)] // the three pipes of one program
    fn pipes(&mut self) -> io::Result<(Option<pipe::Sender>, Option<pipe::Receiver>, Option<pipe::Receiver>)> {
        let input = self.child.stdin.take().map(|end| pipe::Sender::from_owned_fd(OwnedFd::from(end)));
        let output = self.child.stdout.take().map(|end| pipe::Receiver::from_owned_fd(OwnedFd::from(end)));
        let errors = self.child.stderr.take().map(|end| pipe::Receiver::from_owned_fd(OwnedFd::from(end)));
        Ok((input.transpose()?, output.transpose()?, errors.transpose()?))
    }

    /// Waits for the end. By looking, not by SIGCHLD: that signal belongs to the host.
    async fn exit(&mut self) -> Exit {
        loop {
            if let Some(exit) = self.look() {
                return exit;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn look(&mut self) -> Option<Exit> {
        let exit = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => exit_of(status),
            // ECHILD: it has ended, and somebody else took the status.
            Err(_) => Exit::Unknown,
        };
        self.gone = true;
        Some(exit)
    }

    fn kill(&mut self) {
        let group = i32::try_from(self.child.id()).unwrap_or(0);
        if self.group == Group::Own && group > 0 {
            // SAFETY: plain system call. The child is not reaped, so its id, and with it the group's, is still its own.
            unsafe { libc::kill(-group, libc::SIGKILL) };
        }
        // Fails only for a child that has just ended.
        drop(self.child.kill());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.gone || self.look().is_some() {
            return;
        }
        self.kill();
        // A killed process ends within a millisecond, unless it hangs in the kernel: then it is left to the host.
        for _ in 0..40 {
            if self.look().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The watcher of a program that was left to itself: ended and waited for on drop, which the program does not notice.
pub struct Released(Running);

impl Released {
    /// Takes over the watcher.
    pub fn new(child: Child) -> Self {
        Self(Running { child, group: Group::Ours, gone: false })
    }

    /// Waits for its end.
    pub async fn exit(&mut self) -> Exit {
        self.0.exit().await
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Unknown,
    }
}

/// In the child: our login thread blocks every signal and a host may ignore SIGCHLD; both would be inherited.
pub(super) fn clean_signals() -> io::Result<()> {
    signals::unblock_all_in_child()?;
    // SAFETY: async-signal-safe, and the child is a process of its own by now.
    unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
    Ok(())
}

async fn write_all(pipe: Option<pipe::Sender>, input: &[u8]) -> Result<(), Failure> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    match pipe.write_all(input).await {
        // A program need not read its input.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

async fn read_all(pipe: Option<pipe::Receiver>, output: &mut Vec<u8>, limit: usize) -> Result<(), Failure> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    while pipe.read_buf(output).await? > 0 {
        if output.len() > limit {
            return Err(Failure::TooMuchOutput(limit));
        }
    }
    Ok(())
}

async fn read_tail(pipe: Option<pipe::Receiver>, tail: &mut Vec<u8>) -> Result<(), Failure> {
    let Some(mut pipe) = pipe else { return Ok(()) };
    while pipe.read_buf(tail).await? > 0 {
        tail.drain(..tail.len().saturating_sub(ERROR_TAIL));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::time::Instant;

    fn sh(script: &str) -> Vec<OsString> {
        vec!["-c".into(), script.into()]
    }

    fn program<'a>(arguments: &'a [OsString], input: Option<&'a [u8]>) -> Program<'a> {
        Program { path: OsStr::new("/bin/sh"), arguments, input, output_limit: 1000 }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn run(script: &str, input: Option<&[u8]>) -> Result<Finished, Failure> {
        runtime().block_on(program(&sh(script), input).run())
    }

    fn is_gone(pid: &str) -> bool {
        !Path::new("/proc").join(pid).exists()
    }

    #[test]
    fn gives_output_errors_and_exit_code() {
        let finished = run("cat; echo why >&2; exit 3", Some(b"hello")).unwrap();
        assert_eq!(finished.exit, Exit::Code(3));
        assert_eq!(&finished.output[..], b"hello");
        assert_eq!(&finished.error_tail[..], b"why\n");
        assert_eq!(run("kill -9 $$", None).unwrap().exit, Exit::Signal(9));
    }

    #[test]
    fn standard_input_is_empty_when_there_is_none() {
        assert_eq!(&run("cat; echo end", None).unwrap().output[..], b"end\n");
    }

    #[test]
    fn a_program_that_reads_nothing_may_end_before_its_input_is_written() {
        let much = vec![b'x'; 1 << 20];
        assert_eq!(run("exit 0", Some(&much)).unwrap().exit, Exit::Code(0));
    }

    #[test]
    fn limits_output_and_keeps_the_end_of_errors() {
        assert!(matches!(run("head -c 1001 /dev/zero; sleep 60", None), Err(Failure::TooMuchOutput(1000))));
        assert_eq!(run("head -c 1000 /dev/zero", None).unwrap().output.len(), 1000);
        let finished = run("head -c 100000 /dev/zero >&2; printf end >&2", None).unwrap();
        assert_eq!(finished.error_tail.len(), ERROR_TAIL);
        assert!(finished.error_tail.ends_with(b"end"));
    }

    #[test]
    fn what_cannot_be_started_says_so() {
        let missing = Program { path: OsStr::new("/nonexistent/program"), ..program(&[], None) };
        assert!(matches!(runtime().block_on(missing.run()), Err(Failure::NotStarted(_))));
    }

    #[test]
    fn does_not_wait_for_a_descendant_that_holds_the_pipes() {
        let started = Instant::now();
        let finished = run("sleep 30 & echo done", None).unwrap();
        assert_eq!(&finished.output[..], b"done\n");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn dropping_the_wait_kills_and_reaps_the_program_and_its_group() {
        let directory = tempfile::tempdir().unwrap();
        let pids = directory.path().join("pids");
        let script = format!("sleep 1000 & echo $$ $! > '{0}.new'; mv '{0}.new' '{0}'; wait", pids.display());
        runtime().block_on(async {
            let arguments = sh(&script);
            let program = program(&arguments, None);
            let written = async {
                while !pids.exists() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::select! {
                _ = program.run_in(Group::Own) => panic!("it cannot end"),
                () = written => {}
            }
        });
        let pids = std::fs::read_to_string(pids).unwrap();
        let (child, descendant) = pids.trim().split_once(' ').unwrap();
        assert!(is_gone(child), "reaped when the drop returns");
        // The descendant is reaped by init; it is dead as soon as it is a zombie.
        let deadline = Instant::now() + Duration::from_secs(10);
        while !is_gone(descendant) {
            let stat = std::fs::read_to_string(format!("/proc/{descendant}/stat")).unwrap_or_default();
            if stat.contains(") Z ") {
                break;
            }
            assert!(Instant::now() < deadline, "{stat}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Not through a shell: that clears the mask for its own children.
    #[test]
    fn the_signal_mask_of_our_thread_is_not_inherited() {
        let (own, child) = std::thread::spawn(|| {
            // SAFETY: the set is filled before use; only this thread's mask changes.
            unsafe {
                let mut all = std::mem::zeroed::<libc::sigset_t>();
                libc::sigfillset(&raw mut all);
                libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
            }
            let arguments = ["SigBlk".into(), "/proc/self/status".into()];
            let grep = Program { path: OsStr::new("grep"), ..program(&arguments, None) };
            let own = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            (own, runtime().block_on(grep.run()).unwrap())
        })
        .join()
        .unwrap();
        assert!(
            own.lines().any(|line| line.starts_with("SigBlk") && line.contains('f')),
            "the control: ours is blocked"
        );
        assert_eq!(String::from_utf8_lossy(&child.output), "SigBlk:\t0000000000000000\n");
    }

    #[test]
    fn a_status_that_the_host_took_is_unknown() {
        let arguments = sh("exit 7");
        let mut running = Running::start(&program(&arguments, None), Group::Own).unwrap();
        let pid = i32::try_from(running.child.id()).unwrap();
        // SAFETY: waits for the child just started, as a host that reaps all children does.
        assert_eq!(unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) }, pid);
        assert_eq!(running.look(), Some(Exit::Unknown));
    }
}
