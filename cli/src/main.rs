//! `rs-auth`: logins for Amazon Redshift on the command line.
//!
//! What a login is and does is the library's; this program puts DSNs together, asks the person at the terminal, and
//! writes results for other programs. See docs/program.md.

#![deny(unsafe_code)]

mod arguments;
mod catalogue;
mod command;
mod dsn;
mod failure;
mod format;
mod library;
mod output;
mod report;
mod session;
mod terminal;

use arguments::Arguments;
use clap::Parser;
use failure::code;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match command::run(arguments.command) {
        Ok(()) => ExitCode::from(code::OK),
        Err(failure) => {
            if let Some(text) = failure.text() {
                terminal::say(&terminal::printable(&text));
            }
            ExitCode::from(failure.code())
        }
    }
}
