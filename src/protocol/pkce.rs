//! Proof of the browser flows that the answer belongs to the question: PKCE (RFC 7636) and `state` (RFC 6749, 10.12).
//! Randomness comes from the caller.

use crate::secret::{ExposeSecret, SecretString, secret};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// How [`Pkce::challenge`] is made.
pub const METHOD: &str = "S256";

/// A verifier, which goes to the token endpoint, and its challenge, which goes through the browser.
#[derive(Debug)]
pub struct Pkce {
    /// 43 characters.
    pub verifier: SecretString,
    /// The verifier's SHA-256 in base64url.
    pub challenge: String,
}

impl Pkce {
    /// Makes a verifier of 32 random bytes, as RFC 7636 recommends in 4.1.
    pub fn new(random: &[u8; 32]) -> Self {
        let verifier = secret(BASE64_URL_SAFE_NO_PAD.encode(random));
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose_secret()));
        Self { verifier, challenge }
    }
}

/// What the browser has to bring back: 43 characters that no URL needs to escape.
pub struct State(SecretString);

impl State {
    /// Makes a state of 32 random bytes.
    pub fn new(random: &[u8; 32]) -> Self {
        Self(secret(BASE64_URL_SAFE_NO_PAD.encode(random)))
    }

    /// For the URL that the browser opens.
    pub fn as_str(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether `answer` is this state; how long that takes tells nothing of how much of it was right.
    pub fn matches(&self, answer: &str) -> bool {
        let (ours, theirs) = (self.as_str().as_bytes(), answer.as_bytes());
        let difference = ours.iter().zip(theirs).fold(0, |difference, (a, b)| difference | (a ^ b));
        ours.len() == theirs.len() && difference == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_rfc() {
        let random = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
            240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let pkce = Pkce::new(&random);
        assert_eq!(pkce.verifier.expose_secret(), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(!format!("{pkce:?}").contains("dBjft"));
    }

    proptest! {
        #[test]
        fn only_the_same_state_matches(random: [u8; 32], other: [u8; 32], cut in 0..43usize) {
            let state = State::new(&random);
            let text = state.as_str().to_owned();
            prop_assert_eq!(text.len(), 43);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
            prop_assert!(state.matches(&text));
            prop_assert!(!state.matches(&text[..cut]));
            prop_assert!(!state.matches(&(text.clone() + "x")));
            prop_assert_eq!(state.matches(State::new(&other).as_str()), random == other);
        }
    }
}
