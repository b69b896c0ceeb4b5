//! The one way of a login: settings, proof, AWS keys, database credentials.
//!
//! Whatever makes a login impossible is found before the first request that could be spared.

mod prepare;
mod secret_sources;

pub(crate) use prepare::accept;

use crate::credentials::{AwsKeys, Credentials, Kind, Proved};
use crate::dsn::auth_profile;
use crate::dsn::keys::Key;
use crate::dsn::settings::{Settings, Source};
use crate::error::AuthError;
use crate::exchange::database::{DatabaseCredentials, DatabaseRequest, Endpoint};
use crate::exchange::endpoint::Service;
use crate::exchange::{aws_error, chain, redshift, serverless};
use crate::plugin::Proof;
use crate::ports::Ports;
use prepare::{Place, Prepared};

/// What a call is to end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What the database takes: user and password, or a token.
    Login,
    /// AWS keys: the login stops after the AWS step.
    AwsKeys,
}

/// What to log in with.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) settings: Settings,
    /// The canonical name of a plugin-named entry point.
    pub(crate) entry: Option<&'static str>,
    pub(crate) wanted: Wanted,
    pub(crate) accepted_kinds: Option<u32>,
    /// Keys of the host's own that are no mistake of the user's.
    pub(crate) host_keys: Vec<String>,
    /// AWS keys of an earlier login with the same identity.
    pub(crate) known: Option<Proved>,
}

/// Logs in. `publish` is told the AWS keys as soon as there are any, so that other logins need not prove again.
pub(crate) async fn login(mut job: Job, ports: &Ports, publish: &dyn Fn(&Proved)) -> Result<Credentials, AuthError> {
    let prepared = prepare::prepare(&mut job, ports).await?;
    let name = prepared.plugin.name();
    finish(&mut job, &prepared, ports, publish).await.map_err(|error| error.of_plugin(name))
}

async fn finish(
    job: &mut Job,
    prepared: &Prepared,
    ports: &Ports,
    publish: &dyn Fn(&Proved),
) -> Result<Credentials, AuthError> {
    if let Some(known) = job.known.take() {
        match of_keys(&known.keys, prepared, ports).await {
            // Revoked since they were stored: a proof of today is worth one more try.
            Err(error) if aws_error::keys_do_not_hold(&error) => {
                ports.log.info("login", format_args!("AWS refused stored keys ({}); proving again", error.message()));
            }
            result => return result,
        }
    }
    let keys = prove(prepared, &job.settings, ports).await?;
    let proved = Proved { keys, plugin: prepared.plugin.name() };
    publish(&proved);
    of_keys(&proved.keys, prepared, ports).await
}

async fn prove(prepared: &Prepared, settings: &Settings, ports: &Ports) -> Result<AwsKeys, AuthError> {
    let Proof::Aws(source) = prepared.plugin.prove(settings, ports).await?;
    ports.progress.now(format_args!("looking for AWS keys"));
    chain::resolve(&source, &prepared.place.aws).await
}

/// The rest of a login once there are AWS keys.
async fn of_keys(keys: &AwsKeys, prepared: &Prepared, ports: &Ports) -> Result<Credentials, AuthError> {
    let Some(request) = &prepared.request else {
        return Ok(only_keys(Proved { keys: keys.clone(), plugin: prepared.plugin.name() }));
    };
    let (database, endpoint) = exchange(request, &prepared.place, keys, ports).await?;
    Ok(assemble(prepared, request, database, endpoint, keys))
}

/// Credentials, and the endpoint beside them where the settings name no host.
async fn exchange(
    request: &DatabaseRequest,
    place: &Place,
    keys: &AwsKeys,
    ports: &Ports,
) -> Result<(DatabaseCredentials, Option<Endpoint>), AuthError> {
    use crate::dsn::location::Target;
    ports.progress.now(format_args!("asking Redshift for database credentials in {}", place.region));
    match &request.target {
        Target::Workgroup { .. } | Target::WorkgroupDomain { .. } => {
            let client = aws_sdk_redshiftserverless::Client::new(&place.sdk_config(Service::RedshiftServerless, keys)?);
            let name = match &request.target {
                Target::Workgroup { name } if request.find_endpoint => Some(name),
                _ => None,
            };
            tokio::try_join!(serverless::credentials(&client, request), async {
                match name {
                    Some(name) => serverless::endpoint(&client, name).await.map(Some),
                    None => Ok(None),
                }
            })
        }
        Target::Cluster { .. } | Target::ClusterDomain { .. } => {
            let client = aws_sdk_redshift::Client::new(&place.sdk_config(Service::Redshift, keys)?);
            let id = match &request.target {
                Target::Cluster { id } if request.find_endpoint => Some(id),
                _ => None,
            };
            tokio::try_join!(redshift::credentials(&client, request), async {
                match id {
                    Some(id) => redshift::endpoint(&client, id).await.map(Some),
                    None => Ok(None),
                }
            })
        }
    }
}

fn assemble(
    prepared: &Prepared,
    request: &DatabaseRequest,
    database: DatabaseCredentials,
    endpoint: Option<Endpoint>,
    keys: &AwsKeys,
) -> Credentials {
    let (found_host, found_port) = endpoint.map(|found| (found.host, found.port)).unzip();
    Credentials {
        kind: Kind::DbPassword,
        user: Some(database.user),
        password: Some(database.password),
        host: prepared.connect_to.clone().or(found_host),
        port: found_port.unwrap_or(prepared.port),
        database: request.database.clone(),
        ssl_mode: prepared.ssl_mode.clone(),
        ca_file: prepared.ca_file.clone(),
        expires_at: database.expires_at,
        ..only_keys(Proved { keys: keys.clone(), plugin: prepared.plugin.name() })
    }
}

/// A result that is AWS keys and nothing more.
pub(crate) fn only_keys(Proved { keys, plugin }: Proved) -> Credentials {
    Credentials {
        kind: Kind::AwsKeys,
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
        expires_at: keys.expires_at,
        aws: Some(keys),
        plugin: plugin.to_owned(),
    }
}

/// The members of the server-side authentication profile that the settings name, for a host that reads it by itself.
pub(crate) async fn read_auth_profile(
    mut settings: Settings,
    ports: &Ports,
) -> Result<Vec<(String, String)>, AuthError> {
    prepare::check(&settings)?;
    secret_sources::read(&mut settings, ports)?;
    auth_profile_members(&settings, ports).await
}

async fn auth_profile_members(settings: &Settings, ports: &Ports) -> Result<Vec<(String, String)>, AuthError> {
    let name = settings
        .text(Key::AuthProfile)
        .ok_or_else(|| AuthError::missing_setting("AuthProfile is required to read an authentication profile."))?;
    let keys = crate::plugin::static_keys::keys(settings)?;
    let place = prepare::place(settings, ports).await?;
    ports.progress.now(format_args!("reading the authentication profile {name}"));
    let client = aws_sdk_redshift::Client::new(&place.sdk_config(Service::Redshift, &keys)?);
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
