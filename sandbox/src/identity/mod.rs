//! Identity providers: who can sign in, what their assertions look like, and how the pages are written that ask for a password.

pub(crate) mod adfs;
mod assertion;
pub(crate) mod browser_saml;
pub(crate) mod entra;
mod factor;
pub(crate) mod html;
pub(crate) mod okta;
mod page;
mod people;
mod person;
pub(crate) mod ping;
mod response;
pub(crate) mod sign_in;
pub(crate) mod visit;

use serde::{Deserialize, Serialize};

pub use adfs::{AdfsPages, INTEGRATED};
pub use assertion::{AssertionShape, PairOrder, Prefix, TextStyle};
pub use browser_saml::BrowserSamlPages;
pub use entra::{EntraTenant, FieldOrder};
pub use factor::{Factor, FactorKind, PushOutcome, totp};
pub use okta::{OktaEngine, OktaOrg};
pub use page::{ActionStyle, AttributeOrder, PageShape, Quoting};
pub use people::{BOB_PASSWORD, PASSWORD, TOTP_SEED, people};
pub use person::{AccountState, Person, RoleGrant};
pub use ping::{PingPages, PingTarget};
pub(crate) use response::{bare_assertion, saml_response};

/// How the identity providers write what they send.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityPages {
    /// The SAML responses.
    pub assertion: AssertionShape,
    /// The HTML pages.
    pub page: PageShape,
    /// The SAML provider for browsers.
    pub browser_saml: BrowserSamlPages,
    /// AD FS.
    pub adfs: AdfsPages,
    /// Okta.
    pub okta: OktaOrg,
    /// PingFederate.
    pub ping: PingPages,
}
