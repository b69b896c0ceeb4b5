//! The fault matrix: every plugin, every request that it makes, everything that can go wrong with one. What the requests are
//! is not written down here: a clean login tells.

mod case;
mod expectation;
mod judge;
mod plugins;
mod request;
mod run;
mod scene;
mod summary;
mod trouble;

use case::Case;
use plugins::ROWS;
use run::Job;
use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use summary::Summary;

/// How many processes log in beside each other. Most wait for something.
const AT_ONCE: usize = 12;
/// So many at least: fewer would mean that the matrix has lost something.
const LEAST: usize = 600;
/// Only cases with these words in the names of plugin, request and fault: `RS_AUTH_FAULTS=Okta/reset`.
const FILTER: &str = "RS_AUTH_FAULTS";

#[test]
fn every_fault_of_every_request_of_every_plugin() {
    let filter = std::env::var(FILTER).ok();
    let wanted = |case: &Case| filter.as_deref().is_none_or(|words| case.is_meant_by(words));
    let jobs = jobs().into_iter().filter_map(|job| job.only(&wanted)).collect();
    let mut summary = Summary::default();
    in_parallel(jobs, Job::run).into_iter().flatten().for_each(|result| summary.add(result));
    summary.print();
    assert!(filter.is_some() || summary.count() >= LEAST, "only {} cases", summary.count());
    assert!(summary.failures().is_empty(), "{}", summary.failures().join("\n\n"));
}

/// All cases. What several logins of a plugin ask in the same way goes wrong in the first of them.
fn jobs() -> Vec<Job> {
    let mut known = HashSet::new();
    let mut jobs = Vec::new();
    for (row, asked) in in_parallel(ROWS.iter().collect(), run::asked_by) {
        let new = asked.iter().filter(|asked| known.insert((row.plugin, asked.what())));
        jobs.extend(new.flat_map(|asked| Job::all(row, asked)));
    }
    jobs
}

/// A plugin that is registered and has no row would be tested by nobody.
#[test]
fn every_plugin_has_a_row() {
    let name = |index| {
        // SAFETY: static, and it ends in NUL.
        unsafe { std::ffi::CStr::from_ptr(rs_auth::capi::rs_auth_plugin_name(index)) }.to_str().unwrap().to_owned()
    };
    let registered: BTreeSet<_> = (0..rs_auth::capi::rs_auth_plugin_count()).map(name).collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.plugin.to_owned()).collect();
    assert!(registered.len() >= 19);
    assert_eq!(rows, registered);
}

/// Does the work with each item, several at a time, and gives the results in the order of the items.
fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let results: Vec<_> = items.iter().map(|_| Mutex::new(None)).collect();
    let (items, next): (Vec<_>, _) =
        (items.into_iter().map(|item| Mutex::new(Some(item))).collect(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    let result = work(item.lock().unwrap().take().unwrap());
                    *results[index].lock().unwrap() = Some(result);
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().unwrap().unwrap()).collect()
}
