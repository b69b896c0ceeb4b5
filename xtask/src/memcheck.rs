//! The C and C++ tests that free what they were given, a second time under valgrind: no error in the use of memory, and
//! no block that is definitely lost.
//!
//! Its helgrind and drd are of no use here: they know locks by the functions of pthread, and Rust's are system calls.

use crate::consumers::Consumers;
use crate::run::Outcome;
use crate::tally::Count;

/// What ctest calls them.
pub const LABEL: &str = "memcheck";

/// The family. The library is the shipped one, without symbols: for stacks that can be read, install one with `--dev`.
pub fn run(tests: &Consumers) -> Outcome<((), Count)> {
    tests.run(&["--label-regex", LABEL])
}
