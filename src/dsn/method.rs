//! Which method a login takes: the entry point, else `plugin_name`, else `AuthType`, else what the other keys tell.

use super::keys::Key;
use super::plugin_names::{self, PLUGIN_NAMES};
use super::settings::{Settings, Source, quoted};
use super::ssl_mode::ssl_mode;
use crate::error::{AuthError, Stage, Status};
use crate::secret::SecretString;

/// The method of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// The keys in the settings.
    Static,
    /// This AWS profile; `None`: the default one.
    Profile(Option<String>),
    /// The role of the EC2 instance.
    InstanceProfile,
    /// The default chain of AWS credentials.
    Default,
    /// The plugin of this canonical name.
    Plugin(&'static str),
    /// The host's own plugin at this place of its list.
    Host(usize),
}

/// What the method was chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The function that was called names it.
    Function,
    /// This key names it.
    Key(Key),
    /// The AWS keys are given, and nothing else says how.
    AwsKeys,
    /// Nothing names any.
    Nothing,
}

/// The method, and what a person should know of the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The method.
    pub chosen: Chosen,
    /// What it was chosen by.
    pub why: Why,
    /// Keys that it leaves aside, keys that do not fit it.
    pub warnings: Vec<String>,
}

/// AWS keys as the settings give them.
#[derive(Debug)]
pub struct StaticKeys<'a> {
    /// `AccessKeyID`.
    pub access_key_id: &'a str,
    /// `SecretAccessKey`, or `PWD` in its place.
    pub secret_access_key: &'a SecretString,
    /// `SessionToken`.
    pub session_token: Option<&'a SecretString>,
}

/// The AWS keys of the settings, if there are any; half a pair is `MISSING_SETTING`.
pub fn static_keys(settings: &Settings) -> Result<Option<StaticKeys<'_>>, AuthError> {
    let session_token = settings.secret(Key::SessionToken);
    let secret = settings.secret(Key::SecretAccessKey);
    let Some(access_key_id) = settings.text(Key::AccessKeyId) else {
        return match (secret, session_token) {
            (None, None) => Ok(None),
            (Some(_), _) => Err(Key::AccessKeyId.missing("SecretAccessKey")),
            (None, Some(_)) => Err(Key::AccessKeyId.missing("SessionToken")),
        };
    };
    // Tools that hide only passwords let people type the secret key there (JDBC and Python drivers).
    match secret.or_else(|| settings.secret(Key::Pwd)) {
        Some(secret_access_key) => Ok(Some(StaticKeys { access_key_id, secret_access_key, session_token })),
        None => Err(Key::SecretAccessKey.missing("AccessKeyID")),
    }
}

/// Chooses the method and holds the settings against it. `entry` is the canonical name of a plugin-named entry point;
/// `host_plugins` are the names that the host has added, which come first.
pub fn choose(settings: &Settings, entry: Option<&str>, host_plugins: &[&str]) -> Result<Choice, AuthError> {
    let (chosen, why) = named(settings, entry, host_plugins)?;
    ssl_mode(settings)?;
    if entry.is_none() {
        check_iam(settings, &chosen)?;
    }
    check_keys(settings, &chosen)?;
    let mut warnings = Vec::new();
    warnings.extend(unused(settings, &chosen));
    if entry.is_none() {
        warnings.extend(misfits(settings, &chosen)?);
    }
    Ok(Choice { chosen, why, warnings })
}

/// The method that the settings name, whether or not they fit it.
pub fn named(settings: &Settings, entry: Option<&str>, host_plugins: &[&str]) -> Result<(Chosen, Why), AuthError> {
    let of_key = || settings.text(Key::PluginName).map(str::trim).filter(|name| !name.is_empty());
    match (entry, of_key()) {
        (Some(name), _) => by_name(settings, name, &[]).map(|chosen| (chosen, Why::Function)),
        (None, Some(name)) => by_name(settings, name, host_plugins).map(|chosen| (chosen, Why::Key(Key::PluginName))),
        (None, None) => by_auth_type(settings),
    }
}

fn by_name(settings: &Settings, name: &str, host_plugins: &[&str]) -> Result<Chosen, AuthError> {
    if let Some(place) = host_plugins.iter().position(|plugin| plugin.trim().eq_ignore_ascii_case(name)) {
        return Ok(Chosen::Host(place));
    }
    match plugin_names::find(name).map(|plugin| plugin.name) {
        Some("Static") => Ok(Chosen::Static),
        Some("Profile") => Ok(profile(settings)),
        Some("InstanceProfile") => Ok(Chosen::InstanceProfile),
        Some("Default") => Ok(Chosen::Default),
        Some(name) => Ok(Chosen::Plugin(name)),
        None => Err(unknown_plugin(name, host_plugins)),
    }
}

fn unknown_plugin(name: &str, host_plugins: &[&str]) -> AuthError {
    let meant = plugin_names::nearest(name, host_plugins).map(|nearest| format!("; did you mean {nearest}?"));
    let message = format!("plugin_name {} names no plugin{}", quoted(name), meant.unwrap_or_default());
    let known: Vec<&str> = host_plugins.iter().copied().chain(PLUGIN_NAMES.iter().map(|plugin| plugin.name)).collect();
    AuthError::new(Status::UnknownPlugin, Stage::Settings, message).hint(format!("known are {}", known.join(", ")))
}

fn profile(settings: &Settings) -> Chosen {
    Chosen::Profile(settings.text(Key::Profile).map(|name| name.trim().to_owned()))
}

