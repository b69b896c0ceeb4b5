//! `rs-auth get`: logs in and prints the result.

use crate::arguments::GetArguments;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::library::{Dialect, merge};
use crate::output::print;
use crate::session::Session;
use std::io::{self, IsTerminal};
use zeroize::Zeroizing;

/// Prints it in one of the formats.
pub fn run(arguments: &GetArguments, session: &Session) -> Result<(), Failure> {
    if arguments.format == Format::CredentialProcess {
        return print(&format::credential_process(&session.aws_keys()?)?);
    }
    let credentials = session.log_in()?;
    let dialect = |dialect| -> Result<_, Failure> {
        // With the DSN beneath: certificate file, driver and time limits are part of a connection too.
        Ok(Zeroizing::new(format!("{}\n", merge(&session.dsn, &credentials, dialect)?.as_str())))
    };
    let text = match arguments.format {
        Format::Text => format::text(&credentials, arguments.show_secrets || !io::stdout().is_terminal()),
        Format::Json => format::json(&credentials),
        Format::Env => format::database_environment(&session.dsn, &credentials)?.shell(),
        Format::CredentialProcess => format::credential_process(&credentials)?,
        Format::Pgpass => format::pgpass(&credentials)?,
        Format::Libpq => dialect(Dialect::Libpq)?,
        Format::Odbc => dialect(Dialect::RedshiftOdbc)?,
        Format::Psqlodbc => dialect(Dialect::Psqlodbc)?,
        Format::Url => dialect(Dialect::Url)?,
    };
    print(&text)
}
