//! Command lines of `browser_command` and `$BROWSER`: words as a shell would see them, without one.

use std::ffi::OsString;
use std::path::PathBuf;

/// The words of a command line: blanks part them, quotes of either kind hold them together. `None`: a quote is open, or
/// there is no word.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (quote.is_none() && !words.is_empty()).then_some(words)
}

/// The program and its arguments: `%s` is the URL, `%%` a percent sign; without `%s` the URL comes last.
pub(super) fn with_url(words: Vec<String>, url: &str) -> Option<(PathBuf, Vec<OsString>)> {
    let mut words = words.into_iter();
    let program = words.next().filter(|program| !program.is_empty())?;
    let mut placed = false;
    let mut arguments: Vec<OsString> = words
        .map(|word| {
            let (filled, with_url) = fill(&word, url);
            placed |= with_url;
            filled.into()
        })
        .collect();
    if !placed {
        arguments.push(url.into());
    }
    Some((program.into(), arguments))
}

fn fill(word: &str, url: &str) -> (String, bool) {
    let (mut filled, mut placed) = (String::new(), false);
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('%', Some('s')) => {
                letters.next();
                filled.push_str(url);
                placed = true;
            }
            ('%', Some('%')) => {
                letters.next();
                filled.push('%');
            }
            _ => filled.push(letter),
        }
    }
    (filled, placed)
}
