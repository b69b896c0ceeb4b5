//! Logins at an artificial distance, counted in round trips that follow each other.

use super::logins::{Login, OKTA, Servers};
use super::setup::{Bench, number};
use super::statistics::{least, median, show, trips};
use super::svg;
use super::table::{Section, Table};
use crate::run::Outcome;
use serde_json::{Value, json};
use std::thread;

/// Each distance, and every how many rounds it is measured: the near ones and the one that the goals name more often.
const DISTANCES: [(u32, usize); 4] = [(0, 1), (10, 3), (50, 1), (150, 3)];
/// The one of the goals.
const GOAL_MS: u32 = 50;
/// The one that trips are counted at: the farther, the less other work weighs.
const COUNTED_MS: u32 = 150;
/// What the goals grant: 1.1 times the dependent round trips, and 20 ms of work.
const GRANTED: (f64, f64) = (1.1, 20.0);

/// What a login took at each distance, in milliseconds.
#[derive(Default)]
struct Walls(Vec<(u32, Vec<f64>)>);

impl Walls {
    fn add(&mut self, distance: u32, ms: f64) {
        match self.0.iter_mut().find(|(at, _)| *at == distance) {
            Some((_, walls)) => walls.push(ms),
            None => self.0.push((distance, vec![ms])),
        }
    }

    fn at(&self, distance: u32) -> f64 {
        self.0.iter().find(|(at, _)| *at == distance).map_or(f64::NAN, |(_, walls)| median(walls))
    }

    fn trips(&self, distance: u32) -> f64 {
        trips(self.at(0), self.at(distance), f64::from(distance))
    }

