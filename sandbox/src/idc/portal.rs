//! The access portal: `GetRoleCredentials` and `Logout` for a token. <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/>

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::error::{PORTAL, for_portal};
use super::unix;
use crate::aws::issue_keys;
use crate::http::{Answer, Request};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;

/// The stand-in.
pub(crate) struct Portal;

impl Service for Portal {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let operation = match request.path() {
            "/federation/credentials" => "GetRoleCredentials",
            "/logout" => "Logout",
            _ => return None,
        };
        Some(Call { service: PORTAL, operation: operation.to_owned(), parameters: request.query_pairs() })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let mut world = shared.world();
        let Some(person) = person(request, &world) else {
            return for_portal(401, "UnauthorizedException", "Session token not found or invalid");
        };
        match (request.method.as_str(), call.operation.as_str()) {
            ("GET", "GetRoleCredentials") => role_credentials(call, &mut world, &person),
            ("POST", "Logout") => {
                // The session ends for every client of this person's.
                world.identity_center.tokens.retain(|token| token.person != person);
                Answer::new(200).header("x-amzn-RequestId", random::request_id())
            }
            _ => for_portal(405, "InvalidRequestException", "Method not allowed"),
        }
    }
}

fn role_credentials(call: &Call, world: &mut World, person: &str) -> Answer {
    let of = |name: &str| call.parameters.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    match (of("account_id"), of("role_name")) {
        ("", _) | (_, "") => for_portal(400, "InvalidRequestException", "account_id and role_name must be given"),
        (account, role) if is_assigned(world, person, account, role) => credentials(world, person, role),
        _ => for_portal(403, "ForbiddenException", "No access"),
    }
}

/// Whose token it is, if it lets anybody in here.
fn person(request: &Request, world: &World) -> Option<String> {
    let brought = request.header("x-amz-sso_bearer_token")?;
    let center = &world.identity_center;
    let token =
        center.tokens.iter().find(|token| token.access_token == brought && token.expires_at > unix(world.now()))?;
    let client = center.client(&token.client)?;
    // A client without scopes has what clients had before there were any.
    let may = client.scopes.is_empty() || client.scopes.iter().any(|scope| scope == "sso:account:access");
    may.then(|| token.person.clone())
}

fn is_assigned(world: &World, person: &str, account: &str, role: &str) -> bool {
    let assigned = |given: &super::Assignment| given.person == person && given.account == account && given.role == role;
    world.identity_center.assignments.iter().any(assigned)
}

/// Identity Center names the role itself: a prefix, the permission set, a number.
fn credentials(world: &mut World, person: &str, role: &str) -> Answer {
    let expires = world.now() + Duration::seconds(world.identity_center.role_seconds);
    let key = issue_keys(world, &format!("AWSReservedSSO_{role}_0123456789abcdef"), person, expires);
    let answer = json!({ "roleCredentials": {
        "accessKeyId": key.id,
        "secretAccessKey": key.secret,
        "sessionToken": key.session_token,
        "expiration": milliseconds(expires),
    } });
    Answer::json(200, &answer).header("x-amzn-RequestId", random::request_id())
}

fn milliseconds(time: OffsetDateTime) -> i64 {
    unix(time) * 1000
}
