//! What is kept for the next sign-in beside its result: refresh tokens and registrations of this client. Where it is kept,
//! and whether it is, is decided elsewhere; nothing here can fail a login.

use super::prompt::Attendance;
use crate::secret::SecretString;
use std::fmt;
use std::sync::Arc;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code)] // for the plugins that register with a provider
pub(crate) enum Document<'a> {
    /// Of the identity that is signing in. `rs_auth_forget` forgets it.
    RefreshToken,
    /// Of this program at a provider, which everybody shares who asks for the same: all that the registration was made of
    /// (issuer, region, redirect address, scopes).
    ClientRegistration(&'a [&'a str]),
}

/// A place where documents are kept.
pub(crate) trait Keeper: Send + Sync {
    fn load(&self, document: Document<'_>) -> Option<SecretString>;
    fn save(&self, document: Document<'_>, text: &SecretString, expires_at: Option<i64>);
    fn remove(&self, document: Document<'_>);
}

/// The documents of one login. Without a keeper nothing is found and nothing is kept.
#[derive(Clone, Default)]
pub(crate) struct Store {
    keeper: Option<Arc<dyn Keeper>>,
    attendance: Attendance,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

#[allow(dead_code)] // for the plugins that sign in through a browser
impl Store {
    /// One that keeps with `keeper`, and tells `attendance` of what stands on an earlier sign-in.
    pub(crate) fn new(keeper: Arc<dyn Keeper>, attendance: Attendance) -> Self {
        Self { keeper: Some(keeper), attendance }
    }

    /// Whether what is saved is kept: what nobody keeps need not be asked for.
    pub(crate) fn keeps(&self) -> bool {
        self.keeper.is_some()
    }

    /// The text that was kept, unless its time is over. What a refresh token brings counts as brought by the person who
    /// signed in for it.
    pub(crate) fn load(&self, document: Document<'_>) -> Option<SecretString> {
        let found = self.keeper.as_ref()?.load(document);
        if found.is_some() && document == Document::RefreshToken {
            self.attendance.note();
        }
        found
    }

    /// Keeps a text until `expires_at` (milliseconds since 1970), or until it is removed. At once: a refresh token that was
    /// rotated must be kept before its access token is used.
    pub(crate) fn save(&self, document: Document<'_>, text: &SecretString, expires_at: Option<i64>) {
        if let Some(keeper) = &self.keeper {
            keeper.save(document, text, expires_at);
        }
    }

    /// Drops what was kept: it was refused for good.
    pub(crate) fn remove(&self, document: Document<'_>) {
        if let Some(keeper) = &self.keeper {
            keeper.remove(document);
        }
    }
}
