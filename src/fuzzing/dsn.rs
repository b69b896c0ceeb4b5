//! Settings as text: connection strings, URLs, odbc.ini.

use super::{CANARY, keeps_secrets};
use crate::dsn::dialect::braced_pairs;
use crate::dsn::parse::{self, Pairs};
use crate::dsn::settings::{Settings, Source};
use crate::dsn::{odbc_ini as ini, text as wide};
use crate::error::AuthError;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A connection string, or a file of them.
pub fn connection_string(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(pairs) = parse::connection_string(&text) {
        assert!(pairs.iter().all(|(key, _)| !key.is_empty() && key.trim() == key));
        let again = parse::connection_string(&braced_pairs(&pairs));
        assert_eq!(again.ok().as_ref(), Some(&pairs), "what is written is read again");
        as_settings(pairs);
    }
    let _ = parse::any(&text).map_err(|error| is_located(&error, &text));
    let _ = parse::settings_file(&text);
    for with in [format!("{text};PWD={CANARY}"), format!("PWD={CANARY};{text}"), format!("{CANARY}{text}")] {
        for result in [parse::any(&with), parse::settings_file(&with)] {
            let _ = result.map_err(|error| keeps_secrets(&error));
        }
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    if !text.contains('\0') {
        assert_eq!(wide::from_utf16(&units).ok().as_deref().map(String::as_str), Some(text.as_ref()));
    }
}

/// A URL, or what follows its beginning.
pub fn jdbc_url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for url in [text.to_string(), format!("jdbc:redshift:iam://{text}"), format!("redshift://{text}")] {
        match parse::jdbc_url(&url) {
            Err(error) => is_located(&error, &url),
            Ok(pairs) => {
                assert!(pairs.iter().all(|(key, _)| !key.trim().is_empty()));
                assert_eq!(
                    parse::jdbc_url(&spelt(&pairs)).ok().as_ref(),
                    Some(&pairs),
                    "what is written is read again"
                );
                as_settings(pairs);
            }
        }
        for with in [format!("{url};PWD={CANARY}"), format!("redshift://u:{CANARY}@{text}")] {
            let _ = parse::jdbc_url(&with).map_err(|error| keeps_secrets(&error));
        }
    }
}

/// A file of data sources.
pub fn odbc_ini(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for name in ini::sections(&text).into_iter().take(20) {
        let pairs = ini::section(&text, name).unwrap_or_default();
        assert!(ini::section(&text, name).is_some(), "a section that is listed is found");
        assert!(pairs.iter().all(|(key, value)| text.contains(key.as_str()) && text.contains(value.as_str())));
        let lines: Vec<String> = pairs.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let written = format!("[a]\nb=c\n[d]\n{}[e]\n", lines.concat());
        assert_eq!(ini::section(&written, "D").as_ref(), Some(&pairs), "what is written is read again");
        as_settings(pairs);
    }
    assert!(ini::section(&text, "\u{1}").is_none_or(|_| text.contains('\u{1}')));
}

/// Settings of any text can be asked for anything, and show no secret.
fn as_settings(mut pairs: Pairs) {
    pairs.push(("PWD".to_owned(), CANARY.to_owned()));
    let settings = Settings::from_pairs(pairs, Source::ConnectionString);
    let _ = settings.validate().map_err(|error| keeps_secrets(&error));
    settings.faults().take(20).for_each(|fault| keeps_secrets(&fault));
    let warnings = settings.warnings(&[]).join(" ");
    assert!(!format!("{settings:?} {warnings}").contains(CANARY));
}

/// The pairs as the arguments of a URL.
fn spelt(pairs: &Pairs) -> String {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
    format!("redshift://?{}", pairs.join("&"))
}

/// The position in a message is one of the text, or the one behind it.
fn is_located(error: &AuthError, text: &str) {
    let position = error.message().rsplit_once("(character ").and_then(|(_, rest)| rest.strip_suffix(')'));
    let position: Option<usize> = position.and_then(|digits| digits.parse().ok());
    assert!(position.is_some_and(|position| (1..=text.chars().count() + 1).contains(&position)), "{error}");
}
