//! A TCP connection with an artificial distance.
//!
//! The round trip is modelled at the level of bytes, so that it is the same for HTTP, TLS and the proxy: whatever arrives is shown to
//! the server half a round trip later, whatever the server writes leaves half a round trip later. Order is kept and bandwidth is not
//! limited. The TCP connect itself cannot be delayed on loopback; its round trip is charged to the first bytes instead: what the client
//! sends is taken to have left no sooner than one round trip after the connection was accepted. A connection that a client opened ahead
//! of time and left idle thereby costs it nothing, as in reality.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::alarm::Alarm;

/// A stream whose TCP connection can be made to end in a reset.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {
    /// Dropping the stream now sends RST instead of FIN.
    fn end_in_reset(&self);

    /// Waits until what was written has left. To write and to flush does not wait for that, as with a kernel's buffers: it would
    /// cost half a round trip more where more is to be read first.
    fn poll_left(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl<T: Transport> Transport for tokio_rustls::server::TlsStream<T> {
    fn end_in_reset(&self) {
        self.get_ref().0.end_in_reset();
    }

    fn poll_left(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().0.poll_left(context)
    }
}

impl Transport for Link {
    fn end_in_reset(&self) {
        // Fails only on a socket that is gone already.
        let _ = self.socket.set_zero_linger();
    }

    fn poll_left(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pump(context)?;
        if self.outbound.pieces.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

/// Bytes on their way, each piece with the time at which it is there.
#[derive(Default)]
struct Wire {
    pieces: VecDeque<(Instant, Vec<u8>)>,
}

/// So much may be on its way before a writer has to wait: far more than a login writes, far less than an endless answer.
const WINDOW: usize = 4 * 1024 * 1024;

impl Wire {
    fn bytes(&self) -> usize {
        self.pieces.iter().map(|(_, piece)| piece.len()).sum()
    }

    fn due(&self) -> Option<Instant> {
        self.pieces.front().map(|(due, _)| *due)
    }

    fn arrived(&mut self, now: Instant) -> Option<&mut Vec<u8>> {
        self.pieces.front_mut().filter(|(due, _)| *due <= now).map(|(_, piece)| piece)
    }

    /// Takes bytes off the front piece.
    fn consume(&mut self, count: usize) {
        if let Some((_, piece)) = self.pieces.front_mut() {
            piece.drain(..count);
            if piece.is_empty() {
                self.pieces.pop_front();
            }
        }
    }
}

/// A TCP connection, delayed by half a round trip in each direction.
pub(crate) struct Link {
    socket: TcpStream,
    half: Duration,
    connected: Instant,
    inbound: Wire,
    ended: bool,
    outbound: Wire,
    /// None without a distance.
    alarm: Option<Arc<Alarm>>,
    /// What it was set to last: when to wake whom.
    set: Option<(Instant, Waker)>,
}

impl Link {
    pub fn new(socket: TcpStream, distance: Option<(Duration, Arc<Alarm>)>) -> Self {
        let (round_trip, alarm) = distance.map_or((Duration::ZERO, None), |(trip, alarm)| (trip, Some(alarm)));
        // Nagle would add delays of its own.
        let _ = socket.set_nodelay(true);
        Self {
            socket,
            half: round_trip / 2,
            connected: Instant::now() + round_trip,
            inbound: Wire::default(),
            ended: false,
            outbound: Wire::default(),
            alarm,
            set: None,
        }
    }

    /// Moves what can be moved between socket and queues, and has the task woken when more can be.
    fn pump(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        self.receive(context)?;
        // One time for both: what falls due between them would be neither sent nor waited for.
        let now = Instant::now();
        self.send(context, now)?;
        // What is overdue waits for the reader or for room in the socket, not for the clock.
        let next = self.inbound.due().into_iter().chain(self.outbound.due()).filter(|due| *due > now).min();
        if let (Some(next), Some(alarm)) = (next, &self.alarm) {
            let waker = context.waker();
            if self.set.as_ref().is_none_or(|(due, who)| *due != next || !who.will_wake(waker)) {
                alarm.wake_at(next, waker.clone());
                self.set = Some((next, waker.clone()));
            }
        }
        Ok(())
    }

    fn receive(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let mut space = [0; 16 * 1024];
        while !self.ended {
            let mut buffer = ReadBuf::new(&mut space);
            let Poll::Ready(read) = Pin::new(&mut self.socket).poll_read(context, &mut buffer) else { break };
            read?;
            self.ended = buffer.filled().is_empty();
            let due = Instant::now().max(self.connected) + self.half;
            self.inbound.pieces.push_back((due, buffer.filled().to_vec()));
        }
        Ok(())
    }

    fn send(&mut self, context: &mut Context<'_>, now: Instant) -> io::Result<()> {
        while let Some(piece) = self.outbound.arrived(now) {
            let Poll::Ready(count) = Pin::new(&mut self.socket).poll_write(context, piece) else { break };
            self.outbound.consume(count?);
        }
        Ok(())
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.half.is_zero() {
            return Pin::new(&mut self.socket).poll_read(context, buffer);
        }
        self.pump(context)?;
        let Some(piece) = self.inbound.arrived(Instant::now()) else { return Poll::Pending };
        let count = piece.len().min(buffer.remaining());
        buffer.put_slice(&piece[..count]);
        // An empty piece is the end of the stream; it stays, so that every later read finds it again.
        if count > 0 {
            self.inbound.consume(count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Link {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.half.is_zero() {
            return Pin::new(&mut self.socket).poll_write(context, bytes);
        }
        self.pump(context)?;
        if self.outbound.bytes() > WINDOW {
            return Poll::Pending;
        }
        let due = Instant::now() + self.half;
        self.outbound.pieces.push_back((due, bytes.to_vec()));
        self.pump(context)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.half.is_zero() {
            return Pin::new(&mut self.socket).poll_flush(context);
        }
        self.pump(context)?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_left(context))?;
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
