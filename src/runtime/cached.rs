//! A login with the caches and the single flight around it.

use super::caller::{Caller, Message};
use super::input::led_to;
use super::key_ring::KeyRing;
use super::limit::time_limit;
use super::refused;
use super::source::settings_of_pairs;
use super::worker::{Worker, attend};
use super::{Input, Outcome, Request, Wanted, guard};
use crate::cache::disk::{self, Refused};
use crate::cache::key::CacheKey;
use crate::cache::life::Life;
use crate::cache::memory::Memory;
use crate::cache::single_flight::{Boarding, Landing, Lead};
use crate::credentials::{Credentials, Held, Identity, Kind};
use crate::dsn::keys::Key;
use crate::dsn::method::{self, Chosen};
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::login::{self, Connect, HostPlugins, Job};
use crate::options::{CachePolicy, Options};
use crate::plugin::registry;
use crate::ports::Ports;
use crate::ports::clock::Clock;
use crate::ports::surroundings::Surroundings;
use crate::process::{self, State};
use std::ffi::CStr;
use std::sync::Arc;
use std::time::Instant;

/// How long a password lives if no `IAMDuration` asks for another time: `DurationSeconds` of
/// `GetClusterCredentials`, `GetClusterCredentialsWithIAM` and Redshift Serverless' `GetCredentials`.
const DEFAULT_PASSWORD_LIFE_S: u32 = 900;

/// Logs in with an array of key/values that is not [known](super::known), or serves what an earlier login got.
pub(crate) fn login_of_pairs<'a>(
    pairs: &[(&str, &str)],
    as_they_came: impl Iterator<Item = (&'a CStr, &'a CStr)>,
    entry: Option<&'static str>,
    wanted: Wanted,
    options: &Options,
) -> Result<Outcome, AuthError> {
    let input = Input::of(pairs, as_they_came, entry, wanted, options);
    let settings = settings_of_pairs(pairs, Source::Argument)?;
    login(Request { settings, entry, wanted, input }, options)
}

/// Logs in, or serves what an earlier login got.
pub(crate) fn login(request: Request, options: &Options) -> Result<Outcome, AuthError> {
    guard::check(options)?;
    let Request { settings, entry, wanted, input } = request;
    let (input, surroundings) = input.map(Input::apart).unzip();
    let policy = policy(&settings, options)?;
    let state = process::state();
    let keys = (policy != CachePolicy::Off).then(|| {
        let surroundings = surroundings.unwrap_or_else(Surroundings::of_every_login);
        KeyRing::within(surroundings, &settings, entry, options)
    });
    let refused = match (policy, &keys) {
        (CachePolicy::Refresh, Some(keys)) => refused::drop_from_memory(state, keys, wanted),
        _ => Refused::Nothing,
    };
    if let Some(keys) = &keys
        && let Some(credentials) = stored(state, keys, wanted, policy)
    {
        if let Some(input) = input {
            led_to(input, keys.result(), &settings);
        }
        login::accept(credentials.kind, wanted, options.accepted_kinds)?;
        return Ok(Outcome::new(credentials, true));
    }
    let caller = Caller::new(options, time_limit(&settings, options)?);
    let call = Call {
        settings: &settings,
        entry,
        wanted,
        identity: keys.as_ref().filter(|_| proves(&settings, entry)).map(KeyRing::identity),
        disk: keys.as_ref().filter(|_| matches!(policy, CachePolicy::Default | CachePolicy::Refresh)),
        refused,
        policy,
        state,
    };
    let result = match &keys {
        Some(keys) if wanted == Wanted::Login => call.shared_login(&caller, keys),
        _ => call.identified_login(&caller),
    };
    if let Err(error) = &result {
        caller.log.error("login", format_args!("{}: {}", error.status().name(), error.message()));
    }
    caller.flush();
    result
}

/// Whether there is a proof that others could wait for. Keys that stand in the settings are there at once; whether they do
/// is known only to whom no authentication profile can say otherwise.
fn proves(settings: &Settings, entry: Option<&str>) -> bool {
    let chosen = method::choose(settings, entry, &[]).map(|choice| choice.chosen);
    settings.given(Key::AuthProfile) || !matches!(chosen, Ok(Chosen::Static))
}

/// `DisableCache` beats every policy.
pub(super) fn policy(settings: &Settings, options: &Options) -> Result<CachePolicy, AuthError> {
    let disabled = settings.flag(Key::DisableCache)?.unwrap_or(false);
    Ok(if disabled { CachePolicy::Off } else { options.cache })
}

