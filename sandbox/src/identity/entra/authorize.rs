//! The authorization endpoints: what is asked, whether it may be, and how the answer goes back to the listener.

use super::Visit;
use super::memory::{Authorization, Code, Flow, Purpose, Version};
use super::refusal::Refusal;
use super::tenant::FieldOrder;
use crate::http::Answer;
use crate::random;
use url::Url;

/// The length of a SHA-256 in base 64 without padding.
const CHALLENGE: usize = 43;

impl Visit<'_> {
    /// Shows the sign-in page, or says what is wrong: to the person as long as nobody knows where else.
    pub(super) fn authorize(&mut self, version: Version) -> Answer {
        if let Err(refusal) = self.check_destination() {
            return self.pages().refused(self.known().error_page_status, &refusal);
        }
        let authorization = self.authorization(version);
        match self.check_authorization(version) {
            Err(refusal) => self.send_back(&authorization, refusal.fields(self.world)),
            Ok(()) => self.start(Flow { purpose: Purpose::Code(authorization), person: None, pending: None }),
        }
    }

    fn check_destination(&self) -> Result<(), Refusal> {
        self.check_tenant()?;
        self.check_client()?;
        let redirect_uri = self.field("redirect_uri");
        match redirect_uri {
            "" => Err(Refusal::no_redirect_uri()),
            uri if self.known().redirects_to(uri) => Ok(()),
            uri => Err(Refusal::unknown_redirect_uri(uri, &self.known().client_id)),
        }
    }

    fn authorization(&self, version: Version) -> Authorization {
        Authorization {
            version,
            redirect_uri: self.field("redirect_uri").to_owned(),
            state: self.optional("state"),
            nonce: self.optional("nonce"),
            challenge: self.optional("code_challenge"),
            scope: self.field("scope").trim().to_owned(),
            form_post: self.field("response_mode") == "form_post",
            login_hint: self.field("login_hint").to_owned(),
            asks_consent: self.field("prompt") == "consent",
        }
    }

    fn check_authorization(&self, version: Version) -> Result<(), Refusal> {
        match self.required("response_type")? {
            "code" => {}
            other => return Err(Refusal::response_type(other)),
        }
        if !matches!(self.field("response_mode"), "" | "query" | "form_post") {
            return Err(Refusal::response_mode(self.field("response_mode")));
        }
        if version == Version::V2 {
            if self.field("scope").trim().is_empty() {
                return Err(Refusal::missing("scope"));
            }
            if let Some(scope) = self.known().unknown_scope(self.field("scope")) {
                return Err(Refusal::unknown_scope(scope));
            }
        }
        match (self.field("code_challenge").len(), self.field("code_challenge_method")) {
            (0, "") | (CHALLENGE, "S256") => {}
            (0, _) => return Err(Refusal::no_challenge()),
            (_, "S256") => return Err(Refusal::challenge_size()),
            (_, _) => return Err(Refusal::challenge_method()),
        }
        match self.field("prompt") {
            "none" => Err(Refusal::silent()),
            "" | "login" | "select_account" | "consent" => Ok(()),
            other => Err(Refusal::prompt(other)),
        }
    }

    /// A new code for whoever has signed in, sent to the listener.
    pub(super) fn send_code(&mut self, authorization: &Authorization, person: &str) -> Answer {
        let mut code = super::issue::opaque::<300>();
        if self.known().awkward_codes {
            code.push_str("+/=&%20 ");
            code.push_str(&random::base64::<16>());
        }
        let expires = self.now() + self.known().code_seconds;
        let (person, known) = (person.to_owned(), authorization.clone());
        self.memory.codes.insert(code.clone(), Code { authorization: known, person, expires, redeemed: false });
        let state = authorization.state.clone().map(|state| ("state", state));
        let session = ("session_state", random::request_id());
        let fields: Vec<_> = match self.known().field_order {
            FieldOrder::CodeFirst => [("code", code)].into_iter().chain(state).chain([session]).collect(),
            FieldOrder::StateFirst => state.into_iter().chain([session, ("code", code)]).collect(),
            FieldOrder::SessionStateFirst => [session, ("code", code)].into_iter().chain(state).collect(),
        };
        self.send(authorization, &fields)
    }

    /// What is wrong, to the listener.
    pub(super) fn send_back(&self, authorization: &Authorization, mut fields: Vec<(&'static str, String)>) -> Answer {
        fields.extend(authorization.state.clone().map(|state| ("state", state)));
        self.send(authorization, &fields)
    }

    fn send(&self, authorization: &Authorization, fields: &[(&'static str, String)]) -> Answer {
        if authorization.form_post {
            return self.pages().post_back(&authorization.redirect_uri, fields);
        }
        // The destination was looked at before, so it is a URL.
        let Ok(mut url) = Url::parse(&authorization.redirect_uri) else { return Answer::new(500) };
        url.query_pairs_mut().extend_pairs(fields);
        Answer::new(302).header("Location", url).header("Cache-Control", "no-store, no-cache")
    }
}
