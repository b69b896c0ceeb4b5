//! Calls: what C asks for, done with a cache, callbacks, a deadline and a cancel token around it.
//!
//! A login runs on one fresh thread with a current-thread runtime of its own and is joined before the call returns. The
//! caller's thread waits for messages and runs the host's callbacks itself. So nothing of ours runs between calls, a
//! call is possible from inside another runtime, and a fork or an unload finds no thread of ours.

mod auth_profile;
mod cached;
mod caller;
mod doctor;
mod explain;
mod forget;
mod guard;
mod input;
mod key_ring;
mod limit;
mod refused;
mod source;
mod worker;

pub(crate) use crate::login::Wanted;
pub(crate) use auth_profile::read_auth_profile;
pub(crate) use cached::{login, login_of_pairs};
pub(crate) use doctor::doctor;
pub(crate) use explain::explain;
pub(crate) use forget::{forget, forget_all};
pub(crate) use input::{Input, known};
pub(crate) use source::{pairs_of_string, settings_of_pairs, settings_of_string, wants_login};
pub(crate) use worker::init;

use crate::cache::shelves::Answer;
use crate::credentials::Credentials;
use crate::dsn::settings::Settings;
use std::sync::Arc;

/// A call's input.
pub(crate) struct Request {
    /// The DSN.
    pub(crate) settings: Settings,
    /// The canonical plugin name of a plugin-named entry point: it wins over the settings.
    pub(crate) entry: Option<&'static str>,
    pub(crate) wanted: Wanted,
    /// Where the settings came as an array, and there is a short way for it.
    pub(crate) input: Option<Input>,
}

/// A call's output.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) credentials: Arc<Answer<Arc<Credentials>>>,
    pub(crate) from_cache: bool,
}

impl Outcome {
    pub(crate) fn new(credentials: Arc<Credentials>, from_cache: bool) -> Self {
        Self { credentials: Answer::new(credentials), from_cache }
    }
}
