//! The chores of this repository: `cargo xtask <chore>`.

mod abi;
mod args;
mod artifact;
mod bench;
mod book;
mod cli;
mod consumers;
mod demo;
mod deny;
mod install;
mod library;
mod limits;
mod memcheck;
mod packages;
mod paths;
mod reliability;
mod reproducible;
mod run;
mod sandbox;
mod sanitizers;
mod sbom;
mod static_library;
mod tally;
mod test;
mod tools;

use args::Args;
use std::process::ExitCode;

const USAGE: &str = "cargo xtask <chore>
  demo [--dsn CONNECTION-STRING] [--release]
  test
  bench [--only WORD] [--runs N] [--write-docs] [--installed P] | --guard [--installed P] | --criterion
  abi
  abi-baseline
  book
  deny [--advisories]
  header
  reliability [--only WORD]
  reproducible
  sbom [--output FILE]
  install [--prefix P] [--libdir L] [--destdir D] [--dev | --release] [--static] [--program]";

fn main() -> ExitCode {
    let (chore, args) = Args::split();
    let done = match chore.as_deref() {
        Some("demo") => demo::chore(args),
        Some("test") => test::chore(args),
        Some("header") => args.finish().and_then(|()| xtask::header::write(&run::root())),
        Some("install") => install::chore(args),
        Some("bench") => bench::chore(args),
        Some("deny") => deny::chore(args),
        Some("abi") => abi::chore(args),
        Some("abi-baseline") => abi::baseline(args),
        Some("book") => book::chore(args),
        Some("sbom") => sbom::chore(args),
        Some("reliability") => reliability::chore(args),
        Some("reproducible") => reproducible::chore(args),
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
