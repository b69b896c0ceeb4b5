//! What needs `unsafe` of the operating system.

#![allow(unsafe_code)]

#[cfg(feature = "capi")]
mod allocator;
pub(crate) mod canonical_name;
pub(crate) mod children;
mod closed_hooks;
pub(crate) mod directory;
pub(crate) mod environment;
pub(crate) mod file_lock;
pub(crate) mod gssapi;
pub(crate) mod headroom;
pub(crate) mod one_off_thread;
pub(crate) mod opener;
mod own_library;
pub(crate) mod panics;
pub(crate) mod per_process;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod power;
pub(crate) mod privileges;
pub(crate) mod process_mark;
pub(crate) mod signals;
pub(crate) mod thread;
pub(crate) mod undumped;
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod unwinder;
pub(crate) mod wipe;
