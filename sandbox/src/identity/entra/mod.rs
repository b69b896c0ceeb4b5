//! Microsoft Entra ID: sign-in in a browser for a code, the token endpoints of both versions, and devices.
//!
//! What is refused has a number of Microsoft's, and mostly their words.

mod authorize;
mod device;
mod issue;
mod memory;
mod pages;
mod password;
mod refusal;
mod sign_in;
mod tenant;
mod token;

use percent_encoding::percent_decode_str;

use crate::http::{Answer, Request};
use crate::identity::visit::{call, check_transport, misuse};
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;
use memory::{Memory, Version};
use refusal::Refusal;
pub use tenant::{EntraTenant, FieldOrder};

/// Its name in the log.
const NAME: &str = "entra";

/// The stand-in.
pub(crate) struct Entra;

/// What a path leads to.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Token(Version),
    Authorize(Version),
    /// What the tenant tells of itself.
    Configuration,
    DeviceCode,
    /// Where somebody types the code that a device shows.
    DeviceAuth,
    SignIn,
    SecondFactor,
    Consent,
}

impl Place {
    /// Of `/contoso.example/oauth2/token`, with the tenant.
    fn of(path: &str) -> Option<(Self, String)> {
        let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
        let place = match rest {
            "oauth2/token" => Self::Token(Version::V1),
            "oauth2/v2.0/token" => Self::Token(Version::V2),
            "oauth2/authorize" => Self::Authorize(Version::V1),
            "oauth2/v2.0/authorize" => Self::Authorize(Version::V2),
            "v2.0/.well-known/openid-configuration" => Self::Configuration,
            "oauth2/v2.0/devicecode" => Self::DeviceCode,
            "oauth2/deviceauth" => Self::DeviceAuth,
            "login" => Self::SignIn,
            "SAS/ProcessAuth" => Self::SecondFactor,
            "Consent/Set" => Self::Consent,
            _ => return None,
        };
        (!tenant.is_empty()).then(|| (place, percent_decode_str(tenant).decode_utf8_lossy().into_owned()))
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Token(_) => "Token",
            Self::Authorize(_) => "Authorize",
            Self::Configuration => "OpenIdConfiguration",
            Self::DeviceCode => "DeviceCode",
            Self::DeviceAuth => "DeviceAuth",
            Self::SignIn => "SignIn",
            Self::SecondFactor => "SecondFactor",
            Self::Consent => "Consent",
        }
    }
}

impl Service for Entra {
    fn recognise(&self, request: &Request, shared: &Shared) -> Option<Call> {
        let (place, tenant) = Place::of(request.path())?;
        // Others may have a page of that name.
        let ours = place != Place::SignIn || tenant == "common" || shared.world().entra.is_called(&tenant);
        ours.then(|| call(NAME, place.operation(), request))
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let world = shared.world().clone();
        let Some((place, tenant)) = Place::of(request.path()) else { return Answer::new(404) };
        if let Err(refusal) = check_transport(request) {
            return refusal;
        }
        if let Some(twice) = sent_twice(call) {
            return misuse(400, &format!("the field {twice} is sent twice."));
        }
        let shows_pages = matches!(place, Place::Authorize(_) | Place::DeviceAuth | Place::Configuration);
        if request.method != "POST" && !shows_pages {
            let told = "The endpoint only accepts POST requests. Received a GET request.";
            return Refusal::new(400, 900_561, "invalid_request", told).answer(&world);
        }
        shared.with_state(|memory: &mut Memory| {
            let mut visit = Visit { request, call, world: &world, tenant, memory };
            match place {
                Place::Token(version) => visit.token(version),
                Place::Configuration => visit.configuration(),
                Place::DeviceCode => visit.device_code(),
                Place::Authorize(version) => visit.authorize(version),
                Place::DeviceAuth => visit.device_auth(),
                Place::SignIn => visit.sign_in().unwrap_or_else(|refusal| refusal),
                Place::SecondFactor => visit.second_factor().unwrap_or_else(|refusal| refusal),
                Place::Consent => visit.consent().unwrap_or_else(|refusal| refusal),
            }
        })
    }
}

/// Lets a device in as that person, or declines for everybody. False if no device shows that code.
pub(crate) fn decide_device(shared: &Shared, user_code: &str, person: Option<&str>) -> bool {
    shared.with_state(|memory: &mut Memory| memory.decide(user_code, person))
}

fn sent_twice(call: &Call) -> Option<&str> {
    let names: Vec<&str> = call.parameters.iter().map(|(name, _)| name.as_str()).collect();
    names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)).map(|(_, name)| *name)
}

/// One request, and all that it may be judged by.
struct Visit<'a> {
    request: &'a Request,
    call: &'a Call,
    world: &'a World,
    tenant: String,
    memory: &'a mut Memory,
}

impl Visit<'_> {
    fn now(&self) -> i64 {
        self.world.now().unix_timestamp()
    }

    fn known(&self) -> &EntraTenant {
        &self.world.entra
    }

    fn field(&self, name: &str) -> &str {
        crate::identity::visit::field(self.call, name)
    }

    /// A parameter that may be left out, and is not there if empty.
    fn optional(&self, name: &str) -> Option<String> {
        Some(self.field(name).to_owned()).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        match self.field(name) {
            "" => Err(Refusal::missing(name)),
            value => Ok(value),
        }
    }

    fn check_tenant(&self) -> Result<(), Refusal> {
        if self.known().is_called(&self.tenant) { Ok(()) } else { Err(Refusal::unknown_tenant(&self.tenant)) }
    }

    /// As much of the discovery document as says where the endpoints are.
    fn configuration(&self) -> Answer {
        if let Err(refusal) = self.check_tenant() {
            return refusal.answer(self.world);
        }
        let base = format!("https://{}/{}", self.request.header("host").unwrap_or_default(), self.tenant);
        let endpoint = |path: &str| format!("{base}/oauth2/v2.0/{path}");
        Answer::json(
            200,
            &serde_json::json!({
                "issuer": format!("{base}/v2.0"),
                "authorization_endpoint": endpoint("authorize"),
                "token_endpoint": endpoint("token"),
                "device_authorization_endpoint": endpoint("devicecode"),
            }),
        )
    }

    fn check_client(&self) -> Result<(), Refusal> {
        let client_id = self.required("client_id")?;
        if client_id != self.known().client_id {
            return Err(Refusal::unknown_application(client_id, &self.tenant));
        }
        Ok(())
    }
}
