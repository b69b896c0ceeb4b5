//! `cargo xtask demo`: a C program loads the library and logs in, to the sandbox or with a DSN of one's own.

use crate::args::Args;
use crate::library::{self, Profile};
use crate::run::{Outcome, cargo, create_dir, program, root, run, target};
use crate::sandbox::{self, Sandbox};
use std::path::{Path, PathBuf};

/// The chore.
pub fn chore(mut args: Args) -> Outcome {
    let dsn = args.value("--dsn")?;
    let release = args.flag("--release");
    args.finish()?;
    println!("building the library (the first time takes a few minutes)");
    let library = if release { library::build(Profile::Release)?.shared } else { quickly()? };
    let login = compile()?;
    match dsn {
        Some(dsn) => run(program(&login).arg(&library).arg(dsn)),
        None => with_sandbox(&login, &library),
    }
}

/// The library as `cargo build` makes it, which the tests use too.
fn quickly() -> Outcome<PathBuf> {
    run(cargo("build").args(["--quiet", "--locked", "--package", "rs-auth", "--lib"]))?;
    Ok(target().join("debug/librs_auth.so"))
}

fn compile() -> Outcome<PathBuf> {
    let dir = target().join("demo");
    create_dir(&dir)?;
    let login = dir.join("login");
    let mut compiler = program("cc");
    compiler.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", "include", "-o"]).arg(&login);
    run(compiler.args(["examples/login.c", "-ldl"]))?;
    Ok(login)
}

fn with_sandbox(login: &Path, library: &Path) -> Outcome {
    let sandbox = Sandbox::start(&sandbox::build()?, &target().join("demo/sandbox"))?;
    let dsn = format!(
        "EndPointUrl={};Region={};ClusterId=sandbox-cluster;Database=dev;DbUser=alice;AccessKeyID={};SecretAccessKey={}",
        sandbox.get("/http_url")?,
        sandbox.get("/region")?,
        sandbox.get("/keys/user/access_key_id")?,
        sandbox.get("/keys/user/secret_access_key")?,
    );
    let shown = |path: &Path| path.strip_prefix(root()).unwrap_or(path).display().to_string();
    println!("\n$ {} {} '{dsn}'\n", shown(login), shown(library));
    run(program(login).arg(library).arg(&dsn))?;
    println!(
        "\nThat was the sandbox. With a DSN of your own:\n  cargo xtask demo --dsn 'DSN=Warehouse'\n  \
         cargo xtask demo --dsn 'Host=...;Database=dev;Profile=...;DbUser=...'\n  {} {} 'DSN=Warehouse'",
        shown(login),
        shown(library)
    );
    Ok(())
}
