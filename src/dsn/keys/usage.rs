//! Which methods read a key: what the table says in words, as names.

use super::Key;

/// A word of the table for several methods, and their names.
const GROUPS: [(&str, &[&str]); 10] = [
    ("SAML plugins", &["ADFS", "AzureAD", "BrowserAzureAD", "BrowserSAML", "Okta", "Ping", "BasicSAML", "External"]),
    ("browser plugins", &["BrowserAzureAD", "BrowserAzureADOAuth2", "BrowserSAML", "BrowserOktaSAML", IDC]),
    ("Azure family", &["AzureAD", "BrowserAzureAD", "BrowserAzureADOAuth2"]),
    ("MFA", &["ADFS", "Ping", "Okta"]),
    (
        "requests to the identity provider",
        &["ADFS", "AzureAD", "BrowserAzureAD", "BrowserAzureADOAuth2", "Okta", "Ping"],
    ),
    (
        "native tokens",
        &["BrowserAzureADOAuth2", "BrowserOktaSAML", "JWT", "BasicNativeSAML", "IdpTokenAuthPlugin", IDC],
    ),
    ("database credentials", EXCHANGED),
    ("Redshift", EXCHANGED),
    (
        "STS",
        &[
            "ADFS",
            "AzureAD",
            "BrowserAzureAD",
            "BrowserSAML",
            "Okta",
            "Ping",
            "JwtIamAuthPlugin",
            "BasicSAML",
            "External",
            "Profile",
            "Default",
        ],
    ),
    // The proxy's keys are among these, which idp_use_https_proxy lends to identity providers.
    (
        "AWS calls",
        &[
            "ADFS",
            "AzureAD",
            "BrowserAzureAD",
            "BrowserAzureADOAuth2",
            "BrowserSAML",
            "Okta",
            "Ping",
            "JwtIamAuthPlugin",
            "BasicSAML",
            "IdpTokenAuthPlugin",
            IDC,
            "External",
            "Static",
            "Profile",
            "InstanceProfile",
            "Default",
        ],
    ),
];

const IDC: &str = "BrowserIdcAuthPlugin";
/// The methods that end in AWS keys, for which Redshift gives user and password.
const EXCHANGED: &[&str] = &[
    "ADFS",
    "AzureAD",
    "BrowserAzureAD",
    "BrowserSAML",
    "Okta",
    "Ping",
    "JwtIamAuthPlugin",
    "BasicSAML",
    "External",
    "Static",
    "Profile",
    "InstanceProfile",
    "Default",
];

impl Key {
    /// Whether the method of this canonical name reads it.
    #[must_use]
    pub fn is_read_by(self, method: &str) -> bool {
        self.spec().used_by.split(", ").any(|word| match word {
            // Every method has a place, and an authentication profile may be laid over any.
            "all" | "location" | "AuthProfile" => true,
            word => word == method || GROUPS.iter().any(|(group, methods)| *group == word && methods.contains(&method)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::GROUPS;
    use crate::dsn::keys::{ALL, Key};
    use crate::dsn::plugin_names::{PLUGIN_NAMES, find};

    #[test]
    fn every_word_of_the_table_names_a_method_or_several() {
        let is_method = |name: &str| find(name).is_some_and(|plugin| plugin.name == name);
        for (group, methods) in GROUPS {
            assert!(methods.iter().all(|name| is_method(name)), "{group}");
            assert!(ALL.iter().any(|key| key.spec().used_by.split(", ").any(|word| word == group)), "{group}");
        }
        for key in ALL {
            for word in key.spec().used_by.split(", ") {
                let known = ["all", "location", "AuthProfile"].contains(&word)
                    || is_method(word)
                    || GROUPS.iter().any(|(group, _)| *group == word);
                assert!(known, "{word} of {}", key.name());
            }
        }
    }

    #[test]
    fn groups_agree_with_what_methods_yield() {
        for plugin in PLUGIN_NAMES {
            assert_eq!(Key::ProviderName.is_read_by(plugin.name), plugin.native, "{}", plugin.name);
            assert_eq!(Key::DbUser.is_read_by(plugin.name), !plugin.native, "{}", plugin.name);
        }
        for (key, reader, other) in [
            (Key::BrowserCommand, "Profile", "InstanceProfile"),
            (Key::IdpResponseTimeout, "Default", "Okta"),
            (Key::Profile, "BrowserIdcAuthPlugin", "BrowserAzureAD"),
        ] {
            assert!(key.is_read_by(reader) && !key.is_read_by(other), "{}", key.name());
        }
        assert!(Key::AppId.is_read_by("Okta") && !Key::AppId.is_read_by("Ping"));
        assert!(Key::Host.is_read_by("Static") && Key::Host.is_read_by("anything of the host's"));
    }
}
