//! `rs-auth explain` and `rs-auth doctor`: the library's reports, for a person or as they are.

use crate::arguments::ReportArguments;
use crate::failure::Failure;
use crate::library;
use crate::output::print;
use crate::report;
use crate::session::Session;
use crate::terminal::Style;
use serde_json::Value;
use std::io;

/// What a login would do. The end says whether it would get as far as its first request.
pub fn explain(arguments: &ReportArguments, session: &Session) -> Result<(), Failure> {
    show(arguments, &session.call(library::explain)?, report::explain)
}

/// What stands in the way of a login. The end says whether anything does.
pub fn doctor(arguments: &ReportArguments, session: &Session) -> Result<(), Failure> {
    show(arguments, &session.call(library::doctor)?, report::doctor)
}

fn show(arguments: &ReportArguments, json: &str, text: fn(&Value, Style) -> String) -> Result<(), Failure> {
    let report: Value = serde_json::from_str(json)
        .map_err(|error| Failure::system(format!("the report of the library cannot be read: {error}")))?;
    if arguments.json {
        print(&format!("{report:#}\n"))?;
    } else {
        print(&text(&report, Style::of(&io::stdout())))?;
    }
    match report::worst(&report) {
        None => Ok(()),
        Some(status) => Err(Failure::Found(status)),
    }
}
