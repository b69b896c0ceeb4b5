//! The exchange of a proof for AWS keys, with what the identity provider says of the database user.

use super::prepare::Prepared;
use crate::credentials::{Claims, Proved};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Status};
use crate::exchange::chain;
use crate::exchange::sts::{self, Role};
use crate::plugin::Proof;
use crate::ports::Ports;
use crate::protocol::jwt;
use crate::secret::SecretString;

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
            let claims = claims_of(&token);
            prepared.request(settings, claims.as_ref())?;
            ports.progress.now(format_args!("exchanging the web identity token at STS"));
            (sts::assume_role_with_web_identity(aws, &role, &token).await?, claims)
        }
        Proof::SamlResponse(response) => {
            drop(response);
            return Err(AuthError::of_call(Status::NotSupported, "SAML responses are not exchanged yet"));
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

/// What a JWT says of the user, whom the ODBC driver has created then; `None` for a token of another kind.
fn claims_of(token: &SecretString) -> Option<Claims> {
    let said = jwt::read(token).ok()?;
    Some(Claims { db_user: said.db_user().map(str::to_owned), auto_create: Some(true), ..Claims::default() })
}

/// The role of a web identity; the session's default name is that of the ODBC driver.
fn web_identity_role(settings: &Settings) -> Result<Role<'_>, AuthError> {
    Ok(Role {
        session_name: settings.text(Key::RoleSessionName).or(Some("jwt_redshift_session")),
        duration: settings.number(Key::Duration)?,
        ..Role::of(settings.require(Key::RoleArn, "a web identity token")?)
    })
}
