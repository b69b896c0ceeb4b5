//! The token endpoints: codes, refresh tokens and device codes are exchanged here, each once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::Visit;
use super::issue::SAML2;
use super::memory::{Authorization, Version};
use super::refusal::Refusal;
use crate::http::Answer;
use crate::identity::person::{AccountState, Person};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Visit<'_> {
    pub(super) fn token(&mut self, version: Version) -> Answer {
        self.grant(version).unwrap_or_else(|refusal| refusal.answer(self.world))
    }

    fn grant(&mut self, version: Version) -> Result<Answer, Refusal> {
        self.check_tenant()?;
        for name in ["grant_type", "client_id"] {
            self.required(name)?;
        }
        match (self.field("grant_type"), version) {
            ("password", Version::V1) => self.password_grant(),
            ("authorization_code", _) => self.code_grant(version),
            ("refresh_token", _) => self.refresh_grant(version),
            (DEVICE_GRANT, Version::V2) => self.device_grant(),
            (other, _) => Err(Refusal::unsupported_grant(other)),
        }
    }

    /// Public clients have no secret; a wrong one is wrong all the same.
    fn check_public_client(&self) -> Result<(), Refusal> {
        self.check_client()?;
        match self.optional("client_secret") {
            Some(secret) if secret != self.known().client_secret => Err(Refusal::wrong_secret(self.field("client_id"))),
            _ => Ok(()),
        }
    }

    pub(super) fn check_resource(&self) -> Result<(), Refusal> {
        match self.required("resource")? {
            resource if resource == self.known().client_id => Ok(()),
            other => Err(Refusal::unknown_resource(other, &self.tenant)),
        }
    }

    /// The real one would give a JWT, with which no login here can go on.
    pub(super) fn check_token_type(&self) -> Result<(), Refusal> {
        match self.field("requested_token_type") {
            SAML2 => Ok(()),
            other => Err(Refusal::token_type(other)),
        }
    }

    /// What the versions want to be told besides the grant.
    fn check_version(&self, version: Version) -> Result<(), Refusal> {
        if version == Version::V1 {
            self.check_resource()?;
            return self.check_token_type();
        }
        if self.call.parameters.iter().any(|(name, value)| name == "scope" && value.trim().is_empty()) {
            return Err(Refusal::empty_scope());
        }
        self.known().unknown_scope(self.field("scope")).map_or(Ok(()), |scope| Err(Refusal::unknown_scope(scope)))
    }

    fn code_grant(&mut self, version: Version) -> Result<Answer, Refusal> {
        for name in ["code", "redirect_uri"] {
            self.required(name)?;
        }
        self.check_public_client()?;
        self.check_version(version)?;
        let (code, now) = (self.field("code").to_owned(), self.now());
        let Some(known) = self.memory.codes.get(&code).filter(|known| known.authorization.version == version) else {
            return Err(Refusal::malformed_grant());
        };
        if known.redeemed {
            return Err(Refusal::code_redeemed());
        }
        if known.expires <= now {
            return Err(Refusal::code_expired());
        }
        let authorization = known.authorization.clone();
        let name = known.person.clone();
        self.check_proof(&authorization)?;
        let person = self.person_in_good_standing(&name)?;
        if let Some(known) = self.memory.codes.get_mut(&code) {
            known.redeemed = true;
        }
        let scope = &authorization.scope;
        let refreshes = version == Version::V1 || scope.split_whitespace().any(|one| one == "offline_access");
        let refresh = refreshes.then(|| self.new_refresh_token(version, &name, scope));
        Ok(self.issue(version, person, scope, authorization.nonce.as_deref(), refresh.as_deref()))
    }

    /// Whether who brings the code is who asked for it.
    fn check_proof(&self, authorization: &Authorization) -> Result<(), Refusal> {
        let redirect_uri = self.field("redirect_uri");
        if redirect_uri != authorization.redirect_uri {
            return Err(Refusal::other_redirect_uri(redirect_uri, &authorization.redirect_uri));
        }
        match (&authorization.challenge, self.optional("code_verifier")) {
            (None, None) => Ok(()),
            (Some(challenge), Some(verifier)) if challenge_of(&verifier) == *challenge => Ok(()),
            (Some(_), Some(_)) => Err(Refusal::wrong_verifier()),
            (Some(_), None) | (None, Some(_)) => Err(Refusal::verifier_mismatch()),
        }
    }

    fn refresh_grant(&mut self, version: Version) -> Result<Answer, Refusal> {
        self.required("refresh_token")?;
        self.check_public_client()?;
        self.check_version(version)?;
        let (token, now) = (self.field("refresh_token").to_owned(), self.now());
        let keeps_old = self.known().keeps_old_refresh_tokens;
        let Some(known) = self.memory.refresh_tokens.get(&token).filter(|known| known.version == version) else {
            return Err(Refusal::malformed_grant());
        };
        if known.exchanged && !keeps_old {
            return Err(Refusal::malformed_grant().suberror("bad_token"));
        }
        if known.expires <= now {
            return Err(Refusal::refresh_expired(known.issued, known.expires));
        }
        let (name, scope) = (known.person.clone(), known.scope.clone());
        if self.known().revoked.contains(&name) {
            return Err(Refusal::revoked());
        }
        let person = self.person_in_good_standing(&name)?;
        let rotates = self.known().rotates_refresh_tokens;
        if let Some(known) = self.memory.refresh_tokens.get_mut(&token) {
            known.exchanged = rotates;
        }
        let next = rotates.then(|| self.new_refresh_token(version, &name, &scope));
        Ok(self.issue(version, person, &scope, None, next.as_deref()))
    }
}

impl<'a> Visit<'a> {
    /// Who signed in before, if nothing has come between since.
    pub(super) fn person_in_good_standing(&self, name: &str) -> Result<&'a Person, Refusal> {
        let world = self.world;
        let person = world.person(name).ok_or_else(|| Refusal::unknown_user(&self.tenant))?;
        match person.state {
            AccountState::Disabled => Err(Refusal::disabled()),
            AccountState::Locked => Err(Refusal::locked()),
            AccountState::PasswordExpired => Err(Refusal::password_expired()),
            _ if world.entra.blocked.contains(&person.name) => Err(Refusal::blocked()),
            _ => Ok(person),
        }
    }
}

/// RFC 7636, 4.2.
pub(super) fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}
