//! Amazon Redshift Serverless, AWS JSON 1.1, version 2021-04-21.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws::auth::{Caller, Dialect, authenticate};
use crate::aws::errors::AwsError;
use crate::aws::{database_lifetime, database_password};
use crate::clock::iso;
use crate::http::{Answer, Request};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::{Workgroup, World};

/// The stand-in.
pub(crate) struct RedshiftServerless;

const NAME: &str = "redshift-serverless";

impl Service for RedshiftServerless {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let operation = request.header("x-amz-target")?.strip_prefix("RedshiftServerless.")?;
        let parameters = match serde_json::from_slice(&request.body) {
            Ok(Value::Object(members)) => members.into_iter().map(|(name, value)| (name, plain(value))).collect(),
            _ => Vec::new(),
        };
        Some(Call { service: NAME, operation: operation.to_owned(), parameters })
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        match result(request, call, &shared.world()) {
            Ok(value) => Answer::json(200, &value)
                .header("Content-Type", "application/x-amz-json-1.1")
                .header("x-amzn-RequestId", random::request_id()),
            Err(error) => error.json(),
        }
    }
}

/// A string without its quotes, anything else as JSON.
fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn result(request: &Request, call: &Call, world: &World) -> Result<Value, AwsError> {
    let run: fn(&Request, &Caller, &World) -> Result<Value, AwsError> = match call.operation.as_str() {
        "GetCredentials" => get_credentials,
        "GetWorkgroup" => get_workgroup,
        "GetIdentityCenterAuthToken" => get_identity_center_auth_token,
        _ => return Err(AwsError::new(404, "UnknownOperationException", "")),
    };
    if request.method != "POST" || request.content_type() != "application/x-amz-json-1.1" {
        return Err(AwsError::new(404, "UnknownOperationException", ""));
    }
    let caller = authenticate(request, NAME, Dialect::Json, world)?;
    run(request, &caller, world)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetCredentials {
    custom_domain_name: Option<String>,
    /// Not looked at: the API does not know which databases there are.
    #[serde(rename = "dbName")]
    _db_name: Option<String>,
    duration_seconds: Option<i64>,
    workgroup_name: Option<String>,
}

fn get_credentials(request: &Request, caller: &Caller, world: &World) -> Result<Value, AwsError> {
    let input: GetCredentials = read(request)?;
    if let Some(name) = &input.workgroup_name {
        check_workgroup_name(name)?;
    }
    let lifetime = database_lifetime(input.duration_seconds, validation)?;
    let workgroup = match (&input.workgroup_name, &input.custom_domain_name) {
        (Some(name), _) => find(world, &caller.region, name)?,
        (None, Some(domain)) => world
            .workgroups
            .iter()
            .filter(|workgroup| workgroup.region == caller.region)
            .find(|workgroup| workgroup.custom_domains.contains(domain))
            .ok_or_else(|| not_found(&format!("No workgroup has the custom domain {domain}.")))?,
        (None, None) => return Err(validation("workgroupName or customDomainName must be given")),
    };
    caller.authorize("redshift-serverless:GetCredentials", &arn(world, workgroup), &world.account, Dialect::Json)?;
    let now = world.now();
    let (expires, refresh) = (now + lifetime, now + lifetime / 2_i32);
    Ok(json!({
        "dbUser": caller.principal.database_user(),
        "dbPassword": database_password(world),
        "expiration": expires.unix_timestamp(),
        "nextRefreshTime": refresh.unix_timestamp(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetWorkgroup {
    workgroup_name: String,
}

fn get_workgroup(request: &Request, caller: &Caller, world: &World) -> Result<Value, AwsError> {
    let input: GetWorkgroup = read(request)?;
    check_workgroup_name(&input.workgroup_name)?;
    let workgroup = find(world, &caller.region, &input.workgroup_name)?;
    caller.authorize("redshift-serverless:GetWorkgroup", &arn(world, workgroup), &world.account, Dialect::Json)?;
    let mut value = json!({
        "workgroupName": workgroup.name,
        "workgroupArn": arn(world, workgroup),
        "namespaceName": "sandbox",
        "status": workgroup.status,
        "port": workgroup.port,
        "baseCapacity": 128,
        "creationDate": iso(world.now()),
        "publiclyAccessible": false,
    });
    if workgroup.status != "CREATING" {
        value["endpoint"] = json!({ "address": workgroup.host, "port": workgroup.port, "vpcEndpoints": [] });
    }
    Ok(json!({ "workgroup": value }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetIdentityCenterAuthToken {
    workgroup_names: Vec<String>,
}

fn get_identity_center_auth_token(request: &Request, caller: &Caller, world: &World) -> Result<Value, AwsError> {
    let input: GetIdentityCenterAuthToken = read(request)?;
    if input.workgroup_names.is_empty() {
        return Err(validation("workgroupNames must name at least one workgroup"));
    }
    for name in &input.workgroup_names {
        let workgroup = find(world, &caller.region, name)?;
        let action = "redshift-serverless:GetIdentityCenterAuthToken";
        caller.authorize(action, &arn(world, workgroup), &world.account, Dialect::Json)?;
    }
    let expires = world.now() + time::Duration::minutes(5);
    Ok(json!({ "token": random::base64::<96>(), "expirationTime": iso(expires) }))
}

/// Reads the body. What the model requires and what it does not know are told apart, as AWS does.
fn read<T: DeserializeOwned>(request: &Request) -> Result<T, AwsError> {
    serde_json::from_slice(&request.body).map_err(|error| match error.classify() {
        serde_json::error::Category::Data if error.to_string().starts_with("missing field") => {
            let text = error.to_string();
            let field = text.split('`').nth(1).unwrap_or("");
            validation(&format!(
                "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
            ))
        }
        serde_json::error::Category::Data if error.to_string().starts_with("unknown field") => validation(&error.to_string()),
        _ => AwsError::new(400, "SerializationException", error.to_string()),
    })
}

fn check_workgroup_name(name: &str) -> Result<(), AwsError> {
    let constraint = if name.len() < 3 {
        "Member must have length greater than or equal to 3"
    } else if name.len() > 64 {
        "Member must have length less than or equal to 64"
    } else if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        "Member must satisfy regular expression pattern: ^[a-z0-9-]+$"
    } else {
        return Ok(());
    };
    Err(validation(&format!(
        "1 validation error detected: Value '{name}' at 'workgroupName' failed to satisfy constraint: {constraint}"
    )))
}

fn find<'w>(world: &'w World, region: &str, name: &str) -> Result<&'w Workgroup, AwsError> {
    world.workgroup(region, name).ok_or_else(|| not_found(&format!("Workgroup not found: {name}")))
}

fn arn(world: &World, workgroup: &Workgroup) -> String {
    format!("arn:aws:redshift-serverless:{}:{}:workgroup/{}", workgroup.region, world.account, workgroup.name)
}

fn validation(message: &str) -> AwsError {
    AwsError::new(400, "ValidationException", message)
}

fn not_found(message: &str) -> AwsError {
    AwsError::new(400, "ResourceNotFoundException", message)
}
