//! A sandbox leaves nothing behind, and many live side by side.

mod common;

use std::net::TcpStream;
use std::time::Duration;

use common::{connect, login};
use rs_auth_sandbox::Sandbox;

#[test]
fn dropping_it_closes_its_ports_and_deletes_its_files() {
    let sandbox = Sandbox::start();
    let urls = [sandbox.http_url(), sandbox.https_url(), sandbox.imds_url(), sandbox.proxy_url()];
    let (directory, mut open) = (sandbox.directory().to_owned(), connect(&urls[0]));
    for url in &urls {
        TcpStream::connect(common::authority(url)).unwrap();
    }
    assert!(directory.join("ca.pem").is_file());
    drop(sandbox);
    for url in &urls {
        assert!(TcpStream::connect(common::authority(url)).is_err(), "{url}");
    }
    assert!(!directory.exists());
    open.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert!(!matches!(std::io::Read::read(&mut open, &mut [0]), Ok(1..)), "its connections are gone");
}

#[test]
fn sandboxes_know_nothing_of_each_other() {
    let (one, other) = (Sandbox::start(), Sandbox::start());
    one.with_world(|world| world.clusters.clear());
    assert_eq!((login(&one).status, login(&other).status), (404, 200));
    assert_eq!((one.requests().len(), other.requests().len()), (1, 1));
    assert_ne!(one.ca_pem(), other.ca_pem());
}

#[test]
fn it_starts_and_ends_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::start();
        assert_eq!(login(&sandbox).status, 200);
    });
}

#[test]
fn a_taken_port_is_an_error() {
    let sandbox = Sandbox::start();
    let port = sandbox.proxy_port();
    assert!(Sandbox::builder().ports(0, 0, 0, port).try_start().is_err());
    drop(sandbox);
    assert!(Sandbox::builder().ports(0, 0, 0, port).try_start().is_ok());
}

#[test]
fn many_clients_at_once_are_served() {
    let sandbox = Sandbox::start();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| assert_eq!(login(&sandbox).status, 200));
        }
    });
    assert_eq!(sandbox.requests().len(), 64);
    assert_eq!(sandbox.connections(), 64);
}
