//! How an answer is made and how it goes out: whole, or distorted by a scripted fault.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::clock::http_date;
use crate::fault::FaultAction;
use crate::http::{Answer, Request};
use crate::link::Transport;
use crate::server::until_closed;
use crate::service::{Call, Service};
use crate::shared::Shared;

/// The answer to a request under a fault.
pub(crate) fn make_answer(
    service: &dyn Service,
    request: &Request,
    call: &Call,
    fault: Option<&FaultAction>,
    shared: &Shared,
) -> Answer {
    let right = || service.answer(request, call, shared);
    match fault {
        Some(FaultAction::Error { code, message, status }) => {
            crate::aws::errors::for_request(request, call, *status, code, message)
        }
        Some(FaultAction::Throttle { status, retry_after }) => {
            let code = match call.service {
                crate::identity::okta::NAME => "E0000047",
                crate::idc::NAME => "SlowDownException",
                crate::idc::PORTAL => "TooManyRequestsException",
                _ if crate::aws::errors::is_json(request) => "ThrottlingException",
                _ => "Throttling",
            };
            crate::aws::errors::for_request(request, call, *status, code, "Rate exceeded")
                .header("Retry-After", retry_after.to_string())
        }
        Some(FaultAction::Respond { status, headers, body }) => headers
            .iter()
            .fold(Answer { body: body.clone().into_bytes(), ..Answer::new(*status) }, |answer, (name, value)| {
                answer.header(name, value)
            }),
        Some(FaultAction::Redirect { location }) => Answer::new(307).header("Location", location),
        Some(FaultAction::Garbage) => {
            let noise = crate::random::bytes::<512>().to_vec();
            Answer { status: 200, body: noise, ..right() }
        }
        Some(FaultAction::ContentType { value }) => right().header("Content-Type", value),
        Some(FaultAction::Huge { bytes }) => {
            Answer { body: Vec::new(), ..right() }.header("Content-Length", bytes.to_string())
        }
        Some(FaultAction::Endless { .. }) => {
            Answer { body: Vec::new(), ..right() }.header("Transfer-Encoding", "chunked")
        }
        // These show in how it is sent.
        None
        | Some(
            FaultAction::Delay { .. }
            | FaultAction::Drip { .. }
            | FaultAction::StallInBody
            | FaultAction::ResetInHeaders
            | FaultAction::ResetInBody
            | FaultAction::Truncate,
        ) => right(),
        // Nothing of it is sent, so the service is not asked: what it would do must not be done.
        Some(FaultAction::Stall | FaultAction::Close | FaultAction::Reset | FaultAction::NotHttp) => Answer::new(0),
    }
}

/// Whether under this fault the client never sees a status.
pub(crate) fn is_silent(fault: &FaultAction) -> bool {
    use FaultAction::{Close, NotHttp, Reset, ResetInHeaders, Stall};
    matches!(fault, Stall | Close | Reset | NotHttp | ResetInHeaders)
}

/// How a connection goes on after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With the next request.
    Open,
    /// It is closed in good order.
    Close,
    /// It is dropped as it stands: no FIN where an RST is due.
    Drop,
}

/// Sends an answer.
pub(crate) async fn deliver<S: Transport>(
    stream: &mut S,
    request: &Request,
    mut answer: Answer,
    fault: Option<&FaultAction>,
    shared: &Shared,
) -> io::Result<Ending> {
    let head = answer.head(&http_date(shared.world().now()));
    if request.method == "HEAD" {
        answer.body.clear();
    }
    let half = answer.body.len() / 2;
    match fault {
        Some(FaultAction::Stall) => until_closed(stream).await?,
        Some(FaultAction::Close) => {}
        Some(FaultAction::Reset) => {
            stream.end_in_reset();
            return Ok(Ending::Drop);
        }
        Some(FaultAction::ResetInHeaders) => {
            send(stream, &[&head[..head.len() / 2]]).await?;
            poll_fn(|context| stream.poll_left(context)).await?;
            stream.end_in_reset();
            return Ok(Ending::Drop);
        }
        Some(FaultAction::ResetInBody) => {
            send(stream, &[&head, &answer.body[..half]]).await?;
            poll_fn(|context| stream.poll_left(context)).await?;
            stream.end_in_reset();
            return Ok(Ending::Drop);
        }
        Some(FaultAction::StallInBody) => {
            send(stream, &[&head, &answer.body[..half]]).await?;
            until_closed(stream).await?;
        }
        Some(FaultAction::Truncate) => send(stream, &[&head, &answer.body[..half]]).await?,
        Some(FaultAction::NotHttp) => send(stream, &[b"SSH-2.0-not-a-web-server\r\n"]).await?,
        Some(FaultAction::Drip { bytes, pause_ms }) => {
            let whole = [head, answer.body].concat();
            for piece in whole.chunks((*bytes).max(1)) {
                send(stream, &[piece]).await?;
                tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
            }
            return Ok(Ending::Open);
        }
        Some(FaultAction::Huge { bytes }) => {
            send(stream, &[&head]).await?;
            send_blanks(stream, *bytes, false).await?;
            return Ok(if answer.closes() { Ending::Close } else { Ending::Open });
        }
        Some(FaultAction::Endless { bytes }) => {
            send(stream, &[&head]).await?;
            send_blanks(stream, *bytes, true).await?;
            return Ok(if answer.closes() { Ending::Close } else { Ending::Open });
        }
        Some(FaultAction::Delay { ms }) => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            send(stream, &[&head, &answer.body]).await?;
            return Ok(Ending::Open);
        }
        _ => {
            send(stream, &[&head, &answer.body]).await?;
            return Ok(if answer.closes() { Ending::Close } else { Ending::Open });
        }
    }
    Ok(Ending::Close)
}

async fn send<S: Transport>(stream: &mut S, parts: &[&[u8]]) -> io::Result<()> {
    // In one write: one segment, and no guess about how the client reads two.
    stream.write_all(&parts.concat()).await?;
    stream.flush().await
}

/// Sends so many bytes without ever having them all, as one body or in chunks (RFC 9112 section 7.1).
async fn send_blanks<S: Transport>(stream: &mut S, bytes: usize, chunked: bool) -> io::Result<()> {
    let blanks = vec![b' '; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let piece = &blanks[..left.min(blanks.len())];
        if chunked {
            send(stream, &[format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"]).await?;
        } else {
            send(stream, &[piece]).await?;
        }
        left -= piece.len();
    }
    if chunked { send(stream, &[b"0\r\n\r\n"]).await } else { Ok(()) }
}
