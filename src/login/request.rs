//! What is asked of Redshift: the settings, and what an identity provider says of the user.

use crate::credentials::Claims;
use crate::dsn::keys::Key;
use crate::dsn::location::{Location, Target};
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::exchange::database::DatabaseRequest;
use regex_lite::Regex;

/// The request of these settings. `claims`: what the identity provider says; `None` where none is asked.
pub(super) fn database_request(
    settings: &Settings,
    location: &Location,
    claims: Option<&Claims>,
) -> Result<DatabaseRequest, AuthError> {
    let target = location.require_target()?.clone();
    let serverless = matches!(target, Target::Workgroup { .. } | Target::WorkgroupDomain { .. });
    let federation = !serverless && settings.flag(Key::GroupFederation)?.unwrap_or(false);
    let names_user = !serverless && !federation;
    let duration = settings.number(Key::IamDuration)?.and_then(|seconds| i32::try_from(seconds).ok());
    Ok(DatabaseRequest {
        target,
        find_endpoint: location.host.is_none(),
        database: settings.text(Key::Database).map(str::to_owned),
        user: if names_user { Some(database_user(settings, claims)?) } else { None },
        groups: if names_user { groups(settings, claims)? } else { Vec::new() },
        auto_create: if names_user {
            either(settings.flag(Key::AutoCreate)?, claims.and_then(|claims| claims.auto_create))
        } else {
            None
        },
        federation,
        duration,
    })
}

/// On where either side says so; `None` where neither says anything.
fn either(settings: Option<bool>, provider: Option<bool>) -> Option<bool> {
    match (settings, provider) {
        (None, None) => None,
        (one, other) => Some(one == Some(true) || other == Some(true)),
    }
}

fn database_user(settings: &Settings, claims: Option<&Claims>) -> Result<String, AuthError> {
    let of_settings = settings.text(Key::DbUser);
    let user = match claims {
        // The user of an identity provider is not one of the database.
        None => of_settings.or_else(|| settings.text(Key::Uid)),
        Some(claims) => {
            let of_provider = claims.db_user.as_deref();
            if claims.overrides_db_user { of_provider.or(of_settings) } else { of_settings.or(of_provider) }
        }
    };
    user.map(str::to_owned).ok_or_else(|| {
        AuthError::missing_setting(match claims {
            None => "DbUser is required: give it (or UID) in the settings, or DbUser in the AWS profile.",
            Some(_) => {
                "DbUser is required: give it in the settings or the AWS profile, or have the identity provider send it \
                 (SAML attribute DbUser or RoleSessionName; claim DbUser, upn, preferred_username or email of a JWT)."
            }
        })
        .hint("With group_federation=1 the database user comes from the IAM identity instead.")
    })
}

/// Those of the settings, else those of the provider without what the filter matches.
fn groups(settings: &Settings, claims: Option<&Claims>) -> Result<Vec<String>, AuthError> {
    let mut groups = settings.list(Key::DbGroups);
    if groups.is_empty() {
        let filter = filter(settings)?;
        let left_out = |group: &String| filter.as_ref().is_some_and(|filter| filter.is_match(group));
        let offered = claims.map(|claims| claims.db_groups.as_slice()).unwrap_or_default();
        groups = offered.iter().filter(|group| !left_out(group)).cloned().collect();
    }
    let lowercase = either(settings.flag(Key::ForceLowercase)?, claims.and_then(|claims| claims.force_lowercase));
    if lowercase == Some(true) {
        groups = groups.iter().map(|group| group.to_lowercase()).collect();
    }
    Ok(groups)
}

