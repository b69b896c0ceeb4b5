//! What needs `unsafe` of the operating system.

#![allow(unsafe_code)]

pub(crate) mod canonical_name;
pub(crate) mod children;
mod closed_hooks;
mod own_library;
pub(crate) mod panics;
pub(crate) mod per_process;
pub(crate) mod privileges;
pub(crate) mod signals;
