//! Reports of the library, for a person.

mod doctor;
mod explain;
mod table;

pub use doctor::doctor;
pub use explain::explain;
pub use table::Table;

use crate::catalogue::list;
use serde_json::Value;

/// The status of what a login would fail with, or did: the first error, as a login meets it.
pub fn worst(report: &Value) -> Option<i32> {
    let of_steps = list(&report["steps"]).iter().filter(|step| step["result"] == "fail").map(|step| &step["error"]);
    let mut errors = list(&report["errors"]).iter().chain(of_steps);
    errors.find_map(|error| error["status"].as_i64()).and_then(|status| i32::try_from(status).ok())
}
