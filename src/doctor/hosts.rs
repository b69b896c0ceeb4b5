//! The hosts that a login asks, each step of the way to them for itself.

use super::board::{Board, Kind, Slot};
use crate::error::{AuthError, Stage};
use crate::login::plan::Plan;
use crate::plugin::Greeting;
use crate::ports::Ports;
use crate::ports::http::failure::ProxyFault;
use crate::ports::http::proxy::ProxyServer;
use crate::ports::http::{Doer, FailureKind, Purpose, Request, host_and_port};
use crate::ports::probe::{Check, Patience, Probe, Seen, Stream};
use std::net::IpAddr;
use url::Url;

/// A host with what a login wants of it.
#[derive(Debug)]
pub(super) struct Host {
    url: Url,
    purpose: Purpose,
    kind: Kind,
    /// No login does without it.
    is_required: bool,
}

/// The hosts of a login, each once.
pub(super) fn of_plan(plan: &Plan) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for step in plan.steps.iter().filter(|step| step.doer == Doer::Library) {
        let Some(url) = &step.url else { continue };
        let is_required = step.only_if.is_none();
        match hosts.iter_mut().find(|host| host.url.origin() == url.origin() && host.purpose == step.purpose) {
            Some(known) => known.is_required |= is_required,
            None => hosts.push(Host {
                url: root(url),
                purpose: step.purpose,
                kind: kind(step.purpose, step.operation.as_deref()),
                is_required,
            }),
        }
    }
    hosts
}

fn root(url: &Url) -> Url {
    let mut root = url.clone();
    root.set_path("/");
    root
}

fn kind(purpose: Purpose, operation: Option<&str>) -> Kind {
    match (purpose, operation) {
        (Purpose::IdentityProvider, _) => Kind::IdentityProvider,
        (Purpose::Aws, Some(operation)) if operation.starts_with("AssumeRole") => Kind::Sts,
        (
            Purpose::Aws,
            Some(
                "GetClusterCredentials"
                | "GetClusterCredentialsWithIAM"
                | "GetCredentials"
                | "GetIdentityCenterAuthToken"
                | "DescribeClusters"
                | "GetWorkgroup"
                | "DescribeAuthenticationProfiles",
            ),
        ) => Kind::Redshift,
        _ => Kind::Aws,
    }
}

/// The steps of one host. A step that makes no sense there is not planned.
pub(super) struct Way<'a> {
    host: Host,
    proxy: Option<ProxyServer>,
    dns: Option<Slot<'a>>,
    tcp: Option<Slot<'a>>,
    through: Option<Slot<'a>>,
    tls: Option<Slot<'a>>,
    answer: Option<Slot<'a>>,
    /// Why there is no way at all.
    blocked: Option<FailureKind>,
}

impl<'a> Way<'a> {
    /// Plans the steps. `proxies`: those that other hosts' steps have looked at already.
    pub(super) fn plan(host: Host, greets: bool, probe: &Probe, board: &'a Board, proxies: &mut Vec<String>) -> Self {
        let (target, optional) = (host_and_port(&host.url), !host.is_required);
        let step = |kind, subject: &str| Some(board.plan(kind, Some(subject.to_owned())).optional_if(optional));
        let (proxy, blocked) = match probe.route(&host.url, host.purpose) {
            Ok(proxy) => (proxy.cloned(), None),
            Err(kind) => (None, Some(kind)),
        };
        let near = match &proxy {
            Some(proxy) => Some(proxy.host_and_port()).filter(|proxy| !proxies.contains(proxy)),
            None => Some(target.clone()).filter(|_| blocked.is_none()),
        };
        if proxy.is_some() {
            proxies.extend(near.clone());
        }
        let answers = match host.purpose {
            Purpose::IdentityProvider => greets,
            Purpose::Aws => true,
            Purpose::Metadata => false,
        };
        let (is_proxied, is_tls) = (proxy.is_some() || blocked.is_some(), host.url.scheme() == "https");
        Self {
            dns: near.as_deref().and_then(|near| step(Kind::Dns, near)),
            tcp: near.as_deref().and_then(|near| step(Kind::Tcp, near)),
            through: is_proxied.then(|| step(Kind::Proxy, &target)).flatten(),
            tls: is_tls.then(|| step(Kind::Tls, &target)).flatten(),
            answer: answers.then(|| step(host.kind, &target)).flatten(),
            host,
            proxy,
            blocked,
        }
    }

    /// Whether a login can do without it.
    pub(super) fn is_required(&self) -> bool {
        self.host.is_required
    }

