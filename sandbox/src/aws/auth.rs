//! Who signed a request, and what he may do.

use time::Duration;

use crate::aws::errors::AwsError;
use crate::clock;
use crate::http::Request;
use crate::sigv4::{Authorization, Signed};
use crate::world::{AccessKey, Principal, World};

/// How far the client's clock may be off.
const MAX_SKEW: Duration = Duration::minutes(5);

/// The names that a protocol gives to the same refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Query,
    Json,
}

impl Dialect {
    fn refuse(self, query: (u16, &str), json: &str, message: impl Into<String>) -> AwsError {
        match self {
            Self::Query => AwsError::new(query.0, query.1, message),
            Self::Json => AwsError::new(400, json, message),
        }
    }

    fn unknown_key(self) -> AwsError {
        let message = "The security token included in the request is invalid.";
        self.refuse((403, "InvalidClientTokenId"), "UnrecognizedClientException", message)
    }

    fn bad_signature(self, message: impl Into<String>) -> AwsError {
        self.refuse((403, "SignatureDoesNotMatch"), "InvalidSignatureException", message)
    }
}

/// Who signed, and where the signature sends the request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub key_id: String,
    pub principal: Principal,
    pub region: String,
    denied: Vec<String>,
}

/// Finds out who signed the request, for that service.
pub(crate) fn authenticate(
    request: &Request,
    service: &str,
    dialect: Dialect,
    world: &World,
) -> Result<Caller, AwsError> {
    let Some(header) = request.header("authorization") else {
        let message = "Request is missing Authentication Token";
        return Err(dialect.refuse(
            (403, "MissingAuthenticationToken"),
            "MissingAuthenticationTokenException",
            message,
        ));
    };
    let incomplete =
        |message: String| dialect.refuse((400, "IncompleteSignature"), "IncompleteSignatureException", message);
    let authorization = Authorization::parse(header).map_err(incomplete)?;
    let Some(amz_date) = request.header("x-amz-date") else {
        return Err(incomplete(format!(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization={header}"
        )));
    };
    let key = world.key(&authorization.key_id).ok_or_else(|| dialect.unknown_key())?;
    if key.session_token.as_deref() != request.header("x-amz-security-token") {
        return Err(dialect.unknown_key());
    }
    check_scope(request, &authorization, service, amz_date).map_err(|message| dialect.bad_signature(message))?;
    check_clock(amz_date, world).map_err(|message| dialect.bad_signature(message))?;
    check_signature(request, &authorization, key, amz_date).map_err(|message| dialect.bad_signature(message))?;
    if key.expires_at.is_some_and(|at| at <= world.now().unix_timestamp()) {
        let message = "The security token included in the request is expired";
        return Err(dialect.refuse((403, "ExpiredToken"), "ExpiredTokenException", message));
    }
    Ok(Caller {
        key_id: key.id.clone(),
        principal: key.principal.clone(),
        region: authorization.region,
        denied: key.denied.clone(),
    })
}

/// The scope must fit the service, the host, if it is one of AWS', and the date of the request.
fn check_scope(request: &Request, authorization: &Authorization, service: &str, amz_date: &str) -> Result<(), String> {
    if authorization.service != service {
        return Err(format!("Credential should be scoped to correct service: '{service}'."));
    }
    let host = request.header("host").unwrap_or("");
    if authorization.region.is_empty() || region_of_host(host).is_some_and(|region| region != authorization.region) {
        return Err(format!("Credential should be scoped to a valid region, not '{}'.", authorization.region));
    }
    let day = amz_date.get(..8).unwrap_or("");
    if authorization.date != day {
        return Err(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{day}', from '{amz_date}'.",
            authorization.date
        ));
    }
    for name in ["host", "x-amz-date", "x-amz-security-token", "x-amz-target"] {
        if request.header(name).is_some() && !authorization.signed_headers.iter().any(|signed| signed == name) {
            return Err(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."));
        }
    }
    Ok(())
}

/// The region in `service.region.amazonaws.com` and its like in other partitions; `None` for any other host.
pub(crate) fn region_of_host(host: &str) -> Option<&str> {
    let host = host.split(':').next()?;
    let labels: Vec<&str> = host.split('.').collect();
    match labels[..] {
        [_, region, "amazonaws", "com"] | [_, region, "amazonaws", "com", "cn"] | [_, region, "api", "aws"] => {
            Some(region)
        }
        _ => None,
    }
}

fn check_clock(amz_date: &str, world: &World) -> Result<(), String> {
    let now = world.now();
    let Some(signed) = clock::parse_amz(amz_date) else {
        return Err(format!(
            "Date must be in ISO-8601 'basic format'. Got '{amz_date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ));
    };
    let (earliest, latest, now_text) = (now - MAX_SKEW, now + MAX_SKEW, clock::amz(now));
    if signed < earliest {
        let earliest = clock::amz(earliest);
        return Err(format!("Signature expired: {amz_date} is now earlier than {earliest} ({now_text} - 5 min.)"));
    }
    if signed > latest {
        let latest = clock::amz(latest);
        return Err(format!(
            "Signature not yet current: {amz_date} is still later than {latest} ({now_text} + 5 min.)"
        ));
    }
    Ok(())
}

fn check_signature(
    request: &Request,
    authorization: &Authorization,
    key: &AccessKey,
    amz_date: &str,
) -> Result<(), String> {
    let signed = Signed {
        method: &request.method,
        path: request.path(),
        query: request.query(),
        headers: &request.headers,
        body: &request.body,
    };
    if signed.signature(&key.secret, authorization, amz_date) == authorization.signature {
        return Ok(());
    }
    Err("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing \
         method. Consult the service documentation for details."
        .to_owned())
}

impl Caller {
    /// Refuses an action that the key is denied.
    pub fn authorize(&self, action: &str, resource: &str, account: &str, dialect: Dialect) -> Result<(), AwsError> {
        let service = action.split(':').next().unwrap_or("");
        let all = format!("{service}:*");
        if !self.denied.iter().any(|denied| denied == action || *denied == all || denied == "*") {
            return Ok(());
        }
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action",
            self.principal.arn(account)
        );
        Err(dialect.refuse((403, "AccessDenied"), "AccessDeniedException", message))
    }
}
