//! Logins that succeed, and what they send.

mod auth_profile;
mod inputs;
mod location;
mod parameters;
mod profiles;
mod targets;
