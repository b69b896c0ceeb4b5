//! The authorization code grant with PKCE: `/authorize`, the sign-in, and back to the client with a code (RFC 6749 section 4.1, RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::pages::{Pages, SIGN_IN};
use super::world::IdcClient;
use super::{Memory, client, unix};
use crate::http::{Answer, Request};
use crate::identity::sign_in::{Verdict, judge};
use crate::identity::visit::{Content, check_fields, check_transport, field, misuse};
use crate::random;
use crate::service::Call;
use crate::shared::Shared;

/// Seconds that a code holds.
const CODE_SECONDS: i64 = 600;

/// A browser that was sent here by a client.
#[derive(Clone)]
pub(super) struct Visit {
    client: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
}

/// A code that waits to be redeemed.
pub(super) struct AuthorizationCode {
    pub client: String,
    pub person: String,
    pub redirect_uri: String,
    pub code_challenge: String,
    pub expires_at: i64,
}

/// Shows the sign-in page. An unknown client or redirect URI is told here and not there (RFC 6749 section 4.1.2.1).
pub(super) fn begin(request: &Request, call: &Call, shared: &Shared) -> Answer {
    if let Err(refusal) = check_transport(request) {
        return refusal;
    }
    if request.method != "GET" {
        return misuse(405, "/authorize is for a browser to go to.");
    }
    let world = shared.world();
    let known = world.identity_center.client(field(call, "client_id"));
    let Some(client) = known.filter(|client| client.expires_at > unix(world.now())) else {
        return misuse(400, "the client is not registered, or no longer.");
    };
    let redirect_uri = field(call, "redirect_uri");
    if !client::may_redirect(client, redirect_uri) {
        return misuse(400, "the redirect URI is not one that the client registered.");
    }
    let visit = Visit {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: field(call, "state").to_owned(),
        code_challenge: field(call, "code_challenge").to_owned(),
    };
    if let Err((error, description)) = check(call, client) {
        return back(&visit, &[("error", error), ("error_description", description)]);
    }
    let number = random::request_id();
    shared.with_state(|memory: &mut Memory| memory.visits.insert(number.clone(), visit));
    Pages::new(request, &world).sign_in(SIGN_IN, ("workflow", &number), "")
}

fn check(call: &Call, client: &IdcClient) -> Result<(), (&'static str, &'static str)> {
    if field(call, "response_type") != "code" || !client.may("authorization_code") {
        return Err(("unsupported_response_type", "response_type must be code"));
    }
    if field(call, "state").is_empty() {
        return Err(("invalid_request", "state is missing"));
    }
    // 32 bytes in base64url: a SHA-256.
    if field(call, "code_challenge_method") != "S256" || field(call, "code_challenge").len() != 43 {
        return Err(("invalid_request", "code_challenge must be an S256 one"));
    }
    // AWS' own clients say `scopes`, OAuth says `scope`.
    let scopes = [field(call, "scopes"), field(call, "scope")];
    let mut asked =
        scopes.iter().flat_map(|scopes| scopes.split([' ', ','])).filter(|scope| !scope.is_empty()).peekable();
    if asked.peek().is_none() || !asked.all(|scope| client.scopes.iter().any(|known| known == scope)) {
        return Err(("invalid_scope", "scopes must be among those that the client registered for"));
    }
    Ok(())
}

/// Takes the sign-in page's form.
pub(super) fn sign_in(request: &Request, call: &Call, shared: &Shared) -> Answer {
    let number = field(call, "workflow").to_owned();
    let form =
        [("workflow", Content::Given(number.clone())), ("username", Content::Typed), ("password", Content::Typed)];
    if let Err(refusal) = check_transport(request).and_then(|()| check_fields(request, &form)) {
        return refusal;
    }
    let world = shared.world();
    let pages = Pages::new(request, &world);
    let Some(visit) = shared.with_state(|memory: &mut Memory| memory.visits.get(&number).cloned()) else {
        return misuse(400, "this sign-in is over, or never began here.");
    };
    match judge(&world, field(call, "username"), field(call, "password")) {
        (Verdict::Welcome, Some(person)) => {
            let code = URL_SAFE_NO_PAD.encode(random::bytes::<96>());
            let known = AuthorizationCode {
                client: visit.client.clone(),
                person: person.name.clone(),
                redirect_uri: visit.redirect_uri.clone(),
                code_challenge: visit.code_challenge.clone(),
                expires_at: unix(world.now()) + CODE_SECONDS,
            };
            shared.with_state(|memory: &mut Memory| {
                memory.visits.remove(&number);
                memory.codes.insert(code.clone(), known);
            });
            back(&visit, &[("code", &code)])
        }
        _ => pages.sign_in(SIGN_IN, ("workflow", &number), "The user name or password is incorrect."),
    }
}

/// All but the unreserved characters of RFC 3986: clients take code and state as they stand.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Sends the browser back to the client.
fn back(visit: &Visit, parameters: &[(&str, &str)]) -> Answer {
    let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let all = parameters.iter().copied().chain([("state", visit.state.as_str())]);
    let query: Vec<String> = all.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    Answer::new(302).header("Location", format!("{}?{}", visit.redirect_uri, query.join("&")))
}
