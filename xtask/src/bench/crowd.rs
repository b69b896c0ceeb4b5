//! Many threads: answers from memory, and logins at the same moment.

use super::logins::{KEYS, KEYS_TLS, Login, OKTA, Servers};
use super::setup::{Bench, number};
use super::statistics::{median, show, whole};
use super::table::{Section, Table};
use crate::run::Outcome;
use serde_json::{Value, json};

const THREADS: [u32; 4] = [1, 2, 8, 64];
/// How long answers are counted.
const MILLISECONDS: u32 = 250;
/// The Python driver answers that slowly out of its cache that it needs longer, and no more threads than these.
const PEER: (&str, u32) = ("3000", 8);

/// How fast answers come from memory.
pub fn cached(bench: &Bench) -> Outcome<Section> {
    let servers = bench.servers("cached")?;
    let login = named(&servers, KEYS)?;
    let head = [
        "threads",
        "answers a second",
        "µs of a thread",
        "the kernel alone, µs",
        "Python: answers a second",
        "times as many",
    ];
    let (mut table, mut figures) = (Table::new(&head), Vec::new());
    for threads in THREADS {
        let word = threads.to_string();
        let (mut rates, mut kernel) = (Vec::new(), Vec::new());
        for _ in 0..bench.runs {
            let run = bench.ours(&servers, "cached", &[&word, &MILLISECONDS.to_string()], &login)?;
            rates.push(rate(&run)?);
            kernel.push(number(&run, "kernel_us")?);
        }
        let (ours, kernel) = (median(&rates), median(&kernel));
        let peer = if threads <= PEER.1 {
            rate(&bench.peer(&servers, "cached", &[&word, PEER.0], &login)?.unwrap_or_default())?
        } else {
            f64::NAN
        };
        let (each, ratio) = (1e6 * f64::from(threads) / ours, whole(ours / peer));
        table.row([word, whole(ours), show(each), show(kernel), show(peer), ratio]);
        figures.push(json!({
            "threads": threads,
            "answers_a_second": ours,
            "kernel_us": kernel,
            "peer_answers_a_second": finite(peer),
        }));
    }
    let title = format!(
        "Answers from memory, all threads asking for the same identity, medians of {} runs of {MILLISECONDS} ms; and what \
         one thread takes for the two system calls of an answer, measured in the same processes:",
        bench.runs
    );
    Ok(Section { tables: vec![(title, table)], plots: Vec::new(), figures: json!(figures) })
}

fn rate(run: &Value) -> Outcome<f64> {
    Ok(number(run, "answers")? / number(run, "ms")? * 1e3)
}

/// A crowd of logins.
struct Case {
    login: &'static str,
    identities: &'static str,
    threads: u32,
    round_trip_ms: u32,
}

const fn case(login: &'static str, identities: &'static str, threads: u32, round_trip_ms: u32) -> Case {
    Case { login, identities, threads, round_trip_ms }
}

/// One identity at a distance, where a login costs what it costs; different ones next door, where they compete.
const CASES: [Case; 9] = [
    case(OKTA, "same", 1, 50),
    case(OKTA, "same", 100, 50),
    case(OKTA, "same", 1000, 50),
    case(OKTA, "same", 5000, 50),
    case(KEYS_TLS, "different", 1, 0),
    case(KEYS_TLS, "different", 100, 0),
    case(KEYS_TLS, "different", 1000, 0),
    case(KEYS_TLS, "different", 5000, 0),
    case(KEYS_TLS, "different", 1000, 50),
];
/// More threads than these are not asked of the Python driver.
const PEER_THREADS: u32 = 100;

/// All at the same moment, with nothing cached.
pub fn logins(bench: &Bench) -> Outcome<Section> {
    let head = [
        "login",
        "identities",
        "threads",
        "round trip, ms",
        "wall, ms",
        "succeeded",
        "requests",
        "connections",
        "most threads",
        "peak RSS, MB",
        "Python: wall, ms",
        "requests",
        "peak RSS, MB",
    ];
    let (mut table, mut figures) = (Table::new(&head), Vec::new());
    for case in CASES {
        // Sandboxes of their own: what one holds in memory is not to slow down the next.
        let servers = bench.servers("crowd")?;
        let login = named(&servers, case.login)?;
        servers.set_round_trip(case.round_trip_ms)?;
        servers.traffic()?;
        let count = case.threads.to_string();
        let ours = bench.ours(&servers, "crowd", &[&count, case.identities], &login)?;
        let (connections, requests) = servers.traffic()?;
        let (mut peer, mut peer_requests) = (Value::Null, f64::NAN);
        if case.threads <= PEER_THREADS {
            peer = bench.peer(&servers, "crowd", &[&count, case.identities], &login)?.unwrap_or_default();
            peer_requests = small(servers.traffic()?.1);
        }
        let of = |name: &str| peer[name].as_f64().unwrap_or(f64::NAN);
        table.row([
            case.login.into(),
            case.identities.into(),
            whole(f64::from(case.threads)),
            case.round_trip_ms.to_string(),
            show(number(&ours, "wall_ms")?),
            whole(number(&ours, "succeeded")?),
            whole(small(requests)),
            whole(small(connections)),
            whole(number(&ours, "threads")?),
            show(number(&ours, "peak_rss_kb")? / 1024.0),
            show(of("wall_ms")),
            whole(peer_requests),
            show(of("peak_rss_kb") / 1024.0),
        ]);
        figures.push(json!({
            "login": case.login, "identities": case.identities, "threads": case.threads,
            "round_trip_ms": case.round_trip_ms, "ours": ours, "requests": requests, "connections": connections,
            "peer": peer, "peer_requests": finite(peer_requests),
        }));
    }
    let title = "Logins at the same moment, nothing cached; of `different` identities each thread has its own:";
    Ok(Section { tables: vec![(title.into(), table)], plots: Vec::new(), figures: json!(figures) })
}

/// The login of that name.
pub fn named(servers: &Servers, name: &str) -> Outcome<Login> {
    servers.logins()?.into_iter().find(|login| login.name == name).ok_or_else(|| format!("there is no login {name}"))
}

/// A count of requests.
fn small(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// JSON has no NaN.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}
