//! A database as far as its port shows it: it answers the wish for TLS, and leads a handshake on to a port of the sandbox.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What it answers to `SSLRequest`.
#[derive(Clone, Debug)]
pub enum Answer {
    /// `S`, and TLS as at that port of the sandbox.
    TlsOf(u16),
    /// These bytes.
    Bytes(&'static [u8]),
    HangsUp,
    Nothing,
}

pub struct Database {
    address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicU32>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Database {
    pub fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (answer, asked, ends) = (Arc::new(Mutex::new(answer)), Arc::default(), Arc::default());
        let thread = {
            let (answer, asked, ends): (Arc<Mutex<Answer>>, Arc<AtomicU32>, Arc<AtomicBool>) =
                (Arc::clone(&answer), Arc::clone(&asked), Arc::clone(&ends));
            std::thread::spawn(move || {
                while let Ok((client, _)) = listener.accept() {
                    if ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let (answer, asked) = (answer.lock().unwrap().clone(), Arc::clone(&asked));
                    // A client that leaves in the middle is no fault of the database.
                    std::thread::spawn(move || drop(serve(client, &answer, &asked)));
                }
            })
        };
        Self { address, answer, asked, ends, thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// How often somebody asked for TLS.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(mut client: TcpStream, answer: &Answer, asked: &AtomicU32) -> std::io::Result<()> {
    let mut request = [0; 8];
    client.read_exact(&mut request)?;
    assert_eq!(request, [0, 0, 0, 8, 4, 210, 22, 47], "it is the number 80877103 behind the length");
    asked.fetch_add(1, Ordering::SeqCst);
    match answer {
        Answer::TlsOf(port) => {
            client.write_all(b"S")?;
            let server = TcpStream::connect(("127.0.0.1", *port))?;
            let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
            let back = std::thread::spawn(move || {
                let copied = std::io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Write);
                copied
            });
            let (mut from_server, mut to_client) = (server, client);
            let copied = std::io::copy(&mut from_server, &mut to_client);
            let _ = to_client.shutdown(Shutdown::Both);
            let _ = back.join();
            copied.map(drop)
        }
        Answer::Bytes(bytes) => client.write_all(bytes),
        Answer::HangsUp => Ok(()),
        // Until the client leaves.
        Answer::Nothing => client.read(&mut [0]).map(drop),
    }
}