    fn json(&self) -> Value {
        self.0
            .iter()
            .map(|(at, walls)| (at.to_string(), json!(median(walls))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// A login of both, as it was measured.
struct Measured {
    login: Login,
    ours: Walls,
    peer: Walls,
    /// Connections and requests, ours and the peer's.
    traffic: [Option<(u64, u64)>; 2],
}

/// Fresh processes at each distance. The loading is not in it: it is part of [`super::fresh`].
pub fn measure(bench: &Bench) -> Outcome<Section> {
    let servers = bench.servers("distance")?;
    let logins = servers.logins()?;
    let mut all: Vec<Measured> = logins
        .into_iter()
        .map(|login| Measured { login, ours: Walls::default(), peer: Walls::default(), traffic: [None; 2] })
        .collect();
    for run in 0..bench.runs {
        for (distance, every) in DISTANCES {
            if run % every != 0 {
                continue;
            }
            servers.set_round_trip(distance)?;
            for one in &mut all {
                one.round(bench, &servers, distance)?;
            }
            servers.set_round_trip(0)?;
        }
    }
    Ok(section(&all, bench.runs))
}

impl Measured {
    fn round(&mut self, bench: &Bench, servers: &Servers, distance: u32) -> Outcome {
        servers.traffic()?;
        let ours = bench.ours(servers, "fresh", &[], &self.login)?;
        self.traffic[0] = Some(servers.traffic()?);
        self.ours.add(distance, number(&ours, "login_ms")?);
        if let Some(peer) = bench.peer(servers, "fresh", &[], &self.login)? {
            self.traffic[1] = Some(servers.traffic()?);
            self.peer.add(distance, number(&peer, "login_ms")?);
        }
        Ok(())
    }

    fn granted_ms(&self) -> f64 {
        granted_ms(self.login.chain.len(), GOAL_MS)
    }
}

fn granted_ms(chain: usize, distance: u32) -> f64 {
    f64::from(u32::try_from(chain).unwrap_or(u32::MAX)) * f64::from(distance) * GRANTED.0 + GRANTED.1
}

fn section(all: &[Measured], runs: usize) -> Section {
    let mut chains = Table::new(&["login", "round trips"]);
    let head = ["login", "protocol", "trips", "connections", "requests", "Python: trips", "connections", "requests"];
    let mut counts = Table::new(&head);
    let mut walls =
        Table::new(&["login", "0", "10", "50", "150", "granted at 50", "Python: 0", "10", "50", "150", "ratio at 50"]);
    let (mut figures, mut groups) = (serde_json::Map::new(), Vec::new());
    for one in all {
        let (name, chain) = (one.login.name, one.login.chain);
        let of = |at: usize, pick: fn((u64, u64)) -> u64| {
            one.traffic[at].map_or("-".to_owned(), |traffic| pick(traffic).to_string())
        };
        let (ours, peer) = (one.ours.trips(COUNTED_MS), one.peer.trips(COUNTED_MS));
        chains.row([format!("{name}: {}", chain.join(", ")), chain.len().to_string()]);
        counts.row([
            name.into(),
            chain.len().to_string(),
            one_digit(ours),
            of(0, |it| it.0),
            of(0, |it| it.1),
            one_digit(peer),
            of(1, |it| it.0),
            of(1, |it| it.1),
        ]);
        let wall = |of: &Walls, at: u32| show(of.at(at));
        walls.row([
            name.into(),
            wall(&one.ours, 0),
            wall(&one.ours, 10),
            wall(&one.ours, 50),
            wall(&one.ours, 150),
            show(one.granted_ms()),
            wall(&one.peer, 0),
            wall(&one.peer, 10),
            wall(&one.peer, 50),
            wall(&one.peer, 150),
            show(one.ours.at(GOAL_MS) / one.peer.at(GOAL_MS)),
        ]);
        figures.insert(name.into(), json!({
            "chain": chain, "ours_ms": one.ours.json(), "peer_ms": one.peer.json(), "trips": ours,
            "peer_trips": peer.is_finite().then_some(peer), "traffic": one.traffic[0], "peer_traffic": one.traffic[1],
            "granted_at_50_ms": one.granted_ms(),
        }));
        #[allow(clippy::cast_precision_loss, reason = "a few trips")]
        groups.push((name.to_owned(), vec![chain.len() as f64, ours, peer]));
    }
    let trips = "Round trips that follow each other";
    let names = ["the protocol's own", "librs_auth", "redshift_connector"];
    let mut plots = vec![("round-trips", trips.to_owned(), svg::bars(trips, "round trips", &names, &groups))];
    plots.extend(all.iter().find(|one| one.login.name == OKTA).map(|okta| {
        let line = |of: &Walls| DISTANCES.map(|(at, _)| (f64::from(at), of.at(at))).to_vec();
        let title = "An Okta login over the round-trip time";
        let series = [("librs_auth", line(&okta.ours)), ("redshift_connector", line(&okta.peer))];
        ("distance", title.to_owned(), svg::lines(title, "ms over ms", &series))
    }));
    Section {
        tables: vec![
            ("The protocol's own chain, with every server on an address of its own:".into(), chains),
            (format!("Round trips as measured, (wall at {COUNTED_MS} ms - wall at 0) / {COUNTED_MS} ms:"), counts),
            (
                format!(
                    "Milliseconds of the login at round trips of 0, 10, 50 and 150 ms, medians of {runs} (10 and 150: a third):"
                ),
                walls,
            ),
        ],
        plots,
        figures: Value::Object(figures),
    }
}

fn one_digit(number: f64) -> String {
    if number.is_finite() { format!("{number:.1}") } else { "-".into() }
}

/// The trips of our logins as whole numbers, for the guard: at a distance that other work on the machine does not come near.
/// All are far away at the same time, as waiting costs no processor.
pub fn trips_of<T: Sync>(
    servers: &Servers,
    logins: &[T],
    run: impl Fn(&T) -> Outcome<Value> + Sync,
) -> Outcome<Vec<f64>> {
    const FAR_MS: u32 = 500;
    let best = |login: &T| -> Outcome<f64> {
        let walls = (0..2).map(|_| number(&run(login)?, "login_ms")).collect::<Outcome<Vec<_>>>()?;
        Ok(least(&walls))
    };
    let near = logins.iter().map(best).collect::<Outcome<Vec<_>>>()?;
    servers.set_round_trip(FAR_MS)?;
    let far: Outcome<Vec<f64>> = thread::scope(|scope| {
        let started: Vec<_> = logins.iter().map(|login| scope.spawn(|| best(login))).collect();
        started.into_iter().map(|thread| thread.join().map_err(|_| "a login's thread ended".to_owned())?).collect()
    });
    servers.set_round_trip(0)?;
    Ok(near.iter().zip(far?).map(|(near, far)| trips(*near, far, f64::from(FAR_MS)).round()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trips_come_from_medians() {
        let mut walls = Walls::default();
        for (distance, ms) in [(0, 5.0), (0, 4.0), (50, 304.0), (0, 900.0), (50, 305.0), (50, 2000.0)] {
            walls.add(distance, ms);
        }
        assert!((walls.trips(50) - 6.0).abs() < 1e-9);
        assert!(walls.trips(150).is_nan() && one_digit(f64::NAN) == "-");
        assert_eq!(walls.json(), json!({ "0": 5.0, "50": 305.0 }));
    }

    #[test]
    fn the_goal_grants_a_tenth_and_a_little() {
        assert!((granted_ms(6, 50) - 350.0).abs() < 1e-9);
    }
}
