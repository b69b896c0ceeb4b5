//! The shapes of a SAML response. Providers differ in all of this, and all of it means the same.

use serde::{Deserialize, Serialize};

/// How SAML responses are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that a response does or does not")]
pub struct AssertionShape {
    /// The namespace prefixes.
    pub prefix: Prefix,
    /// Which of role and provider comes first in a pair.
    pub order: PairOrder,
    /// Blanks and a line break around the comma of a pair.
    pub spaced_pairs: bool,
    /// How text is written in XML.
    pub text: TextStyle,
    /// An attribute of so many bytes that nobody asked for stands before the others. STS takes 100,000 characters of base 64 in all.
    pub padding_bytes: usize,
    /// The base 64 is broken by CRLF every 76 characters (RFC 2045).
    pub wrapped_lines: bool,
    /// The assertion is encrypted for the service provider.
    pub encrypted: bool,
    /// No assertion, but this second-level status, such as `urn:oasis:names:tc:SAML:2.0:status:AuthnFailed`.
    pub status: Option<String>,
    /// The attribute `Role` is left out, whatever the person has.
    pub no_roles: bool,
    /// Its time was over an hour ago.
    pub expired: bool,
}

/// Namespace prefixes of the assertion and of the protocol around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefix {
    /// `saml2:` and `saml2p:`, as Okta and Shibboleth write them.
    Saml2,
    /// `saml:` and `samlp:`, as PingFederate does.
    #[default]
    Saml,
    /// None, but default namespaces, as AD FS and Entra write their assertions.
    None,
    /// Some that nobody else uses.
    Odd,
}

/// The order of a pair in the attribute `Role`. AWS takes both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairOrder {
    /// As each [`RoleGrant`](super::RoleGrant) says.
    #[default]
    AsGranted,
    /// Role, provider.
    RoleFirst,
    /// Provider, role.
    ProviderFirst,
}

/// How the text of an element is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextStyle {
    /// As it is, with the entities that it needs.
    #[default]
    Plain,
    /// With numeric character references also where none are needed.
    Entities,
    /// In CDATA sections, two to a text.
    Cdata,
}
