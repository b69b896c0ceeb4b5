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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::life::Life;
    use crate::credentials::{Kind, NativeToken};
    use crate::dsn::settings::{Settings, Source};
    use crate::options::Options;
    use crate::ports::clock::Clock;
    use crate::process;
    use crate::secret::secret;
    use std::sync::Arc;

    fn identity(token: &str) -> Identity {
        let token = NativeToken { token: secret(token), token_type: None, idp_type: None, expires_at: None };
        Identity { held: Held::Token(token, String::new()), by_person: true, obtained_at: 0 }
    }

    #[test]
    fn a_newer_token_than_the_refused_one_stays() {
        let (state, options) = (process::state(), Options::default());
        let now = Clock::real().now_ms();
        let life = Life { from: now, until: now + 3_600_000 };
        // What was handed out, what stands in memory now, and whether that is dropped.
        for (name, handed_out, kept, is_dropped) in
            [("a", Some("old"), "old", true), ("b", Some("old"), "new", false), ("c", None, "new", true)]
        {
            let settings = Settings::from_pairs([("plugin_name", name)], Source::Argument);
            let keys = KeyRing::new(&settings, None, &options);
            state.identities().put(keys.identity(), identity(kept), life, now);
            if let Some(token) = handed_out {
                let credentials =
                    Credentials { token: Some(secret(token)), ..Credentials::empty(Kind::NativeToken, name) };
                state.results().put(keys.result(), Arc::new(credentials), life, now);
            }
            let refused = drop_from_memory(state, &keys, Wanted::Login);
            assert_eq!(refused, Refused::This(fingerprint_of(handed_out.unwrap_or(kept))), "{name}");
            assert_eq!(state.identities().get(&keys.identity(), now).is_none(), is_dropped, "{name}");
            assert!(state.results().get(&keys.result(), now).is_none());
        }
        let settings = Settings::from_pairs([("plugin_name", "d")], Source::Argument);
        let keys = KeyRing::new(&settings, None, &options);
        assert_eq!(drop_from_memory(state, &keys, Wanted::Login), Refused::TokenThere);
        assert_eq!(drop_from_memory(state, &keys, Wanted::AwsKeys), Refused::KeysThere);
        let password = Credentials { password: Some(secret("p")), ..Credentials::empty(Kind::DbPassword, "d") };
        state.results().put(keys.result(), Arc::new(password), life, now);
        assert_eq!(drop_from_memory(state, &keys, Wanted::Login), Refused::Nothing);
    }
}
