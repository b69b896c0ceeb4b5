//! `cargo xtask bench`: what a login costs, side by side with Amazon's own Python driver at the same servers in the same run.
//! Tables on the terminal, `target/bench/results.json`, plots; with `--write-docs` also docs/performance.md.

mod crowd;
mod distance;
mod file;
mod fresh;
pub mod guard;
mod instructions;
mod logins;
mod page;
mod setup;
mod statistics;
mod svg;
mod table;

use crate::args::Args;
use crate::run::{Outcome, cargo, program, read, root, run, target, write};
use crate::tally::Tally;
use crate::{packages, sandbox};
use serde_json::{Map, Value};
use setup::Bench;
use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use table::Section;

pub use file::relocations;

/// A part: its name in the page and for `--only`, and what measures it.
type Part = (&'static str, fn(&Bench) -> Outcome<Section>);

const PARTS: [Part; 7] = [
    ("fresh process", fresh::first),
    ("second login", fresh::second),
    ("cached answers", crowd::cached),
    ("round trips", distance::measure),
    ("concurrent logins", crowd::logins),
    ("library", file::measure),
    ("instructions", instructions::measure),
];
/// Of a median, as the goals of the project have them.
const RUNS: &str = "15";
/// Longer than all of it takes on two processors, what has to be built included.
const LIMIT: &str = "40m";
/// Longer than any part takes.
const PART: Duration = Duration::from_mins(12);

/// What is wanted of a run.
struct Wanted {
    /// Parts with this word in their names.
    only: Option<String>,
    runs: usize,
    write_docs: bool,
    /// What is installed here is measured, and nothing built.
    installed: Option<PathBuf>,
}

/// The chore. It ends within [`LIMIT`], whatever hangs.
pub fn chore(mut args: Args) -> Outcome {
    let runs = args.value("--runs")?.unwrap_or_else(|| RUNS.into());
    let wanted = Wanted {
        only: args.value("--only")?,
        runs: runs.parse().map_err(|_| "--runs needs a number".to_owned())?,
        write_docs: args.flag("--write-docs"),
        installed: args.value("--installed")?.map(PathBuf::from),
    };
    let (criterion, guard, is_limited) = (args.flag("--criterion"), args.flag("--guard"), args.flag("--limited"));
    args.finish()?;
    if criterion {
        // Its table is criterion's own.
        return run(cargo("bench").args(["--locked", "--package", "rs-auth", "--bench", "*"]));
    }
    if guard {
        // What `cargo xtask test` does with its own library, alone.
        let prefix = setup::prefix(wanted.installed)?;
        let mut tally = Tally::default();
        tally.step(guard::STEP, || guard::check(&prefix, &sandbox::build()?));
        return tally.finish();
    }
    if is_limited { measure(&wanted) } else { limit(&wanted) }
}

/// Runs itself with a limit, in the foreground, so that a person can interrupt it.
fn limit(wanted: &Wanted) -> Outcome {
    let own = env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let mut limited = program("timeout");
    limited.args(["--foreground", "--kill-after=10", LIMIT]).arg(own).args(["bench", "--limited"]);
    limited.arg(format!("--runs={}", wanted.runs)).args(wanted.only.iter().map(|word| format!("--only={word}")));
    limited.args(wanted.installed.iter().map(|prefix| format!("--installed={}", prefix.display())));
    run(limited.args(wanted.write_docs.then_some("--write-docs")))
}

fn measure(wanted: &Wanted) -> Outcome {
    let fits = |(name, _): &Part| wanted.only.as_ref().is_none_or(|word| name.contains(word.as_str()));
    let parts: Vec<Part> = PARTS.into_iter().filter(fits).collect();
    if parts.is_empty() || wanted.runs == 0 {
        let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
        return Err(format!("nothing to measure; there are: {}", names.join(", ")));
    }
    packages::provide()?;
    let bench = Bench::prepare(wanted.installed.clone(), wanted.runs)?;
    let circumstances = bench.circumstances()?;
    println!("{}", page::circumstances(&circumstances));
    let mut faults = Vec::new();
    for (name, measure) in parts {
        let begin = Instant::now();
        println!("\n=== {name}");
        bench.begin(PART);
        // A part that fails does not hide the others.
        match measure(&bench).and_then(|section| keep(name, &section, &circumstances, wanted.write_docs)) {
            Ok(()) => println!("=== {name}: {:.1} s", begin.elapsed().as_secs_f64()),
            Err(why) => faults.push(format!("{name}: {why}")),
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Shows a part and writes it where it belongs.
fn keep(name: &str, section: &Section, circumstances: &Value, write_docs: bool) -> Outcome {
    print!("{}", section.text());
    let results = target().join("bench/results.json");
    let all = read(&results).ok().and_then(|text| serde_json::from_str(&text).ok());
    let mut all: Map<String, Value> = all.unwrap_or_default();
    all.insert(name.into(), serde_json::json!({ "circumstances": circumstances, "figures": section.figures }));
    let text = serde_json::to_string_pretty(&all).map_err(|error| error.to_string())?;
    write(&results, &(text + "\n"))?;
    for (file, _, picture) in &section.plots {
        write(&target().join("bench").join(format!("{file}.svg")), picture)?;
    }
    if !write_docs {
        return Ok(());
    }
    for (file, _, picture) in &section.plots {
        write(&root().join(page::PLOTS).join(format!("{file}.svg")), picture)?;
    }
    let path = root().join(page::PAGE);
    let made = format!("{}{}\n", section.markdown(), page::circumstances(circumstances));
    write(&path, &page::replace(&read(&path)?, name, &made)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_place_in_the_page() {
        let text = read(&root().join(page::PAGE)).unwrap();
        for (name, _) in PARTS {
            page::replace(&text, name, "").unwrap();
        }
    }
}
