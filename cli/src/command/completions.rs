//! `rs-auth completions`: for the user's shell.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::print;
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// `completions`
#[derive(Args)]
pub struct CompletionsArguments {
    /// Whose completions
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints them.
pub fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Arguments::command(), "rs-auth", &mut script);
    print(&String::from_utf8_lossy(&script))
}
