//! `rs-auth forget`: drops what is stored.

use crate::failure::Failure;
use crate::library;
use crate::session::Session;

/// For one DSN.
pub fn one(session: &Session) -> Result<(), Failure> {
    if session.dsn.is_empty() {
        return Err(Failure::usage("forget needs a DSN, or --all"));
    }
    session.call(library::forget)
}

/// For this user.
pub fn all() -> Result<(), Failure> {
    library::forget_all()
}
