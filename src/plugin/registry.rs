//! The plugins that are built in: one line each.

use super::{
    Plugin, adfs, azure_ad, basic_native_saml, basic_saml, browser_azure_ad, browser_azure_ad_oauth2, browser_idc,
    browser_okta_saml, browser_saml, default_chain, external, idp_token, instance_profile, jwt, jwt_iam, okta, ping,
    profile, static_keys,
};
use crate::dsn::catalogue;
use crate::error::{AuthError, Status};

/// In the order of the functions in the header.
static PLUGINS: &[&dyn Plugin] = &[
    &adfs::Adfs,
    &azure_ad::AzureAd,
    &browser_azure_ad::BrowserAzureAd,
    &browser_azure_ad_oauth2::BrowserAzureAdOAuth2,
    &browser_saml::BrowserSaml,
    &browser_okta_saml::BrowserOktaSaml,
    &okta::Okta,
    &ping::Ping,
    &jwt::Jwt,
    &jwt_iam::JwtIam,
    &basic_saml::BasicSaml,
    &basic_native_saml::BasicNativeSaml,
    &idp_token::IdpToken,
    &browser_idc::BrowserIdc,
    &external::External,
    &static_keys::StaticKeys,
    &profile::Profile,
    &instance_profile::InstanceProfile,
    &default_chain::DefaultChain,
];

/// The plugin with this canonical name.
pub(crate) fn require(name: &str) -> Result<&'static dyn Plugin, AuthError> {
    PLUGINS.iter().copied().find(|plugin| plugin.name() == name).ok_or_else(|| {
        let message = format!("the plugin {name} is not built in yet");
        AuthError::of_call(Status::NotSupported, message).of_plugin(name)
    })
}

/// Whether what the method of this name yields may be served again. Plugins of the host's own say it by an end of time.
pub(crate) fn keeps(name: &str) -> bool {
    PLUGINS.iter().find(|plugin| plugin.name() == name).is_none_or(|plugin| plugin.keeps())
}

/// All canonical names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|plugin| plugin.name())
}

/// All of them by name, with what they cannot start without: for the catalogue.
pub(crate) fn all() -> Vec<catalogue::BuiltIn> {
    PLUGINS.iter().map(|plugin| (plugin.name(), plugin.required())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsn::plugin_names;

    #[test]
    fn every_plugin_can_be_named_and_is_in_the_catalogue() {
        let names: Vec<_> = names().collect();
        for (index, name) in names.iter().enumerate() {
            assert!(!names[..index].contains(name), "{name} twice");
            assert!(plugin_names::find(name).is_some_and(|plugin| plugin.name == *name), "{name} cannot be named");
            assert!(require(name).is_ok_and(|plugin| plugin.name() == *name));
        }
        let catalogue: serde_json::Value = serde_json::from_str(&catalogue::json(&all())).unwrap();
        assert_eq!(catalogue["plugins"].as_array().unwrap().len(), names.len());
        assert_eq!(require("Nobody").err().unwrap().status(), Status::NotSupported);
    }
}
