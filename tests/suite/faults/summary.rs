//! What came of all cases: a line for each login, a column for each trouble.

use super::plugins::ROWS;
use super::run::Verdict;
use super::trouble::TROUBLES;
use std::fmt::Write as _;
use std::io::Write as _;

#[derive(Default)]
pub struct Summary {
    verdicts: Vec<Verdict>,
}

impl Summary {
    pub fn add(&mut self, verdict: Verdict) {
        self.verdicts.push(verdict);
    }

    pub fn count(&self) -> usize {
        self.verdicts.len()
    }

    /// In words.
    pub fn failures(&self) -> Vec<String> {
        let failed = self.verdicts.iter().filter(|verdict| !verdict.wrong.is_empty());
        failed.map(|verdict| format!("{}: {}", verdict.case.name(), verdict.wrong.join("\n  "))).collect()
    }

    /// Past the test harness, which shows what is printed of failures only.
    pub fn print(&self) {
        let _ = std::io::stdout().lock().write_all(self.table().as_bytes());
    }

    fn table(&self) -> String {
        let mut table = String::from("\nCases of the fault matrix by login and trouble; a failure is marked !\n\n");
        for (number, trouble) in TROUBLES.iter().enumerate() {
            let _ = writeln!(table, "{:>3}  {}", number + 1, trouble.name);
        }
        let _ = write!(table, "\n{:<30}", "");
        for number in 1..=TROUBLES.len() {
            let _ = write!(table, "{number:>4}");
        }
        table.push_str("   all\n");
        for row in ROWS {
            let _ = write!(table, "{:<30}", row.name);
            for trouble in TROUBLES {
                let cell = self.cell(row.name, Some(trouble.name));
                let _ = write!(table, "{cell:>4}");
            }
            let _ = writeln!(table, "{:>6}", self.cell(row.name, None));
        }
        let failed = self.failures().len();
        let _ = writeln!(table, "\nfault matrix: {} cases, {failed} failures", self.count());
        table
    }

    fn cell(&self, row: &str, trouble: Option<&str>) -> String {
        let of_cell = |verdict: &&Verdict| {
            verdict.case.row.name == row && trouble.is_none_or(|trouble| verdict.case.trouble.name == trouble)
        };
        let verdicts: Vec<_> = self.verdicts.iter().filter(of_cell).collect();
        let mark = if verdicts.iter().any(|verdict| !verdict.wrong.is_empty()) { "!" } else { "" };
        if verdicts.is_empty() { "-".to_owned() } else { format!("{}{mark}", verdicts.len()) }
    }
}
