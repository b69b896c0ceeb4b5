//! What Entra remembers between requests: sign-ins that go on in a browser, codes, refresh tokens, devices.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use crate::identity::sign_in::Pending;

/// All of it.
#[derive(Default)]
pub(super) struct Memory {
    /// Sign-ins by the token that their pages carry.
    pub flows: HashMap<String, Flow>,
    /// Authorization codes.
    pub codes: HashMap<String, Code>,
    pub refresh_tokens: HashMap<String, Refresh>,
    /// Devices by their device code.
    pub devices: HashMap<String, Device>,
    /// People who have consented to the application.
    pub consents: HashSet<String>,
}

/// The two versions of the endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// A sign-in in a browser.
#[derive(Clone)]
pub(super) struct Flow {
    pub purpose: Purpose,
    /// Who has typed the right password.
    pub person: Option<String>,
    pub pending: Option<Pending>,
}

/// What a sign-in is for.
#[derive(Clone)]
pub(super) enum Purpose {
    /// To send a code to a listener.
    Code(Authorization),
    /// To let a device in; its device code.
    Device(String),
}

/// What was asked of the authorization endpoint.
#[derive(Clone, Debug)]
pub(super) struct Authorization {
    pub version: Version,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<String>,
    pub scope: String,
    pub form_post: bool,
    pub login_hint: String,
    pub asks_consent: bool,
}

/// An authorization code.
pub(super) struct Code {
    pub authorization: Authorization,
    pub person: String,
    pub expires: i64,
    pub redeemed: bool,
}

/// A refresh token.
pub(super) struct Refresh {
    pub version: Version,
    pub person: String,
    pub scope: String,
    pub issued: i64,
    pub expires: i64,
    pub exchanged: bool,
}

/// A device that waits for somebody to let it in.
pub(super) struct Device {
    pub user_code: String,
    pub scope: String,
    pub expires: i64,
    pub asked: Option<Instant>,
    pub decision: Decision,
}

/// What somebody has decided about a device.
#[derive(Clone, PartialEq)]
pub(super) enum Decision {
    Pending,
    Approved(String),
    Declined,
}

impl Memory {
    /// Decides for whoever sees that code: this person, or nobody. False if there is no such code.
    pub fn decide(&mut self, user_code: &str, person: Option<&str>) -> bool {
        let device = self.devices.values_mut().find(|device| device.user_code.eq_ignore_ascii_case(user_code));
        device
            .map(|device| {
                device.decision = person.map_or(Decision::Declined, |name| Decision::Approved(name.to_owned()));
            })
            .is_some()
    }
}
