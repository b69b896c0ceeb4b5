//! The conformance cases of the official Python driver, PY-001 to PY-213, as far as no other test has them: each row is a
//! case under its id, with what is set and what must come. Where ours differs on purpose the row says why.
//! [`index`] says of every id where it is.

mod adfs;
mod calls;
mod case;
mod entra;
mod index;
mod okta;
mod profiles;
mod saml;
mod tokens;

use crate::probe::Dsn;
use crate::saml_plugins::Provider;
use rs_auth_sandbox::identity::PASSWORD;
use rs_auth_sandbox::{FaultAction, Sandbox};

const ADFS: Provider = Provider {
    plugin: "ADFS",
    entry: "adfs",
    required: &["idp_host"],
    user_field: "UserName",
    password_field: "Password",
};

/// Alice, at AD FS: where a case is about what comes after any provider of SAML responses.
fn alice(sandbox: &Sandbox) -> Dsn {
    ADFS.dsn_of(sandbox, "alice", PASSWORD)
}

/// A page or an answer in place of the provider's own.
fn respond(status: u16, body: impl Into<String>) -> FaultAction {
    FaultAction::Respond { status, headers: vec![("Content-Type".into(), "text/html".into())], body: body.into() }
}
