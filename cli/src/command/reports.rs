//! `rs-auth explain` and `rs-auth doctor`: the library's reports, for a person or as they are.

use super::bundle::Bundle;
use crate::arguments::{DoctorArguments, ReportArguments};
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
    show(arguments, &read(&session.call(library::explain)?)?, report::explain)
}

/// What stands in the way of a login. The end says whether anything does.
pub fn doctor(arguments: &DoctorArguments, session: &Session) -> Result<(), Failure> {
    let bundle = arguments.bundle.as_deref().map(Bundle::create).transpose()?;
    let found = read(&session.call(library::doctor)?)?;
    if let Some(bundle) = bundle {
        bundle.write(&read(&session.call(library::explain)?)?, &found)?;
    }
    show(&arguments.report, &found, report::doctor)
}

fn read(json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json)
        .map_err(|error| Failure::system(format!("the report of the library cannot be read: {error}")))
}

fn show(arguments: &ReportArguments, report: &Value, text: fn(&Value, Style) -> String) -> Result<(), Failure> {
    if arguments.json {
        print(&format!("{report:#}\n"))?;
    } else {
        print(&text(report, Style::of(&io::stdout())))?;
    }
    match report::worst(report) {
        None => Ok(()),
        Some(status) => Err(Failure::Found(status)),
    }
}
