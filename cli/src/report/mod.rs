//! Reports of the library, for a person.

mod doctor;
mod explain;
mod table;

pub use doctor::doctor;
pub use explain::explain;
pub use table::Table;

use crate::catalogue::list;
use serde_json::Value;

/// The login was not made, since there is nobody at a browser (`RS_AUTH_STATUS_NO_BROWSER`).
const NOT_MADE: i32 = 305;

/// The status of what a login would fail with, or did: the first error, as a login meets it.
pub fn worst(report: &Value) -> Option<i32> {
    let of_steps = list(&report["steps"]).iter().filter(|step| step["result"] == "fail").map(|step| &step["error"]);
    let mut errors = list(&report["errors"]).iter().chain(of_steps);
    let first = errors.find_map(|error| error["status"].as_i64()).and_then(|status| i32::try_from(status).ok());
    first.or((report["ok"] == false).then_some(NOT_MADE))
}
