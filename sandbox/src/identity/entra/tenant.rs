//! A tenant of Microsoft Entra ID with its one application.

use serde::{Deserialize, Serialize};

/// A tenant, and the application that Redshift is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntraTenant {
    /// Its id, a GUID.
    pub tenant: String,
    /// Its domains, by which it is called as well.
    pub domains: Vec<String>,
    /// The application's id, which is also the resource that tokens are for.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: String,
    /// Whether an administrator has consented to the application.
    pub consented: bool,
    /// Names of people whom a conditional access policy keeps out.
    pub blocked: Vec<String>,
}

impl EntraTenant {
    /// Whether that is one of its names, in any case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.tenant).chain(&self.domains).any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl Default for EntraTenant {
    fn default() -> Self {
        Self {
            tenant: "8b7a1f3c-52d0-4e6b-9c1e-0a2f4d6b8c10".to_owned(),
            domains: vec!["contoso.example".to_owned()],
            client_id: "3f9d2c71-6a84-4b0e-8d55-7e1c9a0b2d34".to_owned(),
            client_secret: "sandbox~Client.Secret_+/&=%".to_owned(),
            consented: true,
            blocked: Vec::new(),
        }
    }
}
