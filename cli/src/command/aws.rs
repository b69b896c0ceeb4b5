//! `rs-auth aws`: the AWS keys behind a login.

use crate::arguments::AwsFormat;
use crate::failure::Failure;
use crate::format;
use crate::output::print;
use crate::session::Session;

/// Prints them.
pub fn run(format: AwsFormat, session: &Session) -> Result<(), Failure> {
    let credentials = session.aws_keys()?;
    match format {
        AwsFormat::CredentialProcess => print(&format::credential_process(&credentials)?),
        AwsFormat::Env => print(&format::aws_environment(&credentials)?.shell()),
    }
}
