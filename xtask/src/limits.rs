//! The table of what may not grow unnoticed, `xtask/limits.txt`: figures that are the same on every machine.

use crate::run::{Outcome, read, root};
use std::path::PathBuf;

/// A line of the table.
#[derive(Debug, PartialEq)]
pub struct Limit {
    /// What is measured.
    pub name: String,
    /// What it was when the line was written.
    pub value: f64,
    /// How much more is not noticed, as a share.
    tolerance: f64,
}

/// The table.
pub fn all() -> Outcome<Vec<Limit>> {
    let path = PathBuf::from("xtask/limits.txt");
    parse(&read(&root().join(&path))?).map_err(|fault| format!("{}: {fault}", path.display()))
}

/// Holds what was measured to its line: the finding, as `Ok` if it holds.
pub fn hold(limits: &[Limit], name: &str, measured: f64) -> Outcome<String> {
    let limit = limits.iter().find(|limit| limit.name == name).ok_or_else(|| format!("{measured}, without a limit"))?;
    let most = limit.value * (1.0 + limit.tolerance);
    let text = format!("{measured:.0} of {:.0} and {:.0} %", limit.value, limit.tolerance * 100.0);
    // NaN holds nowhere.
    if measured <= most { Ok(text + &limit.advice(measured)) } else { Err(text) }
}

impl Limit {
    /// What has become better is held too, once its line says so.
    fn advice(&self, measured: f64) -> String {
        let worth =
            if self.tolerance == 0.0 { measured < self.value } else { measured < self.value * (1.0 - self.tolerance) };
        if worth { "; its line in xtask/limits.txt can be lowered".into() } else { String::new() }
    }
}

/// `name | value | tolerance | reason`, with the tolerance in per cent; `#` begins a comment.
fn parse(text: &str) -> Outcome<Vec<Limit>> {
    let mut limits: Vec<Limit> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let number = |cell: &str| cell.replace(',', "").parse::<f64>().map_err(|_| format!("no number: {line}"));
        let [name, value, tolerance, reason] = cells[..] else { return Err(format!("not four columns: {line}")) };
        if reason.is_empty() {
            return Err(format!("no reason: {line}"));
        }
        if limits.iter().any(|limit| limit.name == name) {
            return Err(format!("twice: {name}"));
        }
        let tolerance = number(tolerance.trim_end_matches('%').trim())? / 100.0;
        limits.push(Limit { name: name.to_owned(), value: number(value)?, tolerance });
    }
    Ok(limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# what | value | tolerance | why\n\na: b | 1,000 | 10 % | so\nc | 6 | 0 % | thus\n";

    #[test]
    fn a_line_is_four_columns() {
        let limits = parse(TABLE).unwrap();
        assert_eq!(limits[0], Limit { name: "a: b".into(), value: 1000.0, tolerance: 0.1 });
        for (broken, why) in [
            ("a | 1 | 2 %", "four"),
            ("a | x | 2 % | so", "number"),
            ("a | 1 | 2 % |", "reason"),
            ("c|1|0|x\nc|1|0|x", "twice"),
        ] {
            assert!(parse(broken).unwrap_err().contains(why), "{broken}");
        }
    }

    #[test]
    fn a_figure_may_grow_by_the_tolerance_and_no_more() {
        let limits = parse(TABLE).unwrap();
        assert!(hold(&limits, "a: b", 1100.0).is_ok_and(|text| !text.contains("lowered")));
        assert!(hold(&limits, "a: b", 1101.0).is_err());
        assert!(hold(&limits, "a: b", 800.0).is_ok_and(|text| text.contains("lowered")));
        assert!(
            hold(&limits, "c", 6.0).is_ok_and(|text| !text.contains("lowered")) && hold(&limits, "c", 7.0).is_err()
        );
        assert!(hold(&limits, "c", 5.0).is_ok_and(|text| text.contains("lowered")));
        assert!(hold(&limits, "c", f64::NAN).is_err());
        assert!(hold(&limits, "d", 1.0).unwrap_err().contains("without a limit"));
    }

    #[test]
    fn the_table_can_be_read() {
        assert!(all().unwrap().len() > 10);
    }
}
