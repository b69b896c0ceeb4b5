//! The C and C++ tests with `AddressSanitizer` and `UndefinedBehaviorSanitizer` in the programs, as a host is tested that
//! links the shipped library: what a function of ours writes where it must not, or never frees, ends the program.

use crate::consumers;
use crate::memcheck::LABEL;
use crate::run::Outcome;
use crate::tally::Count;
use std::path::Path;

/// The child of a fork among threads that allocate waits for locks of the sanitizer's own allocator.
const UNFIT: &str = "fork";

/// The family: every test again. One of them proves by nm that the sanitizers are in the programs, and its twin among
/// the ordinary ones that they are not in those.
pub fn run(prefix: &Path, sandbox: &Path) -> Outcome<((), Count)> {
    consumers::build(prefix, sandbox, true)?.run(&["--label-exclude", LABEL, "--exclude-regex", UNFIT])
}
