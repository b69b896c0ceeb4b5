//! What a host wants of a call besides its DSN: callbacks, time limit, cancel token, cache policy.
//!
//! Callbacks are `Fn` and never leave the thread that made the call.

use crate::cancel::CancelToken;
use crate::error::AuthError;
use crate::log::Level;
use crate::secret::SecretString;
use std::fmt;
use std::time::Duration;

/// Cache policies; `DisableCache` in the DSN beats every one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CachePolicy {
    /// Memory, and on disk what a person had to do by hand.
    #[default]
    Default,
    /// Neither read nor write.
    Off,
    /// Memory only.
    Memory,
    /// The stored database credentials or token are ignored and replaced; AWS keys behind them are used first.
    Refresh,
}

/// Kinds of event; the numbers are those of the C interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
#[allow(missing_docs)] // documented in the header
#[allow(dead_code)] // the plugins that ask a person raise the others
pub enum EventKind {
    OpenUrl = 1,
    DeviceCode = 2,
    AskOtp = 3,
    ShowNumber = 4,
    PushSent = 5,
    PickRole = 6,
    PickFactor = 7,
    Waiting = 8,
    PasteUrl = 9,
}

impl EventKind {
    /// The number in the C interface.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::OpenUrl => 1,
            Self::DeviceCode => 2,
            Self::AskOtp => 3,
            Self::ShowNumber => 4,
            Self::PushSent => 5,
            Self::PickRole => 6,
            Self::PickFactor => 7,
            Self::Waiting => 8,
            Self::PasteUrl => 9,
        }
    }
}

/// Something that a login needs of a person.
#[derive(Debug, Clone)]
pub struct Event {
    /// What is needed.
    pub kind: EventKind,
    /// For a person to read.
    pub text: String,
    /// For `OpenUrl`, `DeviceCode`, `PasteUrl`.
    pub url: Option<String>,
    /// For `DeviceCode` and `ShowNumber`.
    pub code: Option<String>,
    /// For `PickRole` and `PickFactor`, in the identity provider's order.
    pub choices: Vec<String>,
}

/// What the host made of an event.
#[derive(Debug, Clone)]
pub enum Reply {
    /// The library does what it does without a callback.
    UseDefault,
    /// Done; with an answer where the event asks for one.
    Handled(Option<SecretString>),
    /// The call ends with CANCELLED.
    Abort,
}

/// Receives log lines: level, target, message.
pub type LogCallback = Box<dyn Fn(Level, &str, &str)>;
/// Receives events.
pub type EventCallback = Box<dyn Fn(&Event) -> Reply>;

/// What a plugin of the host's own answers.
#[derive(Debug)]
pub enum HostProof {
    /// A base64 SAML response.
    SamlResponse(SecretString),
    /// A JWT for AssumeRoleWithWebIdentity.
    WebIdentity(SecretString),
    /// A token for the server.
    NativeToken {
        /// The token.
        token: SecretString,
        /// Its `token_type`.
        token_type: Option<String>,
        /// Its `idp_type`.
        idp_type: Option<String>,
        /// Milliseconds since 1970.
        expires_at: Option<i64>,
    },
    /// AWS keys.
    AwsKeys(crate::credentials::AwsKeys),
}

/// A plugin callback: finds any key of the DSN through the function it is given.
pub type PluginCallback = Box<dyn Fn(&dyn Fn(&str) -> Option<String>) -> Result<HostProof, AuthError>>;

/// A plugin of the host's own.
pub struct HostPlugin {
    /// As `plugin_name` spells it, any case.
    pub name: String,
    /// Runs on the thread that made the call.
    pub callback: PluginCallback,
    /// Tells callback and user data pairs apart, for the cache.
    pub identity: (usize, usize),
}

/// The options of a call. Shared by concurrent calls, not changed during one.
#[derive(Default)]
pub struct Options {
    /// `None`: `LoginTimeout` of the DSN or the default. `Some(None)`: no limit.
    #[allow(clippy::option_option)] // not set, and set to no limit, are two answers
    pub timeout: Option<Option<Duration>>,
    /// A mask of [`crate::credentials::Kind::bit`]; `None`: every kind.
    pub accepted_kinds: Option<u32>,
    /// The host's log, and the finest level it wants.
    pub log: Option<(LogCallback, Level)>,
    /// The host's way to a person.
    pub events: Option<EventCallback>,
    /// Cancels calls made with these options.
    pub cancel: Option<CancelToken>,
    /// What may be stored and served.
    pub cache: CachePolicy,
    /// Keys of the host's own: no warning that they are unknown.
    pub host_keys: Vec<String>,
    /// One scope per end user of a server: results are never shared between scopes.
    pub cache_scope: Option<String>,
    /// Plugins of the host's own.
    pub plugins: Vec<HostPlugin>,
}

impl Options {
    /// What tells the plugins of the host's own apart.
    pub(crate) fn plugin_identities(&self) -> Vec<(usize, usize)> {
        self.plugins.iter().map(|plugin| plugin.identity).collect()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("timeout", &self.timeout).field("cache", &self.cache).finish_non_exhaustive()
    }
}
