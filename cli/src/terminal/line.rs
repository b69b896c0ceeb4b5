//! A line that a person types, put together from the bytes of a terminal.
//!
//! The terminal's own editing cuts lines at 4095 bytes, and tokens and URLs that are pasted here are longer.

use zeroize::Zeroizing;

/// What a byte made of the line.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes on; this is to be shown.
    Show(Vec<u8>),
    /// The line is complete.
    Complete,
    /// Nothing more comes (Ctrl-D on an empty line).
    End,
}

const BACKSPACE: u8 = 0x08;
const DELETE: u8 = 0x7f;
const END_OF_TRANSMISSION: u8 = 0x04;
const CLEAR: u8 = 0x15;
const ERASE: &[u8] = b"\x08 \x08";

/// The line so far. Wiped when it is dropped.
pub struct Line(Zeroizing<Vec<u8>>);

impl Line {
    /// An empty line. The memory is taken at once: what grows leaves copies behind.
    pub fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(64 * 1024)))
    }

    /// Takes a byte.
    pub fn take(&mut self, byte: u8) -> Step {
        match byte {
            b'\n' | b'\r' => Step::Complete,
            END_OF_TRANSMISSION if self.0.is_empty() => Step::End,
            BACKSPACE | DELETE => Step::Show(if self.erase() { ERASE.to_vec() } else { Vec::new() }),
            CLEAR => {
                let mut shown = Vec::new();
                while self.erase() {
                    shown.extend_from_slice(ERASE);
                }
                Step::Show(shown)
            }
            // Arrow keys and the like would leave dirt that nobody sees.
            0..0x20 if byte != b'\t' => Step::Show(Vec::new()),
            _ => {
                self.0.push(byte);
                Step::Show(vec![byte])
            }
        }
    }

    /// Takes the last character back, all its bytes.
    fn erase(&mut self) -> bool {
        while let Some(byte) = self.0.pop() {
            let continues = byte & 0b1100_0000 == 0b1000_0000;
            if !continues {
                return true;
            }
        }
        false
    }

    /// The text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<Zeroizing<String>> {
        std::str::from_utf8(&self.0).ok().map(|text| Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (String, Option<Step>) {
        let mut line = Line::new();
        let end = bytes.iter().map(|byte| line.take(*byte)).find(|step| !matches!(step, Step::Show(_)));
        (line.text().unwrap().to_string(), end)
    }

    #[test]
    fn a_line_ends_with_return_and_may_be_long() {
        let long = "x".repeat(20_000);
        assert_eq!(typed(format!("{long}\nrest").as_bytes()), (long, Some(Step::Complete)));
        assert_eq!(typed(b"a\rb"), ("a".to_owned(), Some(Step::Complete)));
        assert_eq!(typed(b"a"), ("a".to_owned(), None));
    }

    #[test]
    fn mistakes_can_be_taken_back() {
        assert_eq!(typed("ab\x7f\u{e9}\x08c\n".as_bytes()).0, "ac");
        assert_eq!(typed(b"wrong\x15right\n").0, "right");
        assert_eq!(typed(b"\x7f\x7fa\n").0, "a");
    }

    #[test]
    fn control_characters_are_no_text() {
        assert_eq!(typed(b"a\x1b\x01\tb\n").0, "a\tb");
        assert_eq!(typed(b"\x04"), (String::new(), Some(Step::End)));
        assert_eq!(typed(b"a\x04b\n").0, "ab");
    }
}
