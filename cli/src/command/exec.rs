//! `rs-auth exec`: logs in and becomes the command.

use crate::arguments::ExecArguments;
use crate::failure::Failure;
use crate::format::{Variables, aws_environment, database_environment};
use crate::session::Session;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The result stands in the environment, which only the user's own processes can read, and in no argument.
pub fn run(arguments: &ExecArguments, session: &Session) -> Result<(), Failure> {
    let variables = if arguments.aws {
        aws_environment(&session.aws_keys()?)?
    } else {
        database_environment(&session.dsn, &session.log_in()?)?
    };
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::usage("exec needs a command after --"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    set(&mut command, &variables);
    // Handlers of signals end here, and what the command ends with is what we end with.
    let reason = command.exec();
    Err(Failure::NotStarted { command: program.to_string_lossy().into_owned(), reason })
}

fn set(command: &mut Command, variables: &Variables) {
    for name in &variables.unset {
        command.env_remove(name);
    }
    for (name, value) in &variables.set {
        command.env(name, value.as_str());
    }
}
