//! `rs-auth man`: the manual pages, made from the command line's own description.

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::print;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;
use std::path::PathBuf;

/// `man`
#[derive(Args)]
pub struct ManArguments {
    /// Write the pages of all sub-commands into this directory, instead of printing one
    #[arg(long, value_name = "DIRECTORY")]
    pub dir: Option<PathBuf>,
    /// Print the page of this sub-command
    #[arg(conflicts_with = "dir")]
    pub command: Option<String>,
}

/// Prints one page or writes all.
pub fn run(arguments: &ManArguments) -> Result<(), Failure> {
    let whole = command();
    if let Some(directory) = &arguments.dir {
        std::fs::create_dir_all(directory)?;
        for command in std::iter::once(&whole).chain(whole.get_subcommands()) {
            let name = command.get_display_name().unwrap_or_else(|| command.get_name());
            std::fs::write(directory.join(format!("{name}.1")), page(command)?)?;
        }
        return Ok(());
    }
    match &arguments.command {
        None => print(&page(&whole)?),
        Some(name) => match whole.find_subcommand(name) {
            Some(command) => print(&page(command)?),
            None => Err(Failure::usage(format!("there is no sub-command {name}"))),
        },
    }
}

/// With the sub-commands' full names.
fn command() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

fn page(command: &Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    // Only the number: the library's version is a line of its own.
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
