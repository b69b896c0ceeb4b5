//! Everything that is decided before a login proves or asks anything: method, place, region, request.

use super::request::database_request;
use super::{Job, Wanted, apply_auth_profile, secret_sources};
use crate::credentials::{AwsKeys, Claims, Kind};
use crate::dsn::keys::{self, Key};
use crate::dsn::location::{self, HostKind, Location, RegionSource};
use crate::dsn::method::{self, Choice, Chosen};
use crate::dsn::settings::{Settings, Source, quoted};
use crate::dsn::ssl_mode::ssl_mode;
use crate::dsn::values;
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::database::DatabaseRequest;
use crate::exchange::endpoint::Service;
use crate::os::canonical_name::canonical_name;
use crate::os::one_off_thread;
use crate::plugin::{Plugin, registry};
use crate::ports::Ports;
use crate::ports::browser_login::Manner;
use aws_types::SdkConfig;
use std::sync::Arc;
use std::time::Duration;

/// The ODBC driver gives a name lookup two seconds; so do we.
const NAME_LOOKUP: Duration = Duration::from_secs(2);

/// What a profile may say of the way to its identity provider.
const NETWORK: [Key; 8] = [
    Key::CaFile,
    Key::CaPath,
    Key::SslInsecure,
    Key::HttpsProxyHost,
    Key::HttpsProxyPort,
    Key::HttpsProxyUsername,
    Key::HttpsProxyPassword,
    Key::IdpUseHttpsProxy,
];

/// How the caller proves who asks.
pub(super) enum Method {
    BuiltIn(&'static dyn Plugin),
    /// A plugin of the host's own, at this place of its list.
    Host {
        index: usize,
        name: String,
    },
}

impl Method {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::BuiltIn(plugin) => plugin.name(),
            Self::Host { name, .. } => name,
        }
    }
}

/// A login that can begin.
pub(super) struct Prepared {
    /// The name of its method.
    pub(super) method: String,
    pub(super) place: Place,
    pub(super) location: Location,
    wanted: Wanted,
    pub(super) ssl_mode: String,
    pub(super) ca_file: Option<String>,
}

impl Prepared {
    /// Whether AWS keys are all that is wanted.
    pub(super) fn ends_in_keys(&self) -> bool {
        self.wanted == Wanted::AwsKeys
    }

    /// What is asked of Redshift. `None`: AWS keys are all that is wanted. `claims` are what an identity provider says;
    /// without one the settings say it all.
    pub(super) fn request(
        &self,
        settings: &Settings,
        claims: Option<&Claims>,
    ) -> Result<Option<DatabaseRequest>, AuthError> {
        match self.wanted {
            Wanted::Login => database_request(settings, &self.location, claims).map(Some),
            Wanted::AwsKeys => Ok(None),
        }
    }
}

/// The values by themselves. `SSLMode=disable` is a word of no driver's list here, but deserves to be told why.
pub(super) fn check(settings: &Settings) -> Result<(), AuthError> {
    ssl_mode(settings)?;
    settings.validate()
}

/// Where AWS is asked, and for what: as complete as can be before anything is sent.
pub(super) async fn decide(job: &Job, method: &str, aws: AwsConfig, ports: &Ports) -> Result<Prepared, AuthError> {
    let settings = &job.settings;
    let location = location::locate(settings)?;
    if job.wanted == Wanted::Login {
        location.require_target()?;
    }
    let place = place_of(settings, &location, aws, ports).await?;
    Ok(prepared(settings, method, job.wanted, location, place, ssl_mode(settings)?))
}

/// A login at this place.
pub(super) fn prepared(
    settings: &Settings,
    method: &str,
    wanted: Wanted,
    location: Location,
    place: Place,
    ssl_mode: &str,
) -> Prepared {
    let ca_file = settings.text(Key::CaFile).map(str::to_owned);
    Prepared { method: method.to_owned(), place, location, wanted, ssl_mode: ssl_mode.to_owned(), ca_file }
}

