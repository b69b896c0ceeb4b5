//! What may stand under the HTTP port: reqwest as it does, reqwest with an early request that does no harm, or hyper
//! with connections that are opened ahead. A login asks one host after the other (STS, then Redshift), so that opening the
//! second connection while the first host thinks would save its round trips.
//!
//! Everything is on loopback, over TLS 1.3, behind a front that delays every byte by half a round-trip time and the first
//! ones by a whole one more, for the TCP handshake that loopback does at once. Each sample is one login: a new runtime, a
//! new client, no TLS session to resume. Run by `cargo bench --bench http_client`.

#![allow(dead_code, unused_imports, missing_docs, clippy::pedantic)]

// The client under test is private to the library: its files are compiled into this program.
#[path = "../src/cancel.rs"]
mod cancel;
#[path = "../src/credentials.rs"]
mod credentials;
#[path = "../src/dsn/mod.rs"]
mod dsn;
#[path = "../src/error.rs"]
mod error;
#[path = "../src/log.rs"]
mod log;
#[path = "../src/options.rs"]
mod options;
#[path = "../src/os/mod.rs"]
mod os;
#[path = "../src/ports/mod.rs"]
mod ports;
#[path = "../src/protocol/mod.rs"]
mod protocol;
#[path = "../src/redact/mod.rs"]
mod redact;
#[path = "../src/secret.rs"]
mod secret;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use ports::env::Env;
use ports::files::Files;
use ports::http::settings::CaFiles;
use ports::http::trust::{ClientTls, TrustRoots, provider};
use ports::http::{Http, HttpPort, HttpSettings, Purpose, Request};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio_rustls::TlsConnector;
use url::Url;

/// As long as a credentials answer is.
const ANSWER: &[u8] = &[b'x'; 2000];
/// As long as an AssumeRoleWithSAML request is.
const QUESTION: &[u8] = &[b'y'; 6000];

fn main() {
    prepare();
    let network = Network::start();
    println!("medians of one login; wall time / CPU time of its thread, in ms\n");
    println!("{:<44}{:>16}{:>16}{:>16}", "", "RTT 0", "RTT 20 ms", "RTT 80 ms");
    let variants: [(&str, Login); 6] = [
        ("1 host: reqwest", |network, urls| network.reqwest(&urls[..1], false)),
        ("1 host: hyper, connected ahead", |network, urls| network.hyper(&urls[..1], true)),
        ("2 hosts: reqwest", |network, urls| network.reqwest(urls, false)),
        ("2 hosts: reqwest, early HEAD to the second", |network, urls| network.reqwest(urls, true)),
        ("2 hosts: hyper", |network, urls| network.hyper(urls, false)),
        ("2 hosts: hyper, connected ahead", |network, urls| network.hyper(urls, true)),
    ];
    for (name, login) in variants {
        print!("{name:<44}");
        for (rtt, samples) in [(0, 200), (20, 30), (80, 15)] {
            let urls = network.urls(Duration::from_millis(rtt));
            let mut measured: Vec<_> = (0..samples + 2).map(|_| measure(login(&network, &urls))).skip(2).collect();
            let wall = median(measured.iter_mut().map(|sample| sample.0));
            let cpu = median(measured.iter_mut().map(|sample| sample.1));
            print!("{:>16}", format!("{wall:.1} / {cpu:.2}"));
        }
        println!();
    }
}

/// What a process keeps between logins, and why.
fn prepare() {
    let (env, files) = (Env::from_pairs::<&str, &str>([]), Files::real());
    let timed = |work: &dyn Fn()| {
        median((0..50).map(|_| {
            let began = Instant::now();
            work();
            began.elapsed().as_secs_f64() * 1000.0
        }))
    };
    let roots = TrustRoots::locate(&env, &files);
    let reading = timed(&|| assert_ne!(TrustRoots::locate(&env, &files).store().len(), 0));
    let asking = timed(&|| assert!(roots.is_current(&env, &files)));
    let building = timed(&|| drop(ClientTls::build(&roots, &CaFiles::default(), &files)));
    println!(
        "{} roots: read {reading:.2} ms, asked whether they changed {asking:.3} ms, made a configuration of {building:.2} ms\n",
        roots.len()
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How one login is made ready.
type Login = fn(&Network, &[Url]) -> Work;
/// The requests of one login.
type Work = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Runs it on a thread and a runtime of its own. Wall and CPU time in milliseconds.
fn measure(work: Work) -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (wall, cpu) = (Instant::now(), cpu_ms());
    runtime.block_on(work);
    (wall.elapsed().as_secs_f64() * 1000.0, cpu_ms() - cpu)
}

/// What this thread has had of the processor, as Linux counts it.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1e6
}

