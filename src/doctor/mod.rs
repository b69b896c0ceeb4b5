//! What stands in the way of a login: each step of it looked at for itself, then the login made for real. A report in JSON:
//! docs/doctor.schema.json is its schema.
//!
//! Steps that do not need each other are taken side by side; what needs a step that failed is not tried. The time of the call
//! is over for all of them at once: the report tells how far they came.

mod board;
mod clock;
mod database;
mod hosts;
mod json;
mod lines;
mod side_by_side;

pub(crate) use lines::Lines;

use crate::credentials::Credentials;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::explain;
use crate::login::plan::{self, HostSide, Plan};
use crate::login::{self, Job};
use crate::plugin::{Greeting, Plugin, registry};
use crate::ports::browser::Browser;
use crate::ports::http::{Dated, Doer, HttpPort, Purpose};
use crate::ports::probe::Probe;
use crate::ports::{Ports, platform};
use crate::redact;
use board::{Board, Kind, Slot, Verdict};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the network is reached with the settings that hold when all profiles have been read.
pub(crate) type Reach = Box<dyn Fn(&Settings) -> Result<(Probe, Arc<dyn HttpPort>), AuthError> + Send>;

/// What is to be looked at, and with what.
pub(crate) struct Examination {
    pub(crate) job: Job,
    /// What is known to be wrong before the settings are looked at.
    pub(crate) errors: Vec<AuthError>,
    pub(crate) reach: Reach,
    /// Whether there is an event callback.
    pub(crate) has_somebody: bool,
    pub(crate) begun: Instant,
    /// `None`: as long as it takes.
    pub(crate) limit: Option<Duration>,
    /// What the login logs.
    pub(crate) lines: Arc<Lines>,
}

/// Examines, and tells what was found.
pub(crate) async fn report(examination: Examination, ports: Ports) -> String {
    let Examination { job, errors, reach, has_somebody, begun, limit, lines } = examination;
    redact::know_nothing();
    job.settings.keep_back();
    let host = HostSide {
        plugins: job.host_plugins.names.clone(),
        keys: job.host_keys.clone(),
        accepted_kinds: job.accepted_kinds,
    };
    let board = Board::default();
    let plan = plan::foresee(job.settings.clone(), &host, &ports, errors).await;
    let reached = reach(&plan.settings);
    tell_settings(&plan, reached.as_ref().err(), &ports, &board);
    if let Ok((probe, http)) = reached {
        let dated = Arc::new(Dated::new(http, ports.clock.clone()));
        let ports = on_behalf_of(ports.clone(), dated.clone(), has_somebody);
        let doctor = Doctor { plan: &plan, probe: &probe, ports: &ports, dated: &dated, has_somebody };
        let examining = Box::pin(doctor.examine(job, &board));
        match limit.and_then(|limit| Some((limit, begun.checked_add(limit)?))) {
            None => examining.await,
            Some((limit, until)) => {
                if tokio::time::timeout_at(until.into(), examining).await.is_err() {
                    board.close(limit, &ports.progress.text());
                }
            }
        }
    }
    // What the login knew of secrets beyond these, it has added to them.
    plan.settings.keep_back();
    let outcome = json::Outcome { plan: &plan, limit, took: begun.elapsed(), platform: platform::here(&ports.files) };
    json::report(&outcome, &board.steps(), &lines)
}

/// The world of the login: nothing is shown unless somebody is there who has asked for it.
fn on_behalf_of(ports: Ports, http: Arc<dyn HttpPort>, has_somebody: bool) -> Ports {
    let browser = if has_somebody {
        ports.browser.clone()
    } else {
        Browser::refusing("the doctor opens one only where there is an event callback")
    };
    Ports { http, browser, ..ports }
}

/// What is wrong with the settings, and what is odd.
fn tell_settings(plan: &Plan, network: Option<&AuthError>, ports: &Ports, board: &Board) {
    let mut number = 0;
    let mut step = || {
        number += 1;
        board.plan(Kind::Settings, Some(number.to_string()))
    };
    let unseen = network.filter(|error| !plan.errors.iter().any(|known| known.message() == error.message()));
    plan.errors.iter().chain(unseen).for_each(|error| step().fail(error.clone()));
    for message in explain::warnings(plan, ports) {
        step().warn(message, None);
    }
    if number == 0 {
        board.plan(Kind::Settings, None).pass("they are complete and fit together");
    }
}

