//! What a part of the benchmark tells, for the terminal, for the documentation and for programs.

use serde_json::Value;

/// Rows of cells under a head. The first column is text, the others are numbers.
#[derive(Default)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|cell| (*cell).to_owned()).collect(), rows: Vec::new() }
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Columns below each other, for a terminal.
    pub fn text(&self) -> String {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let width = |at: usize| lines().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.head.len()).filter_map(width).collect();
        let mut text = String::new();
        for line in lines() {
            let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            text += cells.collect::<Vec<_>>().join("  ").trim_end();
            text.push('\n');
        }
        text
    }

    /// A table of Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | ").replace('\n', " "));
        let rule = ["|---|", &"--:|".repeat(self.head.len().saturating_sub(1)), "\n"].concat();
        let escaped = |cells: &[String]| line(&cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>());
        [line(&self.head), rule, self.rows.iter().map(|row| escaped(row)).collect()].concat()
    }
}

/// A part as it was measured.
pub struct Section {
    /// Tables, each after a line that says what it shows.
    pub tables: Vec<(String, Table)>,
    /// File name without its end, what it shows, and the picture.
    pub plots: Vec<(&'static str, String, String)>,
    /// Everything that was measured.
    pub figures: Value,
}

impl Section {
    pub fn text(&self) -> String {
        let tables = self.tables.iter().map(|(title, table)| [title, "\n", &table.text(), "\n"].concat());
        tables.collect()
    }

    /// For a page in docs/, whose plots are in docs/plots/.
    pub fn markdown(&self) -> String {
        let tables = self.tables.iter().map(|(title, table)| format!("{title}\n\n{}\n", table.markdown()));
        let plots = self.plots.iter().map(|(name, title, _)| format!("![{title}](plots/{name}.svg)\n\n"));
        tables.chain(plots).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["login", "ms"]);
        table.row(["Okta".into(), "1,234".into()]);
        table.row(["a|b".into(), "5".into()]);
        table
    }

    #[test]
    fn numbers_stand_below_each_other() {
        assert_eq!(table().text(), "login     ms\nOkta   1,234\na|b        5\n");
    }

    #[test]
    fn a_bar_in_a_cell_is_no_column() {
        assert_eq!(table().markdown(), "| login | ms |\n|---|--:|\n| Okta | 1,234 |\n| a\\|b | 5 |\n");
    }
}
