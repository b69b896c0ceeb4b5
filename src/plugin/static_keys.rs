//! `Static`: AWS keys in the settings.

use super::{Plugin, Proof, Proving, given_keys, ready};
use crate::credentials::{AwsSource, Kind};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::ports::Ports;

pub(crate) struct StaticKeys;

impl Plugin for StaticKeys {
    fn name(&self) -> &'static str {
        "Static"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::AccessKeyId]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn prove<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Proving<'a> {
        let keys = given_keys::keys(settings).and_then(|keys| keys.ok_or_else(|| Key::AccessKeyId.missing("Static")));
        ready(keys.map(|keys| Proof::Aws(AwsSource::Static(keys))))
    }
}
