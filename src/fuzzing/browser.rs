//! What comes back from a browser: over the loopback listener, or pasted by a person.

use super::{CANARY, keeps_secrets, run, text};
use crate::error::{AuthError, Stage, Status};
use crate::ports::listener::{Expected, fuzzed, read_pasted};
use crate::protocol::pkce::State;
use crate::protocol::saml;
use crate::secret::ExposeSecret;
use std::sync::Arc;

/// What the seeds have in their `state`.
fn state() -> Arc<State> {
    Arc::new(State::new(&[7; 32]))
}

/// As the plugins judge a response: by whether it can be read.
fn expectations() -> [Expected; 2] {
    [
        Expected::Code { state: state() },
        Expected::SamlResponse {
            judge: |response| {
                let fault = || AuthError::new(Status::AssertionInvalid, Stage::Assertion, "no role in it");
                saml::read(response).and_then(|read| if read.roles.is_empty() { Err(fault()) } else { Ok(()) })
            },
        },
    ]
}

/// Whether the state can stand in the bytes: plainly, or escaped.
fn may_hold_state(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains(state().as_str()) || bytes.contains(&b'%')
}

/// The bytes of a connection to the listener.
pub fn listener(bytes: &[u8]) {
    for (index, expected) in expectations().iter().enumerate() {
        let met = run(fuzzed::meet(bytes, expected));
        let answer = String::from_utf8_lossy(&met.answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.") && answer.contains("\r\n\r\n"), "{answer}");
        let status: Option<u16> = answer.split(' ').nth(1).and_then(|digits| digits.parse().ok());
        assert!(answer.is_empty() || status.is_some_and(|status| (200..500).contains(&status)), "{answer}");
        // An Origin is given back to who asked with it, and logged.
        let tells_origin = bytes.to_ascii_lowercase().windows(7).any(|window| window == b"origin:");
        let told = |secret: &str| answer.contains(secret) || met.lines.contains(secret);
        assert!(tells_origin || index == 1 || !told(state().as_str()), "{answer}{}", met.lines);
        match met.found {
            Some(Ok(value)) => {
                assert!(index == 1 || may_hold_state(bytes), "an answer that belongs to another sign-in");
                assert!(!value.expose_secret().is_empty() && status == Some(200));
                let is_long = value.expose_secret().len() >= 12;
                assert!(tells_origin || !is_long || !told(value.expose_secret()), "what the browser brought is told");
            }
            Some(Err(error)) => assert!(error.status() != Status::Internal && status == Some(400), "{error}"),
            None => assert!(status != Some(200) || answer.len() < 1000 || bytes.starts_with(b"HEAD"), "{answer}"),
        }
    }
}

/// What a person pastes.
pub fn pasted_url(bytes: &[u8]) {
    let pasted = text(bytes);
    for (index, expected) in expectations().iter().enumerate() {
        match read_pasted(&pasted, fuzzed::PATH, expected) {
            Ok(value) => {
                assert!(!value.expose_secret().is_empty());
                assert!(index == 1 || may_hold_state(bytes), "an answer that belongs to another sign-in");
            }
            Err(error) => assert!(error.status() != Status::Internal && !error.message().is_empty()),
        }
        for with in [format!("{}&code={CANARY}", pasted.expose_secret()), format!("{CANARY}{}", pasted.expose_secret())]
        {
            // The identity provider's own words are shown.
            if !with.contains("error") && !with.contains('%') {
                let _ =
                    read_pasted(&text(with.as_bytes()), fuzzed::PATH, expected).map_err(|error| keeps_secrets(&error));
            }
        }
    }
}
