//! The report of `rs_auth_explain`, from what is wrong to the details; docs/explain.schema.json describes it.

use super::Table;
use crate::catalogue::{list, text};
use crate::terminal::{Style, printable};
use serde_json::Value;
use std::fmt::Write;

/// The report as text.
pub fn explain(report: &Value, style: Style) -> String {
    let mut out = String::new();
    verdict(&mut out, report, style);
    warnings(&mut out, report, style);
    way(&mut out, report, style);
    settings(&mut out, report, style);
    requests(&mut out, report, style);
    network(&mut out, report, style);
    cache(&mut out, report, style);
    out
}

fn verdict(out: &mut String, report: &Value, style: Style) {
    if report["ready"] == true {
        let _ = writeln!(out, "{}: a login would get as far as its first request.", style.good("ready"));
    }
    for error in list(&report["errors"]) {
        let name = text(&error["name"]);
        let _ = writeln!(out, "{}: {} [{name}]", style.bad("error"), printable(text(&error["message"])));
        if let Some(hint) = error["hint"].as_str() {
            let _ = writeln!(out, "  hint: {}", printable(hint));
        }
    }
}

fn warnings(out: &mut String, report: &Value, style: Style) {
    for warning in list(&report["warnings"]) {
        let _ = writeln!(out, "{}: {}", style.doubtful("warning"), printable(text(&warning["message"])));
    }
    // A login that is made warns of them; one that cannot be made gets no further than its error.
    for unknown in list(&report["unknown_keys"]) {
        let quoted = format!("\"{}\"", text(&unknown["key"]));
        if !list(&report["warnings"]).iter().any(|warning| text(&warning["message"]).contains(&quoted)) {
            let meant = unknown["nearest"].as_str().map(|key| format!("; did you mean {key}?")).unwrap_or_default();
            let _ = writeln!(out, "{}: {} is not a known key{meant}", style.doubtful("warning"), printable(&quoted));
        }
    }
}

/// Method and place.
fn way(out: &mut String, report: &Value, style: Style) {
    let (method, place) = (&report["method"], &report["place"]);
    let mut table = Table::new(["", ""]);
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            table.row([name, value]);
        }
    };
    row("method", text(&method["name"]));
    row("because", text(&method["why"]["text"]));
    row("AWS keys from", text(&method["keys_from"]));
    row("comes back to", text(&method["browser_comes_back_to"]));
    let target = &place["target"];
    row(&text(&target["kind"]).replace('_', " "), text(&target["name"]));
    let region = &place["region"];
    row("region", &with_source(text(&region["value"]), text(&region["source"]["text"])));
    row("host", place["host"].as_str().unwrap_or(if place.is_null() { "" } else { "(AWS is asked for it)" }));
    row("port", &place["port"].as_u64().map(|port| port.to_string()).unwrap_or_default());
    row("database", text(&place["database"]));
    section(out, "The login", &table, style);
}

fn with_source(value: &str, source: &str) -> String {
    if value.is_empty() || source.is_empty() { value.to_owned() } else { format!("{value}  ({source})") }
}

/// What is set. Of secrets the report has no values.
fn settings(out: &mut String, report: &Value, style: Style) {
    let mut table = Table::new(["", "", ""]);
    for setting in list(&report["settings"]).iter().filter(|setting| setting["state"] == "set") {
        let source = text(&setting["source"]["text"]);
        let note = if setting["read"] == false { format!("{source}; not used") } else { source.to_owned() };
        let value = if setting["secret"] == true { "(secret)" } else { text(&setting["value"]) };
        table.row([text(&setting["key"]), value, &format!("({note})")]);
    }
    section(out, "Settings", &table, style);
}

fn requests(out: &mut String, report: &Value, style: Style) {
    let mut table = Table::new(["", "", "", ""]);
    for (index, request) in list(&report["requests"]).iter().enumerate() {
        let host = request["host"].as_str().unwrap_or("(told by the answer before)");
        let place = match request["port"].as_u64() {
            Some(port) if port != 443 => format!("{host}:{port}{}", text(&request["path"])),
            _ => format!("{host}{}", text(&request["path"])),
        };
        let what = [text(&request["method"]), text(&request["operation"])].join(" ");
        let condition = text(&request["condition"]);
        let purpose = text(&request["purpose"]);
        let purpose = if condition.is_empty() { purpose.to_owned() } else { format!("{purpose} ({condition})") };
        table.row([&(index + 1).to_string(), what.trim(), &place, &purpose]);
    }
    section(out, "Requests", &table, style);
}

fn network(out: &mut String, report: &Value, style: Style) {
    let mut table = Table::new(["", ""]);
    for host in list(&report["network"]["hosts"]) {
        let proxy = &host["proxy"];
        let way = if let Some(error) = proxy["error"].as_str() {
            format!("proxy: {error}")
        } else if proxy.is_null() {
            "direct".to_owned()
        } else {
            format!("proxy {}:{} (from {})", text(&proxy["host"]), proxy["port"], text(&proxy["source"]))
        };
        let unverified = match (text(&host["scheme"]), &host["verified"]) {
            ("http", _) => ", plain http",
            (_, Value::Bool(false)) => ", certificate not checked",
            _ => "",
        };
        table.row([text(&host["host"]), &format!("{way}{unverified}")]);
    }
    for added in list(&report["network"]["trust"]["added"]) {
        let lacking = if added["exists"] == false { " (does not exist)" } else { "" };
        table.row([text(&added["name"]), &format!("{}{lacking}", text(&added["path"]))]);
    }
    section(out, "Network", &table, style);
}

fn cache(out: &mut String, report: &Value, style: Style) {
    let cache = &report["cache"];
    let mut table = Table::new(["", ""]);
    table.row(["policy", text(&cache["policy"])]);
    if cache["disk"]["used"] == true {
        table.row(["on disk", text(&cache["disk"]["directory"])]);
        table.row(["sign-in valid until", text(&cache["disk"]["sign_in_valid_until"]["text"])]);
    }
    section(out, "Cache", &table, style);
}

fn section<const N: usize>(out: &mut String, title: &str, table: &Table<N>, style: Style) {
    if !table.is_empty() {
        let _ = writeln!(out, "\n{}", style.title(title));
        for line in table.text(style).lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
}
