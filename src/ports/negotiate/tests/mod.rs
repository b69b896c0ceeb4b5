//! Negotiate, made up and against a real key distribution centre.

mod against_a_realm;
mod fake;

/// Headers with these challenges.
fn challenges(values: &[&str]) -> super::HeaderMap {
    values.iter().map(|value| (crate::ports::http::header::WWW_AUTHENTICATE, value.parse().unwrap())).collect()
}

/// Runs one future as a login does.
fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(future);
    runtime.shutdown_background();
    outcome
}
