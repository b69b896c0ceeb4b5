//! The one way of a login: settings, proof, AWS keys, database credentials.
//!
//! Whatever makes a login impossible is found before the first request that could be spared.

mod database;
mod host_plugin;
mod identity_center;
mod once;
pub(crate) mod plan;
mod prepare;
mod proof;
mod request;
mod secret_sources;

pub(crate) use host_plugin::{Answer, HostPlugins};
pub(crate) use prepare::accept;

use crate::cache::disk;
use crate::credentials::{Credentials, Held, Identity, Kind, Proved};
use crate::dsn::auth_profile;
use crate::dsn::keys::Key;
use crate::dsn::location;
use crate::dsn::settings::{Settings, Source};
use crate::dsn::ssl_mode::ssl_mode;
use crate::error::{AuthError, Status};
use crate::exchange::ahead;
use crate::exchange::aws_config::{AwsConfig, aws_client};
use crate::exchange::endpoint::Service;
use crate::exchange::{aws_error, redshift};
use crate::plugin::{NativeToken, Plugin, Proof, given_keys};
use crate::ports::Ports;
use crate::ports::http::HttpPort;
use crate::redact;
use once::Once;
use prepare::{Method, Prepared};
use std::sync::Arc;

/// What a call is to end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What the database takes: user and password, or a token.
    Login,
    /// AWS keys: the login stops after the AWS step.
    AwsKeys,
}

/// Makes the HTTP client of other settings: a profile may say how its identity provider is reached.
pub(crate) type Connect = Box<dyn Fn(&Settings) -> Result<Arc<dyn HttpPort>, AuthError> + Send>;

/// What to log in with.
pub(crate) struct Job {
    pub(crate) settings: Settings,
    /// The canonical name of a plugin-named entry point.
    pub(crate) entry: Option<&'static str>,
    pub(crate) wanted: Wanted,
    pub(crate) accepted_kinds: Option<u32>,
    /// Keys of the host's own that are no mistake of the user's.
    pub(crate) host_keys: Vec<String>,
    pub(crate) host_plugins: HostPlugins,
    pub(crate) connect: Connect,
    /// What an earlier login of this process with the same identity left.
    pub(crate) known: Option<Identity>,
    /// How a sign-in of a person would be kept on disk; `None`: not at all.
    pub(crate) disk: Option<disk::Wish>,
}

/// What a login ends in.
pub(crate) struct Ended {
    pub(crate) credentials: Credentials,
    /// What is handed out was got earlier, by this process or another one, and nothing was asked for it.
    pub(crate) stored: bool,
}

impl From<Credentials> for Ended {
    fn from(credentials: Credentials) -> Self {
        Self { credentials, stored: false }
    }
}

/// Hears of a sign-in as soon as there is one, so that other logins need not sign in again.
pub(crate) type Publish<'a> = dyn Fn(&Identity) + 'a;

impl Job {
    /// Refuses a login that ends in a kind which the host does not take.
    fn accept(&self, kind: Kind) -> Result<(), AuthError> {
        accept(kind, self.wanted, self.accepted_kinds)
    }
}

/// Logs in.
pub(crate) async fn login(mut job: Job, ports: &Ports, publish: &Publish<'_>) -> Result<Ended, AuthError> {
    redact::know_nothing();
    let mut ports = ports.clone();
    let (method, aws) = prepare::choose_method(&mut job, &mut ports).await?;
    // Those of profiles too.
    job.settings.keep_back();
    let (held_page, http) = (ports.held_page.clone(), Arc::clone(&ports.http));
    let name = method.name().to_owned();
    let ended = match method {
        Method::BuiltIn(plugin) => Box::pin(of_plugin(plugin, job, aws, ports, publish)).await,
        Method::Host { index, name } => Box::pin(host_plugin::login(index, &name, job, aws, &ports, publish)).await,
    };
    let ended = ended.map_err(|error| error.of_plugin(name));
    held_page.release(ended.as_ref().map(|_| ())).await;
    http.settle().await;
    ended
}

