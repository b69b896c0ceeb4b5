//! Microsoft Entra ID: the token endpoint of the first version, with the password grant that brings a SAML assertion.
//!
//! One request, one answer; what is refused has a number of Microsoft's, and their words.

mod refusal;
mod tenant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::http::{Answer, Request};
use crate::identity::bare_assertion;
use crate::identity::sign_in::{Verdict, judge};
use crate::identity::visit::{call, check_transport, field, misuse};
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;
use refusal::Refusal;
pub use tenant::EntraTenant;

/// Its name in the log.
const NAME: &str = "entra";
const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";
/// Seconds that a token holds.
const LIFETIME: i64 = 3599;

/// The stand-in.
pub(crate) struct Entra;

impl Service for Entra {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        tenant_of(request.path())?;
        Some(call(NAME, "Token", request))
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let world = shared.world();
        match check_transport(request) {
            Err(refusal) => refusal,
            Ok(()) if request.method != "POST" => {
                let told = "The endpoint only accepts POST requests. Received a GET request.";
                Refusal::new(400, 900_561, "invalid_request", told).answer(&world)
            }
            Ok(()) => Grant { call, world: &world, tenant: tenant_of(request.path()).unwrap_or_default() }.answer(),
        }
    }
}

/// `contoso.example` of `/contoso.example/oauth2/token`.
fn tenant_of(path: &str) -> Option<String> {
    let tenant = path.strip_prefix('/')?.strip_suffix("/oauth2/token")?;
    let one = !tenant.is_empty() && !tenant.contains('/');
    one.then(|| percent_decode_str(tenant).decode_utf8_lossy().into_owned())
}

/// A request for a token.
struct Grant<'a> {
    call: &'a Call,
    world: &'a World,
    tenant: String,
}

impl Grant<'_> {
    fn answer(&self) -> Answer {
        if let Some(twice) = self.sent_twice() {
            return misuse(400, &format!("the field {twice} is sent twice."));
        }
        match self.token() {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(self.world),
        }
    }

    fn sent_twice(&self) -> Option<&str> {
        let names: Vec<&str> = self.call.parameters.iter().map(|(name, _)| name.as_str()).collect();
        names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)).map(|(_, name)| *name)
    }

    /// In the order in which Microsoft finds fault: tenant, form, application, secret, user.
    fn token(&self) -> Result<Answer, Refusal> {
        let known = &self.world.entra;
        if !known.is_called(&self.tenant) {
            return Err(Refusal::unknown_tenant(&self.tenant));
        }
        for name in ["grant_type", "client_id"] {
            self.required(name)?;
        }
        let grant_type = self.required("grant_type")?;
        if grant_type != "password" {
            return Err(Refusal::unsupported_grant(grant_type));
        }
        for name in ["resource", "username", "password"] {
            self.required(name)?;
        }
        let client_id = self.required("client_id")?;
        if client_id != known.client_id {
            return Err(Refusal::unknown_application(client_id, &self.tenant));
        }
        match field(self.call, "client_secret") {
            "" => return Err(Refusal::secret_missing()),
            secret if secret != known.client_secret => return Err(Refusal::wrong_secret(client_id)),
            _ => {}
        }
        let resource = self.required("resource")?;
        if resource != known.client_id {
            return Err(Refusal::unknown_resource(resource, &self.tenant));
        }
        if field(self.call, "requested_token_type") != SAML2 {
            return Err(Refusal::token_type(field(self.call, "requested_token_type")));
        }
        self.of_person()
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        match field(self.call, name) {
            "" => Err(Refusal::missing(name)),
            value => Ok(value),
        }
    }

    fn of_person(&self) -> Result<Answer, Refusal> {
        let (login, known) = (field(self.call, "username"), &self.world.entra);
        let Some(person) = self.world.person(login) else {
            return Err(Refusal::unknown_user(&self.tenant));
        };
        match judge(self.world, login, field(self.call, "password")).0 {
            Verdict::Unknown if person.is_disabled() => Err(Refusal::disabled()),
            Verdict::Unknown => Err(Refusal::wrong_password()),
            Verdict::Locked => Err(Refusal::locked()),
            Verdict::PasswordExpired => Err(Refusal::password_expired()),
            Verdict::MustEnroll => Err(Refusal::must_enroll(&known.client_id)),
            Verdict::SecondFactor(_) => Err(Refusal::second_factor(&known.client_id)),
            Verdict::Welcome if known.blocked.contains(&person.name) => Err(Refusal::blocked()),
            Verdict::Welcome if !known.consented => Err(Refusal::no_consent(&known.client_id)),
            Verdict::Welcome => {
                let assertion = URL_SAFE_NO_PAD.encode(bare_assertion(self.world, person));
                Ok(self.success(&assertion))
            }
        }
    }

    /// Numbers as texts, as the first version writes them.
    fn success(&self, assertion: &str) -> Answer {
        let now = self.world.now().unix_timestamp();
        let body = json!({
            "token_type": "Bearer",
            "scope": "user_impersonation",
            "expires_in": LIFETIME.to_string(),
            "ext_expires_in": LIFETIME.to_string(),
            "expires_on": (now + LIFETIME).to_string(),
            "not_before": (now - 300).to_string(),
            "resource": self.world.entra.client_id,
            "access_token": assertion,
            "issued_token_type": SAML2,
        });
        Answer::json(200, &body).header("Cache-Control", "no-store, no-cache").header("Pragma", "no-cache")
    }
}
