//! A fresh process to its first credentials, and the second login of a process.

use super::logins::{ADFS, KEYS, Login, OKTA};
use super::setup::{Bench, number, numbers};
use super::statistics::{median, show};
use super::svg;
use super::table::{Section, Table};
use crate::run::Outcome;
use serde_json::{Value, json};

/// Those that the goals name: keys by plain HTTP, two providers by TLS.
const LOGINS: [&str; 3] = [KEYS, OKTA, ADFS];

/// What was measured of a login, a number a run.
#[derive(Default)]
struct Runs {
    load: Vec<f64>,
    login: Vec<f64>,
}

impl Runs {
    fn add(&mut self, run: &Value) -> Outcome {
        self.load.push(number(run, "load_ms")?);
        self.login.push(number(run, "login_ms")?);
        Ok(())
    }

    /// Of both together: each run counts, not each half.
    fn both(&self) -> f64 {
        median(&self.load.iter().zip(&self.login).map(|(load, login)| load + login).collect::<Vec<_>>())
    }

    fn json(&self) -> Value {
        json!({ "load_ms": median(&self.load), "login_ms": median(&self.login), "both_ms": self.both() })
    }
}

/// dlopen and a login in C, import and a login in Python: one after the other, again and again.
pub fn first(bench: &Bench) -> Outcome<Section> {
    let servers = bench.servers("fresh")?;
    let logins = chosen(servers.logins()?);
    let mut measured: Vec<(Runs, Runs)> = logins.iter().map(|_| Default::default()).collect();
    // The first of each is for the disk and the sandbox's certificates.
    for run in 0..=bench.runs {
        for (login, (ours, peers)) in logins.iter().zip(&mut measured) {
            let (our, peer) = (
                bench.ours(&servers, "fresh", &[], login)?,
                bench.peer(&servers, "fresh", &[], login)?.unwrap_or_default(),
            );
            if run > 0 {
                ours.add(&our)?;
                peers.add(&peer)?;
            }
        }
    }
    let mut table =
        Table::new(&["login", "dlopen", "login", "both", "Python: import", "login", "both", "times as fast"]);
    let (mut figures, mut groups) = (serde_json::Map::new(), Vec::new());
    for (login, (ours, peers)) in logins.iter().zip(&measured) {
        table.row([
            login.name.into(),
            show(median(&ours.load)),
            show(median(&ours.login)),
            show(ours.both()),
            show(median(&peers.load)),
            show(median(&peers.login)),
            show(peers.both()),
            show(peers.both() / ours.both()),
        ]);
        figures.insert(login.name.into(), json!({ "ours": ours.json(), "peer": peers.json() }));
        groups.push((login.name.to_owned(), vec![ours.both(), peers.both()]));
    }
    let title = "A fresh process to its first credentials";
    Ok(Section {
        tables: vec![(format!("{title}, in milliseconds, medians of {} processes each:", bench.runs), table)],
        plots: vec![("fresh", title.into(), svg::bars(title, "ms", &["librs_auth", "redshift_connector"], &groups))],
        figures: Value::Object(figures),
    })
}

/// Logins after the first one, in the same process.
pub fn second(bench: &Bench) -> Outcome<Section> {
    let servers = bench.servers("second")?;
    let logins = chosen(servers.logins()?);
    let count = bench.runs.to_string();
    let mut table = Table::new(&["login", "cache", "ms", "Python: ms", "times as fast"]);
    let mut figures = serde_json::Map::new();
    for login in &logins {
        let ours = bench.ours(&servers, "again", &[&count], login)?;
        let peer = bench.peer(&servers, "again", &[&count], login)?.unwrap_or_default();
        let mut both = serde_json::Map::new();
        for (cache, name) in [("off", "off_ms"), ("on", "on_ms")] {
            let (our, peer) = (median(&numbers(&ours, name)?), median(&numbers(&peer, name)?));
            table.row([login.name.into(), cache.into(), show(our), show(peer), show(peer / our)]);
            both.insert(cache.into(), json!({ "ours_ms": our, "peer_ms": peer }));
        }
        figures.insert(login.name.into(), Value::Object(both));
    }
    Ok(Section {
        tables: vec![(format!("A second login in the same process, medians of {count}:"), table)],
        plots: Vec::new(),
        figures: Value::Object(figures),
    })
}

fn chosen(logins: Vec<Login>) -> Vec<Login> {
    logins.into_iter().filter(|login| LOGINS.contains(&login.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_both_is_of_the_sums() {
        let mut runs = Runs::default();
        for (load, login) in [(1.0, 9.0), (2.0, 2.0), (9.0, 1.0)] {
            runs.add(&json!({ "load_ms": load, "login_ms": login })).unwrap();
        }
        assert_eq!((median(&runs.load), median(&runs.login), runs.both()), (2.0, 2.0, 10.0));
        assert!(runs.add(&json!({ "load_ms": 1 })).is_err());
    }
}
