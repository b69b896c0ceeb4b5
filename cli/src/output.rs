//! Standard output.

use crate::failure::Failure;
use std::io::{self, Write};

/// Writes all of it, or says that nobody reads it.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush().map_err(Failure::from)
}
