//! The report of `rs_auth_doctor`: a line a step, and below it what it found and what helps.

use crate::catalogue::{list, text};
use crate::terminal::{Style, printable};
use serde_json::Value;
use std::fmt::Write;

/// The report as text.
pub fn doctor(report: &Value, style: Style) -> String {
    let mut out = String::new();
    for step in list(&report["steps"]) {
        let verdict = text(&step["verdict"]);
        let shown = match verdict {
            "pass" => style.good("pass"),
            "fail" => style.bad("FAIL"),
            "warn" => style.doubtful("warn"),
            other => style.faint(other),
        };
        let took = step["took_ms"].as_u64().map(|ms| format!(" ({ms} ms)")).unwrap_or_default();
        let _ = writeln!(out, "{shown}  {}{}", printable(text(&step["id"])), style.faint(&took));
        for (name, key) in [("", "message"), ("hint: ", "hint")] {
            if let Some(line) = step[key].as_str().filter(|line| !line.is_empty()) {
                let _ = writeln!(out, "      {name}{}", printable(line));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::worst;
    use super::doctor;
    use crate::terminal::Style;
    use serde_json::json;

    #[test]
    fn each_step_is_a_line_with_what_helps_below() {
        let report = json!({ "steps": [
            { "id": "dns a.example", "verdict": "pass", "took_ms": 3, "message": "1 address", "hint": null, "error": null },
            { "id": "tcp a.example", "verdict": "fail", "took_ms": 9, "message": "refused", "hint": "look",
              "error": { "status": 200 } },
            { "id": "login", "verdict": "skip", "took_ms": null, "message": "", "hint": null, "error": null },
        ]});
        let wanted = "pass  dns a.example (3 ms)\n      1 address\nFAIL  tcp a.example (9 ms)\n      refused\n      \
                      hint: look\nskip  login\n";
        assert_eq!(doctor(&report, Style::plain()), wanted);
        assert_eq!(worst(&report), Some(200));
        assert_eq!(worst(&json!({ "steps": [], "errors": [] })), None);
    }
}
