//! `InstanceProfile`: the role of the EC2 instance, from the instance metadata service.

use super::{Plugin, Proof, Proving, ready};
use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::ports::Ports;

pub(crate) struct InstanceProfile;

impl Plugin for InstanceProfile {
    fn name(&self) -> &'static str {
        "InstanceProfile"
    }

    fn required(&self) -> &'static [Key] {
        &[]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn prove<'a>(&'a self, _: &'a Settings, _: &'a Ports) -> Proving<'a> {
        ready(Ok(Proof::Aws(AwsSource::InstanceProfile)))
    }
}
