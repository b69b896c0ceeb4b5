//! `Profile`: an AWS profile of the shared config files; without a name the AWS default profile.

use super::{Plugin, Proof, Proving, ready};
use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::ports::Ports;

pub(crate) struct Profile;

impl Plugin for Profile {
    fn name(&self) -> &'static str {
        "Profile"
    }

    fn required(&self) -> &'static [Key] {
        &[]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn prove<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Proving<'a> {
        let name = settings.text(Key::Profile).map(str::to_owned);
        ready(Ok(Proof::Aws(AwsSource::Profile(name))))
    }
}
