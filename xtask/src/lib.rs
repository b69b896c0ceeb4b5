//! The chores of this repository, as a library for its tests.

pub mod header;
