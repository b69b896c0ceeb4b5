//! The container credentials endpoint, as the EKS pod identity agent has it: a full URI and a token to show there.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use serde_json::json;

use crate::clock::iso;
use crate::http::{Answer, Request};
use crate::imds::expiry;
use crate::service::{Call, Service};
use crate::shared::Shared;

/// Where it is.
pub(crate) const PATH: &str = "/v1/credentials";

/// The stand-in.
pub(crate) struct ContainerCredentials;

impl Service for ContainerCredentials {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        (request.path() == PATH).then(|| Call {
            service: "container",
            operation: "credentials".to_owned(),
            parameters: Vec::new(),
        })
    }

    fn answer(&self, request: &Request, _: &Call, shared: &Shared) -> Answer {
        let refuse =
            |status, code: &str, message: &str| Answer::json(status, &json!({ "code": code, "message": message }));
        if request.method != "GET" {
            return refuse(405, "MethodNotAllowed", "Only GET is served");
        }
        let world = shared.world();
        if request.header("authorization") != Some(world.container_token.as_str()) {
            return refuse(401, "AccessDeniedException", "Service account token cannot be empty or is not valid");
        }
        let issued = world.container.as_ref().and_then(|container| Some((container, world.key(&container.key)?)));
        let Some((container, key)) = issued else {
            return refuse(404, "ResourceNotFoundException", "No role is associated with this container");
        };
        Answer::json(
            200,
            &json!({
                "RoleArn": world.role_arn(&container.role),
                "AccountId": world.account,
                "AccessKeyId": key.id,
                "SecretAccessKey": key.secret,
                "Token": key.session_token,
                "Expiration": iso(expiry(key, world.now())),
            }),
        )
    }
}