fn stored(state: &State, keys: &KeyRing<'_>, wanted: Wanted, policy: CachePolicy) -> Option<Arc<Credentials>> {
    let now = Clock::real().now_ms();
    if policy == CachePolicy::Refresh {
        return None;
    }
    match wanted {
        Wanted::AwsKeys => {
            let identity = state.identities().get(&keys.identity(), now)?;
            match identity.held {
                Held::Keys(proved) => Some(Arc::new(login::only_keys(proved))),
                Held::Token(..) => None,
            }
        }
        Wanted::Login => state.results().get(&keys.result(), now),
    }
}

struct Call<'a> {
    settings: &'a Settings,
    entry: Option<&'static str>,
    wanted: Wanted,
    /// `None`: nothing is stored or shared.
    identity: Option<CacheKey>,
    /// `None`: the disk is left alone.
    disk: Option<&'a KeyRing<'a>>,
    refused: Refused,
    policy: CachePolicy,
    state: &'static State,
}

impl Call<'_> {
    /// One login for all callers with the same settings.
    fn shared_login(&self, caller: &Caller<'_>, keys: &KeyRing<'_>) -> Result<Outcome, AuthError> {
        let result = keys.result();
        loop {
            let post = caller.post();
            let boarding = self.state.result_flights.board(result, || {
                Box::new(move |landing| {
                    let _ = post.send(Message::ResultLanded(landing));
                })
            });
            match boarding {
                Boarding::Lead(lead) => return self.lead(caller, keys, lead),
                Boarding::Follow => {
                    if let Some(outcome) = self.follow(caller)? {
                        return Ok(outcome);
                    }
                }
            }
        }
    }

    fn lead(
        &self,
        caller: &Caller<'_>,
        keys: &KeyRing<'_>,
        lead: Lead<Arc<Credentials>>,
    ) -> Result<Outcome, AuthError> {
        // A flight may have landed between the look into the cache and the boarding. Who waits meanwhile looks for
        // itself: with REFRESH this may be the very thing that was refused.
        if let Some(credentials) = stored(self.state, keys, Wanted::Login, self.policy) {
            login::accept(credentials.kind, self.wanted, caller.options.accepted_kinds)?;
            return Ok(Outcome::new(credentials, true));
        }
        let begun = Instant::now();
        let result = self.identified_login(caller);
        if let Ok(Outcome { credentials, .. }) = &result
            && registry::keeps(&credentials.plugin)
            // What says no end is not stored.
            && let Some(until) = credentials.expires_at
        {
            let from = self.since(credentials);
            let life = Life { from, until: until.min(self.longest(credentials.kind, from)) };
            keep(&mut self.state.results(), keys.result(), Arc::clone(&**credentials), life, begun);
        }
        lead.land(result.as_ref().map(|outcome| Arc::clone(&**outcome.credentials)).map_err(Clone::clone));
        result
    }

    /// When the life of a result began: a token may come from an earlier sign-in.
    fn since(&self, credentials: &Credentials) -> i64 {
        let now = Clock::real().now_ms();
        let identity = self.identity.filter(|_| credentials.kind == Kind::NativeToken);
        let identity = identity.and_then(|key| self.state.identities().get(&key, now));
        identity.map_or(now, |identity| identity.obtained_at)
    }

    /// The latest moment at which a password can end, by this machine's clock: that may be hours behind the service's, by
    /// which the end was told.
    fn longest(&self, kind: Kind, from: i64) -> i64 {
        if kind != Kind::DbPassword {
            return i64::MAX;
        }
        let asked = self.settings.number(Key::IamDuration).ok().flatten().unwrap_or(DEFAULT_PASSWORD_LIFE_S);
        from.saturating_add(i64::from(asked).saturating_mul(1000))
    }

    /// `None`: the leader gave up for reasons of its own.
    fn follow(&self, caller: &Caller<'_>) -> Result<Option<Outcome>, AuthError> {
        caller.say_waiting()?;
        loop {
            match caller.next() {
                Ok(Message::ResultLanded(Landing::Shared(result))) => {
                    let credentials = result?;
                    login::accept(credentials.kind, self.wanted, caller.options.accepted_kinds)?;
                    return Ok(Some(Outcome::new(credentials, false)));
                }
                Ok(Message::ResultLanded(Landing::TakeOver)) => return Ok(None),
                Ok(_) => {}
                Err(interruption) => {
                    return Err(caller.interrupted(interruption, "waiting for another thread's login"));
                }
            }
        }
    }

    /// One proof for all callers with the same identity, whatever database they open.
    fn identified_login(&self, caller: &Caller<'_>) -> Result<Outcome, AuthError> {
        let Some(identity) = self.identity else { return self.work(caller, None, None) };
        loop {
            if let Some(known) = self.known(&identity) {
                return self.work(caller, Some(known), None);
            }
            let post = caller.post();
            let boarding = self.state.identity_flights.board(identity, || {
                Box::new(move |landing| {
                    let _ = post.send(Message::IdentityLanded(landing));
                })
            });
            match boarding {
                Boarding::Lead(lead) => {
                    // A proof may have landed between the look into the cache and the boarding.
                    let known = self.known(&identity);
                    let lead = known.is_none().then_some(lead);
                    return self.work(caller, known, lead);
                }
                Boarding::Follow => {
                    if let Some(proved) = follow_identity(caller)? {
                        return self.work(caller, Some(proved), None);
                    }
                }
            }
        }
    }

    /// What an earlier login left, unless it is they that were refused. A function of its own, so that the cache is
    /// unlocked when it returns and not at the end of the login.
    fn known(&self, identity: &CacheKey) -> Option<Identity> {
        if self.policy == CachePolicy::Refresh && self.wanted == Wanted::AwsKeys {
            return None;
        }
        self.state.identities().get(identity, Clock::real().now_ms())
    }

    /// The login itself, on its thread.
    fn work(
        &self,
        caller: &Caller<'_>,
        known: Option<Identity>,
        mut lead: Option<Lead<Identity>>,
    ) -> Result<Outcome, AuthError> {
        let job = Job {
            settings: self.settings.clone(),
            entry: self.entry,
            wanted: self.wanted,
            accepted_kinds: caller.options.accepted_kinds,
            host_keys: caller.options.host_keys.clone(),
            host_plugins: host_plugins(caller),
            connect: connect(self.state, caller),
            known,
            disk: self.disk.map(|keys| self.wish(keys)),
        };
        let (log, post, prompt) = (caller.log.clone(), caller.post(), caller.prompt());
        let state = self.state;
        let begun = Instant::now();
        let worker = Worker::start(caller, move |progress| async move {
            let ports = Ports { prompt, ..state.ports(&job.settings, log, progress)? };
            let publish = move |identity: &Identity| {
                let _ = post.send(Message::Identity(Box::new(identity.clone())));
            };
            Box::pin(login::login(job, &ports, &publish)).await
        })?;
        let result = attend(caller, worker, |identity| self.publish(identity, &mut lead, begun));
        if let (Err(error), Some(lead)) = (&result, lead) {
            lead.land(Err(error.clone()));
        }
        result.map(|ended| Outcome::new(Arc::new(ended.credentials), ended.stored))
    }

    fn publish(&self, proved: Identity, lead: &mut Option<Lead<Identity>>, begun: Instant) {
        if let (Some(key), Some(until)) = (self.identity, proved.expires_at()) {
            let life = Life { from: proved.obtained_at, until };
            keep(&mut self.state.identities(), key, proved.clone(), life, begun);
        }
        if let Some(lead) = lead.take() {
            lead.land(Ok(proved));
        }
    }

    /// How this login would use the disk.
    fn wish(&self, keys: &KeyRing<'_>) -> disk::Wish {
        disk::Wish {
            identity: keys.shared_identity(),
            registration: Box::new(keys.registrations()),
            refused: self.refused.clone(),
        }
    }
}