/// `dbgroups_filter`, for whole groups only.
fn filter(settings: &Settings) -> Result<Option<Regex>, AuthError> {
    let Some(pattern) = settings.text(Key::DbGroupsFilter) else { return Ok(None) };
    Regex::new(&format!("^(?:{pattern})$"))
        .map(Some)
        .map_err(|_| settings.invalid(Key::DbGroupsFilter, "is not a regular expression"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsn::location;
    use crate::dsn::settings::Source;

    fn request(pairs: &[(&str, &str)], claims: Option<&Claims>) -> Result<DatabaseRequest, AuthError> {
        let host = [("Host", "c.x.us-east-1.redshift.amazonaws.com")];
        let settings = Settings::from_pairs(host.iter().chain(pairs).copied(), Source::Argument);
        database_request(&settings, &location::locate(&settings).unwrap(), claims)
    }

    fn says(db_user: Option<&str>, groups: &[&str]) -> Claims {
        Claims {
            db_user: db_user.map(str::to_owned),
            db_groups: groups.iter().map(|&group| group.to_owned()).collect(),
            ..Claims::default()
        }
    }

    #[test]
    fn whose_user_it_is() {
        let user = |pairs: &[(&str, &str)], claims: Option<&Claims>| request(pairs, claims).map(|r| r.user.unwrap());
        let overriding = Claims { overrides_db_user: true, ..says(Some("saml"), &[]) };
        let silent = Claims { overrides_db_user: true, ..says(None, &[]) };
        // PY-116, PY-117, PY-118
        assert_eq!(user(&[("DbUser", "dsn")], Some(&overriding)).unwrap(), "saml");
        assert_eq!(user(&[("DbUser", "dsn")], Some(&silent)).unwrap(), "dsn");
        assert_eq!(user(&[("DbUser", "dsn")], Some(&says(Some("saml"), &[]))).unwrap(), "dsn");
        assert_eq!(user(&[("UID", "idp")], Some(&says(Some("saml"), &[]))).unwrap(), "saml");
        // UID is a user of the identity provider, unless there is none.
        let error = user(&[("UID", "idp")], Some(&says(None, &[]))).unwrap_err();
        assert!(error.message().contains("RoleSessionName"), "{error}");
        assert_eq!(user(&[("UID", "db")], None).unwrap(), "db");
        assert!(user(&[], None).is_err());
        let federated = request(&[("group_federation", "1")], Some(&says(None, &["g"]))).unwrap();
        assert_eq!((federated.user, federated.groups.len(), federated.auto_create), (None, 0, None));
    }

    #[test]
    fn whose_groups_they_are() {
        let claims = says(Some("u"), &["Analysts", "AWS-Admins", "aws-x", "Readers"]);
        let groups = |pairs: &[(&str, &str)], claims: &Claims| request(pairs, Some(claims)).unwrap().groups;
        assert_eq!(groups(&[], &claims), ["Analysts", "AWS-Admins", "aws-x", "Readers"]);
        assert_eq!(groups(&[("dbgroups_filter", "AWS-.*|Read")], &claims), ["Analysts", "aws-x", "Readers"]);
        // PY-119, PY-121: no mixing; lower case only where it is asked for.
        assert_eq!(groups(&[("DbGroups", "A, b"), ("dbgroups_filter", ".*")], &claims), ["A", "b"]);
        assert_eq!(groups(&[("DbGroups", "A, b"), ("ForceLowercase", "1")], &claims), ["a", "b"]);
        let lower = Claims { force_lowercase: Some(true), ..says(Some("U"), &["G"]) };
        assert_eq!(groups(&[("ForceLowercase", "0")], &lower), ["g"]);
        assert_eq!(groups(&[("DbGroups", "A")], &lower), ["a"]);
        assert_eq!(request(&[], Some(&lower)).unwrap().user.as_deref(), Some("U"), "the user is left as it is");
    }

    #[test]
    fn either_side_may_ask_for_creation() {
        for (setting, provider, sent) in [
            (None, None, None),
            (None, Some(false), Some(false)),
            (Some("0"), Some(true), Some(true)),
            (Some("1"), None, Some(true)),
            (Some("0"), None, Some(false)),
        ] {
            let claims = Claims { auto_create: provider, ..says(Some("u"), &[]) };
            let pairs: Vec<_> = setting.map(|value| ("AutoCreate", value)).into_iter().collect();
            assert_eq!(request(&pairs, Some(&claims)).unwrap().auto_create, sent, "{setting:?} {provider:?}");
        }
    }
}
