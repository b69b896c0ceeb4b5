//! The port of a database: whether `PostgreSQL`'s protocol is spoken there, and whether with TLS. Nothing of a login is sent.

use super::{Patience, Probe, Stream};
use crate::ports::http::failure::FailureKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// `SSLRequest` of the frontend/backend protocol: its length, and a number in the place of a version.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// What a database answers to the wish for TLS.
pub(crate) enum Willing {
    /// The handshake may begin.
    Yes(Stream),
    /// It speaks without TLS only.
    No,
    /// An error in the place of an answer: it cannot take a connection at all.
    Refused,
    /// The connection ended.
    HungUp,
    /// Whatever it is, it is no such database.
    Other,
}

impl Probe {
    /// Asks for TLS.
    pub(crate) async fn ask_for_tls(mut stream: Stream, patience: Patience) -> Result<Willing, FailureKind> {
        patience
            .with(async {
                let asked = async {
                    stream.write_all(&SSL_REQUEST).await?;
                    stream.flush().await?;
                    stream.read_u8().await
                };
                Ok(match asked.await {
                    Ok(b'S') => Willing::Yes(stream),
                    Ok(b'N') => Willing::No,
                    Ok(b'E') => Willing::Refused,
                    Ok(_) => Willing::Other,
                    Err(_) => Willing::HungUp,
                })
            })
            .await
    }
}