async fn of_plugin(
    plugin: &dyn Plugin,
    mut job: Job,
    aws: AwsConfig,
    mut ports: Ports,
    publish: &Publish<'_>,
) -> Result<Ended, AuthError> {
    prepare::require(plugin, &job.settings)?;
    job.accept(plugin.yields())?;
    if plugin.yields() == Kind::NativeToken {
        refuse_keys(&job, plugin.name())?;
        ssl_mode(&job.settings)?;
        let once = Once::new(plugin, &mut job);
        return of_token_plugin(plugin, once, &job, aws, ports, publish).await;
    }
    let prepared = prepare::decide(&job, plugin.name(), aws, &ports).await?;
    if !plugin.names_user() {
        prepared.request(&job.settings, None)?;
    }
    let mut once = Once::new(plugin, &mut job);
    while let Some((identity, is_published)) = once.find(&job.settings, &mut ports).await? {
        if !is_published {
            publish(&identity);
        }
        if let Some(known) = once::keys(&identity)
            && let Some(result) = of_known_keys(known, &job, &prepared, &ports).await
        {
            return result;
        }
        once.refuse(&identity);
    }
    if plugin.names_user() {
        // What says that is a document for STS.
        ahead::announce_sts(&prepared.place.aws).await;
    }
    database::announce(&prepared).await;
    let proof = once.checked(plugin.prove(&job.settings, &ports).await)?;
    of_proof(proof, &once, &job, &prepared, &ports, publish).await
}

/// A token for the server: it needs no exchange, and is the same for every database.
async fn of_token_plugin(
    plugin: &dyn Plugin,
    mut once: Once,
    job: &Job,
    aws: AwsConfig,
    mut ports: Ports,
    publish: &Publish<'_>,
) -> Result<Ended, AuthError> {
    while let Some((identity, is_published)) = once.find(&job.settings, &mut ports).await? {
        if !is_published {
            publish(&identity);
        }
        if let Some(token) = once::token(&identity) {
            let credentials = native_token(job, plugin.name(), token.clone())?;
            return Ok(Ended { credentials, stored: true });
        }
        once.refuse(&identity);
    }
    match once.checked(plugin.prove(&job.settings, &ports).await)? {
        Proof::NativeToken(token) => {
            if plugin.may_need_a_person(&job.settings) {
                publish(&once.done(Held::Token(token.clone(), plugin.name().to_owned()), &ports));
            }
            native_token(job, plugin.name(), token).map(Into::into)
        }
        Proof::IdentityCenter(source) => {
            identity_center::login(&source, job, plugin.name(), aws, &ports).await.map(Into::into)
        }
        _ => Err(AuthError::of_call(Status::Internal, "a method for tokens gave another proof")),
    }
}

/// `None`: the keys have ended since they were stored, and a proof of today is worth one more try.
async fn of_known_keys(
    known: &Proved,
    job: &Job,
    prepared: &Prepared,
    ports: &Ports,
) -> Option<Result<Ended, AuthError>> {
    match of_keys(known, &job.settings, prepared, ports).await {
        Err(error) if aws_error::keys_do_not_hold(&error) => {
            ports.log.info("login", format_args!("AWS refused stored keys ({}); proving again", error.message()));
            None
        }
        Ok(credentials) => Some(Ok(Ended { stored: credentials.kind == Kind::AwsKeys, credentials })),
        Err(error) => Some(Err(error)),
    }
}

/// The exchange of a proof: for AWS keys, and these for database credentials.
async fn of_proof(
    proof: Proof,
    once: &Once,
    job: &Job,
    prepared: &Prepared,
    ports: &Ports,
    publish: &Publish<'_>,
) -> Result<Ended, AuthError> {
    proof::keep_back(&proof);
    let proved = once.checked(proof::exchange(proof, &job.settings, prepared, ports).await)?;
    publish(&once.done(Held::Keys(proved.clone()), ports));
    of_keys(&proved, &job.settings, prepared, ports).await.map(Into::into)
}

