//! Logins that succeed, and what they send.

mod auth_profile;
mod host_plugin;
mod inputs;
mod location;
mod parameters;
mod profiles;
mod targets;
