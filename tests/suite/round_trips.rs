//! How many round trips a login takes, one after the other: those of which each needs the answer to the one before, and no
//! more. Identity provider, STS and Redshift have addresses of their own, all by TLS 1.3: a connection takes two round trips
//! and a request one.

use crate::azure;
use crate::okta;
use crate::probe::{Dsn, Machine};
use crate::saml_plugins::{adfs, ping};
use crate::tokens;
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// So long that what is computed between two of them does not count.
const TRIP: Duration = Duration::from_millis(600);
/// A metadata service has a second to take a connection and to answer.
const NEAR: Duration = Duration::from_millis(400);

/// One more address of a sandbox.
struct Address {
    at: SocketAddr,
    connections: Arc<AtomicUsize>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Address {
    fn new(ip: &str, behind: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).unwrap();
        let at = listener.local_addr().unwrap();
        let behind: SocketAddr = behind.split_once("://").unwrap().1.parse().unwrap();
        let (connections, stopping) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stop) = (Arc::clone(&connections), Arc::clone(&stopping));
        let thread = std::thread::spawn(move || {
            let mut carriers = Vec::new();
            for client in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                count.fetch_add(1, Ordering::SeqCst);
                let server = TcpStream::connect(behind).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    to.set_nodelay(true).unwrap();
                    carriers.push(std::thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Write);
                    }));
                }
            }
            for carrier in carriers {
                carrier.join().unwrap();
            }
        });
        Self { at, connections, stopping, thread: Some(thread) }
    }

    fn url(&self) -> String {
        format!("https://{}", self.at)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Address {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.at));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A sandbox far away, with STS and Redshift at addresses of their own.
struct World {
    sandbox: Sandbox,
    sts: Address,
    redshift: Address,
}

impl World {
    fn at_distance(trip: Duration) -> Self {
        let sandbox = Sandbox::builder().round_trip(trip).start();
        let (sts, redshift) =
            (Address::new("127.0.0.2", &sandbox.https_url()), Address::new("127.0.0.3", &sandbox.https_url()));
        Self { sandbox, sts, redshift }
    }

    fn apart(&self, dsn: &Dsn) -> Dsn {
        dsn.clone()
            .set("StsEndpointUrl", &self.sts.url())
            .set("EndPointUrl", &self.redshift.url())
            .set("CaFile", &self.sandbox.ca_file().display().to_string())
    }

    /// Connections that STS and Redshift have had.
    fn connections(&self) -> (usize, usize) {
        (self.sts.connections(), self.redshift.connections())
    }
}

/// Logs in and looks at how long that took, and at the connections to STS and to Redshift.
#[track_caller]
fn takes(trips: u32, connections: (usize, usize), dsn: impl Fn(&Sandbox) -> Dsn) {
    takes_on(TRIP, trips, connections, |sandbox| (Machine::with_profiles(sandbox), dsn(sandbox)));
}

/// The quickest of three logins counts: what a busy machine adds is no round trip.
#[track_caller]
fn takes_on(trip: Duration, trips: u32, connections: (usize, usize), dsn: impl Fn(&Sandbox) -> (Machine, Dsn)) {
    let mut quickest = Duration::MAX;
    for _ in 0..3 {
        let world = World::at_distance(trip);
        let (machine, dsn) = dsn(&world.sandbox);
        let outcome = machine.one(world.apart(&dsn).call().cache(1));
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(world.connections(), connections);
        quickest = quickest.min(Duration::from_millis(outcome.elapsed_ms));
        assert!(quickest >= trip * trips, "{trips} round trips of {trip:?} in {quickest:?}");
        if quickest < trip * (trips + 1) {
            return;
        }
    }
    panic!("{trips} round trips of {trip:?} took {quickest:?}");
}

/// By the identifier of the cluster alone, so that its endpoint is asked for beside the credentials.
fn without_host(dsn: &Dsn) -> Dsn {
    dsn.clone().without("Host").set("ClusterId", "sandbox-cluster").set("Region", "us-east-1")
}

#[test]
fn keys_need_one_request_and_its_connection() {
    takes(3, (0, 1), Dsn::keys);
    takes(3, (0, 2), |sandbox| without_host(&Dsn::keys(sandbox)));
}

