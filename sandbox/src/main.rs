//! Sandbox program.
fn main() {}
