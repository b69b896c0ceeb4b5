//! What a login yields: a database user with a temporary password, a token for the server, or AWS keys.

use crate::redact;
use crate::secret::{ExposeSecret, SecretString};

/// Kinds of result. The numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Kind {
    /// User and temporary password.
    DbPassword = 1,
    /// Token for the server's own identity provider authentication (authentication code 14, message `i`).
    NativeToken = 2,
    /// AWS keys, for `rs_auth_get_aws_credentials`.
    AwsKeys = 3,
}

impl Kind {
    /// The number in the C interface.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::DbPassword => 1,
            Self::NativeToken => 2,
            Self::AwsKeys => 3,
        }
    }

    /// The bit of this kind in a mask of accepted kinds.
    #[must_use]
    pub const fn bit(self) -> u32 {
        match self {
            Self::DbPassword => 1 << 1,
            Self::NativeToken => 1 << 2,
            Self::AwsKeys => 1 << 3,
        }
    }
}

/// AWS keys and how long they hold.
#[derive(Debug, Clone)]
pub struct AwsKeys {
    /// Not a secret, but an identity.
    pub access_key_id: String,
    /// Signs requests.
    pub secret_access_key: SecretString,
    /// Present for temporary keys.
    pub session_token: Option<SecretString>,
    /// Milliseconds since 1970; `None` where the source does not say (long-term keys).
    pub expires_at: Option<i64>,
    /// The role that was assumed to get them, where one was.
    pub role_arn: Option<String>,
}

impl AwsKeys {
    /// Keys to sign what is not sent.
    pub fn of_nobody() -> Self {
        Self {
            access_key_id: "none".to_owned(),
            secret_access_key: "none".to_owned().into(),
            session_token: None,
            expires_at: None,
            role_arn: None,
        }
    }

    /// Has this thread tell the secrets among them nobody: whoever is asked with them may repeat them.
    pub fn keep_back(&self) {
        redact::keep_back(&self.secret_access_key);
        self.session_token.iter().for_each(redact::keep_back);
    }
}

/// What an identity provider says of the database user, as far as it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The database user.
    pub db_user: Option<String>,
    /// The database groups, all of them.
    pub db_groups: Vec<String>,
    /// Whether the user is to be created.
    pub auto_create: Option<bool>,
    /// Whether groups are to be in lower case.
    pub force_lowercase: Option<bool>,
    /// Whether the provider's user wins over that of the settings.
    pub overrides_db_user: bool,
}

/// AWS keys and who proved them.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The keys.
    pub keys: AwsKeys,
    /// The canonical name of the plugin.
    pub plugin: String,
    /// `None`: no identity provider was asked.
    pub claims: Option<Claims>,
}

/// A token for the server's own identity provider authentication.
#[derive(Debug, Clone)]
pub struct NativeToken {
    /// The token.
    pub token: SecretString,
    /// Its `token_type`.
    pub token_type: Option<String>,
    /// Its `idp_type`.
    pub idp_type: Option<String>,
    /// Milliseconds since 1970.
    pub expires_at: Option<i64>,
}

/// What a sign-in brings that is good for more than one login.
#[derive(Debug, Clone)]
pub enum Held {
    /// AWS keys, and what the identity provider says of the user.
    Keys(Proved),
    /// A token, and the canonical name of the plugin that got it.
    Token(NativeToken, String),
}

/// A sign-in, for all logins of the same identity.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What it brought.
    pub held: Held,
    /// Whether a person had to do something for it, so that it is worth more than time.
    pub by_person: bool,
    /// When it was got: milliseconds since 1970.
    pub obtained_at: i64,
}

impl Identity {
    /// When it ends; `None` where nobody says.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        match &self.held {
            Held::Keys(proved) => proved.keys.expires_at,
            Held::Token(token, _) => token.expires_at,
        }
    }

    /// What tells it from the one before it.
    #[must_use]
    pub fn distinction(&self) -> &str {
        match &self.held {
            Held::Keys(proved) => &proved.keys.access_key_id,
            Held::Token(token, _) => token.token.expose_secret(),
        }
    }
}

/// Where AWS keys come from.
#[derive(Debug, Clone)]
pub enum AwsSource {
    /// The keys of the settings themselves.
    Static(AwsKeys),
    /// A profile of the AWS shared config files; `None`: the default profile.
    Profile(Option<String>),
    /// The role of the EC2 instance.
    InstanceProfile,
    /// The first provider of the AWS default chain that has any.
    Default,
}

/// The result of a login. Secrets are wiped on drop.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Which of the fields below are filled.
    pub kind: Kind,
    /// The database user exactly as the service returned it, prefix and all.
    pub user: Option<String>,
    /// The temporary database password.
    pub password: Option<SecretString>,
    /// Where to connect: given or discovered.
    pub host: Option<String>,
    /// 0: unknown.
    pub port: u16,
    /// The database, if the settings name one.
    pub database: Option<String>,
    /// The `SSLMode` to connect with: the DSN's, or `verify-ca`.
    pub ssl_mode: String,
    /// `CaFile` of the DSN, for the dialects that carry it.
    pub ca_file: Option<String>,
    /// The native token.
    pub token: Option<SecretString>,
    /// `ACCESS_TOKEN`, `EXT_JWT`, `SUBJECT_TOKEN`, …
    pub token_type: Option<String>,
    /// `AzureAD`, `Okta`, `AwsIdc`.
    pub idp_type: Option<String>,
    /// Passed on from the DSN.
    pub identity_namespace: Option<String>,
    /// Passed on from the DSN.
    pub provider_name: Option<String>,
    /// Only if the DSN gave one.
    pub idc_client_display_name: Option<String>,
    /// The AWS keys behind a database password, or the result itself.
    pub aws: Option<AwsKeys>,
    /// When the password, token or keys end: milliseconds since 1970.
    pub expires_at: Option<i64>,
    /// Canonical name of the method that was used.
    pub plugin: String,
}

impl Credentials {
    /// A result of this kind with nothing in it yet.
    #[must_use]
    pub fn empty(kind: Kind, plugin: &str) -> Self {
        Self {
            kind,
            user: None,
            password: None,
            host: None,
            port: 0,
            database: None,
            ssl_mode: String::new(),
            ca_file: None,
            token: None,
            token_type: None,
            idp_type: None,
            identity_namespace: None,
            provider_name: None,
            idc_client_display_name: None,
            aws: None,
            expires_at: None,
            plugin: plugin.to_owned(),
        }
    }
}
