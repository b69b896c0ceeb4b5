//! The plugins that are built in: one line each.

use super::{Plugin, default_chain, instance_profile, profile, static_keys};
use crate::error::{AuthError, Status};

/// In the order of the functions in the header.
static PLUGINS: [&dyn Plugin; 4] =
    [&static_keys::StaticKeys, &profile::Profile, &instance_profile::InstanceProfile, &default_chain::DefaultChain];

/// The plugin with this canonical name.
pub(crate) fn require(name: &str) -> Result<&'static dyn Plugin, AuthError> {
    PLUGINS.iter().copied().find(|plugin| plugin.name() == name).ok_or_else(|| {
        let message = format!("the plugin {name} is not built in yet");
        AuthError::of_call(Status::NotSupported, message).of_plugin(name)
    })
}

/// All canonical names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|plugin| plugin.name())
}
