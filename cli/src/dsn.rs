//! A DSN put together from the command line.

use crate::arguments::DsnArguments;
use crate::catalogue::Catalogue;
use crate::failure::Failure;
use crate::library::Pairs;
use crate::terminal::{Echo, Interrupt, Terminal};
use std::io::{self, BufRead, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// Files are read up to this size, as the library does.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Later sources win: odbc.ini, file, string, words.
pub fn put_together(arguments: &DsnArguments, interrupt: &Interrupt) -> Result<Pairs, Failure> {
    let mut dsn = Pairs::default();
    if let Some(name) = &arguments.dsn {
        // The login itself would go on without it, as drivers may have their data sources elsewhere.
        Pairs::default().add_connection_string(&format!("DSN={{{}}}", name.replace('}', "}}")))?;
        dsn.add("DSN", Zeroizing::new(name.clone()));
    }
    if let Some(path) = &arguments.file {
        add_file(&mut dsn, path)?;
    }
    if let Some(string) = &arguments.connection_string {
        dsn.add_connection_string(string)?;
    }
    if arguments.password_stdin {
        dsn.add("PWD", line_of(&mut io::stdin().lock())?);
    }
    for word in &arguments.words {
        let (key, value) = pair(word, interrupt)?;
        dsn.add(key, value);
    }
    Ok(dsn)
}

/// One connection string or `KEY=VALUE` a line, as the library reads `RS_AUTH_SETTINGS_FILE`.
fn add_file(dsn: &mut Pairs, path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let unreadable = |reason: io::Error| Failure::usage(format!("{shown} cannot be read: {reason}"));
    let mut text = Zeroizing::new(String::new());
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let size = file.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(size).is_ok_and(|size| size > LARGEST_FILE) {
        return Err(Failure::usage(format!("{shown} is larger than a file of settings can be ({LARGEST_FILE} bytes)")));
    }
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(&text).lines().enumerate() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        dsn.add_connection_string(line).map_err(|failure| match failure {
            Failure::Library(mut refusal) => {
                refusal.message = format!("{shown}, line {}: {}", index + 1, refusal.message);
                Failure::Library(refusal)
            }
            other => other,
        })?;
    }
    Ok(())
}

/// A word of the command line; a secret that it only names is asked for.
fn pair(word: &str, interrupt: &Interrupt) -> Result<(String, Zeroizing<String>), Failure> {
    if let Some((key, value)) = word.split_once('=') {
        return match key.trim() {
            "" => Err(Failure::usage("a word of the DSN has no key before its =")),
            key => Ok((key.to_owned(), Zeroizing::new(value.to_owned()))),
        };
    }
    if !Catalogue::read()?.is_secret(word) {
        return Err(Failure::usage(format!(
            "{word} has no value: give it as {word}=VALUE (only secrets are asked for)"
        )));
    }
    let terminal = Terminal::open().ok_or_else(|| {
        Failure::usage(format!("{word} has no value, and there is no terminal to ask for it; see --password-stdin"))
    })?;
    let typed = terminal.ask(&format!("{word}: "), Echo::Off, interrupt)?;
    let value = typed.ok_or_else(|| match interrupt.signal() {
        Some(code) => Failure::Interrupted(code),
        None => Failure::usage(format!("{word} was not given")),
    })?;
    Ok((word.to_owned(), value))
}

/// One line, without its end.
fn line_of(input: &mut impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    input
        .take(LARGEST_FILE)
        .read_line(&mut line)
        .map_err(|reason| Failure::usage(format!("standard input cannot be read: {reason}")))?;
    let text = line.strip_suffix('\n').unwrap_or(&line);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Failure::usage("--password-stdin was given, but standard input is empty"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_one_line_of_standard_input() {
        let read = |text: &str| line_of(&mut text.as_bytes()).map(|line| line.to_string()).map_err(|why| why.code());
        assert_eq!(read("a b =;\r\nrest\n"), Ok("a b =;".to_owned()));
        assert_eq!(read(" x "), Ok(" x ".to_owned()));
        assert_eq!((read(""), read("\n")), (Err(2), Err(2)));
    }
}
