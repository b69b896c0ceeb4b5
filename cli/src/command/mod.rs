//! What the program does, a file each.

mod aws;
mod bundle;
mod completions;
mod exec;
mod forget;
mod get;
mod lists;
mod man;
mod reports;
mod sandbox;

pub use completions::CompletionsArguments;
pub use man::ManArguments;
pub use sandbox::SandboxArguments;

use crate::arguments::{Command, LoginArguments};
use crate::failure::Failure;
use crate::session::Session;
use crate::terminal::Interrupt;

/// Does it.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Get(arguments) => get::run(&arguments, &begin(&arguments.login)?),
        Command::Exec(arguments) => exec::run(&arguments, &begin(&arguments.login)?),
        Command::Aws(arguments) => aws::run(arguments.format, &begin(&arguments.login)?),
        Command::Explain(arguments) => reports::explain(&arguments, &begin(&arguments.login)?),
        Command::Doctor(arguments) => reports::doctor(&arguments, &begin(&arguments.report.login)?),
        Command::Plugins(arguments) => lists::plugins(&arguments),
        Command::Keys(arguments) => lists::keys(&arguments),
        Command::Forget(arguments) if arguments.all => forget::all(),
        Command::Forget(arguments) => forget::one(&begin(&arguments.login)?),
        Command::Sandbox(arguments) => sandbox::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

/// A signal is looked after from here on.
fn begin(login: &LoginArguments) -> Result<Session, Failure> {
    Session::begin(login, &Interrupt::watch()?)
}
