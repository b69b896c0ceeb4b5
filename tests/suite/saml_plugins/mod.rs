//! Plugins that sign in at the web pages of an identity provider and bring a SAML response home.

pub mod adfs;
mod integrated;
pub mod ping;
mod roles;
mod shared;
mod standard;

use crate::network::closed_port;
use crate::probe::Dsn;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::PASSWORD;

pub const ALICE: &str = "alice";
pub const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";
pub const LONG_ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-long-role";

pub const ASK_OTP: i32 = 3;
pub const SHOW_NUMBER: i32 = 4;
pub const PUSH_SENT: i32 = 5;
pub const PICK_ROLE: i32 = 6;

/// A provider's part in the standard cases.
pub struct Provider {
    pub plugin: &'static str,
    /// The middle of the plugin-named function.
    pub entry: &'static str,
    /// Keys without which it cannot start.
    pub required: &'static [&'static str],
    /// The field that holds the user's name in its form.
    pub user_field: &'static str,
    pub password_field: &'static str,
}

pub const SIGN_IN_PAGE: &str = "SignInPage";
pub const SIGN_IN: &str = "SignIn";
pub const STS: &str = "AssumeRoleWithSAML";
pub const REDSHIFT: &str = "GetClusterCredentials";

impl Provider {
    /// A login of alice at the sandbox's pages, with everything that it needs.
    pub fn dsn(&self, sandbox: &Sandbox) -> Dsn {
        self.dsn_of(sandbox, ALICE, PASSWORD)
    }

    pub fn dsn_of(&self, sandbox: &Sandbox, user: &str, password: &str) -> Dsn {
        let https = sandbox.https_url();
        let (_, port) = https.rsplit_once(':').unwrap();
        Dsn::cluster(sandbox)
            .without("DbUser")
            .set("plugin_name", self.plugin)
            .set("idp_host", "127.0.0.1")
            .set("idp_port", port)
            .set("UID", user)
            .set("PWD", password)
            .set("CaFile", &sandbox.ca_file().display().to_string())
    }

    /// The same where nobody listens.
    pub fn nowhere(&self, sandbox: &Sandbox) -> Dsn {
        self.dsn(sandbox).set("idp_port", &closed_port().to_string())
    }
}
