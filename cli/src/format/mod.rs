//! The result of a login, written for people and programs.

#![allow(clippy::doc_markdown)] // comments of formats are the program's help

mod aws;
mod environment;
mod json;
mod pgpass;
mod text;
mod timestamp;

pub use aws::{credential_process, environment as aws_environment};
pub use environment::{Variables, database as database_environment};
pub use json::json;
pub use pgpass::pgpass;
pub use text::text;

use clap::ValueEnum;

/// How the result of `get` is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Format {
    /// For a person; secrets are masked on a terminal
    #[default]
    Text,
    /// All members of the result
    Json,
    /// Commands of a shell that export PGHOST, PGUSER, PGPASSWORD and their companions
    Env,
    /// The AWS keys as JSON for credential_process of an AWS profile; the same as `rs-auth aws`
    CredentialProcess,
    /// A line for ~/.pgpass
    Pgpass,
    /// A conninfo string of libpq
    Libpq,
    /// A connection string for Amazon's ODBC driver
    Odbc,
    /// A connection string for the ODBC driver of PostgreSQL
    Psqlodbc,
    /// A postgresql:// URL
    Url,
}
