//! Text from outside (a program's errors, a service's message) made fit for an error message or a log line.
//!
//! A second line of defence: what is known to be secret must not come here at all.

mod known;

use std::borrow::Cow;

pub use known::{keep_back, know_nothing};

/// As much of a text as is looked at, without long runs: more than any quote has.
const LOOKED_AT: usize = 64 << 10;
/// Nothing but a token is so long without a blank: AWS repeats SAML responses of any size, and says behind them what is wrong.
const LONG_RUN: usize = 4096;

const REDACTED: &str = "[redacted]";

/// Parts of names whose values are kept back, in lower case.
const SECRET_NAMES: [&str; 10] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "accesskey",
    "apikey",
    "assertion",
    "samlresponse",
    "authorization",
];

/// The end of `text` in at most `limit` characters on one line, without control characters and without what looks like
/// a secret.
pub fn tail(text: &str, limit: usize) -> String {
    let text = without_long_runs(text);
    let start = text.ceil_char_boundary(text.len().saturating_sub(LOOKED_AT));
    let line = one_line(text.get(start..).unwrap_or_default());
    let cut = line.chars().count().saturating_sub(limit);
    let kept: String = line.chars().skip(cut).collect();
    if cut > 0 { format!("…{kept}") } else { kept }
}

/// The beginning of `text`, otherwise like [`tail`].
pub fn head(text: &str, limit: usize) -> String {
    let text = without_long_runs(text);
    let line = one_line(text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or_default());
    let mut kept: String = line.chars().take(limit).collect();
    if kept.len() < line.len() {
        kept.push('…');
    }
    kept
}

/// Redacts before anything is cut: half a secret would not be recognised.
fn one_line(text: &str) -> String {
    let plain = without_known(text);
    let mut words: Vec<String> = Vec::new();
    let mut value_follows = false;
    for word in plain.split_whitespace() {
        if matches!(word, "=" | ":") {
            value_follows = words.last().is_some_and(|name| is_secret_name(name));
            words.push(word.to_owned());
        } else if value_follows && !is_scheme(word) {
            value_follows = false;
            words.push(REDACTED.to_owned());
        } else {
            let (shown, open) = redact_word(word);
            value_follows |= open;
            words.push(shown);
        }
    }
    words.join(" ")
}

/// `text` on one line without the secrets of this login, and otherwise as it is: for names of hosts and paths.
pub fn without_known(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    known::without_known(&plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// One word, and whether it ends in a name whose value comes next (`password: …`).
fn redact_word(word: &str) -> (String, bool) {
    if let Some((name, value)) = word.split_once(['=', ':']) {
        if is_secret_name(name) {
            let open = value.trim_matches(['"', '\'']).is_empty();
            // Base64 that ends in `=` may have such letters in it, and is no name.
            let shown = if open { redact_runs(word) } else { format!("{}={REDACTED}", redact_runs(name)) };
            return (shown, open);
        }
        if let (Some((before, _)), Some((_, after))) = (word.split_once("://"), word.split_once('@')) {
            return (format!("{before}://{REDACTED}@{after}"), false);
        }
    }
    (redact_runs(word), false)
}

/// The word between `Authorization:` and its secret.
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Whether what has such a name is kept back.
pub fn is_secret_name(name: &str) -> bool {
    let name: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

fn redact_runs(word: &str) -> String {
    redact_if(word, looks_random)
}

fn without_long_runs(text: &str) -> Cow<'_, str> {
    if text.len() < LONG_RUN { text.into() } else { redact_if(text, |run| run.len() >= LONG_RUN).into() }
}

/// `word` without those runs of a token's characters.
fn redact_if(word: &str, hides: fn(&str) -> bool) -> String {
    let mut shown = String::with_capacity(word.len());
    for part in word.split_inclusive(|c| !is_token_character(c)) {
        let run = part.trim_end_matches(|c| !is_token_character(c));
        shown.push_str(if hides(run) { REDACTED } else { run });
        shown.push_str(part.get(run.len()..).unwrap_or_default());
    }
    shown
}

/// The characters of base64, base64url and hexadecimal, also in a URL.
fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '%')
}

/// Keys and tokens mix cases and digits over some length; paths, ARNs and names seldom do.
fn looks_random(run: &str) -> bool {
    let any = |test: fn(&char) -> bool| run.chars().any(|c| test(&c));
    let digits_and_capitals = any(char::is_ascii_digit) && any(char::is_ascii_uppercase);
    let key_id = run.starts_with("AKIA") || run.starts_with("ASIA");
    let hexadecimal = run.chars().all(|c| c.is_ascii_hexdigit());
    (run.len() >= 16 && key_id)
        || (run.len() >= 20 && digits_and_capitals && any(char::is_ascii_lowercase))
        || (run.len() >= 32 && hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_looks_like_a_secret() {
        for secret in [
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AKIAIOSFODNN7EXAMPLE",
            "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0",
            "0123456789abcdef0123456789abcdef01234567",
        ] {
            assert!(!head(&format!("it said {secret}."), 1000).contains(secret), "{secret}");
            assert!(!tail(&format!("it said \"{secret}\""), 1000).contains(secret), "{secret}");
        }
        for (text, shown) in [
            ("password=hunter2 failed", "password=[redacted] failed"),
            ("Password: hunter2 failed", "Password: [redacted] failed"),
            ("{\"SecretAccessKey\": \"short\"}", "{\"SecretAccessKey\": [redacted]"),
            ("Authorization: Bearer abc", "Authorization: Bearer [redacted]"),
            ("AWS_SESSION_TOKEN = abc", "AWS_SESSION_TOKEN = [redacted]"),
            ("via http://user:pw@proxy:80/", "via http://[redacted]@proxy:80/"),
        ] {
            assert_eq!(head(text, 1000), shown);
        }
    }

    #[test]
    fn leaves_what_helps() {
        for text in [
            "User: arn:aws:sts::123456789012:assumed-role/Analyst/me@example.com is not authorized to perform: \
             redshift:GetClusterCredentials on resource: arn:aws:redshift:us-east-1:123456789012:dbuser:c/u",
            "open /usr/local/share/company-tools/identity/settings.json: no such file or directory",
            "https://device.sso.us-east-1.amazonaws.com/ answered 403",
        ] {
            assert_eq!(head(text, 1000), text);
        }
    }

    /// As STS repeats an assertion that is too long for it.
    #[test]
    fn base64_is_no_name_whatever_letters_it_has() {
        let secret = format!("{}pwd{}TOKEN9", "PHNhbWw6QXNzZXJ0aW9u".repeat(9), "Zm9v".repeat(9));
        for end in ["", "=", "==", "='", ":x"] {
            let shown = head(&format!("Value '{secret}{end} at 'sAMLAssertion'"), 1000);
            assert!(!shown.contains("Zm9v") && shown.starts_with("Value '[redacted]"), "{shown}");
        }
    }

    #[test]
    fn what_stands_behind_a_long_token_is_told() {
        let said = format!("Value '{}' is too long", "ab".repeat(200_000));
        assert_eq!(head(&said, 100), "Value '[redacted]' is too long");
        assert_eq!(tail(&said, 100), "Value '[redacted]' is too long");
        assert_eq!(head(&"so ".repeat(100_000), 5), "so so…");
    }

    #[test]
    fn fits_one_line_and_the_limit() {
        assert_eq!(tail("one\ntwo\tthree\u{7}\r\n", 100), "one two three");
        assert_eq!(tail("one two three", 5), "…three");
        assert_eq!(head("one two three", 3), "one…");
        assert_eq!(head("", 3), "");
    }
}
