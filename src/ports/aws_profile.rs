//! The AWS shared config files: `~/.aws/config` and `~/.aws/credentials`, as the AWS SDK reads them.
//!
//! The SDK's reader does the parsing. It lists no keys, so their names are taken from the text and looked up in it.

use super::env::Env;
use super::files::Files;
use crate::error::{AuthError, Stage, Status};
use crate::log::Log;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_runtime::env_config::property::PropertiesKey;
use aws_runtime::env_config::section::{EnvConfigSections, Profile, SsoSession};
use aws_runtime::env_config::source;
use aws_types::os_shim_internal::{Env as NoEnv, Fs as TextsRead};
use std::collections::{BTreeSet, HashMap};
use std::io::ErrorKind;
use std::path::Path;

/// The profile that is used when none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// Larger files are not config files.
const SIZE_LIMIT: u64 = 4 << 20;

/// Both files, read at one moment.
#[derive(Default)]
pub struct SharedConfig {
    sections: EnvConfigSections,
    /// Every key name that occurs in any section.
    key_names: BTreeSet<String>,
    files: Vec<LookedAt>,
    broken: Option<String>,
}

struct LookedAt {
    path: String,
    /// Why nothing was read from it.
    problem: Option<String>,
}

/// Both files, and the name of the profile in use: the one named, else `AWS_PROFILE`, else `default`. Files that cannot be
/// parsed are a warning until somebody asks for a profile.
pub async fn in_use(named: Option<&str>, env: &Env, files: &Files, log: &Log) -> (SharedConfig, String) {
    let shared = SharedConfig::read(env, files).await;
    if let Some(problem) = shared.broken() {
        log.warn("aws", format_args!("the AWS shared config is ignored: {problem}"));
    }
    let profile = named.map(str::to_owned).or_else(|| variable_text(env, "AWS_PROFILE"));
    (shared, profile.unwrap_or_else(|| DEFAULT_PROFILE.to_owned()))
}

