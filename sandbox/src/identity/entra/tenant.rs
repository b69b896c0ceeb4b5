//! A tenant of Microsoft Entra ID with its one application.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// A tenant, and the application that Redshift is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that a tenant does or does not")]
pub struct EntraTenant {
    /// Its id, a GUID.
    pub tenant: String,
    /// Its domains, by which it is called as well.
    pub domains: Vec<String>,
    /// The application's id, which is also the resource that tokens are for.
    pub client_id: String,
    /// The application's secret. Only the password grant wants it.
    pub client_secret: String,
    /// The scope that the application exposes.
    pub scope: String,
    /// Where codes may be sent. The port of loopback does not count.
    pub redirect_uris: Vec<String>,
    /// Whether an administrator has consented to the application. If not, each person is asked once, in a browser.
    pub consented: bool,
    /// Names of people whom a conditional access policy keeps out.
    pub blocked: Vec<String>,
    /// Names of people whose refresh tokens have been revoked.
    pub revoked: Vec<String>,
    /// The order of fields in which a code comes back.
    pub field_order: FieldOrder,
    /// Codes have characters in them that a form encodes.
    pub awkward_codes: bool,
    /// Seconds that a code holds.
    pub code_seconds: i64,
    /// Seconds that an access token holds.
    pub access_token_seconds: i64,
    /// Seconds that a refresh token holds.
    pub refresh_token_seconds: i64,
    /// A new refresh token comes with each exchange of one. Otherwise none does, and the old one goes on.
    pub rotates_refresh_tokens: bool,
    /// A refresh token that was exchanged for a new one still does. Microsoft's own do for a while.
    pub keeps_old_refresh_tokens: bool,
    /// Seconds that a device must let pass between two questions.
    pub device_interval_seconds: u64,
    /// Seconds that the code of a device holds.
    pub device_code_seconds: i64,
    /// Who asks too often is told to slow down. Microsoft's does not say that it does, RFC 8628 wants it.
    pub slows_down: bool,
    /// The status of pages that say what is wrong with an authorization request.
    pub error_page_status: u16,
}

/// The order of fields of an answer to the listener.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOrder {
    /// `code`, `state`, `session_state`: Microsoft's, and the only one that the official Python driver reads.
    #[default]
    CodeFirst,
    /// `state`, `session_state`, `code`
    StateFirst,
    /// `session_state`, `code`, `state`
    SessionStateFirst,
}

impl EntraTenant {
    /// Whether that is one of its names, in any case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.tenant).chain(&self.domains).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether codes may be sent there.
    pub(crate) fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris
            .iter()
            .any(|known| known == uri || without_port(known).is_some_and(|known| without_port(uri) == Some(known)))
    }

    /// Whether each of these scopes is one that can be asked for.
    pub(crate) fn unknown_scope<'a>(&self, scope: &'a str) -> Option<&'a str> {
        let default = [format!("{}/.default", self.client_id), format!("api://{}/.default", self.client_id)];
        let known = |one: &str| {
            matches!(one, "openid" | "profile" | "email" | "offline_access")
                || one == self.scope
                || default.contains(&one.to_owned())
        };
        scope.split_whitespace().find(|one| !known(one))
    }
}

/// A URL of loopback by http without its port (RFC 8252, 7.3); `None` for any other.
fn without_port(uri: &str) -> Option<Url> {
    let mut url = Url::parse(uri).ok()?;
    let loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    (loopback && url.scheme() == "http").then(|| {
        let _ = url.set_port(None);
        url
    })
}

impl Default for EntraTenant {
    fn default() -> Self {
        let client_id = "3f9d2c71-6a84-4b0e-8d55-7e1c9a0b2d34";
        Self {
            tenant: "8b7a1f3c-52d0-4e6b-9c1e-0a2f4d6b8c10".to_owned(),
            domains: vec!["contoso.example".to_owned()],
            client_id: client_id.to_owned(),
            client_secret: "sandbox~Client.Secret_+/&=%".to_owned(),
            scope: format!("api://{client_id}/jdbc_login"),
            redirect_uris: vec!["http://localhost/redshift/".to_owned()],
            consented: true,
            blocked: Vec::new(),
            revoked: Vec::new(),
            field_order: FieldOrder::default(),
            awkward_codes: false,
            code_seconds: 600,
            access_token_seconds: 3599,
            refresh_token_seconds: 90 * 24 * 3600,
            rotates_refresh_tokens: true,
            keeps_old_refresh_tokens: false,
            device_interval_seconds: 5,
            device_code_seconds: 900,
            slows_down: true,
            error_page_status: 400,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_but_for_the_port() {
        let tenant = EntraTenant::default();
        for (uri, expected) in [
            ("http://localhost:7890/redshift/", true),
            ("http://localhost/redshift/", true),
            ("http://localhost:7890/redshift", false),
            ("http://localhost:7890/", false),
            ("http://127.0.0.1:7890/redshift/", false),
            ("https://localhost:7890/redshift/", false),
            ("http://localhost:7890/redshift/?x=1", false),
            ("http://example.com/redshift/", false),
            ("", false),
        ] {
            assert_eq!(tenant.redirects_to(uri), expected, "{uri}");
        }
    }
}
