//! A real key distribution centre, a real server's side, and HTTPS between.

use super::{challenges, run};
use crate::dsn::settings::{Settings, Source};
use crate::log::Log;
use crate::os::gssapi::Unavailable;
use crate::os::gssapi::kerberos::{self, Acceptor, HOST, Realm, STRANGER, USER};
use crate::ports::Ports;
use crate::ports::http::trust::TlsCache;
use crate::ports::http::{Purpose, Request, Response, header::AUTHORIZATION};
use crate::ports::negotiate::{Handshake, Negotiate};
use crate::ports::progress::Progress;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rs_auth_sandbox::Sandbox;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: &str = "/intranet/reports";

/// In a realm that `prepare` has seen, with the keys of its web server.
fn in_a_realm(test: &str, prepare: impl FnOnce(&Realm), body: impl FnOnce(&Path)) {
    in_a(test, Realm::start, prepare, body);
}

fn in_a(test: &str, start: impl FnOnce() -> Realm, prepare: impl FnOnce(&Realm), body: impl FnOnce(&Path)) {
    kerberos::in_a_realm(&format!("{}::{test}", module_path!()), start, prepare, body);
}

fn signed_in(realm: &Realm) {
    realm.sign_in("1h");
}

/// The first token for that host, as bytes, and its handshake.
fn first_token(host: &str) -> Result<(Vec<u8>, Handshake), Unavailable> {
    let mut handshake = Negotiate::real().with(host);
    let value = run(handshake.authorization(&challenges(&["Negotiate"])))?.expect("a token");
    let token = value.to_str().unwrap().strip_prefix("Negotiate ").unwrap();
    Ok((STANDARD.decode(token).unwrap(), handshake))
}

fn proof(reply: &[u8]) -> String {
    format!("Negotiate {}", STANDARD.encode(reply))
}

/// Asks for the page as the plugin will: again with a token where one is wanted.
async fn get(ports: &Ports, sandbox: &Sandbox) -> Result<Response, Unavailable> {
    let url = sandbox.https_url().replace("127.0.0.1", HOST) + PAGE;
    let request = Request::get(url.parse().unwrap(), Purpose::IdentityProvider);
    let mut handshake = ports.negotiate.with(request.url.host_str().unwrap());
    let mut response = ports.http.send(request.clone()).await.unwrap();
    while response.status == 401 {
        let Some(authorization) = handshake.authorization(&response.headers).await? else { return Ok(response) };
        response = ports.http.send(request.clone().header(AUTHORIZATION, authorization)).await.unwrap();
    }
    handshake.confirm(&response.headers).await?;
    Ok(response)
}

fn ports(sandbox: &Sandbox) -> Ports {
    let ca = sandbox.ca_file().display().to_string();
    let settings = Settings::from_pairs([("CaFile".to_owned(), ca)], Source::Argument);
    Ports::new(&settings, &mut TlsCache::default(), Log::default(), Progress::default()).unwrap()
}

#[test]
fn a_ticket_opens_a_page_and_the_server_proves_itself() {
    in_a_realm("a_ticket_opens_a_page_and_the_server_proves_itself", signed_in, |keytab| {
        let (sandbox, acceptor) = (Sandbox::start(), Acceptor::new(keytab));
        sandbox.set_negotiate(&[PAGE], move |token| acceptor.accept(token));
        // Twice: one negotiation leaves nothing in the way of the next.
        for _ in 0..2 {
            let response = run(get(&ports(&sandbox), &sandbox)).unwrap();
            assert_eq!(response.status, 404, "let in, to where nobody has the page");
        }
        let users: Vec<_> = sandbox.requests().into_iter().map(|record| record.signed_by).collect();
        let user = || Some(USER.to_owned());
        assert_eq!(users, [None, user(), None, user()]);
    });
}

#[test]
fn a_server_that_accepts_no_token_ends_it() {
    in_a_realm("a_server_that_accepts_no_token_ends_it", signed_in, |_| {
        let sandbox = Sandbox::start();
        sandbox.set_negotiate(&[PAGE], |_| Err("not today".to_owned()));
        assert_eq!(run(get(&ports(&sandbox), &sandbox)).unwrap().status, 401);
        assert_eq!(sandbox.requests().len(), 2);
    });
}