struct Doctor<'a> {
    plan: &'a Plan,
    probe: &'a Probe,
    ports: &'a Ports,
    dated: &'a Dated,
    has_somebody: bool,
}

impl Doctor<'_> {
    async fn examine(&self, job: Job, board: &Board) {
        let plugin = self.plan.method.as_ref().and_then(|method| registry::require(&method.name).ok());
        let greets = plugin.is_some_and(|plugin| self.greeting(plugin).is_some());
        let ways = self.plan_hosts(greets, board);
        let clock = board.plan(Kind::Clock, None);
        let login = board.plan(Kind::Login, self.plan.method.as_ref().map(|method| method.name.clone()));
        let database = database::Place::of_plan(self.plan).map(|place| database::Way::plan(place, board));
        let far = async {
            let all_reached = self.go_to_hosts(&ways, plugin).await;
            clock::judge(clock, &self.dated.told(), self.signs_for_aws());
            let credentials = self.log_in(login, job, all_reached).await;
            if database.is_none()
                && let Some(place) = credentials.as_ref().and_then(database::Place::of_login)
            {
                database::Way::plan(place, board).go(self.probe).await;
            }
        };
        let near = async {
            if let Some(database) = &database {
                database.go(self.probe).await;
            }
        };
        tokio::join!(far, near);
    }

    fn plan_hosts<'b>(&self, mut greets: bool, board: &'b Board) -> Vec<hosts::Way<'b>> {
        let mut proxies = Vec::new();
        let plan = |host| {
            let way = hosts::Way::plan(host, greets, self.probe, board, &mut proxies);
            // One host is the identity provider's front door.
            greets &= !way.is_of_provider();
            way
        };
        hosts::of_plan(self.plan).into_iter().map(plan).collect()
    }

    fn greeting<'b>(&'b self, plugin: &'static dyn Plugin) -> Option<Greeting<'b>> {
        plugin.greet(&self.plan.settings, self.ports)
    }

    /// Whether all hosts without which there is no login can be reached.
    async fn go_to_hosts(&self, ways: &[hosts::Way<'_>], plugin: Option<&'static dyn Plugin>) -> bool {
        let mut greeting = plugin.and_then(|plugin| self.greeting(plugin));
        let going = ways.iter().map(|way| {
            let greeting = if way.is_of_provider() { greeting.take() } else { None };
            async move { way.go(self.probe, self.ports, greeting).await || !way.is_required() }
        });
        side_by_side::all(going).await.into_iter().all(|reached| reached)
    }

    fn signs_for_aws(&self) -> bool {
        self.plan.steps.iter().any(|step| step.purpose == Purpose::Aws)
    }

    /// The login as it always is, but for the caches.
    async fn log_in(&self, slot: Slot<'_>, job: Job, all_reached: bool) -> Option<Credentials> {
        if !self.plan.errors.is_empty() {
            slot.skip("not tried: the settings do not allow one", None);
            return None;
        }
        if !all_reached {
            slot.skip("not tried: a host that it needs cannot be reached", None);
            return None;
        }
        let needs_browser =
            self.plan.redirect.is_some() || self.plan.steps.iter().any(|step| step.doer == Doer::Browser);
        if needs_browser && !self.has_somebody {
            let hint = "call with an event callback, and somebody at the browser";
            slot.skip("not tried: somebody has to sign in with a browser, and there is no event callback", Some(hint));
            return None;
        }
        slot.begin();
        match Box::pin(login::login(job, self.ports, &|_| {})).await {
            Ok(ended) => {
                slot.pass(json::success(&ended.credentials));
                Some(ended.credentials)
            }
            Err(error) => {
                slot.fail(self.with_place(error));
                None
            }
        }
    }

    /// What AWS does not find may be somewhere else.
    fn with_place(&self, error: AuthError) -> AuthError {
        match &self.plan.region {
            Some((region, source)) if error.status() == Status::NotFound => {
                let hint = format!("AWS was asked in the region {region}, from {source}: check that, and the name");
                error.or_hint(&hint)
            }
            _ => error,
        }
    }
}

/// Whether everything is well: nothing failed, and the login works.
fn is_well(steps: &[board::Step]) -> bool {
    let failed = steps.iter().any(|step| step.verdict == Some(Verdict::Fail));
    !failed && steps.iter().any(|step| step.kind == Kind::Login && step.verdict == Some(Verdict::Pass))
}
