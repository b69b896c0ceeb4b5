//! What is asked of Redshift, and what it answers: the same for clusters and workgroups.

use crate::dsn::location::Target;
use crate::error::{AuthError, Stage, Status};
use crate::secret::SecretString;
use aws_smithy_types::DateTime;

/// A request for database credentials. Built, and found complete, before anything is sent.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseRequest {
    /// The cluster or workgroup, or the custom domain that stands for one.
    pub(crate) target: Target,
    /// Ask for the endpoint too: the settings name no host.
    pub(crate) find_endpoint: bool,
    /// `DbName`.
    pub(crate) database: Option<String>,
    /// `DbUser`; `None` with [`DatabaseRequest::federation`] and for workgroups, which take the user from IAM.
    pub(crate) user: Option<String>,
    /// `DbGroups`.
    pub(crate) groups: Vec<String>,
    /// `AutoCreate`, sent only if set.
    pub(crate) auto_create: Option<bool>,
    /// GetClusterCredentialsWithIAM in place of GetClusterCredentials.
    pub(crate) federation: bool,
    /// Seconds.
    pub(crate) duration: Option<i32>,
}

/// Database credentials as the service gave them.
#[derive(Debug, Clone)]
pub(crate) struct DatabaseCredentials {
    /// Verbatim: `IAM:`, `IAMA:` and `IAMR:` are the server's business.
    pub(crate) user: String,
    pub(crate) password: SecretString,
    /// Milliseconds since 1970.
    pub(crate) expires_at: Option<i64>,
}

/// Where the database listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Takes an answer apart that may lack anything.
pub(crate) fn credentials(
    operation: &str,
    user: Option<&str>,
    password: Option<&str>,
    expiration: Option<&DateTime>,
) -> Result<DatabaseCredentials, AuthError> {
    let incomplete = || {
        AuthError::new(
            Status::Service,
            Stage::Redshift,
            format!("AWS answered {operation} without a user or password."),
        )
    };
    Ok(DatabaseCredentials {
        user: user.filter(|user| !user.is_empty()).ok_or_else(incomplete)?.to_owned(),
        password: password.filter(|password| !password.is_empty()).ok_or_else(incomplete)?.to_owned().into(),
        expires_at: expiration.and_then(|moment| moment.to_millis().ok()),
    })
}

/// An endpoint that may not be there yet.
pub(crate) fn endpoint(what: &str, host: Option<&str>, port: Option<i32>) -> Result<Endpoint, AuthError> {
    let port = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0);
    match (host.filter(|host| !host.is_empty()), port) {
        (Some(host), Some(port)) => Ok(Endpoint { host: host.to_owned(), port }),
        _ => Err(AuthError::new(
            Status::NotFound,
            Stage::Redshift,
            format!("{what} has no endpoint yet: it is still being created."),
        )
        .retryable(true)
        .hint("Wait until it is available, or give Host.")),
    }
}

/// Says what to do when a host that is no AWS name turns out to be no custom domain either.
pub(crate) fn explain_unknown_domain(error: AuthError, domain: &str) -> AuthError {
    if error.status() == Status::NotFound {
        return error.hint(format!(
            "AWS knows no custom domain {domain}. If it is an alias, a tunnel or an address, give ClusterId or Workgroup."
        ));
    }
    error
}

/// A discovery that is not allowed need not be: the user can name the host.
pub(crate) fn explain_discovery(error: AuthError, permission: &str) -> AuthError {
    if error.status() == Status::AccessDenied && error.hint_text().is_none() {
        return error.hint(format!("Allow {permission}, or give Host so that it is not needed."));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_password_is_an_error_of_the_service() {
        let error = credentials("GetCredentials", Some("IAM:a"), Some(""), None).unwrap_err();
        assert_eq!(error.status(), Status::Service);
        assert!(credentials("GetCredentials", Some("IAM:a"), Some("p"), None).is_ok());
    }

    #[test]
    fn a_cluster_without_endpoint_is_still_being_created() {
        for (host, port) in
            [(None, Some(5439)), (Some(""), Some(5439)), (Some("h"), Some(0)), (Some("h"), Some(70_000))]
        {
            let error = endpoint("Cluster c1", host, port).unwrap_err();
            assert_eq!(error.status(), Status::NotFound);
            assert!(error.message().contains("still being created"));
        }
        assert_eq!(endpoint("Cluster c1", Some("h"), Some(5439)).unwrap().port, 5439);
    }
}
