//! Registrations at IAM Identity Center, which hold for months: one a machine for all who would register the same.

use super::browser_login::is_without_answer;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::idc::IdentityCenter;
use crate::ports::store::Document;
use crate::protocol::idc::{self, Client, Fault, Registration};
use crate::redact;

/// A registration that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) service: &'a IdentityCenter<'a>,
    pub(super) registration: Registration<'a>,
    /// Not where each login has a port of its own: nobody would find it again.
    pub(super) is_kept: bool,
    pub(super) ports: &'a Ports,
}

impl Wanted<'_> {
    /// The one that an earlier login made, if it holds for a while.
    pub(super) fn kept(&self) -> Option<Client> {
        let text = self.ports.store.load(Document::ClientRegistration(&self.parts())).filter(|_| self.is_kept)?;
        let client = Client::from_text(&text)?;
        redact::keep_back(&client.secret);
        Some(client)
    }

    /// A new one, kept for those who come later.
    pub(super) async fn made(&self) -> Result<Client, AuthError> {
        self.ports.progress.now(format_args!("registering a client at {}", idc::NAME));
        let answer = self.service.send(&self.registration.call()).await?;
        let client = idc::read_client(&answer).map_err(Fault::of_identity_provider)?;
        redact::keep_back(&client.secret);
        if self.is_kept && client.ends_at().is_some() {
            let document = Document::ClientRegistration(&self.parts());
            self.ports.store.save(document, &client.to_text(), client.ends_at());
        }
        Ok(client)
    }

    /// Gives the kept one up if `error` is, or may be, of its making. Says whether it certainly is, so that a new one helps.
    pub(super) fn give_up_after(&self, error: &AuthError) -> bool {
        let refused = error.code().is_some_and(idc::refuses_client);
        if refused || is_without_answer(error) {
            self.ports.store.remove(Document::ClientRegistration(&self.parts()));
            self.ports.log.info("login", format_args!("{}: the kept registration is given up", idc::NAME));
        }
        refused
    }

    fn parts(&self) -> Vec<&str> {
        let Registration { client_name, scopes, codes } = &self.registration;
        let mut parts = vec![self.service.url().as_str(), client_name];
        parts.extend(codes.iter().flat_map(|codes| [codes.issuer_url, codes.redirect_uri]));
        parts.extend(scopes.iter().map(String::as_str));
        parts
    }
}