/// Who wants AWS keys gets none from a method that proves who asks to the server alone.
fn refuse_keys(job: &Job, method: &str) -> Result<(), AuthError> {
    match job.wanted {
        Wanted::Login => Ok(()),
        Wanted::AwsKeys => {
            Err(AuthError::invalid_setting(format!("{method} yields a token for the server, not AWS keys")))
        }
    }
}

/// A result that is a token for the server.
fn native_token(job: &Job, method: &str, native: NativeToken) -> Result<Credentials, AuthError> {
    refuse_keys(job, method)?;
    job.accept(Kind::NativeToken)?;
    let settings = &job.settings;
    let text = |key| settings.text(key).map(str::to_owned);
    let location = location::locate(settings)?;
    Ok(Credentials {
        token: Some(native.token),
        token_type: native.token_type,
        idp_type: native.idp_type,
        identity_namespace: text(Key::IdentityNamespace),
        provider_name: text(Key::ProviderName),
        idc_client_display_name: text(Key::IdcClientDisplayName),
        host: location.host,
        port: location.port.unwrap_or_default(),
        database: text(Key::Database),
        ssl_mode: ssl_mode(settings)?.to_owned(),
        ca_file: text(Key::CaFile),
        expires_at: native.expires_at,
        ..Credentials::empty(Kind::NativeToken, method)
    })
}

/// The rest of a login once there are AWS keys.
async fn of_keys(
    proved: &Proved,
    settings: &Settings,
    prepared: &Prepared,
    ports: &Ports,
) -> Result<Credentials, AuthError> {
    proved.keys.keep_back();
    match prepared.request(settings, proved.claims.as_ref())? {
        Some(request) => database::login(&request, &proved.keys, prepared, ports).await,
        None => Ok(only_keys(proved.clone())),
    }
}

/// A result that is AWS keys and nothing more.
pub(crate) fn only_keys(proved: Proved) -> Credentials {
    Credentials {
        expires_at: proved.keys.expires_at,
        aws: Some(proved.keys),
        ..Credentials::empty(Kind::AwsKeys, &proved.plugin)
    }
}

/// The members of the server-side authentication profile that the settings name, for a host that reads it by itself.
pub(crate) async fn read_auth_profile(
    mut settings: Settings,
    ports: &Ports,
) -> Result<Vec<(String, String)>, AuthError> {
    redact::know_nothing();
    prepare::check(&settings)?;
    secret_sources::read(&mut settings, ports)?;
    auth_profile_members(&settings, ports).await
}

async fn auth_profile_members(settings: &Settings, ports: &Ports) -> Result<Vec<(String, String)>, AuthError> {
    let name = settings
        .text(Key::AuthProfile)
        .ok_or_else(|| AuthError::missing_setting("AuthProfile is required to read an authentication profile."))?;
    let keys = given_keys::keys(settings)?.ok_or_else(|| Key::AccessKeyId.missing("AuthProfile"))?;
    let place = prepare::place(settings, ports).await?;
    ports.progress.now(format_args!("reading the authentication profile {name}"));
    let client = aws_client!(aws_sdk_redshift, &place.sdk_config(Service::Redshift, &keys)?);
    let content = redshift::authentication_profile(&client, name).await?;
    let (members, ignored) = auth_profile::members(&content)?;
    for key in ignored {
        ports.log.warn(
            "settings",
            format_args!("{key} of the authentication profile {name} is ignored: it is for the client to decide"),
        );
    }
    Ok(members)
}

/// Lays the authentication profile over the settings, if they name one.
async fn apply_auth_profile(settings: &mut Settings, ports: &Ports) -> Result<(), AuthError> {
    if let Some(name) = settings.text(Key::AuthProfile).map(str::to_owned) {
        let members = auth_profile_members(settings, ports).await?;
        settings.layer_over(members, Source::AuthProfile(name));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