/// Two hosts with one authority, each behind a front for each round-trip time that was asked for.
struct Network {
    hosts: [u16; 2],
    ca: CaFiles,
    roots: Arc<TrustRoots>,
    _directory: tempfile::TempDir,
}

impl Network {
    fn start() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::default();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = rcgen::CertifiedIssuer::self_signed(authority, key).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let env = Env::from_pairs([("SSL_CERT_FILE", file.as_os_str())]);
        Self {
            hosts: [serve(&authority), serve(&authority)],
            ca: CaFiles::default(),
            roots: TrustRoots::locate(&env, &Files::real()),
            _directory: directory,
        }
    }

    fn urls(&self, rtt: Duration) -> Vec<Url> {
        self.hosts
            .iter()
            .map(|host| Url::parse(&format!("https://127.0.0.1:{}/", delay(*host, rtt))).unwrap())
            .collect()
    }

    /// A TLS configuration that has no session to resume.
    fn tls(&self) -> Arc<ClientTls> {
        ClientTls::build(&self.roots, &self.ca, &Files::real()).unwrap()
    }

    fn reqwest(&self, urls: &[Url], early: bool) -> Work {
        let (tls, urls) = (self.tls(), urls.to_vec());
        Box::pin(async move {
            let http = Arc::new(Http::new(HttpSettings::default(), tls, log::Log::default()));
            if early {
                let (http, mut head) = (http.clone(), Request::get(urls[1].clone(), Purpose::Aws));
                head.method = ports::http::Method::HEAD;
                tokio::spawn(async move { http.send(head).await });
            }
            for url in urls {
                let answer = http.send(Request::post(url, Purpose::Aws, "text/xml", QUESTION)).await.unwrap();
                assert_eq!(answer.body.len(), ANSWER.len());
            }
        })
    }

    fn hyper(&self, urls: &[Url], ahead: bool) -> Work {
        let (tls, urls) = (self.tls().config.clone(), urls.to_vec());
        Box::pin(async move {
            let connector = TlsConnector::from(Arc::new(tls));
            let mut opened = Vec::new();
            if ahead {
                opened = urls.iter().map(|url| tokio::spawn(connect(connector.clone(), url.clone()))).collect();
            }
            let mut opened = opened.into_iter();
            for url in urls {
                let mut sender = match opened.next() {
                    Some(task) => task.await.unwrap(),
                    None => connect(connector.clone(), url.clone()).await,
                };
                let request = hyper::Request::post(url.path())
                    .header("host", "127.0.0.1")
                    .header("content-type", "text/xml")
                    .body(Full::new(Bytes::from_static(QUESTION)))
                    .unwrap();
                let answer = sender.send_request(request).await.unwrap();
                assert_eq!(answer.into_body().collect().await.unwrap().to_bytes().len(), ANSWER.len());
            }
        })
    }
}

/// Opens TCP and TLS, and sends nothing.
async fn connect(connector: TlsConnector, url: Url) -> SendRequest<Full<Bytes>> {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let stream = connector.connect("127.0.0.1".try_into().unwrap(), stream).await.unwrap();
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A host that answers every request. Lives as long as the program.
fn serve(authority: &rcgen::CertifiedIssuer<'static, rcgen::KeyPair>) -> u16 {
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    listen(move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        while let Some((head, length)) = read_head(&mut stream) {
            let body = if head.starts_with("HEAD ") { &[] } else { ANSWER };
            let answered = std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink()).and_then(|_| {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
                stream.get_mut().flush()
            });
            if answered.is_err() {
                return;
            }
        }
    })
}

/// The head of a request and the length of its body.
fn read_head(stream: &mut impl BufRead) -> Option<(String, u64)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let lower = head.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    Some((head, length.unwrap_or(0)))
}

/// A port whose connections go to `target` with that round-trip time.
fn delay(target: u16, rtt: Duration) -> u16 {
    if rtt.is_zero() {
        return target;
    }
    listen(move |client| {
        let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
        server.set_nodelay(true).unwrap();
        let opened = Instant::now() + rtt;
        let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
        let backwards = std::thread::spawn(move || carry(back.0, back.1, rtt / 2, opened));
        carry(client, server, rtt / 2, opened);
        backwards.join().unwrap();
    })
}

/// Carries bytes so that each arrives `late`, and none leaves before the connection would have been open.
fn carry(mut from: TcpStream, mut to: TcpStream, late: Duration, opened: Instant) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    let writer = std::thread::spawn(move || {
        for (due, bytes) in receiver {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = vec![0; 65536];
    while let Ok(length) = from.read(&mut buffer)
        && length > 0
    {
        let due = Instant::now().max(opened) + late;
        if sender.send((due, buffer[..length].to_vec())).is_err() {
            break;
        }
    }
    drop(sender);
    writer.join().unwrap();
}

/// A port on loopback with a thread a connection.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).unwrap();
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}
