//! The guard of the suite: what does not depend on the machine is measured and held to `xtask/limits.txt`.

use super::distance::trips_of;
use super::instructions::{Counter, fresh};
use super::logins::{KEYS, Login, OKTA, Servers};
use super::setup::Instruments;
use crate::library::VERSION;
use crate::run::Outcome;
use crate::tally::Count;
use crate::{artifact, limits};
use std::path::Path;

/// What the suite calls it.
pub const STEP: &str = "what may not grow unnoticed";

/// Measures the installed library and compares. Every figure has its limit, every limit its figure.
pub fn check(prefix: &Path, sandbox: &Path) -> Outcome<((), Count)> {
    let (instruments, servers) = (Instruments::build()?, Servers::start(sandbox, "guard")?);
    let library = prefix.join(format!("lib/librs_auth.so.{VERSION}"));
    let counter = Counter { instruments: &instruments, library: &library, servers: &servers };
    let limits = limits::all()?;
    let mut count = Count::default();
    let mut figures = Vec::new();
    let logins = servers.logins()?;
    for login in &logins {
        figures.extend(traffic(&counter, login)?);
        figures.extend(computing(&counter, login)?);
    }
    let trips = trips_of(&servers, &logins, |login| fresh(&counter, login))?;
    figures.extend(logins.iter().zip(trips).map(|(login, trips)| (format!("round trips: {}", login.name), trips)));
    let known = |name: &str| artifact::LIMITED.contains(&name) || figures.iter().any(|(figure, _)| figure == name);
    let unmeasured = limits.iter().filter(|limit| !known(&limit.name)).map(|limit| limit.name.clone());
    for (name, measured) in &figures {
        count.add(name, limits::hold(&limits, name, *measured));
    }
    for name in unmeasured {
        count.add(&name, Err("nothing measures it".to_owned()));
    }
    Ok(((), count))
}

/// What a login sends, with every server on an address of its own.
fn traffic(counter: &Counter<'_>, login: &Login) -> Outcome<Vec<(String, f64)>> {
    counter.servers.traffic()?;
    fresh(counter, login)?;
    let (connections, requests) = counter.servers.traffic()?;
    let small = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    Ok(vec![
        (format!("connections: {}", login.name), small(connections)),
        (format!("requests: {}", login.name), small(requests)),
    ])
}

/// What it computes: two logins stand for all, one without a provider and TLS, one with both.
fn computing(counter: &Counter<'_>, login: &Login) -> Outcome<Vec<(String, f64)>> {
    if ![KEYS, OKTA].contains(&login.name) {
        return Ok(Vec::new());
    }
    let mut figures = vec![(format!("instructions: a login, {}", login.name), counter.login(login)?)];
    if login.name == KEYS {
        let (calls, bytes) = counter.allocations(login)?;
        figures.push(("instructions: a cached answer".into(), counter.cached_answer(login)?));
        figures.push(("allocations: a cached answer".into(), calls));
        figures.push(("allocated bytes: a cached answer".into(), bytes));
    }
    Ok(figures)
}