/// Stores what a login brought, unless it was forgotten since it began.
fn keep<V: Clone>(memory: &mut Memory<V>, key: CacheKey, value: V, life: Life, begun: Instant) {
    if !memory.forgot_since(&key, begun) {
        memory.put(key, value, life, Clock::real().now_ms());
    }
}

/// The way from the login's thread to the plugins of the host's own, which run on the caller's.
pub(super) fn host_plugins(caller: &Caller<'_>) -> HostPlugins {
    let post = caller.post();
    HostPlugins {
        names: caller.options.plugins.iter().map(|plugin| plugin.name.clone()).collect(),
        call: Box::new(move |index, settings, reply| {
            let _ = post.send(Message::HostPlugin(index, settings, reply));
        }),
    }
}

/// The way to an HTTP client of other settings than those that the login begins with.
pub(super) fn connect(state: &'static State, caller: &Caller<'_>) -> Connect {
    let log = caller.log.clone();
    Box::new(move |settings| state.http(settings, &log))
}

/// `None`: the leader gave up for reasons of its own.
fn follow_identity(caller: &Caller<'_>) -> Result<Option<Identity>, AuthError> {
    caller.say_waiting()?;
    loop {
        match caller.next() {
            Ok(Message::IdentityLanded(Landing::Shared(proved))) => return proved.map(Some),
            Ok(Message::IdentityLanded(Landing::TakeOver)) => return Ok(None),
            Ok(_) => {}
            Err(interruption) => {
                return Err(
                    caller.interrupted(interruption, "waiting for another thread that proves the same identity")
                );
            }
        }
    }
}
