//! Pages that want a Kerberos ticket: `Negotiate` (RFC 4559) in front of whichever service has them. Whose ticket it is says a
//! function of the test: the sandbox has no keys of its own.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::http::{Answer, Request};
use crate::service::{Call, Service};
use crate::shared::Shared;

/// Says whose token it is, and what to answer for a proof of the server, as `gss_accept_sec_context` does; or why it is refused.
pub type Accept = dyn Fn(&[u8]) -> Result<(String, Option<Vec<u8>>), String> + Send + Sync;

/// Who sent a request, and the proof that the answer has to carry.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub name: String,
    reply: Option<Vec<u8>>,
}

/// What is kept behind it, and who tells users apart.
#[derive(Default)]
struct Guard {
    paths: Vec<String>,
    accept: Option<Arc<Accept>>,
}

/// Has these paths want a ticket from now on.
pub(crate) fn guard(shared: &Shared, paths: &[&str], accept: Arc<Accept>) {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    shared.with_state(|guard: &mut Guard| *guard = Guard { paths, accept: Some(accept) });
}

/// Reads who sent the request. Once for each: a token that comes twice is not accepted twice.
pub(crate) fn find_user(request: &mut Request, shared: &Shared) {
    let Some(accept) = guarding(request, shared) else { return };
    let token = request.header("authorization").and_then(|value| value.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("negotiate"));
    let token = token.and_then(|(_, token)| STANDARD.decode(token.trim()).ok());
    request.user = token.and_then(|token| accept(&token).ok()).map(|(name, reply)| User { name, reply });
}

/// Adds the server's proof to the answer.
pub(crate) fn prove(answer: Answer, request: &Request) -> Answer {
    match request.user.as_ref().and_then(|user| user.reply.as_ref()) {
        Some(reply) => answer.header("WWW-Authenticate", format!("Negotiate {}", STANDARD.encode(reply))),
        None => answer,
    }
}

/// Who has to accept a token for that path, like ADFS whatever its case; nobody if it is open to all.
fn guarding(request: &Request, shared: &Shared) -> Option<Arc<Accept>> {
    shared.with_state(|guard: &mut Guard| {
        let guarded = guard.paths.iter().any(|path| path.eq_ignore_ascii_case(request.path()));
        guard.accept.clone().filter(|_| guarded)
    })
}

/// Takes the requests that come without a user to where one is wanted.
pub(crate) struct Gate;

impl Service for Gate {
    fn recognise(&self, request: &Request, shared: &Shared) -> Option<Call> {
        let closed = request.user.is_none() && guarding(request, shared).is_some();
        closed.then(|| Call { service: "negotiate", operation: request.path().to_owned(), parameters: Vec::new() })
    }

    fn answer(&self, _: &Request, _: &Call, _: &Shared) -> Answer {
        // As ADFS, which would take NTLM too.
        let mut answer = Answer::text(401, "");
        answer.headers.extend(["Negotiate", "NTLM"].map(|scheme| ("WWW-Authenticate".to_owned(), scheme.to_owned())));
        answer
    }
}
