//! The access token of a session: the stored one, a renewed one, or that of a new sign-in.

use super::stored::Stored;
use super::{Session, sign_in, turn};
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::exchange::aws_error::of_identity_center;
use crate::exchange::endpoint::Service;
use crate::protocol::idc::{self, Grant};
use crate::secret::{ExposeSecret, SecretString};

/// What comes of the search for a token. The inner error says why nobody is signed in.
pub type Found = Result<SecretString, String>;

/// The access token of the session. `refused` is one that the portal has just refused, whatever its file says of it.
pub async fn current(
    config: &AwsConfig,
    session: &Session<'_>,
    refused: Option<&SecretString>,
) -> Result<Found, AuthError> {
    let search = Search { config, session, refused };
    let why = match Stored::read(config, session) {
        Ok(stored) if search.is_fresh(&stored) => return Ok(Ok(stored.token())),
        Ok(stored) => match search.renewed(&stored).await? {
            Ok(token) => return Ok(Ok(token)),
            Err(why) => why,
        },
        Err(why) => why,
    };
    if session.name.is_none() || !sign_in::is_possible(config) {
        return Ok(Err(why));
    }
    search.signed_in(why).await
}

struct Search<'a> {
    config: &'a AwsConfig,
    session: &'a Session<'a>,
    refused: Option<&'a SecretString>,
}

enum NotRenewed {
    /// For good: somebody has to sign in.
    Refused(String),
    /// This time: the refresh token may still work.
    Failed(AuthError),
}

impl Search<'_> {
    fn now(&self) -> i64 {
        self.config.ports.clock.now_ms()
    }

    fn may_serve(&self, stored: &Stored) -> bool {
        self.refused.is_none_or(|refused| refused.expose_secret() != stored.token().expose_secret())
    }

    fn is_fresh(&self, stored: &Stored) -> bool {
        stored.is_fresh(self.now()) && self.may_serve(stored)
    }

    fn holds(&self, stored: &Stored) -> bool {
        stored.holds(self.now()) && self.may_serve(stored)
    }

    /// The token renewed, if need be and if it can be.
    async fn renewed(&self, stored: &Stored) -> Result<Found, AuthError> {
        let hopeless = if self.session.name.is_none() {
            // A legacy profile's token has nothing that renews it.
            Some("the token has expired".to_owned())
        } else {
            stored.renewal(self.now()).err()
        };
        if let Some(why) = hopeless {
            return Ok(if self.holds(stored) { Ok(stored.token()) } else { Err(why) });
        }
        let _turn = turn::to_renew(self.config, self.session).await;
        // Another process may have been quicker.
        let stored = match Stored::read(self.config, self.session) {
            Ok(stored) if self.is_fresh(&stored) => return Ok(Ok(stored.token())),
            Ok(stored) => stored,
            Err(why) => return Ok(Err(why)),
        };
        match self.renew(&stored).await {
            Ok(renewed) => Ok(Ok(self.store(&stored, renewed).token())),
            // It still holds: what hinders the renewal is not this login's trouble.
            Err(NotRenewed::Failed(error)) if self.holds(&stored) => {
                self.config.ports.log.info("aws", format_args!("the token is not renewed this time: {error}"));
                Ok(Ok(stored.token()))
            }
            Err(NotRenewed::Failed(error)) => Err(error),
            Err(NotRenewed::Refused(why)) => {
                let left = self.store(&stored, stored.without_refresh_token());
                Ok(if self.holds(&left) { Ok(left.token()) } else { Err(why) })
            }
        }
    }

    async fn renew(&self, stored: &Stored) -> Result<Stored, NotRenewed> {
        let (client, refresh_token) = stored.renewal(self.now()).map_err(NotRenewed::Refused)?;
        self.config.ports.progress.now(format_args!("renewing the token of IAM Identity Center"));
        let service = self.config.identity_center(Service::SsoOidc, self.session.region);
        let call = idc::create_token(&client, &Grant::Refresh(&refresh_token));
        let answer = service.map_err(NotRenewed::Failed)?.send(&call).await.map_err(NotRenewed::Failed)?;
        let token = idc::read_token(&answer).map_err(|fault| {
            let error = of_identity_center(&fault);
            // Everything else may pass: the network, throttling, trouble of the service.
            if fault.is_definite_refusal() {
                NotRenewed::Refused(format!("the token is not renewed: {}", error.message()))
            } else {
                NotRenewed::Failed(error)
            }
        })?;
        stored.with(&token, self.now()).ok_or_else(|| NotRenewed::Failed(sign_in::without_end()))
    }

    /// Stores what is to follow `before`, ahead of its use: the refresh token behind it is spent. What another program, such as
    /// `aws sso login`, has written meanwhile wins if it is good.
    fn store(&self, before: &Stored, next: Stored) -> Stored {
        match Stored::read(self.config, self.session) {
            Ok(other) if !other.is(before) && self.holds(&other) => other,
            _ => {
                next.write(self.config, self.session);
                next
            }
        }
    }

    /// The token of a new sign-in, by this process or by another that is at it already.
    async fn signed_in(&self, why: String) -> Result<Found, AuthError> {
        let _turn = turn::to_sign_in(self.config, self.session).await?;
        if let Ok(stored) = Stored::read(self.config, self.session)
            && self.is_fresh(&stored)
        {
            return Ok(Ok(stored.token()));
        }
        // Boxed: what waits for a person is large, and few logins come here.
        let Some(signed) = Box::pin(sign_in::by_a_person(self.config, self.session)).await? else {
            return Ok(Err(why));
        };
        signed.write(self.config, self.session);
        Ok(Ok(signed.token()))
    }
}