fn by_auth_type(settings: &Settings) -> Result<(Chosen, Why), AuthError> {
    let instance = settings.flag(Key::InstanceProfile)? == Some(true);
    let auth_type = Why::Key(Key::AuthType);
    Ok(match settings.choice(Key::AuthType)? {
        Some("Plugin") => return Err(Key::PluginName.missing("AuthType=Plugin")),
        Some("Static") => (Chosen::Static, auth_type),
        Some("InstanceProfile") => (Chosen::InstanceProfile, auth_type),
        // With AuthType=Profile too: the dialog of the ODBC driver writes the instance profile like this.
        Some("Profile") | None if instance => (Chosen::InstanceProfile, Why::Key(Key::InstanceProfile)),
        Some("Profile") => (profile(settings), auth_type),
        Some(_) => (Chosen::Default, auth_type),
        None if settings.given(Key::Profile) => (profile(settings), Why::Key(Key::Profile)),
        None if static_keys(settings)?.is_some() => (Chosen::Static, Why::AwsKeys),
        None => (Chosen::Default, Why::Nothing),
    })
}

/// `IAM=0` says that the server itself checks who asks, which only tokens for the server allow.
fn check_iam(settings: &Settings, chosen: &Chosen) -> Result<(), AuthError> {
    let needs_iam = match chosen {
        Chosen::Host(_) => false,
        Chosen::Plugin(name) => plugin_names::find(name).is_some_and(|plugin| !plugin.native),
        Chosen::Static | Chosen::Profile(_) | Chosen::InstanceProfile | Chosen::Default => true,
    };
    if needs_iam && settings.flag(Key::Iam)? == Some(false) {
        let fault = format!("is off, but the method {} needs it", name_of(chosen));
        return Err(settings
            .invalid(Key::Iam, &fault)
            .hint("set IAM=1, or begin a JDBC URL with jdbc:redshift:iam://"));
    }
    Ok(())
}

/// The name of a method, for messages and for the registry.
#[must_use]
pub fn name_of(chosen: &Chosen) -> &'static str {
    match chosen {
        Chosen::Static => "Static",
        Chosen::Profile(_) => "Profile",
        Chosen::InstanceProfile => "InstanceProfile",
        Chosen::Default => "Default",
        Chosen::Plugin(name) => name,
        Chosen::Host(_) => "of the host's own plugin",
    }
}

fn check_keys(settings: &Settings, chosen: &Chosen) -> Result<(), AuthError> {
    let reads_keys = matches!(chosen, Chosen::Static | Chosen::Plugin("IdpTokenAuthPlugin"));
    if reads_keys && static_keys(settings)?.is_none() && *chosen == Chosen::Static {
        return Err(Key::AccessKeyId.missing("the method Static"));
    }
    // Merged settings may name another method; the keys have read the profile.
    if settings.given(Key::AuthProfile) && static_keys(settings)?.is_none() {
        return Err(Key::AccessKeyId.missing("AuthProfile"));
    }
    Ok(())
}

/// A warning of the keys that would name an identity, had the method not been another.
fn unused(settings: &Settings, chosen: &Chosen) -> Option<String> {
    let keys_in_use =
        matches!(chosen, Chosen::Static | Chosen::Plugin("IdpTokenAuthPlugin")) || settings.given(Key::AuthProfile);
    let aws_keys = [Key::AccessKeyId, Key::SecretAccessKey, Key::SessionToken].into_iter().filter(|_| !keys_in_use);
    // A profile that names the plugin is in use.
    let profile_in_use = Key::Profile.is_read_by(name_of(chosen))
        || matches!(settings.source(Key::PluginName), Some(Source::Profile(_)));
    let profile = (!profile_in_use).then_some(Key::Profile);
    let instance = matches!(chosen, Chosen::Plugin(_)) && matches!(settings.flag(Key::InstanceProfile), Ok(Some(true)));
    let others = profile.into_iter().chain(instance.then_some(Key::InstanceProfile));
    let unused: Vec<&str> = aws_keys.chain(others).filter(|key| settings.given(*key)).map(Key::name).collect();
    (!unused.is_empty() && !matches!(chosen, Chosen::Host(_)))
        .then(|| format!("the method {} is used, which leaves aside {}", name_of(chosen), unused.join(", ")))
}

/// Warnings of keys that do not fit the method, although it can go on.
fn misfits(settings: &Settings, chosen: &Chosen) -> Result<Vec<String>, AuthError> {
    let mut warnings = Vec::new();
    let Chosen::Plugin(name) = chosen else { return Ok(warnings) };
    if let Some(auth_type) = settings.choice(Key::AuthType)?.filter(|auth_type| *auth_type != "Plugin") {
        warnings.push(format!("plugin_name={name} is used, which leaves aside AuthType={auth_type}"));
    }
    if matches!(*name, "IdpTokenAuthPlugin" | "BrowserIdcAuthPlugin") && settings.flag(Key::Iam)? == Some(true) {
        warnings.push(format!("{name} does not go through IAM; Amazon's drivers refuse it together with IAM=1"));
    }
    Ok(warnings)
}

/// Whether a DSN asks for a login of ours, or is plain user and password. `IAM=0` says plain, unless a plugin is named:
/// its login then goes on without IAM, or says that it cannot. A boolean that cannot be read is the login's to report.
#[must_use]
pub fn wants_login(settings: &Settings) -> bool {
    const IDENTITIES: [Key; 6] =
        [Key::AuthType, Key::Profile, Key::AuthProfile, Key::AccessKeyId, Key::SecretAccessKey, Key::SessionToken];
    match settings.flag(Key::Iam) {
        Err(_) | Ok(Some(true)) => true,
        _ if settings.text(Key::PluginName).is_some_and(|name| !name.trim().is_empty()) => true,
        Ok(Some(false)) => false,
        Ok(None) => {
            IDENTITIES.iter().any(|key| settings.given(*key))
                || !matches!(settings.flag(Key::InstanceProfile), Ok(None | Some(false)))
        }
    }
}

#[cfg(test)]
mod tests;
