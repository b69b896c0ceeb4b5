//! The terminal of this session, whatever standard input and output lead to.

use super::interrupt::Interrupt;
use super::line::{Line, Step};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// What is shown of what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// All.
    On,
    /// Nothing: it is a secret.
    Off,
}

/// The controlling terminal.
pub struct Terminal(File);

impl Terminal {
    /// `None` where there is none: a service, a pipeline without a session.
    pub fn open() -> Option<Self> {
        OpenOptions::new().read(true).write(true).open("/dev/tty").ok().map(Self)
    }

    /// Asks for a line. `None`: nobody will answer (Ctrl-D, a signal, the time limit).
    pub fn ask(&self, prompt: &str, echo: Echo, interrupt: &Interrupt) -> io::Result<Option<Zeroizing<String>>> {
        let _attentive = interrupt.attend();
        let _mode = Mode::by_byte(&self.0)?;
        (&self.0).write_all(prompt.as_bytes())?;
        let line = self.line(echo, interrupt);
        (&self.0).write_all(b"\n")?;
        line
    }

    fn line(&self, echo: Echo, interrupt: &Interrupt) -> io::Result<Option<Zeroizing<String>>> {
        let mut line = Line::new();
        let mut byte = Zeroizing::new([0]);
        loop {
            if interrupt.is_over() {
                return Ok(None);
            }
            // One byte at a time: what is typed ahead is for whoever asks next.
            if !self.is_readable()? {
                continue;
            }
            if (&self.0).read(byte.as_mut_slice())? == 0 {
                return Ok(None);
            }
            match line.take(byte[0]) {
                Step::Show(shown) if echo == Echo::On => (&self.0).write_all(&shown)?,
                Step::Show(_) => {}
                Step::End => return Ok(None),
                Step::Complete => {
                    let text = line.text();
                    return text.map(Some).ok_or_else(|| io::Error::other("what was typed is not UTF-8"));
                }
            }
        }
    }

    /// Waits a moment, so that a signal is noticed.
    fn is_readable(&self) -> io::Result<bool> {
        let moment = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
        match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&moment)) {
            Ok(count) => Ok(count > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// A terminal without editing and echo of its own, until this is dropped.
struct Mode<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Mode<'a> {
    fn by_byte(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut now = before.clone();
        now.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        // What was typed before the question was meant for something else, and was shown.
        tcsetattr(terminal, OptionalActions::Flush, &now)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Mode<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}
