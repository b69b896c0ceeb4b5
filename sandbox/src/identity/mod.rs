//! Identity providers: who can sign in, what their assertions look like, and how the pages are written that ask for a password.

mod assertion;
mod factor;
mod page;
mod people;
mod person;
mod response;

use serde::{Deserialize, Serialize};

pub use assertion::{AssertionShape, PairOrder, Prefix, TextStyle};
pub use factor::{Factor, FactorKind, PushOutcome, totp};
pub use page::{ActionStyle, AttributeOrder, PageShape, Quoting};
pub use people::{BOB_PASSWORD, PASSWORD, TOTP_SEED, people};
pub use person::{AccountState, Person, RoleGrant};
pub(crate) use response::saml_response;

/// How the identity providers write what they send.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityPages {
    /// The SAML responses.
    pub assertion: AssertionShape,
    /// The HTML pages.
    pub page: PageShape,
}
