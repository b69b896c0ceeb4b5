//! The exchange of a proof for AWS keys, with what the identity provider says of the database user.

use super::prepare::Prepared;
use crate::credentials::{AwsKeys, AwsSource, Claims, Proved};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::exchange::chain;
use crate::exchange::sts::{self, Role};
use crate::options::EventKind;
use crate::plugin::Proof;
use crate::ports::Ports;
use crate::protocol::jwt;
use crate::protocol::saml::{self, Assertion, RolePair};
use crate::redact;
use crate::secret::{ExposeSecret, SecretString};

/// Whoever it is shown to may repeat it.
pub(super) fn keep_back(proof: &Proof) {
    match proof {
        Proof::SamlResponse(token) | Proof::WebIdentity(token) => redact::keep_back(token),
        Proof::Aws(AwsSource::Static(keys)) => keys.keep_back(),
        Proof::Aws(_) | Proof::NativeToken(_) | Proof::IdentityCenter(_) => {}
    }
}

/// Exchanges `proof`. Whatever makes the login impossible is found before STS is asked.
pub(super) async fn exchange(
    proof: Proof,
    settings: &Settings,
    prepared: &Prepared,
    ports: &Ports,
) -> Result<Proved, AuthError> {
    let aws = &prepared.place.aws;
    let (keys, claims) = match proof {
        Proof::Aws(source) => {
            ports.progress.now(format_args!("looking for AWS keys"));
            (chain::resolve(&source, aws).await?, None)
        }
        Proof::WebIdentity(token) => {
            let role = web_identity_role(settings)?;
            let claims = claims_of_token(&token)?;
            prepared.request(settings, Some(&claims))?;
            ports.progress.now(format_args!("exchanging the web identity token at STS"));
            (sts::assume_role_with_web_identity(aws, &role, &token).await?, Some(claims))
        }
        Proof::SamlResponse(response) => {
            let (keys, claims) = of_saml_response(&response, settings, prepared, ports).await?;
            (keys, Some(claims))
        }
        Proof::NativeToken(_) | Proof::IdentityCenter(_) => {
            return Err(AuthError::of_call(
                Status::IdpUnexpected,
                "the method gave AWS keys at first, and now a token",
            ));
        }
    };
    Ok(Proved { keys, plugin: prepared.method.clone(), claims })
}

/// The role of a web identity; the session's default name is that of the ODBC driver.
fn web_identity_role(settings: &Settings) -> Result<Role<'_>, AuthError> {
    Ok(Role {
        session_name: settings.text(Key::RoleSessionName).or(Some("jwt_redshift_session")),
        duration: settings.number(Key::Duration)?,
        ..Role::of(settings.require(Key::RoleArn, "a web identity token")?)
    })
}

/// As the ODBC driver has it: the user is created where it does not exist.
fn claims_of_token(token: &SecretString) -> Result<Claims, AuthError> {
    let claims = jwt::read(token).map_err(|fault| {
        AuthError::new(Status::AssertionInvalid, Stage::Assertion, format!("The web identity token {fault}."))
    })?;
    Ok(Claims { db_user: claims.db_user().map(str::to_owned), auto_create: Some(true), ..Claims::default() })
}

async fn of_saml_response(
    response: &SecretString,
    settings: &Settings,
    prepared: &Prepared,
    ports: &Ports,
) -> Result<(AwsKeys, Claims), AuthError> {
    let assertion = saml::read(response).map_err(|error| {
        error.or_hint(
            "look at the application's settings at the identity provider: for AWS it has to send a SAML 2.0 response with \
             roles",
        )
    })?;
    let claims = claims_of_assertion(&assertion);
    tell(&assertion, ports);
    prepared.request(settings, Some(&claims))?;
    let pair = pick_role(&assertion, settings, ports).await?;
    let role = Role { duration: settings.number(Key::Duration)?, ..Role::of(&pair.role) };
    ports.progress.now(format_args!("exchanging the SAML assertion at STS for the role {}", pair.role));
    let sendable = saml::transportable(response);
    let keys = sts::assume_role_with_saml(&prepared.place.aws, &role, &pair.provider, &sendable).await?;
    Ok((keys, claims))
}

fn claims_of_assertion(assertion: &Assertion) -> Claims {
    Claims {
        db_user: assertion.user().map(str::to_owned),
        db_groups: assertion.db_groups.clone(),
        auto_create: assertion.auto_create,
        force_lowercase: assertion.force_lowercase,
        overrides_db_user: assertion.allow_db_user_override,
    }
}

/// What a person who looks for the reason of a database user wants to see.
fn tell(assertion: &Assertion, ports: &Ports) {
    let log = &ports.log;
    let count = assertion.roles.len();
    log.debug("login", format_args!("the SAML response offers {count} role(s)"));
    for (tag, value) in
        [("RedshiftDbUser", &assertion.principal_tag_user), ("RedshiftDbRoles", &assertion.principal_tag_roles)]
    {
        if let Some(value) = value {
            log.debug("login", format_args!("the SAML response sets PrincipalTag:{tag} to {value}, for STS"));
        }
    }
}

/// The role to take: the preferred one, the only one, the one that a person picks, or the smallest.
async fn pick_role<'a>(
    assertion: &'a Assertion,
    settings: &Settings,
    ports: &Ports,
) -> Result<&'a RolePair, AuthError> {
    let smallest = assertion.smallest_role()?;
    let roles = &assertion.roles;
    let find = |arn: &str| roles.iter().find(|pair| pair.role == arn.trim());
    if let Some(preferred) = settings.text(Key::PreferredRole) {
        return find(preferred).ok_or_else(|| not_offered(&format!("preferred_role {preferred}"), roles));
    }
    if roles.len() == 1 {
        return Ok(smallest);
    }
    let text = "Which role shall the login take? preferred_role answers this for good.".to_owned();
    let choices = roles.iter().map(|pair| pair.role.clone()).collect();
    ports.progress.now(format_args!("waiting for somebody to pick a role"));
    if let Some(picked) = ports.prompt.pick(EventKind::PickRole, text, choices).await? {
        return find(picked.expose_secret()).ok_or_else(|| not_offered("the role that was picked", roles));
    }
    let (count, role) = (roles.len(), &smallest.role);
    ports
        .log
        .warn("login", format_args!("the login offers {count} roles; {role} is taken. Set preferred_role to choose"));
    Ok(smallest)
}

fn not_offered(what: &str, roles: &[RolePair]) -> AuthError {
    let offered: Vec<_> = roles.iter().map(|pair| pair.role.as_str()).collect();
    let message = format!("{what} is not among the roles that the identity provider offers: {}.", offered.join(", "));
    AuthError::new(Status::RoleNotAllowed, Stage::Assertion, message)
        .hint("Set preferred_role to one of them, or leave it out.")
}
