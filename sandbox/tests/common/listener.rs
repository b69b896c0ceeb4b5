//! The listener of a login, as simple as it can be: takes connections on loopback, keeps what they sent, answers with a page.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request that came in.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub head: String,
    pub fields: Vec<(String, String)>,
}

impl Seen {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|(key, _)| key.as_str()).collect()
    }
}

pub struct Listener {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<u32>>,
}

impl Listener {
    /// On that address of loopback, until the test process ends: its threads wait for connections only.
    pub fn start(address: &str) -> Self {
        Self::serving(address, None)
    }

    /// One that hangs up without a word on answers with another state.
    pub fn wanting(address: &str, state: &'static str) -> Self {
        Self::serving(address, Some(state))
    }

    fn serving(address: &str, wanted: Option<&'static str>) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let this = Self { address: listener.local_addr().unwrap(), seen: Arc::default(), connections: Arc::default() };
        let (seen, connections) = (Arc::clone(&this.seen), Arc::clone(&this.connections));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                *connections.lock().unwrap() += 1;
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || serve(stream, &seen, wanted));
            }
        });
        this
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// As the plugins name it.
    pub fn redirect_uri(&self) -> String {
        format!("http://localhost:{}/redshift/", self.port())
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The answers that were brought.
    pub fn answers(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.fields.is_empty()).collect()
    }

    pub fn connections(&self) -> u32 {
        *self.connections.lock().unwrap()
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, wanted: Option<&str>) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        if let Some(request) = take(&mut bytes) {
            let hangs_up = wanted.is_some() && request.field("state").is_some() && request.field("state") != wanted;
            let missing = request.target == "/favicon.ico";
            seen.lock().unwrap().push(request);
            if hangs_up {
                return;
            }
            let (status, body) =
                if missing { ("404 Not Found", "") } else { ("200 OK", "<title>Done</title><p>You are in.") };
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            continue;
        }
        match stream.read(&mut piece) {
            Ok(count @ 1..) => bytes.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
}

/// The first request, if all of it is there.
fn take(bytes: &mut Vec<u8>) -> Option<Seen> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).map_or(0, |n| n.parse().unwrap());
    if bytes.len() < end + length {
        return None;
    }
    let body = String::from_utf8_lossy(&bytes[end..end + length]).into_owned();
    bytes.drain(..end + length);
    let mut words = head.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = if body.is_empty() { query } else { &body };
    let fields = url::form_urlencoded::parse(pairs.as_bytes()).into_owned().collect();
    Some(Seen { method, target, head, fields })
}
