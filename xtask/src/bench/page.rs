//! The figures in the documentation: between marks, so that none is typed by hand.

use crate::run::Outcome;
use serde_json::Value;

/// The page.
pub const PAGE: &str = "docs/performance.md";
/// Where its pictures are.
pub const PLOTS: &str = "docs/plots";

/// Puts a text between the marks of that name.
pub fn replace(page: &str, name: &str, text: &str) -> Outcome<String> {
    let (begin, end) = (format!("<!-- Made by `cargo xtask bench`: {name} -->\n"), "<!-- made until here -->");
    let missing = || format!("{PAGE} has no place for {name:?}");
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{}\n{end}{after}", text.trim_end()))
}

/// Who measured what, as a sentence.
pub fn circumstances(of: &Value) -> String {
    let text = |name: &str| of[name].as_str().unwrap_or("unknown");
    format!(
        "Measured at {} of version {}, by {}; {} processors ({}), Linux {}; Python {}, redshift_connector {}, boto3 {}.",
        text("commit"),
        text("version"),
        text("rustc"),
        of["processors"],
        text("model"),
        text("kernel"),
        text("python"),
        text("redshift_connector"),
        text("boto3"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_between_the_marks_is_made_and_the_rest_is_kept() {
        let page = "a\n<!-- Made by `cargo xtask bench`: x -->\nold\n<!-- made until here -->\nb\n\
                    <!-- Made by `cargo xtask bench`: y -->\n<!-- made until here -->\n";
        let once = replace(page, "x", "new\n\n").unwrap();
        assert_eq!(once, page.replace("old", "new"));
        assert_eq!(replace(&once, "x", "new").unwrap(), once);
        assert!(replace(page, "y", "two").unwrap().contains("old"));
        assert!(replace(page, "z", "").unwrap_err().contains("\"z\""));
    }

    #[test]
    fn the_sentence_tells_what_is_known() {
        let sentence = circumstances(&json!({ "commit": "abc", "processors": 2 }));
        assert!(sentence.starts_with("Measured at abc of version unknown") && sentence.contains("2 processors"));
    }
}
