//! What needs `unsafe` of the operating system.

pub(crate) mod children;
