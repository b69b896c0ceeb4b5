//! The command line of a chore.

use crate::run::Outcome;
use std::env;

/// What stands behind the chore's name; each chore takes what it knows and [`Args::finish`] refuses the rest.
pub struct Args(Vec<String>);

impl Args {
    /// The chore's name and its arguments.
    pub fn split() -> (Option<String>, Self) {
        let mut words = env::args().skip(1);
        (words.next(), Self(words.collect()))
    }

    /// Whether a switch was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() != before
    }

    /// The value of `--name value` or `--name=value`; the last one wins.
    pub fn value(&mut self, name: &str) -> Outcome<Option<String>> {
        let mut found = None;
        while let Some(at) = self.0.iter().position(|word| word == name || word.starts_with(&format!("{name}="))) {
            let word = self.0.remove(at);
            found = Some(match word.split_once('=') {
                Some((_, value)) => value.to_owned(),
                None if at < self.0.len() => self.0.remove(at),
                None => return Err(format!("{name} needs a value")),
            });
        }
        Ok(found)
    }

    /// Refuses what no one took.
    pub fn finish(self) -> Outcome {
        match self.0.first() {
            None => Ok(()),
            Some(word) => Err(format!("unknown argument {word}")),
        }
    }
}
