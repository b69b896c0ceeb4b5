//! The plugins that are built in: one line each.

use super::{Plugin, default_chain, instance_profile, profile, static_keys};

/// In the order of the functions in the header.
static PLUGINS: [&dyn Plugin; 4] =
    [&static_keys::StaticKeys, &profile::Profile, &instance_profile::InstanceProfile, &default_chain::DefaultChain];

/// The plugin with this canonical name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Plugin> {
    PLUGINS.iter().copied().find(|plugin| plugin.name() == name)
}

/// How many there are.
pub(crate) fn count() -> usize {
    PLUGINS.len()
}

/// The canonical name at `index`.
pub(crate) fn name(index: usize) -> Option<&'static str> {
    PLUGINS.get(index).map(|plugin| plugin.name())
}

/// All canonical names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|plugin| plugin.name())
}
