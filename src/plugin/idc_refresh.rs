//! Refresh tokens of IAM Identity Center (RFC 6749 section 6): what a person signed in for once goes on without them.
//!
//! Each is good for one use and for one client, which is kept with it. One process at a time is here: the login holds the
//! turn of its identity.

use crate::error::{AuthError, Status};
use crate::ports::Ports;
use crate::ports::idc::IdentityCenter;
use crate::ports::store::Document;
use crate::protocol::idc::{self, Client, Grant, Renewal, TokenAnswer};
use crate::redact;

/// What the token of an earlier sign-in brings. `None`: a person has to sign in. An error says nothing about the token, which
/// stays.
pub(super) async fn renewed(service: &IdentityCenter<'_>, ports: &Ports) -> Result<Option<TokenAnswer>, AuthError> {
    let Some(renewal) = kept(ports) else { return Ok(None) };
    redact::keep_back(&renewal.refresh_token);
    redact::keep_back(&renewal.client.secret);
    ports.progress.now(format_args!("renewing an earlier sign-in at {}", idc::NAME));
    let call = idc::create_token(&renewal.client, &Grant::Refresh(&renewal.refresh_token));
    let fault = match idc::read_token(&service.send(&call).await?) {
        Ok(answer) => {
            // Before the access token is used: the old one may be spent.
            keep(&renewal.followed_by(&answer), ports);
            return Ok(Some(answer));
        }
        Err(fault) => fault,
    };
    if fault.is_definite_refusal() {
        ports.store.remove(Document::RefreshToken);
    }
    let error = fault.of_identity_provider();
    // Whether it is the sign-in that was refused, and not the service that is in trouble.
    if error.status() != Status::IdpRejected {
        return Err(error);
    }
    ports.log.info("login", format_args!("the earlier sign-in is not renewed: {}", error.message()));
    Ok(None)
}

/// Whether there is one.
pub(super) fn is_kept(ports: &Ports) -> bool {
    kept(ports).is_some()
}

fn kept(ports: &Ports) -> Option<Renewal> {
    Renewal::from_text(&ports.store.load(Document::RefreshToken)?)
}

/// Keeps what a new sign-in brings for the next time. What an earlier one left is over.
pub(super) fn replace(client: Client, answer: &TokenAnswer, ports: &Ports) {
    match answer.refresh_token.clone() {
        Some(refresh_token) => keep(&Renewal { client, refresh_token }, ports),
        None => ports.store.remove(Document::RefreshToken),
    }
}

/// As long as the client's registration holds; when the token ends is not said.
fn keep(renewal: &Renewal, ports: &Ports) {
    redact::keep_back(&renewal.refresh_token);
    ports.store.save(Document::RefreshToken, &renewal.to_text(), renewal.client.ends_at());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::{Answer, Desk};
    use crate::ports::aws_endpoint::Service;
    use crate::ports::aws_profile::SharedConfig;
    use crate::ports::http::fake::answer;
    use crate::ports::prompt::Attendance;
    use crate::ports::store::{Keeper, Store};
    use crate::secret::{ExposeSecret, SecretString, secret};
    use std::sync::{Arc, Mutex};

    /// One place for one document.
    struct Shelf(Mutex<Option<(SecretString, Option<i64>)>>);

    impl Keeper for Shelf {
        fn load(&self, document: Document<'_>) -> Option<SecretString> {
            assert_eq!(document, Document::RefreshToken);
            self.0.lock().unwrap().as_ref().map(|(text, _)| text.clone())
        }

        fn save(&self, document: Document<'_>, text: &SecretString, expires_at: Option<i64>) {
            assert_eq!(document, Document::RefreshToken);
            *self.0.lock().unwrap() = Some((text.clone(), expires_at));
        }

        fn remove(&self, _: Document<'_>) {
            *self.0.lock().unwrap() = None;
        }
    }

    /// What `text` brings with that answer, how often it was asked, and what is kept then.
    async fn renew(text: &str, answered: Answer) -> (Option<String>, usize, Option<(String, Option<i64>)>) {
        let shelf = Arc::new(Shelf(Mutex::new(Some((secret(text), None)))));
        let mut desk = Desk::new(&[], [answered]);
        desk.ports.store = Store::new(shelf.clone(), Attendance::default());
        let config = SharedConfig::default();
        let of = (&config, "default");
        let service =
            IdentityCenter::of(Service::SsoOidc, "us-east-1", None, of, crate::error::Stage::Idp, &desk.ports).unwrap();
        let token = renewed(&service, &desk.ports).await.ok().flatten();
        let kept = shelf.0.lock().unwrap().clone();
        let kept = kept.map(|(text, until)| (text.expose_secret().to_owned(), until));
        (token.map(|token| token.access_token.expose_secret().to_owned()), desk.requests().len(), kept)
    }

    #[tokio::test]
    async fn it_is_kept_with_its_client_and_as_long_as_that() {
        let text = |end: i64, token: &str| {
            format!(r#"{{"clientId":"i","clientSecret":"s","clientSecretExpiresAt":{end},"refreshToken":"{token}"}}"#)
        };
        let brought = |more: &str| Ok(answer(200, &[], &format!(r#"{{"accessToken":"a"{more}}}"#)));
        for (end, until) in [(7, Some(7000)), (0, None)] {
            let (token, asked, kept) = renew(&text(end, "one"), brought(r#","refreshToken":"two""#)).await;
            assert_eq!((token.as_deref(), asked, kept), (Some("a"), 1, Some((text(end, "two"), until))));
            let (_, _, kept) = renew(&text(end, "one"), brought("")).await;
            assert_eq!(kept, Some((text(end, "one"), until)));
        }
        let (token, asked, _) = renew("of another version", brought("")).await;
        assert_eq!((token, asked), (None, 0), "nothing to ask with");
    }
}
