//! The chores of this repository: `cargo xtask <chore>`.

mod args;
mod install;
mod library;
mod run;
mod static_library;

use args::Args;
use std::process::ExitCode;

const USAGE: &str = "cargo xtask <chore>
  install [--prefix P] [--libdir L] [--destdir D] [--dev | --release] [--static]";

fn main() -> ExitCode {
    let (chore, args) = Args::split();
    let done = match chore.as_deref() {
        Some("install") => install::chore(args),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