#[test]
fn a_role_needs_one_request_more_and_no_connection() {
    takes(4, (1, 1), |sandbox| Dsn::cluster(sandbox).set("Profile", "sandbox-role"));
}

#[test]
fn the_keys_of_an_instance_come_from_three_requests_on_three_connections() {
    // EC2 closes each of them after its answer. They are without TLS, and in fact next door.
    takes_on(NEAR, 7, (0, 1), |sandbox| {
        (Machine::new().on_instance(sandbox), Dsn::cluster(sandbox).set("InstanceProfile", "1"))
    });
}

#[test]
fn a_role_on_the_keys_of_an_instance_needs_one_request_more() {
    takes_on(NEAR, 8, (1, 1), |sandbox| {
        let machine = Machine::with_profiles(sandbox).on_instance(sandbox);
        (machine, Dsn::cluster(sandbox).set("Profile", "sandbox-from-instance"))
    });
}

#[test]
fn a_document_that_is_there_needs_sts_and_redshift() {
    takes(4, (1, 1), |sandbox| {
        let assertion = sandbox.assertion_for("alice");
        Dsn::cluster(sandbox).without("DbUser").set("plugin_name", "BasicSAML").set("saml_assertion", &assertion)
    });
    takes(4, (1, 2), |sandbox| {
        let token = tokens::fresh();
        tokens::known(sandbox, &token, false);
        let dsn = Dsn::cluster(sandbox).set("plugin_name", "JwtIamAuthPlugin").set("role_arn", tokens::ROLE);
        without_host(&dsn.set("web_identity_token", &token))
    });
}

#[test]
fn okta_needs_its_two_pages_and_the_exchange() {
    takes(6, (1, 1), okta::dsn);
}

#[test]
fn okta_needs_no_more_where_the_endpoint_is_asked_for() {
    takes(6, (1, 2), |sandbox| without_host(&okta::dsn(sandbox)));
}

#[test]
fn adfs_needs_its_two_pages_and_the_exchange() {
    takes(6, (1, 1), |sandbox| adfs::ADFS.dsn(sandbox));
}

#[test]
fn ping_needs_its_two_pages_and_the_exchange() {
    takes(6, (1, 1), |sandbox| ping::PING.dsn(sandbox));
}

#[test]
fn azure_ad_needs_its_token_and_the_exchange() {
    takes(5, (1, 1), azure::dsn);
}

/// Connections are opened ahead for the login's sake alone: none where keys are all that is wanted, or where the answer is
/// stored; and one that turns out to be for nothing costs nobody anything.
#[test]
fn no_connection_is_opened_that_nothing_could_need() {
    let world = World::at_distance(Duration::ZERO);
    let machine = Machine::new();
    let dsn = world.apart(&okta::dsn(&world.sandbox));
    let outcomes = machine.run([dsn.call().entry("aws").cache(1), dsn.call(), dsn.call()]);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:?}");
    assert_eq!((outcomes[1].from_cache, outcomes[2].from_cache), (false, true));
    assert_eq!(world.connections(), (2, 1));

    let before = world.sandbox.requests().len();
    let refusal = FaultAction::Respond { status: 500, headers: Vec::new(), body: String::new() };
    world.sandbox.script(Fault::on(okta::AUTHENTICATE, refusal));
    assert_ne!(machine.one(dsn.call().cache(1)).status, 0);
    let sent = world.sandbox.requests().split_off(before);
    assert!(sent.iter().all(|record| record.operation == okta::AUTHENTICATE), "{sent:?}");
}

/// What could not be opened ahead is told by the request that needed it.
#[test]
fn a_host_that_takes_no_connection_fails_when_it_is_asked() {
    let world = World::at_distance(Duration::ZERO);
    let nowhere = TcpListener::bind("127.0.0.4:0").unwrap().local_addr().unwrap();
    let dsn = world.apart(&okta::dsn(&world.sandbox)).set("StsEndpointUrl", &format!("https://{nowhere}"));
    let outcome = Machine::new().one(dsn.call().cache(1));
    assert_eq!(outcome.stage, "sts", "{}", outcome.told());
    assert!(outcome.told().contains(&nowhere.to_string()), "{}", outcome.told());
}
