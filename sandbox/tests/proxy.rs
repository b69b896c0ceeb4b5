//! The proxy: credentials first, then a way to loopback and to nowhere else.

mod common;

use base64::Engine;
use common::{ALICE, CLUSTER, Reply, Signer, connect, exchange, request};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

fn credentials(sandbox: &Sandbox) -> String {
    let text = sandbox.with_world(|world| format!("{}:{}", world.proxy.user, world.proxy.password));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

fn open_tunnel(sandbox: &Sandbox, target: &str, authorization: Option<&str>) -> (std::net::TcpStream, Reply) {
    let mut stream = connect(&sandbox.proxy_url());
    let authorization = authorization.map(|value| format!("Proxy-Authorization: {value}\r\n")).unwrap_or_default();
    let reply =
        exchange(&mut stream, format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{authorization}\r\n").as_bytes());
    (stream, reply.unwrap())
}

#[test]
fn a_tunnel_wants_credentials() {
    let sandbox = Sandbox::start();
    let target = common::authority(&sandbox.http_url()).to_owned();
    let refused = open_tunnel(&sandbox, &target, None).1;
    assert_eq!(refused.status, 407);
    assert!(refused.header("Proxy-Authenticate").unwrap().starts_with("Basic realm="));
    assert_eq!(open_tunnel(&sandbox, &target, Some("Basic d3Jvbmc6d3Jvbmc=")).1.status, 407);
    assert_eq!(sandbox.connections(), 2, "nothing was passed on");

    let (mut tunnel, reply) = open_tunnel(&sandbox, &target, Some(&credentials(&sandbox)));
    assert_eq!(reply.status, 200);
    let url = sandbox.http_url();
    let login = Signer::user("redshift").query_request(&url, "2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER]);
    assert_eq!(exchange(&mut tunnel, &login).unwrap().status, 200);
    let proxied = sandbox.proxied();
    assert_eq!(proxied.iter().map(|record| record.status).collect::<Vec<_>>(), [407, 407, 200]);
    assert_eq!(proxied.iter().map(|record| record.authorized).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!((proxied[2].method.as_str(), proxied[2].target.as_str()), ("CONNECT", target.as_str()));
}

#[test]
fn the_hosts_of_aws_lead_back_to_the_sandbox() {
    let sandbox = Sandbox::start();
    let host = "redshift.us-east-1.amazonaws.com";
    let (tunnel, reply) = open_tunnel(&sandbox, &format!("{host}:443"), Some(&credentials(&sandbox)));
    assert_eq!(reply.status, 200);
    let mut stream = common::tls(&sandbox.https_url(), sandbox.ca_file(), host);
    stream.sock = tunnel;
    let url = format!("https://{host}");
    let login = Signer::user("redshift").query_request(&url, "2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER]);
    assert_eq!(exchange(&mut stream, &login).unwrap().status, 200);
    let record = &sandbox.requests()[0];
    assert!(record.tls);
    assert_eq!(record.host, host);
}

#[test]
fn plain_http_goes_by_whole_urls() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let body = common::form("2012-12-01", "DescribeClusters", &[]);
    let mut headers =
        Signer::user("redshift").sign("POST", &url, "/", &[("content-type", common::FORM)], body.as_bytes());
    let target = format!("{url}/");
    let refused =
        exchange(&mut connect(&sandbox.proxy_url()), &request("POST", &url, &target, &headers, body.as_bytes()));
    assert_eq!(refused.unwrap().status, 407);
    headers.push(("Proxy-Authorization".to_owned(), credentials(&sandbox)));
    let passed =
        exchange(&mut connect(&sandbox.proxy_url()), &request("POST", &url, &target, &headers, body.as_bytes()));
    assert_eq!(passed.unwrap().status, 200);
    let [record] = &sandbox.requests()[..] else { panic!("one request came through") };
    assert!(record.header("proxy-authorization").is_none(), "hop by hop");
}

#[test]
fn an_old_client_may_ask_without_a_host() {
    let sandbox = Sandbox::start();
    let (target, credentials) = (common::authority(&sandbox.http_url()).to_owned(), credentials(&sandbox));
    let ask = |version: &str| {
        let request = format!("CONNECT {target} HTTP/{version}\r\nProxy-Authorization: {credentials}\r\n\r\n");
        exchange(&mut connect(&sandbox.proxy_url()), request.as_bytes()).unwrap().status
    };
    assert_eq!(ask("1.0"), 200);
    assert_eq!(ask("1.1"), 400);
}

#[test]
fn other_ports_are_out_of_reach() {
    let sandbox = Sandbox::start();
    let credentials = credentials(&sandbox);
    assert_eq!(open_tunnel(&sandbox, "example.com:22", Some(&credentials)).1.status, 502);
    assert_eq!(open_tunnel(&sandbox, "example.com", Some(&credentials)).1.status, 502);
    assert_eq!(open_tunnel(&sandbox, "127.0.0.1:1", Some(&credentials)).1.status, 502);
}

#[test]
fn the_proxy_fails_on_demand() {
    let sandbox = Sandbox::start();
    let credentials = credentials(&sandbox);
    let target = common::authority(&sandbox.http_url()).to_owned();
    let busy = FaultAction::Respond { status: 503, headers: Vec::new(), body: "busy".to_owned() };
    sandbox.script(Fault::on("CONNECT", busy));
    assert_eq!(open_tunnel(&sandbox, &target, Some(&credentials)).1.status, 503);
    assert_eq!(open_tunnel(&sandbox, &target, Some(&credentials)).1.status, 200);
}