impl SharedConfig {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those in `~/.aws`. A file that is
    /// absent is empty; one that cannot be parsed is an error of every later question for a profile.
    pub async fn read(env: &Env, files: &Files) -> Self {
        let mut this = Self::default();
        let mut texts = HashMap::new();
        let mut sources = EnvConfigFiles::builder();
        for (kind, variable, default) in [
            (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", "~/.aws/config"),
            (EnvConfigFileKind::Credentials, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
        ] {
            let path = expand_home(&variable_text(env, variable).unwrap_or_else(|| default.to_owned()), env);
            let text = this.text(&path, files).unwrap_or_default();
            this.key_names.extend(text.lines().filter_map(key_name));
            sources = sources.with_file(kind, path.clone());
            texts.insert(path, text);
        }
        // Given back from memory, so that the reader sees what we saw.
        match source::load(&NoEnv::from_slice(&[]), &TextsRead::from_map(texts), &sources.build()).await {
            Ok(source) => match EnvConfigSections::parse(source) {
                Ok(sections) => this.sections = sections,
                Err(error) => this.broken = Some(error.to_string()),
            },
            Err(error) => this.broken = Some(error.to_string()),
        }
        this
    }

    fn text(&mut self, path: &str, files: &Files) -> Option<String> {
        let (text, problem) = match files.read_text(Path::new(path), SIZE_LIMIT) {
            Ok(text) => (Some(text), None),
            Err(error) if error.kind() == ErrorKind::NotFound => (None, Some("no such file".to_owned())),
            Err(error) => (None, Some(error.to_string())),
        };
        self.files.push(LookedAt { path: path.to_owned(), problem });
        text
    }

    /// What is wrong with the text of the files, if something is.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// The profile of this name, if there is one.
    pub fn find(&self, name: &str) -> Result<Option<&Profile>, AuthError> {
        match &self.broken {
            Some(problem) => Err(AuthError::invalid_setting(format!("AWS shared config: {}", one_line(problem)))),
            None => Ok(self.sections.get_profile(name)),
        }
    }

    /// The profile of this name, or an error that helps to find the right one.
    pub fn require(&self, name: &str) -> Result<&Profile, AuthError> {
        if let Some(profile) = self.find(name)? {
            return Ok(profile);
        }
        let error = AuthError::new(
            Status::ProfileNotFound,
            Stage::Settings,
            format!("there is no AWS profile '{name}' in {}", self.looked_at()),
        );
        let mut known: Vec<&str> = self.sections.profiles().collect();
        known.sort_unstable();
        Err(match (nearest(name, &known), known.is_empty()) {
            (_, true) => error.hint("no profile is defined there; `aws configure` makes one"),
            (Some(nearest), _) => error.hint(format!("did you mean '{nearest}'? Known profiles: {}", listed(&known))),
            (None, _) => error.hint(format!("known profiles: {}", listed(&known))),
        })
    }

    /// An `[sso-session …]` section.
    pub fn sso_session(&self, name: &str) -> Option<&SsoSession> {
        self.sections.sso_session(name)
    }

    /// A value of the `[services …]` section that a profile refers to.
    pub fn service_value(&self, profile: &str, service: &str, key: &str) -> Option<&str> {
        let section = self.value(profile, "services")?;
        let key = PropertiesKey::builder()
            .section_key("services")
            .section_name(section)
            .property_name(service)
            .sub_property_name(key)
            .build()
            .ok()?;
        self.sections.other_sections().get(&key).map(|value| value.trim())
    }

    /// A value of a profile that may not exist; blank counts as absent.
    pub fn value(&self, profile: &str, key: &str) -> Option<&str> {
        value(self.sections.get_profile(profile)?, key)
    }

    /// The region of a profile.
    pub fn region(&self, profile: &str) -> Option<&str> {
        self.value(profile, "region")
    }

    /// The keys of a profile that are for the login, not for AWS tools: `DbUser`, `plugin_name` and its keys, …, as
    /// settings to be layered under those of the DSN. The region is not among them: a host's beats a profile's.
    pub fn redshift_settings(&self, name: &str) -> Result<Vec<(String, String)>, AuthError> {
        let profile = self.require(name)?;
        let with_plugin = value(profile, "plugin_name").is_some();
        let ours = |key: &&String| !is_aws_key(key) || (with_plugin && PLUGIN_KEYS.contains(&key.as_str()));
        let pairs = self.key_names.iter().filter(ours).filter_map(|key| Some((key, value(profile, key)?)));
        // A value of several lines is a nested section, such as `s3 =`.
        Ok(pairs.filter(|(_, value)| !value.contains('\n')).map(|(k, v)| (k.clone(), v.to_owned())).collect())
    }

    /// The paths of the files, each with why it gave nothing.
    pub fn looked_at(&self) -> String {
        let each = self.files.iter().map(|file| match &file.problem {
            Some(problem) => format!("{} ({problem})", file.path),
            None => file.path.clone(),
        });
        each.collect::<Vec<_>>().join(" or ")
    }
}

/// A value of a profile; blank counts as absent.
pub fn value<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    profile.get(key).map(str::trim).filter(|value| !value.is_empty())
}

/// A variable's value; blank counts as absent.
pub fn variable_text(env: &Env, name: &str) -> Option<String> {
    let value = env.get(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Puts the home directory in the place of a leading `~/`.
pub fn expand_home(path: &str, env: &Env) -> String {
    match (path.strip_prefix("~/"), env.get_set("HOME")) {
        (Some(rest), Some(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
        _ => path.to_owned(),
    }
}

/// What AWS tools call a key, and what a plugin may call one too.
const PLUGIN_KEYS: [&str; 2] = ["role_arn", "role_session_name"];

/// Keys of AWS tools, from the AWS SDKs and Tools reference guide; those with a `_` at the end are prefixes.
const AWS_KEYS: [&str; 40] = [
    "account_id_endpoint_mode",
    "api_versions",
    "auth_scheme_preference",
    "aws_",
    "ca_bundle",
    "cli_",
    "credential_process",
    "credential_source",
    "csm_",
    "defaults_mode",
    "disable_",
    "duration_seconds",
    "ec2_",
    "endpoint_discovery_enabled",
    "endpoint_url",
    "external_id",
    "ignore_configured_endpoint_urls",
    "login_session",
    "max_attempts",
    "metadata_service_",
    "mfa_serial",
    "output",
    "parameter_validation",
    "profile",
    "region",
    "request_",
    "response_",
    "retry_mode",
    "role_arn",
    "role_session_name",
    "s3",
    "sdk_ua_app_id",
    "services",
    "sigv4a_signing_region_set",
    "source_profile",
    "sso_",
    "sts_regional_endpoints",
    "tcp_keepalive",
    "use_",
    "web_identity_token_file",
];

fn is_aws_key(key: &str) -> bool {
    AWS_KEYS.iter().any(|known| if known.ends_with('_') { key.starts_with(known) } else { key == *known })
}

/// The name in a line of the form `name = value`, in lower case as the reader stores it.
fn key_name(line: &str) -> Option<String> {
    if line.starts_with(['[', '#', ';', ' ', '\t']) {
        return None;
    }
    Some(line.split_once('=')?.0.trim().to_ascii_lowercase())
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if names.len() > 20 { format!("{shown}, … ({} in all)", names.len()) } else { shown }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name that differs least, if it does not differ much.
fn nearest<'a>(wanted: &str, known: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let by_distance = known.iter().map(|name| (distance(&wanted, &name.to_lowercase()), *name));
    by_distance.filter(|(distance, _)| *distance <= wanted.len().div_ceil(3)).min().map(|(_, name)| name)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.chars()) {
            let cost = (diagonal + usize::from(x != y)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, cost);
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
[default]
region = us-east-1

[profile prod]
region = eu-west-1
DbUser = analyst
dbgroups = a,b
role_arn = arn:aws:iam::1:role/r
output = json
client_secret = a=b==
services = local
s3 =
  max_concurrent_requests = 20
[profile jwt]
plugin_name = JwtIamAuthPlugin
role_arn = arn:aws:iam::1:role/r
[services local]
sts =
  endpoint_url = http://localhost:4566
";

    async fn read(files: &[(&str, &str)]) -> SharedConfig {
        SharedConfig::read(&Env::from_pairs([("HOME", "/home/u")]), &Files::from_pairs(files.iter().copied())).await
    }

    #[tokio::test]
    async fn offers_what_is_not_for_aws_tools() {
        let shared = read(&[("/home/u/.aws/config", CONFIG)]).await;
        let pairs = shared.redshift_settings("prod").unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("client_secret", "a=b=="), ("dbgroups", "a,b"), ("dbuser", "analyst")]);
        assert_eq!(shared.region("prod"), Some("eu-west-1"));
        assert_eq!(shared.service_value("prod", "sts", "endpoint_url"), Some("http://localhost:4566"));
        assert_eq!(shared.service_value("default", "sts", "endpoint_url"), None);
    }

    #[tokio::test]
    async fn a_role_is_the_plugins_where_there_is_a_plugin() {
        let shared = read(&[("/home/u/.aws/config", CONFIG)]).await;
        let pairs = shared.redshift_settings("jwt").unwrap();
        assert!(pairs.contains(&("role_arn".to_owned(), "arn:aws:iam::1:role/r".to_owned())), "{pairs:?}");
    }

    #[tokio::test]
    async fn a_missing_profile_names_the_files_and_the_nearest() {
        let shared = read(&[("/home/u/.aws/config", CONFIG)]).await;
        let error = shared.require("Porduction").unwrap_err();
        assert_eq!(error.status(), Status::ProfileNotFound);
        assert_eq!(
            error.message(),
            "there is no AWS profile 'Porduction' in /home/u/.aws/config or /home/u/.aws/credentials (no such file)"
        );
        assert_eq!(error.hint_text(), Some("known profiles: default, jwt, prod"));
        let error = shared.require("PRDO").unwrap_err();
        assert_eq!(error.hint_text(), Some("did you mean 'prod'? Known profiles: default, jwt, prod"));
        assert!(read(&[]).await.require("x").unwrap_err().hint_text().unwrap().contains("no profile is defined"));
        assert!(shared.require("prod").is_ok());
    }

    #[tokio::test]
    async fn the_credentials_file_wins_and_variables_name_the_files() {
        let env = Env::from_pairs([
            ("HOME", "/home/u"),
            ("AWS_CONFIG_FILE", "/etc/aws"),
            ("AWS_SHARED_CREDENTIALS_FILE", "~/keys"),
        ]);
        let files = Files::from_pairs([
            ("/etc/aws", "[profile p]\nregion = eu-west-1\nDbUser = a\n"),
            ("/home/u/keys", "[p]\ndbuser = b\n"),
        ]);
        let shared = SharedConfig::read(&env, &files).await;
        assert_eq!(shared.value("p", "dbuser"), Some("b"));
        assert_eq!(shared.region("p"), Some("eu-west-1"));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_parsed_is_named_with_the_line() {
        let shared = read(&[("/home/u/.aws/config", "[default]\nregion = x\nnonsense\n")]).await;
        let error = shared.require("default").unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().contains("/home/u/.aws/config on line 3"), "{error}");
        assert!(shared.broken().is_some());
    }

    #[test]
    fn measures_distance() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(nearest("staging", &["stagin", "prod"]), Some("stagin"));
        assert_eq!(nearest("zzz", &["stagin", "prod"]), None);
    }
}
