//! The instance metadata service, version 2 only: a token first, as on an instance with `HttpTokens=required`.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html>

use std::collections::HashMap;

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::clock::iso;
use crate::http::{Answer, Request};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::{AccessKey, World};

/// The stand-in.
pub(crate) struct InstanceMetadata;

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const INSTANCE_ID: &str = "i-0123456789abcdef0";

/// The tokens handed out, each with its end.
#[derive(Default)]
struct Tokens(HashMap<String, OffsetDateTime>);

impl Service for InstanceMetadata {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let path = request.path().strip_prefix("/latest")?;
        let operation = if path == "/api/token" { "token" } else { path.trim_start_matches('/') };
        Some(Call { service: "imds", operation: operation.to_owned(), parameters: Vec::new() })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let answer = if call.operation == "token" { issue_token(request, shared) } else { read(request, call, shared) };
        answer.header("Server", "EC2ws").header("Connection", "close")
    }
}

fn issue_token(request: &Request, shared: &Shared) -> Answer {
    // A request that came through a proxy must not get a token: this keeps open reverse proxies from giving keys away.
    if request.header("x-forwarded-for").is_some() {
        return Answer::text(403, "");
    }
    if request.method != "PUT" {
        return Answer::text(405, "");
    }
    let Some(seconds) =
        request.header(TTL).and_then(|text| text.parse::<i64>().ok()).filter(|s| (1..=21600).contains(s))
    else {
        return Answer::text(400, "");
    };
    let token = random::base64::<40>();
    let end = shared.world().now() + Duration::seconds(seconds);
    shared.with_state(|tokens: &mut Tokens| tokens.0.insert(token.clone(), end));
    Answer::text(200, token).header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", seconds.to_string())
}

fn read(request: &Request, call: &Call, shared: &Shared) -> Answer {
    if request.method != "GET" {
        return Answer::text(405, "");
    }
    let token = request.header("x-aws-ec2-metadata-token").unwrap_or("");
    let now = shared.world().now();
    let known = shared.with_state(|tokens: &mut Tokens| tokens.0.get(token).is_some_and(|end| *end > now));
    if !known {
        return Answer::text(401, "");
    }
    let world = shared.world();
    document(&call.operation, &world).unwrap_or_else(|| Answer::text(404, ""))
}

fn document(path: &str, world: &World) -> Option<Answer> {
    let text = |text: String| Some(Answer::text(200, text));
    match path {
        "meta-data/instance-id" => text(INSTANCE_ID.to_owned()),
        "meta-data/placement/region" => text(world.region.clone()),
        "meta-data/placement/availability-zone" => text(format!("{}a", world.region)),
        "dynamic/instance-identity/document" => Some(Answer::json(
            200,
            &json!({ "accountId": world.account, "region": world.region, "availabilityZone": format!("{}a", world.region),
                     "instanceId": INSTANCE_ID, "version": "2017-09-30" }),
        )
        .header("Content-Type", "text/plain")),
        _ => {
            let instance = world.instance.as_ref()?;
            let (folder, name) = path.strip_prefix("meta-data/iam/")?.split_once('/')?;
            let extended = match folder {
                "security-credentials" => false,
                "security-credentials-extended" if world.extended_metadata => true,
                _ => return None,
            };
            match name {
                "" => text(instance.role.clone()),
                _ if name == instance.role => Some(credentials(world.key(&instance.key)?, extended, world)),
                _ => None,
            }
        }
    }
}

fn credentials(key: &AccessKey, extended: bool, world: &World) -> Answer {
    let now = world.now();
    let mut value = json!({
        "Code": "Success",
        "LastUpdated": iso(now),
        "Type": "AWS-HMAC",
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.session_token,
        "Expiration": iso(expiry(key, now)),
    });
    if extended {
        value["AccountId"] = json!(world.account);
    }
    Answer::json(200, &value).header("Content-Type", "text/plain")
}

/// When a metadata service says that a key expires: its own end, or six hours from now.
pub(crate) fn expiry(key: &AccessKey, now: OffsetDateTime) -> OffsetDateTime {
    key.expires_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()).unwrap_or(now + Duration::hours(6))
}
