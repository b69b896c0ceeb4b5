//! Where a key stands in a dialog: keys that a person looks for together.

use super::Key;

/// The groups in the order of a dialog: name and title.
pub const GROUPS: [(&str, &str); 9] = [
    ("method", "How to log in"),
    ("connection", "Connection"),
    ("database", "Database user"),
    ("aws", "AWS identity"),
    ("provider", "Identity provider"),
    ("token", "Tokens that you bring"),
    ("browser", "Browser"),
    ("network", "Network"),
    ("behaviour", "Time limits and stored logins"),
];

impl Key {
    /// The name of its group.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Self::Iam | Self::AuthType | Self::PluginName | Self::Uid | Self::Pwd | Self::PasswordSource => "method",
            Self::Host
            | Self::Port
            | Self::Database
            | Self::SslMode
            | Self::Ssl
            | Self::EncryptionMethod
            | Self::ClusterId
            | Self::Region
            | Self::Serverless
            | Self::Workgroup
            | Self::ServerlessAcctId
            | Self::VpcEndpointUrl => "connection",
            Self::DbUser
            | Self::DbGroups
            | Self::DbGroupsFilter
            | Self::AutoCreate
            | Self::ForceLowercase
            | Self::GroupFederation
            | Self::IamDuration => "database",
            Self::AccessKeyId
            | Self::SecretAccessKey
            | Self::SessionToken
            | Self::Profile
            | Self::InstanceProfile
            | Self::AuthProfile
            | Self::PreferredRole
            | Self::RoleArn
            | Self::RoleSessionName
            | Self::Duration => "aws",
            Self::IdpHost
            | Self::IdpPort
            | Self::LoginToRp
            | Self::PartnerSpid
            | Self::AppId
            | Self::AppName
            | Self::TotpSecret
            | Self::IdpTenant
            | Self::IdpPartition
            | Self::ClientId
            | Self::ClientSecret
            | Self::Scope
            | Self::IssuerUrl
            | Self::IdcRegion
            | Self::IdcClientDisplayName
            | Self::IdentityNamespace
            | Self::ProviderName
            | Self::ExternalProgram => "provider",
            Self::WebIdentityToken
            | Self::WebIdentityTokenSource
            | Self::SamlAssertion
            | Self::Token
            | Self::TokenSource
            | Self::TokenType => "token",
            Self::LoginUrl
            | Self::ListenPort
            | Self::IdpResponseTimeout
            | Self::LoginHint
            | Self::Prompt
            | Self::BrowserCommand
            | Self::PageTitle => "browser",
            Self::EndpointUrl
            | Self::StsEndpointUrl
            | Self::IdcEndpointUrl
            | Self::StsConnectionTimeout
            | Self::SslInsecure
            | Self::CaFile
            | Self::CaPath
            | Self::HttpsProxyHost
            | Self::HttpsProxyPort
            | Self::HttpsProxyUsername
            | Self::HttpsProxyPassword
            | Self::IdpUseHttpsProxy => "network",
            Self::LoginTimeout | Self::DisableCache | Self::CacheDir => "behaviour",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::GROUPS;
    use crate::dsn::keys::ALL;

    #[test]
    fn every_group_has_keys_and_every_key_a_group() {
        for (name, _) in GROUPS {
            assert!(ALL.iter().any(|key| key.group() == name), "{name}");
        }
        for key in ALL {
            assert!(GROUPS.iter().any(|(name, _)| key.group() == *name), "{}", key.name());
        }
    }
}
