//! Proxies: by keys, by the environment, with credentials, and who never goes through one.

use super::connect::{closed_port, no_such_host};
use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::Sandbox;

const USER: &str = "proxyuser";
const PASSWORD: &str = "pr0xy:p@ss";

/// A login at the hosts of AWS themselves: without a proxy there is no way to them.
fn dsn(sandbox: &Sandbox) -> Dsn {
    let ca = sandbox.ca_file().display().to_string();
    Dsn::keys(sandbox).without("EndPointUrl").without("StsEndpointUrl").set("CaFile", &ca)
}

fn through(dsn: Dsn, port: u16) -> Dsn {
    dsn.set("https_proxy_host", "127.0.0.1").set("https_proxy_port", &port.to_string())
}

fn authorized(dsn: Dsn, password: &str) -> Dsn {
    dsn.set("https_proxy_username", USER).set("https_proxy_password", password)
}

#[test]
fn by_the_keys_of_the_dsn() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(authorized(through(dsn(&sandbox), sandbox.proxy_port()), PASSWORD).call());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let proxied = sandbox.proxied();
    assert!(proxied.iter().all(|record| record.method == "CONNECT"), "{proxied:?}");
    assert!(proxied.iter().any(|record| record.target == "redshift.us-east-1.amazonaws.com:443" && record.authorized));
    let sent = sandbox.requests();
    assert!(sent[0].tls && sent[0].host == "redshift.us-east-1.amazonaws.com", "{}", sent[0].host);
    assert!(sent[0].header("proxy-authorization").is_none(), "for the proxy only");

    let dead = Machine::new().one(authorized(through(dsn(&sandbox), closed_port()), PASSWORD).call());
    assert_eq!((dead.status, dead.sqlstate.as_str()), (202, "08001"), "{}", dead.told());
    assert!(dead.message.contains("cannot be reached") && dead.hint.contains("https_proxy_host"), "{}", dead.told());
}

#[test]
fn by_the_environment() {
    let sandbox = Sandbox::start();
    let with = |port: u16, password: &str| format!("http://{USER}:{password}@127.0.0.1:{port}");
    let proxy = sandbox.proxy_port();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        for password in ["pr0xy%3Ap%40ss", PASSWORD] {
            let outcome = Machine::new().env(name, with(proxy, password)).one(dsn(&sandbox).call());
            assert_eq!(outcome.status, 0, "{name}: {}", outcome.told());
        }
        let dead = Machine::new().env(name, with(closed_port(), PASSWORD)).one(dsn(&sandbox).call());
        assert_eq!(dead.status, 202, "{name}: {}", dead.told());
    }
    let both = Machine::new().env("HTTPS_PROXY", with(closed_port(), PASSWORD));
    let keys = authorized(through(dsn(&sandbox), proxy), PASSWORD);
    assert_eq!(both.one(keys.call()).status, 0, "the keys of the DSN win");
}

#[test]
fn credentials_that_are_missing_or_wrong() {
    let sandbox = Sandbox::start();
    let bare = through(dsn(&sandbox), sandbox.proxy_port());
    for dsn in [bare.clone(), authorized(bare, "hunter2")] {
        let outcome = Machine::new().one(dsn.call().log(5));
        assert_eq!(outcome.status, 202, "{}", outcome.told());
        assert!(outcome.message.contains("wants credentials") && outcome.hint.contains("https_proxy_username"));
        let everything = format!("{} {:?}", outcome.told(), outcome.lines);
        assert!(!everything.contains("hunter2"), "{everything}");
    }
    assert_eq!(sandbox.requests().len(), 0);
    let socks = Machine::new().env("HTTPS_PROXY", "socks5://u:hunter2@127.0.0.1:1").one(dsn(&sandbox).call());
    assert_eq!(socks.status, 100, "{}", socks.told());
    assert!(socks.message.contains("HTTPS_PROXY") && !socks.told().contains("hunter2"), "{}", socks.told());
}

#[test]
fn passwords_of_any_characters_arrive_as_they_are() {
    for password in ["50%41", "a b", "%", "p@ss:/?#", "päss+"] {
        let sandbox = Sandbox::builder().with_world(|world| world.proxy.password = password.to_owned()).start();
        let outcome = Machine::new().one(authorized(through(dsn(&sandbox), sandbox.proxy_port()), password).call());
        assert_eq!(outcome.status, 0, "{password}: {}", outcome.told());
    }
}

#[test]
fn no_proxy_lists_who_is_asked_directly() {
    let sandbox = Sandbox::start();
    let host = no_such_host();
    let dsn = Dsn::keys(&sandbox).at(&format!("https://{host}"));
    let dead = format!("http://127.0.0.1:{}", closed_port());
    for (no_proxy, status) in [("", 202), ("other.example", 202), ("example", 200), (host.as_str(), 200), ("*", 200)] {
        let machine = Machine::new().env("HTTPS_PROXY", &dead).env("NO_PROXY", no_proxy);
        let outcome = machine.one(dsn.call());
        assert_eq!(outcome.status, status, "{no_proxy}: {}", outcome.told());
    }
}

#[test]
fn loopback_and_metadata_services_never_go_through_one() {
    let sandbox = Sandbox::start();
    let dead = format!("http://127.0.0.1:{}", closed_port());
    let everywhere = ["http_proxy", "HTTPS_PROXY", "ALL_PROXY"];
    let machine = || everywhere.iter().fold(Machine::new(), |machine, name| machine.env(name, &dead));
    let instance = machine().on_instance(&sandbox);
    let container = machine()
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", sandbox.container_url())
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", sandbox.container_token());
    let dsn = through(Dsn::cluster(&sandbox), closed_port());
    for machine in [instance, container] {
        let outcome = machine.one(dsn.call());
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    assert!(sandbox.proxied().is_empty());
}

#[test]
fn an_endpoint_that_is_none_of_aws_is_a_warning() {
    let sandbox = Sandbox::start();
    let proxied = authorized(through(dsn(&sandbox), sandbox.proxy_port()), PASSWORD);
    let odd = Machine::new().one(proxied.clone().at("https://redshift.corp.example").call().log(2));
    assert_eq!(odd.status, 0, "{}", odd.told());
    assert!(odd.logged(2, "redshift.corp.example, which is not a host of AWS"), "{:?}", odd.lines);
    let usual = Machine::new().one(proxied.call().log(2));
    assert!(usual.status == 0 && usual.lines.is_empty(), "{:?}", usual.lines);
}
