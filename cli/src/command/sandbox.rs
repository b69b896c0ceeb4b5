//! `rs-auth sandbox`: becomes the sandbox program.

use crate::failure::Failure;
use clap::Args;
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

const NAME: &str = "rs-auth-sandbox";

/// `sandbox`
#[derive(Args)]
pub struct SandboxArguments {
    /// Arguments of rs-auth-sandbox, such as --dir DIRECTORY or --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub arguments: Vec<OsString>,
}

/// Beside this program, else in PATH.
pub fn run(arguments: &SandboxArguments) -> Result<(), Failure> {
    let Some(program) = beside().or_else(in_path) else {
        return Err(Failure::system(format!(
            "{NAME} is neither beside rs-auth nor in PATH; in the source tree of rs_auth, \
             `cargo install --path sandbox` installs it"
        )));
    };
    let reason = Command::new(&program).args(&arguments.arguments).exec();
    Err(Failure::NotStarted { command: program.display().to_string(), reason })
}

fn beside() -> Option<PathBuf> {
    let program = env::current_exe().ok()?.with_file_name(NAME);
    program.is_file().then_some(program)
}

fn in_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(NAME)).find(|path| path.is_file())
}
