//! Sections of an odbc.ini. An own reader, because libodbcinst cuts lines at 1000 bytes.

/// The pairs of the section `name`, in any letter case; of several, the first. `None`: there is none.
///
/// A line is `[section]`, `key = value`, empty, or a comment that begins with `;` or `#`. Values have no quotes, escapes
/// or comments of their own, so that a password may hold every character; blanks around them are dropped.
#[must_use]
pub fn section(text: &str, name: &str) -> Option<Vec<(String, String)>> {
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::trim);
    lines.by_ref().find(|line| header(line).is_some_and(|header| same(header, name)))?;
    let pairs = lines.take_while(|line| header(line).is_none()).filter_map(pair);
    Some(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// The names of all sections, for the message that a DSN is not among them.
#[must_use]
pub fn sections(text: &str) -> Vec<&str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).lines().filter_map(|line| header(line.trim())).collect()
}

fn header(line: &str) -> Option<&str> {
    Some(line.strip_prefix('[')?.strip_suffix(']')?.trim())
}

/// Unicode letters too: a DSN's name is what its owner calls it.
fn same(header: &str, name: &str) -> bool {
    header.to_lowercase() == name.trim().to_lowercase()
}

fn pair(line: &str) -> Option<(&str, &str)> {
    if line.starts_with([';', '#']) {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    (!key.is_empty()).then_some((key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::{section, sections};
    use proptest::prelude::*;

    const INI: &str = "\u{feff}; comment\r\n[ODBC Data Sources]\r\ndev = Redshift\r\n\r\n[ Dev ]\r\n# comment\r\nHost = h.example\r\n\
                       PWD=a;b#c=\"d\" \r\n;UID=no\r\nnonsense\r\n=nothing\r\nIAM=1\r\nEmpty=\r\n[dev]\nHost=second\n[Prüf]\nHost=x";

    #[test]
    fn the_first_section_of_the_name_in_any_case() {
        let expected = [("Host", "h.example"), ("PWD", "a;b#c=\"d\""), ("IAM", "1"), ("Empty", "")];
        let found = section(INI, " DEV").unwrap();
        assert_eq!(found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(section(INI, "PRÜF").unwrap(), [("Host".to_owned(), "x".to_owned())]);
        assert_eq!(sections(INI), ["ODBC Data Sources", "Dev", "dev", "Prüf"]);
        assert_eq!(section("[a]", "a"), Some(Vec::new()));
        assert_eq!((section(INI, "de"), section("", ""), section("a=b", "a")), (None, None, None));
    }

    #[test]
    fn a_line_may_be_long() {
        let token = "x".repeat(100_000);
        let found = section(&format!("[a]\ntoken={token}\nb=c"), "a").unwrap();
        assert_eq!(found, [("token".to_owned(), token), ("b".to_owned(), "c".to_owned())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_panic(text in "(.|\n|\\[a\\]|a=b){0,60}", name in ".{0,10}") {
            let _ = (section(&text, &name), sections(&text));
        }

        #[test]
        fn sections_round_trip(list in proptest::collection::vec(("[A-Za-z_]{1,10}", "[!-~]([ -~]{0,20}[!-~])?"), 0..8)) {
            let lines: Vec<String> = list.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            let lines = lines.join("\n");
            let text = format!("[other]\na=b\n[dsn]\n{lines}\n[more]\nc=d\n");
            prop_assert_eq!(section(&text, "DSN"), Some(list));
        }
    }
}
