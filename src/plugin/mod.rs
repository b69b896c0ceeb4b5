//! Identity methods. A plugin turns its settings into a [`Proof`] and stops: it knows nothing of STS, Redshift, caches
//! or C.

pub(crate) mod registry;

mod default_chain;
mod instance_profile;
mod profile;
pub(crate) mod static_keys;

use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use std::future::Future;
use std::pin::Pin;

/// What a plugin proves: who asks, in the form in which the exchange can use it.
#[derive(Debug)]
pub(crate) enum Proof {
    /// AWS keys, or where the AWS chain finds them.
    Aws(AwsSource),
}

/// The answer of a plugin. It need not be `Send`: a login stays on its thread.
pub(crate) type Proving<'a> = Pin<Box<dyn Future<Output = Result<Proof, AuthError>> + 'a>>;

/// One identity method.
pub(crate) trait Plugin: Sync {
    /// The canonical name: in errors, in the catalogue, from `rs_auth_credentials_plugin`.
    fn name(&self) -> &'static str;

    /// The keys without which it cannot start. Checked once, before [`Plugin::prove`].
    fn required(&self) -> &'static [Key];

    /// What a login by it ends in.
    fn yields(&self) -> Kind;

    /// The work. Everything outside goes through `ports`.
    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a>;
}

/// A proof that needs no waiting.
fn ready<'a>(proof: Result<Proof, AuthError>) -> Proving<'a> {
    Box::pin(std::future::ready(proof))
}
