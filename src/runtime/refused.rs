//! The policy REFRESH: what the server or AWS refused is what was handed out, keys to those who wanted keys, a password or
//! token to the others. Nobody else is to get it, whether or not it can be replaced now.

use super::Wanted;
use super::key_ring::KeyRing;
use crate::cache::disk::{Refused, fingerprint, fingerprint_of};
use crate::credentials::{Credentials, Held, Identity};
use crate::process::State;
use crate::secret::ExposeSecret;

/// Drops it from memory, and says what is not to be taken from the disk either. Another process may have replaced it there
/// already: that is good.
pub(super) fn drop_from_memory(state: &State, keys: &KeyRing<'_>, wanted: Wanted) -> Refused {
    let identity = keys.identity();
    if wanted == Wanted::AwsKeys {
        let refused = state.identities().take(&identity);
        return refused.map_or(Refused::KeysThere, |refused| Refused::This(fingerprint(&refused)));
    }
    let handed_out = state.results().take(&keys.result());
    if handed_out.as_ref().is_some_and(|credentials| credentials.token.is_none()) {
        return Refused::Nothing;
    }
    let token = handed_out.as_deref().and_then(token_of);
    // The token of a sign-in is what was handed out; its AWS keys are what stands behind that.
    let is_refused = |identity: &Identity| {
        let is_token = matches!(identity.held, Held::Token(..));
        is_token && token.is_none_or(|token| token == fingerprint(identity))
    };
    let dropped = state.identities().take_if(&identity, is_refused);
    match token.or(dropped.as_ref().map(fingerprint)) {
        Some(fingerprint) => Refused::This(fingerprint),
        None => Refused::TokenThere,
    }
}

fn token_of(credentials: &Credentials) -> Option<crate::cache::key::CacheKey> {
    credentials.token.as_ref().map(|token| fingerprint_of(token.expose_secret()))
}
