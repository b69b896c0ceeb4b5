//! Columns of text.

use crate::terminal::{Style, printable};
use std::fmt::Write;

/// Rows of `N` cells. The last column is as wide as it is.
pub struct Table<const N: usize> {
    titles: [&'static str; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// An empty one; without titles if all are empty.
    pub fn new(titles: [&'static str; N]) -> Self {
        Self { titles, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(|cell| printable(cell).replace('\n', " ")));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines.
    pub fn text(&self, style: Style) -> String {
        let mut widths = self.titles.map(str::len);
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        if self.titles.iter().any(|title| !title.is_empty()) {
            let _ = writeln!(text, "{}", style.title(&line(&self.titles, &widths)));
        }
        for row in &self.rows {
            let _ = writeln!(text, "{}", line(row, &widths));
        }
        text
    }
}

fn line(cells: &[impl AsRef<str>], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(line, "{:<width$}  ", cell.as_ref());
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::new(["KEY", "WHAT"]);
        table.row(["Ünïcode", "a"]);
        table.row(["b", "two\nlines\x1b[1m"]);
        table.row(["c", ""]);
        assert_eq!(table.text(Style::plain()), "KEY      WHAT\nÜnïcode  a\nb        two lines [1m\nc\n");
        let mut bare = Table::new(["", ""]);
        bare.row(["a", "b"]);
        assert_eq!(bare.text(Style::plain()), "a  b\n");
    }
}
