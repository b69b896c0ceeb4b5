//! The report of `rs_auth_doctor`: a line a step, and below it what it found and what helps.

use crate::catalogue::{list, text};
use crate::terminal::{Style, printable};
use serde_json::Value;
use std::fmt::Write;

/// The report as text.
pub fn doctor(report: &Value, style: Style) -> String {
    let mut out = String::new();
    for step in list(&report["steps"]) {
        let shown = match text(&step["result"]) {
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
    conclusion(&mut out, report, style);
    out
}

/// What stands in the way, in a sentence.
fn conclusion(out: &mut String, report: &Value, style: Style) {
    let cause = &report["cause"];
    if report["ok"] == true {
        let _ = writeln!(out, "\n{}: a login works.", style.good("well"));
    } else if let Some(message) = cause["message"].as_str() {
        let _ = writeln!(out, "\n{}: {}", style.bad("cause"), printable(message));
        if let Some(hint) = cause["hint"].as_str() {
            let _ = writeln!(out, "  hint: {}", printable(hint));
        }
    }
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
            { "id": "dns a.example", "result": "pass", "took_ms": 3, "message": "1 address", "hint": null, "error": null },
            { "id": "tcp a.example", "result": "fail", "took_ms": 9, "message": "refused", "hint": "look",
              "error": { "status": 200 } },
            { "id": "login", "result": "skip", "took_ms": null, "message": "", "hint": null, "error": null },
        ], "ok": false, "cause": { "step": "tcp a.example", "message": "refused", "hint": "look" } });
        let wanted = "pass  dns a.example (3 ms)\n      1 address\nFAIL  tcp a.example (9 ms)\n      refused\n      \
                      hint: look\nskip  login\n\ncause: refused\n  hint: look\n";
        assert_eq!(doctor(&report, Style::plain()), wanted);
        assert_eq!(worst(&report), Some(200));
        assert_eq!(
            worst(&json!({ "steps": [{ "id": "login", "result": "skip", "error": null }], "ok": false })),
            Some(305)
        );
        let well = json!({ "steps": [], "ok": true, "cause": null });
        assert_eq!((worst(&well), doctor(&well, Style::plain())), (None, "\nwell: a login works.\n".to_owned()));
    }
}
