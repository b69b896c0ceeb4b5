//! A login with the caches and the single flight around it.

use super::caller::{Caller, Message, TimeLimit};
use super::key_ring::KeyRing;
use super::worker::{Worker, stop_and_join};
use super::{Outcome, Request, Wanted, guard};
use crate::cache::key::CacheKey;
use crate::cache::memory::Memory;
use crate::cache::single_flight::{Boarding, Landing, Lead};
use crate::credentials::{Credentials, Proved};
use crate::dsn::keys::Key;
use crate::dsn::method::{self, Chosen};
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::login::{self, Connect, HostPlugins, Job};
use crate::options::{CachePolicy, Options};
use crate::plugin::registry;
use crate::ports::Ports;
use crate::ports::clock::Clock;
use crate::process::{self, State};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

/// The limit of a call for which neither options nor settings name one.
const DEFAULT_LIMIT: Duration = Duration::from_mins(1);
/// The default of `idp_response_timeout`.
const TIME_FOR_A_PERSON: Duration = Duration::from_mins(2);

/// Logs in, or serves what an earlier login got.
pub(crate) fn login(request: &Request, options: &Options) -> Result<Outcome, AuthError> {
    guard::check(options)?;
    let policy = policy(&request.settings, options)?;
    let state = process::state();
    let keys = match policy {
        CachePolicy::Off => None,
        _ => Some(KeyRing::new(&request.settings, request.entry, options)),
    };
    if let (CachePolicy::Refresh, Some(keys)) = (policy, &keys) {
        drop_refused(state, keys, request.wanted);
    }
    if let Some(keys) = &keys
        && let Some(credentials) = stored(state, keys, request.wanted, policy)
    {
        login::accept(credentials.kind, request.wanted, options.accepted_kinds)?;
        return Ok(Outcome { credentials, from_cache: true });
    }
    let caller = Caller::new(options, time_limit(&request.settings, options)?);
    let call = Call {
        settings: &request.settings,
        entry: request.entry,
        wanted: request.wanted,
        identity: keys.as_ref().filter(|_| proves(&request.settings, request.entry)).map(KeyRing::identity),
        policy,
        state,
    };
    let result = match &keys {
        Some(keys) if request.wanted == Wanted::Login => call.shared_login(&caller, keys),
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

/// Forgets what is stored for these settings.
pub(crate) fn forget(settings: &Settings, options: &Options) -> Result<(), AuthError> {
    settings.validate()?;
    let state = process::state();
    let mut keys = KeyRing::new(settings, None, options);
    // Whatever function it was asked for by.
    for entry in std::iter::once(None).chain(registry::names().map(Some)) {
        keys.entry = entry;
        let (result, identity) = (keys.result(), keys.identity());
        state.results().forget(&result);
        state.identities().forget(&identity);
        state.result_flights.forget(&result);
        state.identity_flights.forget(&identity);
    }
    Ok(())
}

/// Forgets everything that is stored in this process.
#[allow(clippy::unnecessary_wraps)] // what is on disk can fail to go
pub(crate) fn forget_all() -> Result<(), AuthError> {
    let state = process::state();
    state.results().forget_all();
    state.identities().forget_all();
    state.result_flights.forget_all();
    state.identity_flights.forget_all();
    Ok(())
}

/// `DisableCache` beats every policy.
fn policy(settings: &Settings, options: &Options) -> Result<CachePolicy, AuthError> {
    let disabled = settings.flag(Key::DisableCache)?.unwrap_or(false);
    Ok(if disabled { CachePolicy::Off } else { options.cache })
}

/// What the server or AWS refused is what was handed out: keys to those who wanted keys, a password to the others. Nobody
/// else is to get it, whether or not it can be replaced now.
fn drop_refused(state: &State, keys: &KeyRing<'_>, wanted: Wanted) {
    match wanted {
        Wanted::AwsKeys => state.identities().drop_value(&keys.identity()),
        Wanted::Login => state.results().drop_value(&keys.result()),
    }
}

fn stored(state: &State, keys: &KeyRing<'_>, wanted: Wanted, policy: CachePolicy) -> Option<Arc<Credentials>> {
    let now = Clock::real().now_ms();
    if policy == CachePolicy::Refresh {
        return None;
    }
    match wanted {
        Wanted::AwsKeys => {
            state.identities().get(&keys.identity(), now).map(|proved| Arc::new(login::only_keys(proved)))
        }
        Wanted::Login => state.results().get(&keys.result(), now),
    }
}

/// The time that a call may take: the options', else `LoginTimeout`, else ours, with more of it for a person.
pub(super) fn time_limit(settings: &Settings, options: &Options) -> Result<TimeLimit, AuthError> {
    if let Some(limit) = options.timeout {
        return Ok(TimeLimit::fixed(limit));
    }
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    Ok(match settings.number(Key::LoginTimeout)? {
        Some(0) => TimeLimit::fixed(None),
        Some(limit) => TimeLimit::fixed(Some(seconds(limit))),
        None => {
            let for_a_person = settings.number(Key::IdpResponseTimeout)?.map_or(TIME_FOR_A_PERSON, seconds);
            TimeLimit { whole: Some(DEFAULT_LIMIT), for_a_person }
        }
    })
}

struct Call<'a> {
    settings: &'a Settings,
    entry: Option<&'static str>,
    wanted: Wanted,
    /// `None`: nothing is stored or shared.
    identity: Option<CacheKey>,
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
            return Ok(Outcome { credentials, from_cache: true });
        }
        let begun = Instant::now();
        let result = self.identified_login(caller);
        if let Ok(Outcome { credentials, .. }) = &result
            && registry::keeps(&credentials.plugin)
        {
            keep(self.state.results(), keys.result(), Arc::clone(credentials), credentials.expires_at, begun);
        }
        lead.land(result.as_ref().map(|outcome| Arc::clone(&outcome.credentials)).map_err(Clone::clone));
        result
    }

    /// `None`: the leader gave up for reasons of its own.
    fn follow(&self, caller: &Caller<'_>) -> Result<Option<Outcome>, AuthError> {
        caller.say_waiting()?;
        loop {
            match caller.next() {
                Ok(Message::ResultLanded(Landing::Shared(result))) => {
                    let credentials = result?;
                    login::accept(credentials.kind, self.wanted, caller.options.accepted_kinds)?;
                    return Ok(Some(Outcome { credentials, from_cache: false }));
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
            if let Some(known) = self.known_keys(&identity) {
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
                    let known = self.known_keys(&identity);
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

    /// AWS keys of an earlier login, unless it is they that were refused. A function of its own, so that the cache is
    /// unlocked when it returns and not at the end of the login.
    fn known_keys(&self, identity: &CacheKey) -> Option<Proved> {
        if self.policy == CachePolicy::Refresh && self.wanted == Wanted::AwsKeys {
            return None;
        }
        self.state.identities().get(identity, Clock::real().now_ms())
    }

    /// The login itself, on its thread.
    fn work(
        &self,
        caller: &Caller<'_>,
        known: Option<Proved>,
        mut lead: Option<Lead<Proved>>,
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
        };
        let (log, post, prompt) = (caller.log.clone(), caller.post(), caller.prompt());
        let state = self.state;
        let begun = Instant::now();
        let worker = Worker::start(caller, move |progress| async move {
            let ports = Ports { prompt, ..state.ports(&job.settings, log, progress)? };
            let publish = move |proved: &Proved| {
                let _ = post.send(Message::Identity(proved.clone()));
            };
            Box::pin(login::login(job, &ports, &publish)).await
        })?;
        let result = loop {
            match caller.next() {
                Ok(Message::Identity(proved)) => self.publish(proved, &mut lead, begun),
                Ok(Message::Event(event, reply)) => caller.put_to_host(&event, reply),
                Ok(Message::HostPlugin(index, settings, reply)) => caller.call_plugin(index, &settings, reply),
                Ok(Message::Ended) => break worker.join(),
                Ok(_) => {}
                Err(interruption) => break stop_and_join(caller, worker, interruption),
            }
        };
        if let (Err(error), Some(lead)) = (&result, lead) {
            lead.land(Err(error.clone()));
        }
        result.map(|credentials| Outcome { credentials: Arc::new(credentials), from_cache: false })
    }

    fn publish(&self, proved: Proved, lead: &mut Option<Lead<Proved>>, begun: Instant) {
        if let Some(identity) = self.identity {
            keep(self.state.identities(), identity, proved.clone(), proved.keys.expires_at, begun);
        }
        if let Some(lead) = lead.take() {
            lead.land(Ok(proved));
        }
    }
}

/// Stores what a login brought, unless it was forgotten since it began. What says no end is not stored.
fn keep<V: Clone>(
    mut memory: MutexGuard<'_, Memory<V>>,
    key: CacheKey,
    value: V,
    expires_at: Option<i64>,
    begun: Instant,
) {
    if let Some(expires_at) = expires_at
        && !memory.forgot_since(&key, begun)
    {
        memory.put(key, value, expires_at, Clock::real().now_ms());
    }
}

/// The way from the login's thread to the plugins of the host's own, which run on the caller's.
fn host_plugins(caller: &Caller<'_>) -> HostPlugins {
    let post = caller.post();
    HostPlugins {
        names: caller.options.plugins.iter().map(|plugin| plugin.name.clone()).collect(),
        call: Box::new(move |index, settings, reply| {
            let _ = post.send(Message::HostPlugin(index, settings, reply));
        }),
    }
}

/// The way to an HTTP client of other settings than those that the login begins with.
fn connect(state: &'static State, caller: &Caller<'_>) -> Connect {
    let log = caller.log.clone();
    Box::new(move |settings| state.http(settings, &log))
}

/// `None`: the leader gave up for reasons of its own.
fn follow_identity(caller: &Caller<'_>) -> Result<Option<Proved>, AuthError> {
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
