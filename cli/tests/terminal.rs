//! A terminal with the program at its other end.

use crate::desk::{Desk, PROGRAM};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);

/// Where standard output leads.
#[derive(Clone, Copy, PartialEq)]
pub enum Output {
    Pipe,
    Terminal,
}

pub struct Terminal {
    keyboard: File,
    slave: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    child: Option<Child>,
    /// How much of the screen was looked at.
    seen: usize,
}

#[derive(Default)]
struct Screen {
    text: String,
    ended: bool,
}

impl Terminal {
    /// The program at a terminal of this size, which controls it.
    pub fn start(desk: &Desk, columns: u16, output: Output, env: &[(&str, &str)], arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let name = std::ffi::OsStr::from_bytes(name.as_bytes());
        let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
        tcsetwinsize(&master, Winsize { ws_row: 60, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let end = || Stdio::from(slave.try_clone().unwrap());
        // setsid becomes the program, in a session of its own whose terminal is standard input. A question that
        // nobody answers has no end of its own: `timeout` ends it with 124.
        let mut command = desk.command_of("timeout");
        command
            .args(["--kill-after=5", &LIMIT.as_secs().to_string(), "setsid", "--ctty", PROGRAM])
            .args(arguments)
            .env("TERM", "xterm")
            .envs(env.iter().copied());
        command.stdin(end()).stderr(end());
        command.stdout(if output == Output::Pipe { Stdio::piped() } else { end() });
        let child = command.spawn().unwrap();
        drop(command);
        let keyboard = File::from(master);
        let screen = Arc::default();
        watch(keyboard.try_clone().unwrap(), Arc::clone(&screen));
        Self { keyboard, slave, screen, child: Some(child), seen: 0 }
    }

    /// Waits until the text is on the screen, behind what was waited for before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let (screen, changed) = &*self.screen;
        let (screen, _) = changed
            .wait_timeout_while(screen.lock().unwrap(), LIMIT, |screen| {
                !screen.text[self.seen..].contains(text) && !screen.ended
            })
            .unwrap();
        let at = screen.text[self.seen..].find(text);
        self.seen += at.unwrap_or_else(|| panic!("no {text:?} on the screen: {}", screen.text)) + text.len();
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    pub fn enter(&mut self, line: &str) {
        self.press(&format!("{line}\r"));
    }

    /// Waits for a complete line behind what was waited for before.
    pub fn line_with(&mut self, wanted: impl Fn(&str) -> bool) -> String {
        let (screen, changed) = &*self.screen;
        let found = |screen: &Screen| {
            let lines = screen.text[self.seen..].split_inclusive("\r\n").filter(|line| line.ends_with('\n'));
            lines.map(str::trim_end).find(|line| wanted(line)).map(str::to_owned)
        };
        let (screen, _) = changed
            .wait_timeout_while(screen.lock().unwrap(), LIMIT, |screen| found(screen).is_none() && !screen.ended)
            .unwrap();
        found(&screen).unwrap_or_else(|| panic!("no such line: {}", screen.text))
    }

    /// Whether the terminal shows what is typed, as it does for a shell.
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.slave).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    /// The number that it ended with, standard output if that is a pipe, and the whole screen.
    pub fn end(mut self) -> (i32, String, String) {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        assert!(self.echoes(), "the terminal is as it was");
        let Self { slave, screen, .. } = self;
        drop(slave);
        let (screen, changed) = &*screen;
        let (screen, late) = changed.wait_timeout_while(screen.lock().unwrap(), LIMIT, |screen| !screen.ended).unwrap();
        assert!(!late.timed_out(), "somebody holds the terminal: {}", screen.text);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap(), screen.text.replace('\r', ""))
    }
}

/// Reads until nobody has the other end any more.
fn watch(mut master: File, shared: Arc<(Mutex<Screen>, Condvar)>) {
    std::thread::spawn(move || {
        let (screen, changed) = &*shared;
        let (mut bytes, mut pending) = ([0; 4096], Vec::new());
        // A terminal without another end answers EIO.
        while let Ok(count @ 1..) = master.read(&mut bytes) {
            pending.extend_from_slice(&bytes[..count]);
            // A character may come in two pieces.
            let whole = match std::str::from_utf8(&pending) {
                Ok(text) => text.len(),
                Err(error) => error.valid_up_to(),
            };
            let text: Vec<u8> = pending.drain(..whole).collect();
            screen.lock().unwrap().text.push_str(std::str::from_utf8(&text).unwrap());
            changed.notify_all();
        }
        screen.lock().unwrap().ended = true;
        changed.notify_all();
    });
}
