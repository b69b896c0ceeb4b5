//! The sandbox as a program: starts everything, says what is where, runs until it is told to stop. Or signs in, as its browser.

mod browse;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use browse::Browse;
use clap::{Parser, Subcommand};
use rs_auth_sandbox::identity::PASSWORD;
use rs_auth_sandbox::{DsnFiles, Sandbox, World};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Loopback stand-ins of AWS and of identity providers for Redshift logins: STS, Redshift, instance metadata, AD FS, Ping, a proxy
#[derive(Parser)]
#[command(name = "rs-auth-sandbox", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Write DSNs and AWS files here instead of into a temporary directory
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print one line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// Stop when standard input closes, as it does when the parent process ends
    #[arg(long)]
    until_stdin_closes: bool,
    /// Port for http, all AWS services [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    http_port: u16,
    /// Port for https [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    https_port: u16,
    /// Port for instance metadata and container credentials [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    metadata_port: u16,
    /// Port for the proxy [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    proxy_port: u16,
    /// Artificial round-trip time in milliseconds
    #[arg(long, default_value_t = 0)]
    rtt: u64,
    /// JSON file with the world to start with, as GET /_sandbox/world gives it; members left out keep their default
    #[arg(long)]
    world: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Browse(Browse),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        None => run(&arguments).map(|()| true),
        Some(Command::Browse(browse)) => browse.run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rs-auth-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> io::Result<()> {
    // Before anything can be printed: who reads the line may stop us at once.
    let stop = stop_requests(arguments.until_stdin_closes)?;
    let world = match &arguments.world {
        Some(path) => serde_json::from_str::<World>(&std::fs::read_to_string(path)?)?,
        None => World::default(),
    };
    let sandbox = Sandbox::builder()
        .world(world)
        .round_trip(Duration::from_millis(arguments.rtt))
        .ports(arguments.http_port, arguments.https_port, arguments.metadata_port, arguments.proxy_port)
        .try_start()?;
    let directory = arguments.dir.clone().unwrap_or_else(|| sandbox.directory().to_owned());
    std::fs::create_dir_all(&directory)?;
    let directory = directory.canonicalize()?;
    let files = sandbox.write_dsn_files(&directory)?;

    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", json_line(&sandbox, &directory, &files)?)?;
    } else {
        write!(out, "{}", text(&sandbox, &files))?;
    }
    out.flush()?;
    drop(out);
    // An error means that nobody can ask any more; that is no reason to run for ever.
    let _ = stop.recv();
    Ok(())
}

/// Gets a message when a signal or the end of standard input asks for the end.
fn stop_requests(until_stdin_closes: bool) -> io::Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel();
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let by_signal = sender.clone();
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = by_signal.send(());
        }
    });
    if until_stdin_closes {
        std::thread::spawn(move || {
            let mut nowhere = [0; 256];
            while io::stdin().read(&mut nowhere).is_ok_and(|count| count > 0) {}
            let _ = sender.send(());
        });
    }
    Ok(receiver)
}

fn json_line(sandbox: &Sandbox, directory: &Path, files: &DsnFiles) -> io::Result<String> {
    let mut line = sandbox.describe();
    line["dir"] = serde_json::to_value(directory)?;
    if let (Some(line), serde_json::Value::Object(files)) = (line.as_object_mut(), serde_json::to_value(files)?) {
        line.extend(files);
    }
    Ok(line.to_string())
}

fn text(sandbox: &Sandbox, files: &DsnFiles) -> String {
    let environment = files.env_file.display();
    let proxy = sandbox.describe()["proxy"].clone();
    format!(
        "AWS services    {}\n                {}  (CA: {})\nAD FS, Ping     {}  (user alice, password {PASSWORD})\nmetadata        {}\ncontainer       {}\nproxy           {}  (user {}, password {})\n\
         control         {}/_sandbox/requests\nDSNs            {}\n                {}\n\n\
         To try it:\n  . {environment}\n  aws sts get-caller-identity --profile sandbox-role\n  \
         aws redshift get-cluster-credentials --profile sandbox-keys --cluster-identifier sandbox-cluster --db-user alice\n  \
         curl {}/_sandbox/requests\n  any program that logs in through librs_auth, with DSN=sandbox-keys\n\n\
         Runs until Ctrl-C.\n",
        sandbox.http_url(),
        sandbox.https_url(),
        sandbox.ca_file().display(),
        sandbox.https_url(),
        sandbox.imds_url(),
        sandbox.container_url(),
        sandbox.proxy_url(),
        proxy["user"].as_str().unwrap_or(""),
        proxy["password"].as_str().unwrap_or(""),
        sandbox.http_url(),
        files.odbc_ini.display(),
        files.dsns.join(" "),
        sandbox.http_url(),
    )
}
