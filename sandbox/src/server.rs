//! The listeners, and a connection from its acceptance to its end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::delivery::{Ending, deliver, is_silent, make_answer};
use crate::fault::FaultAction;
use crate::gate;
use crate::http::{Connection, Request};
use crate::link::Transport;
use crate::log::Record;
use crate::negotiate;
use crate::service::{Door, find};
use crate::shared::Shared;
use crate::tls::{TlsDefect, sound};

/// What speaks on a port.
#[derive(Clone)]
pub(crate) enum Speech {
    Plain,
    Tls(TlsAcceptor),
    Defect(TlsDefect),
    Proxy,
}

impl Speech {
    /// TLS with that defect.
    pub fn bad(shared: &Shared, defect: TlsDefect) -> Self {
        match crate::tls::defective(&shared.authority, &defect) {
            Some(config) => Self::Tls(TlsAcceptor::from(config)),
            None => Self::Defect(defect),
        }
    }
}

/// Accepts connections for ever, each served by its own task.
pub(crate) async fn listen(listener: TcpListener, door: Door, speech: Speech, shared: Arc<Shared>) {
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // Out of descriptors: others must close first.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let number = shared.count_connection(door);
        let (speech, shared) = (speech.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // A client that leaves in the middle is no error of ours, and there is nobody to tell.
            let _ = converse(socket, number, door, speech, None, &shared).await;
        });
    }
}

/// Opens one more port, whose TLS has that defect. Must be called inside the sandbox's runtime.
pub(crate) fn listen_badly(defect: TlsDefect, shared: Arc<Shared>) -> io::Result<u16> {
    let listener = bind(0)?;
    let port = listener.local_addr()?.port();
    let listener = TcpListener::from_std(listener)?;
    let speech = Speech::bad(&shared, defect);
    tokio::spawn(listen(listener, Door::BadTls, speech, shared));
    Ok(port)
}

/// Opens one more port with the same services, for clients to which they are on different hosts. Must be called inside the
/// sandbox's runtime.
pub(crate) fn listen_too(tls: bool, shared: Arc<Shared>) -> io::Result<u16> {
    let listener = bind(0)?;
    let port = listener.local_addr()?.port();
    let listener = TcpListener::from_std(listener)?;
    let (door, speech) = if tls {
        (Door::Https, Speech::Tls(TlsAcceptor::from(sound(&shared.authority))))
    } else {
        (Door::Http, Speech::Plain)
    };
    tokio::spawn(listen(listener, door, speech, shared));
    Ok(port)
}

/// A port on loopback; 0: a free one.
pub(crate) fn bind(port: u16) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    // With the 128 of the standard library, thousands of clients at once lose their first SYN, and come again a second later.
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A connection, at a gate or not.
pub(crate) async fn converse(
    socket: TcpStream,
    number: u64,
    door: Door,
    speech: Speech,
    gate: Option<Arc<gate::State>>,
    shared: &Shared,
) -> io::Result<()> {
    let mut link = shared.link(socket);
    let gate = gate.as_deref();
    match speech {
        Speech::Plain => serve(Connection::new(link, false, number), door, gate, shared).await,
        Speech::Tls(acceptor) => {
            let stream = acceptor.accept(link).await?;
            serve(Connection::new(stream, true, number), door, gate, shared).await
        }
        Speech::Proxy => crate::proxy::serve(Connection::new(link, false, number), shared).await,
        Speech::Defect(TlsDefect::PlainText) => {
            link.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
            link.shutdown().await
        }
        Speech::Defect(defect) => {
            // The first byte of a hello is as good as all of it.
            link.read_u8().await?;
            if defect == TlsDefect::ResetInHandshake {
                link.end_in_reset();
                return Ok(());
            }
            if defect == TlsDefect::OldVersion {
                link.write_all(&hello_of_tls_1_1()).await?;
                link.flush().await?;
            }
            until_closed(&mut link).await
        }
    }
}

/// What a server answers that knows nothing later than TLS 1.1 (RFC 4346 section 7.4.1.3): its hello, and then it waits.
fn hello_of_tls_1_1() -> Vec<u8> {
    let record = [0x16, 3, 2, 0, 42];
    let message = [2, 0, 0, 38, 3, 2];
    // No session to be resumed, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
    [&record[..], &message, &crate::random::bytes::<32>(), &[0, 0x00, 0x2f, 0]].concat()
}

/// Answers requests until the client has enough or a fault ends the connection.
async fn serve<S: Transport>(
    mut connection: Connection<S>,
    door: Door,
    gate: Option<&gate::State>,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let Some((mut request, keep)) = connection.next_or_refuse().await? else { break };
        negotiate::find_user(&mut request, shared);
        let ends = match gate {
            Some(gate) => gate.count().await,
            None => false,
        };
        match answer(&mut connection.stream, &request, door, ends, shared).await? {
            Ending::Open if keep => {}
            Ending::Open | Ending::Close => break,
            Ending::Drop => return Ok(()),
        }
    }
    connection.stream.shutdown().await
}

/// Finds the service, makes its answer, records the request and delivers. `ends`: no other is to come by this connection.
async fn answer<S: Transport>(
    stream: &mut S,
    request: &Request,
    door: Door,
    ends: bool,
    shared: &Shared,
) -> io::Result<Ending> {
    let (service, call) = find(door, request, shared);
    if call.service == crate::control::NAME {
        // Whoever asks for the log must neither find himself in it nor meet the faults he scripts.
        return deliver(stream, request, service.answer(request, &call, shared), None, shared).await;
    }
    let fault = shared.script.take(request, &call);
    let mut answer = negotiate::prove(make_answer(service, request, &call, fault.as_ref(), shared), request);
    if ends {
        answer = answer.header("Connection", "close");
    }
    let mut record = Record::new(request, &call);
    record.status = if fault.as_ref().is_some_and(is_silent) { 0 } else { answer.status };
    record.fault = fault.as_ref().map(FaultAction::name);
    // Before it is sent: a client that has its answer finds its request in the log.
    shared.log.push(record);
    deliver(stream, request, answer, fault.as_ref(), shared).await
}

/// Reads and forgets until the client leaves.
pub(crate) async fn until_closed(stream: &mut (impl Transport + ?Sized)) -> io::Result<()> {
    let mut nowhere = [0; 4096];
    while stream.read(&mut nowhere).await? > 0 {}
    Ok(())
}
