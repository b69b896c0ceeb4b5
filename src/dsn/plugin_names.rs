//! The names of the methods of login, in the spellings of the ODBC, JDBC and Python drivers.

use super::keys::nearest_of;

/// A method of login and its names.
#[derive(Debug, PartialEq, Eq)]
pub struct PluginName {
    /// The ODBC short name.
    pub name: &'static str,
    /// JDBC and Python class names, without their packages.
    pub aliases: &'static [&'static str],
    /// Whether its result is a token for the server, so that it does not need IAM.
    pub native: bool,
    /// One sentence for a DSN dialog.
    pub help: &'static str,
}

const fn iam(name: &'static str, aliases: &'static [&'static str], help: &'static str) -> PluginName {
    PluginName { name, aliases, native: false, help }
}

const fn native(name: &'static str, aliases: &'static [&'static str], help: &'static str) -> PluginName {
    PluginName { name, aliases, native: true, help }
}

/// Every method, in the order of the C header.
pub const PLUGIN_NAMES: &[PluginName] = &[
    iam("ADFS", &["AdfsCredentialsProvider"], "Active Directory Federation Services, with user and password."),
    iam("AzureAD", &["AzureCredentialsProvider"], "Microsoft Entra ID, with user, password and client secret."),
    iam("BrowserAzureAD", &["BrowserAzureCredentialsProvider"], "Microsoft Entra ID, in the browser."),
    native(
        "BrowserAzureADOAuth2",
        &["BrowserAzureOAuth2CredentialsProvider"],
        "Microsoft Entra ID, in the browser; the server checks the token.",
    ),
    iam("BrowserSAML", &["BrowserSamlCredentialsProvider"], "Any SAML identity provider, in the browser."),
    native(
        "BrowserOktaSAML",
        &["BrowserOktaSAMLCredentialsProvider"],
        "Okta, in the browser; the server checks the SAML response.",
    ),
    iam("Okta", &["OktaCredentialsProvider"], "Okta, with user and password."),
    iam("Ping", &["PingCredentialsProvider"], "PingFederate, with user and password."),
    native("JWT", &["BasicJwtCredentialsProvider"], "A token that the caller has; the server checks it."),
    iam("JwtIamAuthPlugin", &["JwtCredentialsProvider"], "A token that the caller has, given to AWS for a role."),
    iam("BasicSAML", &["BasicSamlCredentialsProvider"], "A SAML response that the caller has."),
    native(
        "BasicNativeSAML",
        &["BasicNativeSamlCredentialsProvider"],
        "A SAML response that the caller has; the server checks it.",
    ),
    native("IdpTokenAuthPlugin", &[], "A token of IAM Identity Center or a trusted issuer; the server checks it."),
    native("BrowserIdcAuthPlugin", &[], "IAM Identity Center, in the browser; the server checks the token."),
    iam("External", &[], "A program that prints a SAML response."),
    iam("Static", &[], "AWS keys."),
    iam("Profile", &[], "A profile of the AWS configuration files."),
    iam("InstanceProfile", &[], "The role of the EC2 instance."),
    iam("Default", &[], "The default chain of AWS credentials."),
];

const PACKAGES: [&str; 2] = ["com.amazon.redshift.plugin.", "redshift_connector.plugin."];

/// The name without the package of a JDBC or Python class.
fn without_package(name: &str) -> &str {
    let name = name.trim();
    let rest = PACKAGES.iter().find_map(|package| {
        let (head, tail) = name.split_at_checked(package.len())?;
        head.eq_ignore_ascii_case(package).then_some(tail)
    });
    rest.unwrap_or(name)
}

/// The method of this name, in any letter case, with or without a package.
#[must_use]
pub fn find(name: &str) -> Option<&'static PluginName> {
    let name = without_package(name);
    PLUGIN_NAMES.iter().find(|plugin| all_names(plugin).any(|known| known.eq_ignore_ascii_case(name)))
}

/// The known name, or the one of `host_plugins`, that is nearest to a mistyped one.
#[must_use]
pub fn nearest<'a>(name: &str, host_plugins: &[&'a str]) -> Option<&'a str> {
    nearest_of(without_package(name), host_plugins.iter().copied().chain(PLUGIN_NAMES.iter().flat_map(all_names)))
}

fn all_names<'a>(plugin: &PluginName) -> impl Iterator<Item = &'a str> + use<'a> {
    std::iter::once(plugin.name).chain(plugin.aliases.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::{PLUGIN_NAMES, all_names, find, nearest};
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_found_in_every_spelling() {
        let mut seen = HashSet::new();
        for plugin in PLUGIN_NAMES {
            for name in all_names(plugin) {
                assert!(seen.insert(name.to_lowercase()), "{name}");
                for spelled in [
                    name.to_uppercase(),
                    format!(" {} ", name.to_lowercase()),
                    format!("com.amazon.redshift.plugin.{name}"),
                    format!("REDSHIFT_connector.plugin.{name}"),
                ] {
                    assert_eq!(find(&spelled), Some(plugin), "{spelled}");
                }
            }
        }
        for wrong in ["", "WrongProvider", "com.amazon.redshift.plugin.", "plugin.Okta", "JwtBasic"] {
            assert_eq!(find(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_nearest_name() {
        assert_eq!(nearest("Otka", &[]), Some("Okta"));
        assert_eq!(nearest("com.amazon.redshift.plugin.OktaCredentialProvider", &[]), Some("OktaCredentialsProvider"));
        assert_eq!(nearest("Keycloack", &["Keycloak"]), Some("Keycloak"));
        assert_eq!(nearest("Keycloack", &[]), None);
    }
}
