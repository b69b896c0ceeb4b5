//! The command line.

#![allow(clippy::doc_markdown)] // the comments are the program's help

use crate::command::{CompletionsArguments, ManArguments, SandboxArguments};
use crate::format::Format;
use crate::library::{self, Cache};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::LazyLock;

static VERSION: LazyLock<String> = LazyLock::new(|| library::version().to_owned());

const EXIT: &str = "Exit status:
  0 done, 2 command line or setting, 3 network, TLS or proxy, 4 identity provider, 5 AWS,
  6 time limit or cancelled, 7 internal or system, 126 and 127 the command of exec cannot be
  started or is not there, 130 Ctrl-C";

/// Logins for Amazon Redshift: temporary passwords, tokens and AWS keys from a DSN, and why one does not work
#[derive(Parser)]
#[command(name = "rs-auth", version = VERSION.as_str(), after_help = EXIT, max_term_width = 100)]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Subcommand)]
pub enum Command {
    /// Log in, and print what a client needs to connect
    Get(GetArguments),
    /// Log in, and run a command with the result in its environment (psql, pg_dump, aws, …)
    Exec(ExecArguments),
    /// Print the AWS keys behind a login, as credential_process of an AWS profile wants them
    Aws(AwsArguments),
    /// Tell what a login would do, without doing it: settings and their sources, requests, faults
    Explain(ReportArguments),
    /// Check step by step what stands in the way of a login
    Doctor(DoctorArguments),
    /// List the ways to log in
    Plugins(ListArguments),
    /// List the keys of a DSN: all, or those of one plugin
    Keys(KeysArguments),
    /// Drop what is stored for a DSN, or everything
    Forget(ForgetArguments),
    /// Start the sandbox: stand-ins of AWS and of identity providers on this machine
    #[command(disable_help_flag = true)]
    Sandbox(SandboxArguments),
    /// Print the completions of a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man(ManArguments),
}

/// Where the DSN comes from. Words win over the string, the string over the file, the file over odbc.ini.
#[derive(Args)]
pub struct DsnArguments {
    /// Data source of odbc.ini
    #[arg(short, long, value_name = "NAME")]
    pub dsn: Option<String>,
    /// ODBC connection string, or a jdbc:redshift: or redshift:// URL
    #[arg(short, long, value_name = "STRING")]
    pub connection_string: Option<String>,
    /// File with a connection string or KEY=VALUE a line; # begins a comment
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Read PWD from standard input, up to the end of the line
    #[arg(long)]
    pub password_stdin: bool,
    /// Keys of the DSN; a secret without =VALUE, such as PWD, is asked for at the terminal
    #[arg(value_name = "KEY=VALUE")]
    pub words: Vec<String>,
}

/// How the call behaves.
#[derive(Args)]
pub struct Behaviour {
    /// Limit of the whole call, 0 for none [default: LoginTimeout of the DSN, else 60, more where a person signs in]
    #[arg(short, long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// What may be stored and served
    #[arg(long, value_name = "POLICY", value_enum, default_value_t)]
    pub cache: CachePolicy,
    /// Show what the library does: -v steps, -vv decisions, -vvv requests
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,
    /// No progress, no warnings, no questions
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// No QR code of a URL that is to be opened elsewhere
    #[arg(long)]
    pub no_qr: bool,
}

/// What may be stored and served.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum CachePolicy {
    /// On disk what a person had to do by hand
    #[default]
    Default,
    /// Nothing is read or written
    Off,
    /// Nothing on disk
    Memory,
    /// Ask again, and replace what is stored
    Refresh,
}

impl From<CachePolicy> for Cache {
    fn from(policy: CachePolicy) -> Self {
        match policy {
            CachePolicy::Default => Self::Default,
            CachePolicy::Off => Self::Off,
            CachePolicy::Memory => Self::Memory,
            CachePolicy::Refresh => Self::Refresh,
        }
    }
}

/// A login of a DSN.
#[derive(Args)]
pub struct LoginArguments {
    /// The DSN
    #[command(flatten)]
    pub dsn: DsnArguments,
    /// How
    #[command(flatten)]
    pub behaviour: Behaviour,
}

/// `get`
#[derive(Args)]
pub struct GetArguments {
    /// How the result is written
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub format: Format,
    /// Show secrets in text on a terminal too
    #[arg(long)]
    pub show_secrets: bool,
    /// The login
    #[command(flatten)]
    pub login: LoginArguments,
}

/// `exec`
#[derive(Args)]
pub struct ExecArguments {
    /// Give the command the AWS keys behind the login, and nothing of the database
    #[arg(long)]
    pub aws: bool,
    /// The login
    #[command(flatten)]
    pub login: LoginArguments,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// `aws`
#[derive(Args)]
pub struct AwsArguments {
    /// How the keys are written
    #[arg(short = 'o', long, value_enum, default_value_t)]
    pub format: AwsFormat,
    /// The login
    #[command(flatten)]
    pub login: LoginArguments,
}

/// How AWS keys are written.
#[derive(Clone, Copy, Default, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum AwsFormat {
    /// JSON for credential_process of an AWS profile
    #[default]
    CredentialProcess,
    /// Commands of a shell that export AWS_ACCESS_KEY_ID and its companions
    Env,
}

/// `explain`, and what `doctor` has of it
#[derive(Args)]
pub struct ReportArguments {
    /// The report as the library makes it
    #[arg(long)]
    pub json: bool,
    /// The login
    #[command(flatten)]
    pub login: LoginArguments,
}

/// `doctor`
#[derive(Args)]
pub struct DoctorArguments {
    /// Write all that support needs to know into a new file, without secrets: this report and that of explain
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// The report
    #[command(flatten)]
    pub report: ReportArguments,
}

/// `plugins`
#[derive(Args)]
pub struct ListArguments {
    /// As the library's catalogue has it
    #[arg(long)]
    pub json: bool,
}

/// `keys`
#[derive(Args)]
pub struct KeysArguments {
    /// As the library's catalogue has it
    #[arg(long)]
    pub json: bool,
    /// Only what this plugin reads
    pub plugin: Option<String>,
}

/// `forget`
#[derive(Args)]
pub struct ForgetArguments {
    /// All that is stored for this user of the machine
    #[arg(long, conflicts_with_all = ["dsn", "connection_string", "file", "password_stdin", "words"])]
    pub all: bool,
    /// The login
    #[command(flatten)]
    pub login: LoginArguments,
}
