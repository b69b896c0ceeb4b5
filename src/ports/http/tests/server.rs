//! Loopback servers: a thread that accepts, a thread a connection, all ended and joined on drop.

use super::super::trust::provider;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Serves connections until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    accepted: AtomicUsize,
    stopping: AtomicBool,
    /// What is being served, to be cut off at the end.
    open: Mutex<HashMap<usize, TcpStream>>,
}

impl Shared {
    fn cut_off(&self) {
        self.open.lock().unwrap().values().for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
    }
}

impl Server {
    /// Runs `serve` for each connection.
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (state, serve) = (shared.clone(), Arc::new(serve));
        let thread = std::thread::spawn(move || {
            let mut workers = Vec::new();
            for stream in listener.incoming() {
                if state.stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                stream.set_nodelay(true).unwrap();
                let number = state.accepted.fetch_add(1, Ordering::SeqCst);
                state.open.lock().unwrap().insert(number, stream.try_clone().unwrap());
                let (state, serve) = (state.clone(), serve.clone());
                workers.push(std::thread::spawn(move || {
                    serve(stream);
                    state.open.lock().unwrap().remove(&number);
                }));
            }
            state.cut_off();
            for worker in workers {
                worker.join().unwrap();
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// A plain HTTP server.
    pub fn http(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(move |stream| serve_http(stream, &answer))
    }

    /// An HTTP server behind TLS.
    pub fn https(config: Arc<ServerConfig>, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(move |stream| {
            let connection = ServerConnection::new(config.clone()).unwrap();
            serve_http(StreamOwned::new(connection, stream), &answer);
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}/", self.port())
    }

    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Reads until the client hangs up, and says nothing.
pub fn keep_silent(mut stream: TcpStream) {
    while stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
}

/// Answers request after request on one connection; an empty answer ends it.
pub fn serve_http(stream: impl Read + Write, answer: &impl Fn(&str) -> Vec<u8>) {
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream) {
        let length = header(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).is_err() {
            return;
        }
        let bytes = answer(&format!("{head}{}", String::from_utf8_lossy(&body)));
        if bytes.is_empty() || stream.get_mut().write_all(&bytes).and_then(|()| stream.get_mut().flush()).is_err() {
            return;
        }
    }
}

/// The head of a request with its empty line, None at the end of the connection.
pub fn read_head(stream: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

/// The value of a header of `head`.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|pair| pair.1)
}

/// A whole answer.
pub fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A certificate authority of its own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn named(name: &str) -> Self {
        Self::with_key(name, &rcgen::PKCS_ECDSA_P256_SHA256)
    }

    pub fn with_key(name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate_for(algorithm).unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// The TLS of a server with a certificate for `name`, shown with the authority's own after it as many servers do.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        self.server_valid(name, 2020, 2100)
    }

    /// The same with a certificate that is valid between two years.
    pub fn server_valid(&self, name: &str, from: i32, until: i32) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.0).unwrap();
        tls(vec![leaf.der().clone(), self.0.der().clone()], &key)
    }
}

/// The TLS of a server whose certificate nobody else signed.
pub fn self_signed(name: &str) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    tls(vec![own.der().clone()], &key)
}

fn tls(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}

/// An HTTP proxy that wants `credentials` (as `user:password`) and knows one host behind it, whatever the name.
pub struct Proxy {
    pub server: Server,
    pub heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start(credentials: Option<&str>, behind: SocketAddr) -> Self {
        Self::refusing(credentials, behind, "401 Unauthorized")
    }

    /// The same with its own answer to wrong credentials. Missing ones are answered with 407.
    pub fn refusing(credentials: Option<&str>, behind: SocketAddr, wrong: &'static str) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let expected =
            credentials.map(|credentials| format!("Basic {}", base64::Engine::encode(&STANDARD, credentials)));
        let seen = heads.clone();
        let server = Server::start(move |client| {
            let mut client = BufReader::new(client);
            while let Some(head) = read_head(&mut client) {
                let given = header(&head, "proxy-authorization");
                let refusal = match (&expected, given) {
                    (Some(_), None) => Some("407 Proxy Authentication Required"),
                    (Some(expected), Some(given)) if expected != given => Some(wrong),
                    _ => None,
                };
                seen.lock().unwrap().push(head.clone());
                if let Some(refusal) = refusal {
                    let answer = format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    return drop(client.get_mut().write_all(answer.as_bytes()));
                }
                if head.starts_with("CONNECT ") {
                    client.get_mut().write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
                    return shovel(client.into_inner(), TcpStream::connect(behind).unwrap());
                }
                client.get_mut().write_all(&ok("from the proxy")).unwrap();
            }
        });
        Self { server, heads }
    }

    pub fn head(&self, index: usize) -> String {
        self.heads.lock().unwrap()[index].clone()
    }
}

/// Carries bytes both ways until either side ends.
fn shovel(one: TcpStream, two: TcpStream) {
    let (mut from, mut to) = (one.try_clone().unwrap(), two.try_clone().unwrap());
    let there = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (two, one);
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    there.join().unwrap();
}
