//! The port of the database: whether the driver gets there with what the login gives it.

use super::board::{Board, Kind, Slot};
use super::hosts::found_words;
use crate::credentials::Credentials;
use crate::dsn::location::DEFAULT_PORT;
use crate::dsn::ssl_mode::ssl_mode;
use crate::error::{AuthError, Status};
use crate::login::plan::Plan;
use crate::ports::http::{FailureKind, HttpFailure};
use crate::ports::probe::database::Willing;
use crate::ports::probe::{Check, Patience, Probe, Seen, Stream};

/// Where a database is.
#[derive(Debug, Clone)]
pub(super) struct Place {
    host: String,
    port: u16,
    ssl_mode: String,
}

impl Place {
    /// As far as it is known before the login.
    pub(super) fn of_plan(plan: &Plan) -> Option<Self> {
        let location = plan.location.as_ref()?;
        let ssl_mode = ssl_mode(&plan.settings).ok()?.to_owned();
        Some(Self { host: location.host.clone()?, port: location.port.unwrap_or(DEFAULT_PORT), ssl_mode })
    }

    /// As the login found it out.
    pub(super) fn of_login(credentials: &Credentials) -> Option<Self> {
        let port = if credentials.port == 0 { DEFAULT_PORT } else { credentials.port };
        Some(Self { host: credentials.host.clone()?, port, ssl_mode: credentials.ssl_mode.clone() })
    }

    fn target(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn check(&self) -> Check {
        match self.ssl_mode.as_str() {
            "verify-full" => Check::Everything,
            "require" => Check::Nothing,
            _ => Check::Issuer,
        }
    }
}

/// The steps to a database.
pub(super) struct Way<'a> {
    place: Place,
    dns: Slot<'a>,
    tcp: Slot<'a>,
    tls: Slot<'a>,
}

impl<'a> Way<'a> {
    pub(super) fn plan(place: Place, board: &'a Board) -> Self {
        let step = |kind| board.plan(kind, Some(place.target()));
        let [dns, tcp, tls] = [Kind::DatabaseDns, Kind::DatabaseTcp, Kind::DatabaseTls].map(step);
        Self { place, dns, tcp, tls }
    }

    pub(super) async fn go(&self, probe: &Probe) {
        if let Err(failed) = self.reach(probe).await {
            let rest = [self.tcp, self.tls].into_iter().filter(|slot| slot.verdict().is_none());
            rest.for_each(|slot| slot.skip_because_of(&failed));
        }
    }

    async fn reach(&self, probe: &Probe) -> Result<(), Slot<'a>> {
        let patience = Probe::patience_with_database();
        self.dns.begin();
        let found = Probe::addresses(&self.place.host, patience).await;
        let addresses = found.map_err(|kind| self.failed(probe, self.dns, kind))?;
        self.dns.addresses(&addresses);
        self.dns.pass(found_words(&addresses));
        self.tcp.begin();
        let connected = Probe::connect(&addresses, self.place.port, patience).await;
        let (stream, address) = connected.map_err(|kind| self.failed(probe, self.tcp, kind))?;
        self.tcp.addresses([address]);
        self.tcp.pass("the connection stands");
        self.tls.begin();
        let stream = self.ask_for_tls(probe, stream, patience).await?;
        self.shake(probe, stream, patience).await
    }

    async fn ask_for_tls(&self, probe: &Probe, stream: Stream, patience: Patience) -> Result<Stream, Slot<'a>> {
        let target = self.place.target();
        let (message, hint) = match Probe::ask_for_tls(stream, patience).await {
            Err(kind) => return Err(self.failed(probe, self.tls, kind)),
            Ok(Willing::Yes(stream)) => return Ok(stream),
            Ok(Willing::No) => (
                format!("the database at {target} speaks no TLS (it answers N), and credentials go to nobody without"),
                "turn TLS on there, or check Host and Port: a tunnel or a proxy of the database may stand between",
            ),
            Ok(Willing::Refused) => (
                format!("the database at {target} answers the wish for TLS with an error"),
                "it may have no room for connections; look at its own log, and check Host and Port",
            ),
            Ok(Willing::HungUp) => (
                format!("{target} takes connections and ends them at the first word"),
                "a firewall, a security group's proxy or a load balancer without a database behind it may do that",
            ),
            Ok(Willing::Other) => (
                format!("what answers at {target} is no database of the PostgreSQL family"),
                "check Host and Port (5439 is the usual one)",
            ),
        };
        self.tls.fail(AuthError::of_call(Status::Tls, message).hint(hint));
        Err(self.tls)
    }

    async fn shake(&self, probe: &Probe, stream: Stream, patience: Patience) -> Result<(), Slot<'a>> {
        let check = self.place.check();
        let (seen, shaken) = probe.handshake(stream, &self.place.host, check, patience).await;
        let Seen { certificates, fault, version } = seen;
        self.tls.shown(certificates, version);
        if let Err(kind) = shaken {
            return Err(self.failed(probe, self.tls, kind));
        }
        let mode = &self.place.ssl_mode;
        match fault {
            Some(fault) => {
                let failure = HttpFailure::at(FailureKind::Tls(fault), &self.place.target());
                let hint = "SSLMode=verify-full would refuse it";
                self.tls.warn(format!("SSLMode={mode} accepts it, but {failure}"), Some(hint));
            }
            None => {
                self.tls.pass(format!("it speaks TLS, and its certificate would pass every SSLMode (it is {mode})"));
            }
        }
        Ok(())
    }

    fn failed(&self, probe: &Probe, slot: Slot<'a>, kind: FailureKind) -> Slot<'a> {
        let is_about_trust = matches!(kind, FailureKind::Tls(_));
        let failure = probe.failure_at(kind, &self.place.target());
        let error = failure.into_auth_error(crate::error::Stage::Redshift);
        // Proxies for https are not for databases.
        let check = "check Host and Port, whether the cluster runs and lets this network in (security group, public \
                     access, VPN), and whether a firewall stands between";
        slot.fail(if is_about_trust { error } else { error.hint(check) });
        slot
    }
}
