//! The requests of a login as a page tells them, made of what `rs_auth_explain` says.

use crate::explain::array;
use regex_lite::Regex;
use serde_json::Value;
use std::fmt::Write;

/// A line for each request, and one for what it is for.
pub fn in_words(report: &Value) -> String {
    let mut told = String::new();
    for step in array(report, "requests") {
        let text = |member: &str| step[member].as_str();
        let who = match text("by") {
            Some("browser") => "the browser: ",
            Some("program") => "a program",
            _ => "",
        };
        let place = match (text("scheme"), text("host"), text("path")) {
            (Some(scheme), Some(host), Some(path)) => format!("{scheme}://{}{path}", hidden(host)),
            (Some(scheme), Some(host), None) => format!("{scheme}://{}/…", hidden(host)),
            _ => String::new(),
        };
        // A redirect or a form of the page says which.
        let method = text("method").or((text("by") == Some("library")).then_some("GET or POST"));
        let head = [method, Some(&*place).filter(|place| !place.is_empty()), text("operation")];
        let head: Vec<&str> = head.into_iter().flatten().collect();
        let condition = text("condition").map_or(String::new(), |condition| format!("\n    (if {condition})"));
        let again = if step["may_repeat"] == true { ", again if need be" } else { "" };
        writeln!(told, "{who}{}\n    {}{again}{condition}", head.join(" "), text("purpose").unwrap()).unwrap();
    }
    // That is so on the machine of the test; the condition says it for every machine.
    let told = Regex::new(r" \(there is no token in [^)]*\)").unwrap().replace_all(&told, "").into_owned();
    if told.is_empty() { "none\n".to_owned() } else { told }
}

/// Stand-ins of the metadata services have another port each time.
fn hidden(host: &str) -> &str {
    if host == "127.0.0.1" { "169.254.169.254" } else { host }
}
