//! Steps of the suite: their times, and how many tests passed and failed.

use crate::run::{Outcome, watch};
use std::process::Command;
use std::time::{Duration, Instant};

/// How many tests there were.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that held.
    pub passed: usize,
    /// Those that did not.
    pub failed: usize,
}

impl Count {
    /// Shows what was found of one thing, and counts it.
    pub fn add(&mut self, name: &str, result: Outcome<String>) {
        match result {
            Ok(found) => {
                println!("ok      {name}: {found}");
                self.passed += 1;
            }
            Err(found) => {
                println!("FAILED  {name}: {found}");
                self.failed += 1;
            }
        }
    }
}

/// The suite so far.
#[derive(Default)]
pub struct Tally {
    steps: Vec<(String, Duration, Count)>,
}

impl Tally {
    /// Runs a step. One that cannot be run at all counts as a failed test; `None` then.
    pub fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Outcome<(T, Count)>) -> Option<T> {
        println!("\n=== {name}");
        let begin = Instant::now();
        let (value, count) = match work() {
            Ok((value, count)) => (Some(value), count),
            Err(why) => {
                eprintln!("{name}: {why}");
                (None, Count { passed: 0, failed: 1 })
            }
        };
        let time = begin.elapsed();
        println!("=== {name}: {:.1} s, {} passed, {} failed", time.as_secs_f64(), count.passed, count.failed);
        self.steps.push((name.to_owned(), time, count));
        value
    }

    /// The table, and the last line: `N passed, N failed`.
    pub fn finish(self) -> Outcome {
        self.finish_as(["step", "seconds", "passed", "failed"])
    }

    /// The same with headings of its own; under `run` stands how many there were, not how many passed.
    pub fn finish_as(self, [name, seconds, passed, failed]: [&str; 4]) -> Outcome {
        let shown = |count: Count| if passed == "run" { count.passed + count.failed } else { count.passed };
        println!("\n{name:<44} {seconds:>8} {passed:>10} {failed:>8}");
        let mut sum = Count::default();
        let mut time = Duration::ZERO;
        for (name, took, count) in self.steps {
            println!("{name:<44} {:>8.1} {:>10} {:>8}", took.as_secs_f64(), shown(count), count.failed);
            sum.passed += count.passed;
            sum.failed += count.failed;
            time += took;
        }
        println!("{:<44} {:>8.1}", "all", time.as_secs_f64());
        println!("{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed == 0 && sum.passed > 0 { Ok(()) } else { Err("the suite failed".into()) }
    }
}

/// Runs a test runner and reads what it says. A runner that fails without a word of failed tests counts as one.
pub fn counted(command: &mut Command, read: fn(&str) -> Count) -> Outcome<((), Count)> {
    let (succeeded, text) = watch(command)?;
    let mut count = read(&text);
    if !succeeded && count.failed == 0 {
        count.failed = 1;
    }
    if succeeded && count.passed == 0 {
        return Err("no test was run".into());
    }
    Ok(((), count))
}

/// `test result: ok. 12 passed; 0 failed; …`, one line a program.
pub fn of_cargo(text: &str) -> Count {
    sum(text.lines().filter(|line| line.starts_with("test result: ")), "passed;", "failed;")
}

/// `100% tests passed, 0 tests failed out of 87`.
pub fn of_ctest(text: &str) -> Count {
    let found = text.lines().filter_map(|line| line.split_once("% tests passed, ")).find_map(|(_, rest)| {
        let (failed, all) = rest.split_once(" tests failed out of ")?;
        let (failed, all): (usize, usize) = (failed.parse().ok()?, all.trim().parse().ok()?);
        Some(Count { passed: all - failed, failed })
    });
    found.unwrap_or_default()
}

/// `=== 2 failed, 85 passed in 3.21s ===`, and what could not be set up.
pub fn of_pytest(text: &str) -> Count {
    let last = text.lines().rev().find(|line| {
        line.contains(" in ") && (line.contains(" passed") || line.contains(" failed") || line.contains(" error"))
    });
    let words = |words: &str| sum(last.into_iter(), words, "failed");
    let Count { passed, failed } = words("passed");
    Count { passed, failed: failed + words("error").passed + words("errors").passed }
}

/// Adds up the numbers that stand before two words.
fn sum<'a>(lines: impl Iterator<Item = &'a str>, passed: &str, failed: &str) -> Count {
    let mut count = Count::default();
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(',')).collect();
        for pair in words.windows(2) {
            let Ok(number) = pair[0].parse::<usize>() else { continue };
            if pair[1] == passed {
                count.passed += number;
            } else if pair[1] == failed {
                count.failed += number;
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_says_it_once_a_program() {
        let text = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured\nnoise 7 passed; 7 failed;\n\
                    test result: FAILED. 3 passed; 2 failed; 0 ignored";
        assert_eq!(of_cargo(text), Count { passed: 15, failed: 2 });
    }

    #[test]
    fn ctest_says_it_at_the_end() {
        assert_eq!(of_ctest("\n98% tests passed, 2 tests failed out of 90\n"), Count { passed: 88, failed: 2 });
        assert_eq!(of_ctest("100% tests passed, 0 tests failed out of 90"), Count { passed: 90, failed: 0 });
        assert_eq!(of_ctest("Unable to find executable"), Count::default());
    }

    #[test]
    fn pytest_says_it_in_any_order() {
        assert_eq!(of_pytest("=== 2 failed, 85 passed, 1 error in 3.21s ==="), Count { passed: 85, failed: 3 });
        assert_eq!(of_pytest("85 passed, 1 skipped in 3.21s"), Count { passed: 85, failed: 0 });
        assert_eq!(of_pytest("=== 4 errors in 0.10s ==="), Count { passed: 0, failed: 4 });
    }
}
