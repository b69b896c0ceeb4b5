//! Okta, classic engine: the Authentication API, and the page of the application that posts the SAML response to AWS.
//!
//! A password, perhaps a second factor, then a session token that opens a session once, at the application's embed link.

mod apps;
mod authn;
mod factors;
mod messages;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::identity::visit;
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;
pub(crate) use messages::error;

/// Its name in the log.
pub(crate) const NAME: &str = "okta";
const AUTHN: &str = "/api/v1/authn";
const METADATA: &str = "/.well-known/okta-organization";

/// How the org is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own in an org")]
pub struct OktaOrg {
    /// The first part of the application's embed link.
    pub app_name: String,
    /// The rest of it.
    pub app_id: String,
    /// Names of the people to whom the application is not assigned.
    pub unassigned: Vec<String>,
    /// The embed link redirects to the application's own address.
    pub app_redirects: bool,
    /// The application's sign-on policy asks for a factor of its own.
    pub app_steps_up: bool,
    /// The engine.
    pub engine: OktaEngine,
    /// Who is locked out is told so; else the password is as good as wrong. Password policies have both.
    pub shows_lockouts: bool,
    /// Passwords that expire soon are warned of also where nobody asked for that.
    pub always_warns: bool,
    /// The right password leads to this status and nowhere.
    pub status: Option<String>,
    /// Links lead to this host in place of the one that was asked. No state token may go there.
    pub link_host: Option<String>,
}

/// The engine of an org.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OktaEngine {
    /// The one that the Authentication API was made for.
    #[default]
    Classic,
    /// Identity Engine: the API is still there, but its session does not satisfy the application's policy.
    IdentityEngine,
    /// Identity Engine that refuses the API.
    IdentityEngineOnly,
}

impl Default for OktaOrg {
    fn default() -> Self {
        Self {
            app_name: "amazon_aws".to_owned(),
            app_id: "0oa2hylwrpM8UGehd1t7/272".to_owned(),
            unassigned: Vec::new(),
            app_redirects: false,
            app_steps_up: false,
            engine: OktaEngine::default(),
            shows_lockouts: true,
            always_warns: false,
            status: None,
            link_host: None,
        }
    }
}

/// The stand-in.
pub(crate) struct Okta;

/// What it remembers between requests.
#[derive(Default)]
struct Memory {
    /// Logins under way, by their state token.
    transactions: HashMap<String, factors::Transaction>,
    /// Who may open a session, by the session token that does it once.
    tokens: HashMap<String, String>,
    /// Who has a session, by the cookie `sid`.
    sessions: HashMap<String, String>,
}

impl Service for Okta {
    fn recognise(&self, request: &Request, shared: &Shared) -> Option<Call> {
        let path = request.path();
        let operation = match path.strip_prefix(AUTHN) {
            Some("") => "Authenticate",
            Some("/skip") => "Skip",
            Some("/cancel") => "Cancel",
            Some(rest) if factors::id_in(rest).is_some() => {
                let token = member(request, "stateToken");
                let polled = shared.with_state(|memory: &mut Memory| {
                    memory.transactions.get(&token).is_some_and(factors::Transaction::is_polled)
                });
                if polled { "PollFactor" } else { "VerifyFactor" }
            }
            Some(_) => "Unknown",
            None if path == METADATA => "OrgMetadata",
            None => apps::operation(path)?,
        };
        let query = request.query_pairs().into_iter();
        Some(Call {
            service: NAME,
            operation: operation.to_owned(),
            parameters: query.chain(members(request)).collect(),
        })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        if !request.tls {
            return visit::misuse(403, "an identity provider is not to be had by plain http.");
        }
        let world = shared.world().clone();
        shared.with_state(|memory: &mut Memory| {
            let mut visit = Visit { request, call, world: &world, org: &world.identity_pages.okta, memory };
            let answer = match call.operation.as_str() {
                "Authenticate" => visit.authenticate(),
                "VerifyFactor" | "PollFactor" => visit.verify(),
                "Skip" => visit.skip(),
                "Cancel" => visit.cancel(),
                "OrgMetadata" => Ok(visit.metadata()),
                "Unknown" => Err(error(404, "E0000007", "Not found: Resource not found: authn (Path)", &[])),
                _ => visit.page(),
            };
            answer.unwrap_or_else(|refusal| refusal)
        })
    }
}

struct Visit<'a> {
    request: &'a Request,
    call: &'a Call,
    world: &'a World,
    org: &'a OktaOrg,
    memory: &'a mut Memory,
}

/// Both are answers: the refusals end early.
type Step = Result<Answer, Answer>;

impl Visit<'_> {
    fn host(&self) -> &str {
        self.request.header("host").unwrap_or("")
    }

    /// What anybody may know of the org.
    fn metadata(&self) -> Answer {
        let pipeline = if self.org.engine == OktaEngine::Classic { "v1" } else { "idx" };
        let organization = format!("https://{}", self.host());
        Answer::json(
            200,
            &json!({
                "id": "00osandbox0000000001",
                "cell": "ok0",
                "_links": { "organization": { "href": organization } },
                "pipeline": pipeline,
                "settings": { "analyticsCollectionEnabled": false, "bugReportingEnabled": true, "omEnabled": false },
            }),
        )
    }
}

/// An identifier as Okta makes them.
fn token() -> String {
    format!("00{}_-{}", random::base32::<16>(), random::base32::<20>().to_lowercase())
}

/// The members of a JSON body: strings as they are, the rest as JSON.
fn members(request: &Request) -> Vec<(String, String)> {
    let Ok(Value::Object(object)) = serde_json::from_slice(&request.body) else { return Vec::new() };
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    object.into_iter().map(|(name, value)| (name, text(value))).collect()
}

fn member(request: &Request, name: &str) -> String {
    members(request).into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}