/// The method that the settings ask for, and the AWS shared config. An AWS profile may name another one, with keys of its
/// own.
pub(super) async fn choose_method(job: &mut Job, ports: &mut Ports) -> Result<(Method, AwsConfig), AuthError> {
    check(&job.settings)?;
    secret_sources::read(&mut job.settings, ports)?;
    apply_auth_profile(&mut job.settings, ports).await?;
    check(&job.settings)?;
    let mut choice = choose(&job.settings, job.entry, &job.host_plugins.names)?;
    ports.progress.now(format_args!("reading the AWS shared config"));
    let mut aws = AwsConfig::read(ports.clone(), named_profile(&choice.chosen)).await;
    if layer_profile(&mut job.settings, &choice.chosen, &aws)? {
        check(&job.settings)?;
        if job.settings.given(Key::PluginName) {
            choice = choose(&job.settings, job.entry, &job.host_plugins.names)?;
        }
    }
    if NETWORK.iter().any(|key| matches!(job.settings.source(*key), Some(Source::Profile(_) | Source::AuthProfile(_))))
    {
        ports.http = (job.connect)(&job.settings)?;
        aws.ports.http = Arc::clone(&ports.http);
    }
    for warning in &choice.warnings {
        ports.log.warn("settings", format_args!("{warning}"));
    }
    let method = method_of(&choice.chosen, &job.host_plugins.names)?;
    tell(&method, job, ports);
    Ok((method, aws))
}

/// The profile that the method names.
pub(super) fn named_profile(chosen: &Chosen) -> Option<&str> {
    match chosen {
        Chosen::Profile(name) => name.as_deref(),
        _ => None,
    }
}

/// Lays what the AWS profile in use says under the settings, if the method reads it: the default chain does without a
/// profile, a login by profile does not.
pub(super) fn layer_profile(settings: &mut Settings, chosen: &Chosen, aws: &AwsConfig) -> Result<bool, AuthError> {
    let is_read = match chosen {
        Chosen::Profile(_) => true,
        Chosen::Default => matches!(aws.shared.find(&aws.profile), Ok(Some(_))),
        _ => false,
    };
    if is_read {
        let pairs = aws.shared.redshift_settings(&aws.profile)?;
        settings.layer_under(pairs, Source::Profile(aws.profile.clone()));
    }
    Ok(is_read)
}

pub(super) fn method_of(chosen: &Chosen, host_plugins: &[String]) -> Result<Method, AuthError> {
    if let Chosen::Host(index) = chosen {
        let name = host_plugins.get(*index).cloned().unwrap_or_default();
        return Ok(Method::Host { index: *index, name });
    }
    registry::require(method::name_of(chosen)).map(Method::BuiltIn)
}

/// Which keys a plugin of the host's own reads is not known here, so none of them is called unknown then.
fn tell(method: &Method, job: &Job, ports: &Ports) {
    if let Method::BuiltIn(_) = method {
        for warning in job.settings.warnings(&job.host_keys) {
            ports.log.warn("settings", format_args!("{warning}"));
        }
    }
    ports.log.info("login", format_args!("method {}", method.name()));
}

pub(super) fn choose(settings: &Settings, entry: Option<&str>, host_plugins: &[String]) -> Result<Choice, AuthError> {
    let names: Vec<_> = host_plugins.iter().map(String::as_str).collect();
    method::choose(settings, entry, &names)
}

pub(super) fn require(plugin: &dyn Plugin, settings: &Settings) -> Result<(), AuthError> {
    match plugin.required().iter().find(|key| !settings.given(**key)) {
        None => Ok(()),
        Some(key) => Err(key.missing(plugin.name())),
    }
}

/// A kind of result that the host does not take is refused, whether it comes from the cache or before any request; who
/// wants AWS keys gets AWS keys.
pub(crate) fn accept(kind: Kind, wanted: Wanted, accepted: Option<u32>) -> Result<(), AuthError> {
    if wanted == Wanted::AwsKeys || accepted.is_none_or(|mask| mask & kind.bit() != 0) {
        return Ok(());
    }
    let yields = match kind {
        Kind::DbPassword => "a database user and password",
        Kind::NativeToken => "a token for the server's own authentication",
        Kind::AwsKeys => "AWS keys",
    };
    Err(AuthError::invalid_setting(format!(
        "The login method of this data source yields {yields}, which the application does not take."
    ))
    .hint("Choose another plugin_name or AuthType for this application."))
}

