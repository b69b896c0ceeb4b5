//! Colours, where they are wanted.

use std::env;
use std::io::IsTerminal;

/// How words are shown.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    coloured: bool,
}

impl Style {
    /// For this stream: colours on a terminal, unless `NO_COLOR` (no-color.org) or a dumb terminal says no.
    pub fn of(stream: &impl IsTerminal) -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { coloured: stream.is_terminal() && !unwanted && !dumb }
    }

    /// Without any, for tests.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self { coloured: false }
    }

    /// Whether there are any.
    pub fn is_coloured(self) -> bool {
        self.coloured
    }

    /// What is well.
    pub fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    /// What is not.
    pub fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// What may not be.
    pub fn doubtful(self, text: &str) -> String {
        self.with("33", text)
    }

    /// What stands above other lines.
    pub fn title(self, text: &str) -> String {
        self.with("1", text)
    }

    /// What is said by the way.
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, codes: &str, text: &str) -> String {
        if self.coloured { format!("\x1b[{codes}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Text of others without what a terminal would obey.
pub fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\n' { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_codes_around_the_text() {
        assert_eq!(Style { coloured: true }.bad("no"), "\x1b[1;31mno\x1b[0m");
        assert_eq!(Style::plain().bad("no"), "no");
    }

    #[test]
    fn nobody_else_speaks_to_the_terminal() {
        assert_eq!(printable("a\x1b]0;b\x07\nc\u{9b}"), "a ]0;b \nc ");
    }
}
