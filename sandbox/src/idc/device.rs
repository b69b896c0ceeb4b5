//! The device grant: `StartDeviceAuthorization`, the page where a person approves it, and what a poll finds (RFC 8628).

use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::error::{Refusal, invalid_request};
use super::pages::{DEVICE, Pages};
use super::world::DevicePage;
use super::{Memory, client, read, unix};
use crate::http::{Answer, Request};
use crate::identity::sign_in::{Verdict, judge};
use crate::identity::visit::{Content, check_fields, check_transport, field, misuse};
use crate::random;
use crate::service::Call;
use crate::shared::Shared;

/// A device that waits for approval.
pub(super) struct Device {
    pub client: String,
    user_code: String,
    expires_at: i64,
    polls: u32,
    last_poll: Option<OffsetDateTime>,
    decision: Option<Decision>,
}

#[derive(Clone)]
enum Decision {
    Allowed(String),
    Denied,
}

/// What a poll finds.
pub(super) enum Poll {
    Pending,
    TooSoon,
    Expired,
    Denied,
    Approved(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StartDeviceAuthorization {
    client_id: String,
    client_secret: String,
    start_url: String,
}

pub(super) fn start(request: &Request, shared: &Shared) -> Result<Value, Refusal> {
    let input: StartDeviceAuthorization = read(request)?;
    let world = shared.world();
    let (now, center) = (unix(world.now()), &world.identity_center);
    let client = client::known(center, &input.client_id, &input.client_secret, now)?;
    if input.start_url != center.start_url {
        return Err(invalid_request("startUrl is not that of a portal here"));
    }
    if !client.may(client::DEVICE) {
        return Err(Refusal::new("UnauthorizedClientException", "the client did not register for this grant"));
    }
    let (device_code, letters) = (random::base64::<64>(), random::base32::<8>());
    let user_code = format!("{}-{}", &letters[..4], &letters[4..]);
    let device = Device {
        client: client.id,
        user_code: user_code.clone(),
        expires_at: now + center.device.seconds,
        polls: 0,
        last_poll: None,
        decision: None,
    };
    shared.with_state(|memory: &mut Memory| memory.devices.insert(device_code.clone(), device));
    let page = format!("{}{DEVICE}", shared.https_url());
    Ok(json!({
        "deviceCode": device_code,
        "userCode": user_code,
        "verificationUri": page,
        "verificationUriComplete": format!("{page}?user_code={user_code}"),
        "expiresIn": center.device.seconds,
        "interval": center.device.interval,
    }))
}

/// Counts a poll and says how it stands.
pub(super) fn poll(device: &mut Device, page: &DevicePage, now: i64) -> Poll {
    if device.expires_at <= now {
        return Poll::Expired;
    }
    let at = OffsetDateTime::now_utc();
    // A tenth of a second for the way here.
    let least = time::Duration::seconds(page.interval) - time::Duration::milliseconds(100);
    if device.last_poll.replace(at).is_some_and(|last| at - last < least) {
        return Poll::TooSoon;
    }
    device.polls += 1;
    let scripted = page
        .person
        .as_ref()
        .filter(|_| device.polls > page.after_polls)
        .map(|person| if page.allows { Decision::Allowed(person.clone()) } else { Decision::Denied });
    match device.decision.clone().or(scripted) {
        None => Poll::Pending,
        Some(Decision::Denied) => Poll::Denied,
        Some(Decision::Allowed(person)) => Poll::Approved(person),
    }
}

/// The page where a person brings the code and signs in.
pub(super) fn sign_in(request: &Request, call: &Call, shared: &Shared) -> Answer {
    if let Err(refusal) = check_transport(request) {
        return refusal;
    }
    let world = shared.world();
    let pages = Pages::new(request, &world);
    if request.method == "GET" {
        return pages.device(field(call, "user_code"), "");
    }
    let form = [("user_code", Content::Typed), ("username", Content::Typed), ("password", Content::Typed)];
    if let Err(refusal) = check_fields(request, &form) {
        return refusal;
    }
    let (user_code, now) = (field(call, "user_code"), unix(world.now()));
    let found = shared.with_state(|memory: &mut Memory| {
        let waits = |device: &Device| device.user_code == user_code && device.expires_at > now;
        memory
            .devices
            .iter()
            .find(|(_, device)| waits(device))
            .map(|(code, device)| (code.clone(), device.client.clone()))
    });
    let Some((device_code, client)) = found else {
        return pages.device("", "That code is not valid. Check it, or start anew.");
    };
    match judge(&world, field(call, "username"), field(call, "password")) {
        (Verdict::Welcome, Some(person)) => {
            let number = random::request_id();
            let approval = (person.name.clone(), device_code);
            shared.with_state(|memory: &mut Memory| memory.approvals.insert(number.clone(), approval));
            let name = world.identity_center.client(&client).map_or("", |client| client.name.as_str());
            pages.allow(&number, name)
        }
        _ => pages.device(user_code, "The user name or password is incorrect."),
    }
}

/// The answer to the question whether the device may.
pub(super) fn approve(request: &Request, call: &Call, shared: &Shared) -> Answer {
    let number = field(call, "approval").to_owned();
    let form = [("approval", Content::Given(number.clone())), ("choice", Content::Either("allow", "deny"))];
    if let Err(refusal) = check_transport(request).and_then(|()| check_fields(request, &form)) {
        return refusal;
    }
    let allowed = field(call, "choice") == "allow";
    let done = shared.with_state(|memory: &mut Memory| {
        let (person, device_code) = memory.approvals.remove(&number)?;
        let decision = if allowed { Decision::Allowed(person) } else { Decision::Denied };
        memory.devices.get_mut(&device_code)?.decision = Some(decision);
        Some(())
    });
    let world = shared.world();
    let pages = Pages::new(request, &world);
    match (done, allowed) {
        (None, _) => misuse(400, "this request is over, or never began here."),
        (Some(()), true) => pages.note(200, "Request approved", "You can close this window."),
        (Some(()), false) => pages.note(200, "Request denied", "You can close this window."),
    }
}
