//! One cell of the matrix: a login, a request of it, what goes wrong with that, and how it has to end.

use super::expectation::Expected;
use super::plugins::Row;
use super::request::Asked;
use super::trouble::{TROUBLES, Trouble};

/// A row, a request of it, and what goes wrong with that.
#[derive(Clone)]
pub struct Case {
    pub row: &'static Row,
    pub asked: Asked,
    pub trouble: &'static Trouble,
    /// It happens once and not for ever.
    pub once: bool,
    pub expected: Expected,
}

impl Case {
    pub fn name(&self) -> String {
        let once = if self.once { ", once" } else { "" };
        format!("{}, {}, {}{once}", self.row.name, self.asked.operation, self.trouble.name)
    }

    /// Whether its deadline ends it.
    pub fn waits(&self) -> bool {
        Expected::waits(self.trouble, &self.asked)
    }

    /// Whether all these words, with slashes between them, are in its name.
    pub fn is_meant_by(&self, words: &str) -> bool {
        let name = self.name().to_lowercase();
        words.to_lowercase().split('/').all(|word| name.contains(word))
    }

    /// All that can go wrong with a request.
    pub fn all(row: &'static Row, asked: &Asked) -> impl Iterator<Item = Self> {
        let troubles = TROUBLES.iter().filter(|trouble| trouble.befalls(asked));
        troubles.flat_map(move |trouble| {
            let case = |expected, once| Self { row, asked: asked.clone(), trouble, once, expected };
            let once = Expected::of_once(trouble, asked).map(|expected| case(expected, true));
            [case(Expected::of(trouble, asked), false)].into_iter().chain(once)
        })
    }
}
