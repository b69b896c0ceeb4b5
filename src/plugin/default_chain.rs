//! `Default`: the AWS default credentials chain.

use super::{Plugin, Proof, Proving, ready};
use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::ports::Ports;

pub(crate) struct DefaultChain;

impl Plugin for DefaultChain {
    fn name(&self) -> &'static str {
        "Default"
    }

    fn required(&self) -> &'static [Key] {
        &[]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn prove<'a>(&'a self, _: &'a Settings, _: &'a Ports) -> Proving<'a> {
        ready(Ok(Proof::Aws(AwsSource::Default)))
    }
}