/// Where AWS is asked.
pub(super) struct Place {
    pub(super) aws: AwsConfig,
    pub(super) region: String,
    /// `EndPointUrl`.
    endpoint: Option<String>,
}

impl Place {
    pub(super) fn sdk_config(&self, service: Service, keys: &AwsKeys) -> Result<SdkConfig, AuthError> {
        self.aws.sdk_config(service, &self.region, self.endpoint.as_deref(), Some(keys))
    }
}

/// The place of a login that has no method yet: that of an authentication profile.
pub(super) async fn place(settings: &Settings, ports: &Ports) -> Result<Place, AuthError> {
    let aws = AwsConfig::read(ports.clone(), settings.text(Key::Profile)).await;
    place_of(settings, &location::locate(settings)?, aws, ports).await
}

async fn place_of(settings: &Settings, location: &Location, aws: AwsConfig, ports: &Ports) -> Result<Place, AuthError> {
    let found = region(settings, location, &aws, ports).await?;
    place_in(settings, found, aws, ports)
}

/// The place in this region.
pub(super) fn place_in(
    settings: &Settings,
    (region, source): (String, RegionSource),
    mut aws: AwsConfig,
    ports: &Ports,
) -> Result<Place, AuthError> {
    // It becomes part of a host name, whatever it comes from.
    values::check(keys::Kind::Region, &region)
        .map_err(|fault| AuthError::invalid_setting(format!("the region {} from {source} {fault}", quoted(&region))))?;
    ports.log.debug("settings", format_args!("region {region}, from {source}"));
    aws.region = Some(region.clone());
    aws.sts_endpoint = settings.text(Key::StsEndpointUrl).map(str::to_owned);
    aws.manner = Manner::of(settings)?;
    Ok(Place { aws, region, endpoint: settings.text(Key::EndpointUrl).map(str::to_owned) })
}

/// `Region` > host > AWS profile > canonical name of the host > `AWS_REGION` > `AWS_DEFAULT_REGION`.
async fn region(
    settings: &Settings,
    location: &Location,
    aws: &AwsConfig,
    ports: &Ports,
) -> Result<(String, RegionSource), AuthError> {
    if let Some(found) = region_at_hand(location, aws) {
        return Ok(found);
    }
    if let Some(host) = alias(settings, location)
        && let Some(found) = region_of_alias(host, ports).await
    {
        return Ok(found);
    }
    region_of_environment(ports)
}

/// The region that needs no name lookup.
pub(super) fn region_at_hand(location: &Location, aws: &AwsConfig) -> Option<(String, RegionSource)> {
    let of_profile = || {
        let region = aws.shared.region(&aws.profile)?;
        Some((region.to_owned(), RegionSource::Profile(aws.profile.clone())))
    };
    location.region.clone().or_else(of_profile)
}

/// The host whose canonical name may tell a region.
pub(super) fn alias<'a>(settings: &'a Settings, location: &Location) -> Option<&'a str> {
    let host = settings.text(Key::Host).filter(|_| location.host_kind == HostKind::Other)?;
    host.parse::<std::net::IpAddr>().is_err().then_some(host)
}

/// The last resort.
pub(super) fn region_of_environment(ports: &Ports) -> Result<(String, RegionSource), AuthError> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    let mut found = variables.filter_map(|name| Some((ports.env.get_set(name)?, RegionSource::Environment(name))));
    found.next().ok_or_else(|| {
        Key::Region.missing("neither the host nor the AWS profile nor AWS_REGION names a region, so the login")
    })
}

/// The region of the name that an alias stands for.
async fn region_of_alias(host: &str, ports: &Ports) -> Option<(String, RegionSource)> {
    ports.progress.now(format_args!("looking up the name {host}"));
    let name = host.to_owned();
    let lookup = one_off_thread::run(move || canonical_name(&name));
    let canonical = tokio::time::timeout(NAME_LOOKUP, lookup).await.ok()?.ok()??;
    let region = location::classify(&canonical).region()?.to_owned();
    Some((region, RegionSource::CanonicalName(canonical)))
}
