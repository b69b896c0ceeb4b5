//! Instructions, counted by callgrind: the same on a busy machine as on a quiet one.

use super::crowd::named;
use super::logins::{KEYS, KEYS_TLS, Login, OKTA, Servers};
use super::setup::{Bench, Instruments, json_of, limited, number, pairs};
use super::statistics::{each, show, whole};
use super::table::{Section, Table};
use crate::run::Outcome;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

/// What is counted: the policy of the cache, and two numbers of repetitions. What one costs is their difference, without the
/// process, its first login and the table of its symbols.
const CACHED: (&str, [u64; 2]) = ("cached", [1_000, 11_000]);
const LOGIN: (&str, [u64; 2]) = ("off", [5, 25]);

/// The library with the programs that repeat its calls.
pub struct Counter<'a> {
    pub instruments: &'a Instruments,
    pub library: &'a Path,
    pub servers: &'a Servers,
}

impl Counter<'_> {
    /// Instructions of a cached answer, its release included.
    pub fn cached_answer(&self, login: &Login) -> Outcome<f64> {
        self.each(CACHED, login)
    }

    /// Instructions of a login in a process that has logged in before, on all its threads, its release included.
    pub fn login(&self, login: &Login) -> Outcome<f64> {
        self.each(LOGIN, login)
    }

    /// How often a cached answer allocates, and how many bytes.
    pub fn allocations(&self, login: &Login) -> Outcome<(f64, f64)> {
        let mut command = limited(&self.instruments.allocations);
        command.arg(self.library).arg("1000").args(pairs(login)).envs(self.servers.environment()?);
        let counted = json_of(&mut command)?;
        Ok((number(&counted, "calls")?, number(&counted, "bytes")?))
    }

    fn each(&self, (policy, [few, many]): (&str, [u64; 2]), login: &Login) -> Outcome<f64> {
        let total = |count: u64| -> Outcome<(u64, f64)> {
            let mut valgrind = limited(Path::new("valgrind"));
            valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&self.instruments.measure);
            valgrind.arg("repeat").arg(self.library).args([policy, &count.to_string()]).args(pairs(login));
            Ok((count, collected(valgrind.envs(self.servers.environment()?))?))
        };
        Ok(each(total(few)?, total(many)?))
    }
}

/// The part of the benchmark.
pub fn measure(bench: &Bench) -> Outcome<Section> {
    let servers = bench.servers("instructions")?;
    let counter = Counter { instruments: &bench.instruments, library: &bench.library, servers: &servers };
    let keys = named(&servers, KEYS)?;
    let (calls, bytes) = counter.allocations(&keys)?;
    let cached = counter.cached_answer(&keys)?;
    let mut table = Table::new(&["what", "instructions", "allocations", "bytes"]);
    table.row(["a cached answer".into(), whole(cached), show(calls), whole(bytes)]);
    let mut figures = json!({ "cached_answer": cached, "allocations": calls, "allocated_bytes": bytes });
    for name in [KEYS, KEYS_TLS, OKTA] {
        let count = counter.login(&named(&servers, name)?)?;
        table.row([format!("a login, {name}"), whole(count), "-".into(), "-".into()]);
        figures[name] = json!(count);
    }
    let title = "Instructions of the client alone, as callgrind counts them, on all threads, in a process that has logged in \
                 before:";
    Ok(Section { tables: vec![(title.into(), table)], plots: Vec::new(), figures })
}

/// Runs callgrind and reads its total.
fn collected(command: &mut Command) -> Outcome<f64> {
    let output =
        command.stdout(Stdio::null()).output().map_err(|error| format!("valgrind could not be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("callgrind ended with {}: {text}", output.status));
    }
    total(&text).ok_or_else(|| format!("callgrind counted nothing: {text}"))
}

/// `==12== Collected : 123456`
fn total(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.split_once("Collected : "))?;
    line.1.trim().parse().ok()
}

/// Numbers of a login's figures, for the guard.
pub fn fresh(counter: &Counter<'_>, login: &Login) -> Outcome<Value> {
    let mut command = limited(&counter.instruments.measure);
    command.arg("fresh").arg(counter.library).args(pairs(login)).envs(counter.servers.environment()?);
    json_of(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callgrind_tells_its_total_at_the_end() {
        assert_eq!(total("==7== Events    : Ir\n==7== Collected : 123456\n==7==\n"), Some(123_456.0));
        assert_eq!(total("==7== Events    : Ir\n"), None);
    }
}
