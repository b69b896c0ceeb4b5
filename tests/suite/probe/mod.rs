//! A process of its own for each scenario: this test binary once more, with a clean environment and a list of steps.

mod array;
mod c;
mod child;
mod dsn;
mod job;
mod machine;
mod programs;

pub use dsn::Dsn;
pub use job::{Call, HostPlugin, Input, Outcome, Reply, Runtime, Step};
pub use machine::{Machine, Running, only};

/// What a child runs. Ignored as a test of its own: without steps there is nothing to do.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    child::run();
}