    fn slots(&self) -> impl Iterator<Item = Slot<'a>> {
        [self.dns, self.tcp, self.through, self.tls, self.answer].into_iter().flatten()
    }

    /// Goes the way to its end, or as far as it leads. True if it leads to the host.
    pub(super) async fn go(&self, probe: &Probe, ports: &Ports, greeting: Option<Greeting<'_>>) -> bool {
        let reached = self.reach(probe).await;
        if let Err(failed) = reached {
            let rest = self.slots().filter(|slot| slot.verdict().is_none());
            rest.for_each(|slot| slot.skip_because_of(&failed));
            return false;
        }
        if let Some(answer) = self.answer {
            self.hear(answer, ports, greeting).await;
        }
        true
    }

    async fn reach(&self, probe: &Probe) -> Result<(), Slot<'a>> {
        let Some(first) = self.dns.or(self.through).or(self.tls) else { return Ok(()) };
        let patience = probe.patience(self.host.purpose);
        if let Some(kind) = &self.blocked {
            first.begin();
            return Err(self.failed(probe, first, kind.clone()));
        }
        let (name, port) = match &self.proxy {
            Some(proxy) => (proxy.host.as_str(), proxy.port),
            None => {
                (self.host.url.host_str().unwrap_or_default(), self.host.url.port_or_known_default().unwrap_or(443))
            }
        };
        let addresses = self.look_up(probe, first, name, patience).await?;
        let stream = self.connect(probe, self.tcp.unwrap_or(first), &addresses, port, patience).await?;
        let stream = self.pass_proxy(probe, stream, patience).await?;
        self.shake(probe, stream, patience).await
    }

    async fn look_up(
        &self,
        probe: &Probe,
        slot: Slot<'a>,
        name: &str,
        patience: Patience,
    ) -> Result<Vec<IpAddr>, Slot<'a>> {
        slot.begin();
        let found = Probe::addresses(name, patience).await;
        let addresses = found.map_err(|kind| self.failed(probe, slot, self.of_proxy(kind)))?;
        if let Some(dns) = self.dns {
            dns.addresses(&addresses);
            dns.pass(found_words(&addresses));
        }
        Ok(addresses)
    }

    async fn connect(
        &self,
        probe: &Probe,
        slot: Slot<'a>,
        addresses: &[IpAddr],
        port: u16,
        patience: Patience,
    ) -> Result<Stream, Slot<'a>> {
        slot.begin();
        let connected = Probe::connect(addresses, port, patience).await;
        let (stream, address) = connected.map_err(|kind| self.failed(probe, slot, self.of_proxy(kind)))?;
        if let Some(tcp) = self.tcp {
            tcp.addresses([address]);
            tcp.pass("the connection stands");
        }
        Ok(stream)
    }

    async fn pass_proxy(&self, probe: &Probe, stream: Stream, patience: Patience) -> Result<Stream, Slot<'a>> {
        let (Some(proxy), Some(slot)) = (&self.proxy, self.through) else { return Ok(stream) };
        slot.begin();
        let tunnel = probe.tunnel(stream, proxy, &self.host.url, patience).await;
        let stream = tunnel.map_err(|kind| self.failed(probe, slot, kind))?;
        slot.pass(format!("the proxy {} (from {}) leads there", proxy.host_and_port(), proxy.origin));
        Ok(stream)
    }

    async fn shake(&self, probe: &Probe, stream: Stream, patience: Patience) -> Result<(), Slot<'a>> {
        let Some(slot) = self.tls else { return Ok(()) };
        slot.begin();
        let (host, check) = (self.host.url.host_str().unwrap_or_default(), probe.check(self.host.purpose));
        let (seen, shaken) = probe.handshake(stream, host, check, patience).await;
        let Seen { certificates, fault, version } = seen;
        let issuer = certificates.last().and_then(|last| last.issuer.clone());
        slot.shown(certificates, version);
        shaken.map_err(|kind| self.failed(probe, slot, kind))?;
        match fault {
            Some(fault) if check == Check::Nothing => {
                let failure = probe.failure(FailureKind::Tls(fault), &self.host.url, self.host.purpose);
                let hint = "ssl_insecure lets anybody stand between: name the certificate with CaFile in its place";
                slot.warn(format!("not verified (ssl_insecure): {failure}"), Some(hint));
            }
            _ => slot.pass(match issuer {
                Some(issuer) => format!("the certificate is trusted; its chain ends at '{issuer}'"),
                None => "the certificate is trusted".to_owned(),
            }),
        }
        Ok(())
    }

    /// Whether the host is what it should be.
    async fn hear(&self, slot: Slot<'a>, ports: &Ports, greeting: Option<Greeting<'_>>) {
        slot.begin();
        if let Some(greeting) = greeting {
            match greeting.await {
                Ok(text) => slot.pass(text),
                Err(error) => slot.fail(error),
            }
            return;
        }
        // What is asked for without a signature is refused, but it is answered.
        match ports.http.send(Request::get(self.host.url.clone(), self.host.purpose)).await {
            Ok(answer) if answer.status.is_server_error() => {
                slot.warn(format!("it is out of order: it answers HTTP {}", answer.status.as_u16()), None);
            }
            Ok(_) => slot.pass("it answers"),
            Err(failure) => slot.fail(failure.into_auth_error(self.stage())),
        }
    }

    /// What fails before the proxy is the proxy's.
    fn of_proxy(&self, kind: FailureKind) -> FailureKind {
        match kind {
            FailureKind::Dns(why) if self.proxy.is_some() => {
                FailureKind::Proxy(ProxyFault::Unreachable(format!("its name was not found: {why}")))
            }
            FailureKind::Connect(why) if self.proxy.is_some() => FailureKind::Proxy(ProxyFault::Unreachable(why)),
            FailureKind::Timeout(_, limit) if self.proxy.is_some() => {
                FailureKind::Proxy(ProxyFault::Unreachable(format!("no connection within {limit:?}")))
            }
            other => other,
        }
    }

    fn failed(&self, probe: &Probe, slot: Slot<'a>, kind: FailureKind) -> Slot<'a> {
        let error: AuthError = probe.failure(kind, &self.host.url, self.host.purpose).into_auth_error(self.stage());
        slot.fail(error);
        slot
    }

    fn stage(&self) -> Stage {
        match self.host.kind {
            Kind::IdentityProvider => Stage::Idp,
            Kind::Sts => Stage::Sts,
            Kind::Redshift => Stage::Redshift,
            _ => Stage::Aws,
        }
    }

    pub(super) fn is_of_provider(&self) -> bool {
        self.host.purpose == Purpose::IdentityProvider
    }
}

/// What a lookup has brought.
pub(super) fn found_words(addresses: &[IpAddr]) -> String {
    match addresses.len() {
        1 => "it has an address".to_owned(),
        many => format!("it has {many} addresses"),
    }
}