#[test]
fn the_servers_proof_is_checked() {
    in_a_realm("the_servers_proof_is_checked", signed_in, |keytab| {
        let acceptor = Acceptor::new(keytab);
        let (token, mut handshake) = first_token(HOST).unwrap();
        let (user, reply) = acceptor.accept(&token).unwrap();
        assert_eq!(user, USER);
        assert_eq!(run(handshake.confirm(&challenges(&[&proof(&reply.unwrap())]))), Ok(()));
        assert!(acceptor.accept(&token).is_err(), "the control of the server's side: a token counts once");

        // The answer to another token is no proof, and neither is one that was tampered with.
        let (token, mut handshake) = first_token(HOST).unwrap();
        let (other_token, mut other) = first_token(HOST).unwrap();
        let mut reply = acceptor.accept(&token).unwrap().1.unwrap();
        let other_reply = acceptor.accept(&other_token).unwrap().1.unwrap();
        let failed = |result| assert!(matches!(result, Err(Unavailable::Failed(_))), "{result:?}");
        failed(run(handshake.confirm(&challenges(&[&proof(&other_reply)]))));
        *reply.last_mut().unwrap() ^= 1;
        failed(run(other.confirm(&challenges(&[&proof(&reply)]))));
    });
}

#[test]
fn without_a_ticket_there_is_none_to_use() {
    in_a_realm(
        "without_a_ticket_there_is_none_to_use",
        |_| {},
        |_| {
            let Err(Unavailable::NoTicket(why)) = first_token(HOST).map(|_| ()) else { panic!("there was one") };
            assert!(why.contains("No Kerberos credentials available") && why.contains("tickets"), "{why}");
        },
    );
}

#[test]
fn an_expired_ticket_is_none() {
    let strict = || Realm::with_clock_skew(Duration::from_secs(1));
    in_a("an_expired_ticket_is_none", strict, Realm::sign_in_and_wait_until_it_is_over, |_| {
        let Err(Unavailable::NoTicket(why)) = first_token(HOST).map(|_| ()) else { panic!("it was good") };
        assert!(why.contains("expired"), "{why}");
    });
}

#[test]
fn a_ticket_for_one_server_is_none_for_another() {
    in_a_realm("a_ticket_for_one_server_is_none_for_another", signed_in, |_| {
        let Err(Unavailable::Failed(why)) = first_token(STRANGER).map(|_| ()) else { panic!("there was one") };
        assert!(why.contains("HTTP/elsewhere.test@RS-AUTH.TEST not found"), "{why}");
        assert!(first_token(HOST).is_ok(), "the control");
    });
}

#[test]
fn a_centre_that_does_not_answer_holds_nobody() {
    // What takes requests and answers none, for UDP and TCP.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let also_silent = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    let prepare = |realm: &Realm| {
        realm.sign_in("1h");
        realm.move_kdc_to(port);
    };
    in_a_realm("a_centre_that_does_not_answer_holds_nobody", prepare, |_| {
        let deadline = Duration::from_millis(200);
        let offer = challenges(&["Negotiate"]);
        let mut late: Vec<Duration> = Vec::new();
        for _ in 0..5 {
            let mut handshake = Negotiate::real().with(HOST);
            let began = Instant::now();
            let outcome = run(async { tokio::time::timeout(deadline, handshake.authorization(&offer)).await });
            assert!(outcome.is_err(), "{outcome:?}");
            late.push(began.elapsed().checked_sub(deadline).unwrap());
        }
        late.sort();
        assert!(late[2] < Duration::from_millis(50), "{late:?}");
    });
    drop(also_silent);
}

#[test]
fn a_centre_that_is_not_there_is_told() {
    // A port at which nobody listens: it is taken, but for something else.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let prepare = |realm: &Realm| {
        realm.sign_in("1h");
        drop(taken);
        realm.move_kdc_to(port);
    };
    in_a_realm("a_centre_that_is_not_there_is_told", prepare, |_| {
        let Err(Unavailable::Failed(why)) = first_token(HOST).map(|_| ()) else { panic!("somebody answered") };
        assert!(why.contains("Cannot contact any KDC for realm 'RS-AUTH.TEST'"), "{why}");
    });
}

#[test]
fn many_negotiations_leave_nothing_behind() {
    in_a_realm("many_negotiations_leave_nothing_behind", signed_in, |keytab| {
        let acceptor = Acceptor::new(keytab);
        let once = || {
            let (token, mut handshake) = first_token(HOST).unwrap();
            let reply = acceptor.accept(&token).unwrap().1.unwrap();
            run(handshake.confirm(&challenges(&[&proof(&reply)]))).unwrap();
            drop(first_token(STRANGER).map(|_| ()).unwrap_err());
        };
        // Until everything is there that stays.
        (0..200).for_each(|_| once());
        let before = (descriptors(), allocated());
        (0..200).for_each(|_| once());
        let after = (descriptors(), allocated());
        assert_eq!(after.0, before.0);
        // One name or buffer each time would be more.
        assert!(after.1 < before.1 + 32 * 1024, "{before:?} {after:?}");
    });
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Bytes that are allocated at the moment, by whomever. Pages of the process would tell less: the allocator keeps them.
#[allow(unsafe_code)]
fn allocated() -> usize {
    // SAFETY: takes nothing and gives numbers.
    unsafe { libc::mallinfo2() }.uordblks
}
