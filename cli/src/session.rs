//! A call of the library for a command: its DSN, its options, and what ends it.

use crate::arguments::{Behaviour, LoginArguments};
use crate::dsn;
use crate::failure::Failure;
use crate::library::{self, Credentials, Options, Pairs, Refusal};
use crate::terminal::{Interrupt, Person, Style, printable, say};
use std::io::{self, IsTerminal};
use std::time::Duration;

const ERROR: i32 = 1;
const WARN: i32 = 2;

/// The DSN and how it is used.
pub struct Session {
    /// What was given.
    pub dsn: Pairs,
    options: Options,
    limit: Option<Duration>,
    interrupt: Interrupt,
}

impl Session {
    /// From the command line.
    pub fn begin(arguments: &LoginArguments, interrupt: &Interrupt) -> Result<Self, Failure> {
        let dsn = dsn::put_together(&arguments.dsn, interrupt)?;
        let limit = arguments.behaviour.timeout.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        Ok(Self { dsn, options: options(&arguments.behaviour, interrupt)?, limit, interrupt: interrupt.clone() })
    }

    /// Logs in.
    pub fn log_in(&self) -> Result<Credentials, Failure> {
        self.call(library::log_in)
    }

    /// Logs in as far as AWS.
    pub fn aws_keys(&self) -> Result<Credentials, Failure> {
        self.call(library::aws_keys)
    }

    /// A call that a signal ends. What comes after a signal is not done either.
    pub fn call<T>(&self, call: impl FnOnce(&Pairs, &Options) -> Result<T, Failure>) -> Result<T, Failure> {
        let attentive = self.interrupt.attend();
        if let Some(limit) = self.limit {
            self.interrupt.limit(limit);
        }
        let result = call(&self.dsn, &self.options);
        drop(attentive);
        match (self.interrupt.signal(), result) {
            (Some(code), _) => Err(Failure::Interrupted(code)),
            (None, Err(Failure::Library(refusal))) if refusal.is_cancelled() && self.interrupt.is_late() => {
                Err(Failure::Library(Box::new(Refusal::late())))
            }
            (None, result) => result,
        }
    }
}

fn options(behaviour: &Behaviour, interrupt: &Interrupt) -> Result<Options, Failure> {
    let mut options = Options::new()?;
    options.cancel(interrupt.token())?;
    options.cache(behaviour.cache.into())?;
    if let Some(seconds) = behaviour.timeout {
        options.limit(Duration::from_secs(seconds))?;
    }
    // Nobody reads along in a pipe, and nobody is there to answer.
    let somebody = io::stderr().is_terminal() && !behaviour.quiet;
    if somebody {
        let person = Person::new(interrupt.clone(), !behaviour.no_qr);
        options.events(Box::new(move |event| person.hear(event)))?;
    }
    let level = if behaviour.verbose > 0 { WARN + i32::from(behaviour.verbose.min(3)) } else { WARN };
    if somebody || behaviour.verbose > 0 {
        let style = Style::of(&io::stderr());
        let write = move |level, target: &str, message: &str| {
            // The failure is told at the end of the program.
            if level != ERROR {
                say(&line(style, level, target, message));
            }
        };
        options.log(level, Box::new(write))?;
    }
    Ok(options)
}

fn line(style: Style, level: i32, target: &str, message: &str) -> String {
    let name = match level {
        WARN => style.doubtful("warning"),
        3 => "info".to_owned(),
        4 => style.faint("debug"),
        _ => style.faint("trace"),
    };
    format!("{name}: {}: {}", style.faint(target), printable(message))
}
