//! AWS Security Token Service, version 2011-06-15.

use time::Duration;

use crate::aws::errors::{AwsError, STS_NAMESPACE};
use crate::aws::issue_keys;
use crate::aws::query::{Ask, Kind, Operation, Parameters, QueryApi, element, optional, required};
use crate::aws::saml::Assertion;
use crate::clock::iso;
use crate::http::{Answer, Request};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::{AccessKey, Principal, Role, World};

/// The stand-in.
pub(crate) struct Sts;

impl Service for Sts {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        API.recognise(request)
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        API.answer(request, call, shared)
    }
}

static API: QueryApi = QueryApi {
    service: "sts",
    version: "2011-06-15",
    namespace: STS_NAMESPACE,
    operations: &[
        Operation {
            name: "AssumeRole",
            rules: &[
                required("RoleArn"),
                required("RoleSessionName"),
                optional("DurationSeconds", Kind::Number),
                optional("ExternalId", Kind::Text),
                optional("Policy", Kind::Text),
                optional("PolicyArns", Kind::Structures),
                optional("Tags", Kind::Structures),
                optional("TransitiveTagKeys", Kind::List("member")),
                optional("ProvidedContexts", Kind::Structures),
                optional("SourceIdentity", Kind::Text),
                optional("SerialNumber", Kind::Text),
                optional("TokenCode", Kind::Text),
            ],
            signed: true,
            run: assume_role,
        },
        Operation {
            name: "AssumeRoleWithSAML",
            rules: &[
                required("RoleArn"),
                required("PrincipalArn"),
                required("SAMLAssertion"),
                optional("DurationSeconds", Kind::Number),
                optional("Policy", Kind::Text),
                optional("PolicyArns", Kind::Structures),
            ],
            signed: false,
            run: assume_role_with_saml,
        },
        Operation {
            name: "AssumeRoleWithWebIdentity",
            rules: &[
                required("RoleArn"),
                required("RoleSessionName"),
                required("WebIdentityToken"),
                optional("ProviderId", Kind::Text),
                optional("DurationSeconds", Kind::Number),
                optional("Policy", Kind::Text),
                optional("PolicyArns", Kind::Structures),
            ],
            signed: false,
            run: assume_role_with_web_identity,
        },
        Operation { name: "GetCallerIdentity", rules: &[], signed: true, run: get_caller_identity },
    ],
    missing: |name| constraint("null", name, "Member must not be null"),
    malformed: |name, value| {
        AwsError::new(400, "MalformedInput", format!("Value {value} at {name} is of the wrong type."))
    },
};

fn assume_role(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let (role_arn, session) = (parameters.required("RoleArn"), parameters.required("RoleSessionName"));
    check_text("RoleArn", role_arn, 20, 2048)?;
    check_session_name(session)?;
    let caller = ask.caller()?.clone();
    let denied = || {
        let who = caller.principal.arn(&ask.world.account);
        AwsError::new(
            403,
            "AccessDenied",
            format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"),
        )
    };
    let role = find_role(ask.world, role_arn).ok_or_else(denied)?;
    let trusted = role.trusted.iter().any(|name| name == caller.principal.name());
    // A role that demands no external id takes any.
    let vouched = role.external_id.is_none() || role.external_id.as_deref() == parameters.text("ExternalId");
    if !trusted || !vouched {
        return Err(denied());
    }
    ask.authorize("sts:AssumeRole", role_arn)?;
    let chained = matches!(caller.principal, Principal::Role { .. });
    let lifetime = session_lifetime(parameters, &role, None, chained)?;
    let issued = issue_keys(ask.world, &role.name, session, ask.world.now() + lifetime);
    Ok([credentials(&issued), assumed_role_user(ask.world, &role.name, session)].concat())
}

fn assume_role_with_saml(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let (role_arn, provider_arn) = (parameters.required("RoleArn"), parameters.required("PrincipalArn"));
    check_text("RoleArn", role_arn, 20, 2048)?;
    check_text("PrincipalArn", provider_arn, 20, 2048)?;
    check_text("SAMLAssertion", parameters.required("SAMLAssertion"), 4, 100_000)?;
    let invalid = |message: &str| AwsError::new(400, "InvalidIdentityToken", message);
    let assertion =
        Assertion::read(parameters.required("SAMLAssertion")).ok_or_else(|| invalid("Invalid base64 SAMLResponse"))?;
    let providers = ask.world.saml_providers.iter();
    let Some(provider) = providers.clone().find(|provider| ask.world.saml_provider_arn(&provider.name) == provider_arn)
    else {
        return Err(invalid("Specified provider doesn't exist"));
    };
    if assertion.issuer != provider.issuer {
        return Err(invalid("Issuer not present in specified provider"));
    }
    check_assertion(&assertion, ask.world)?;
    let session = assertion.aws_attribute("RoleSessionName")[0].to_owned();
    let denied = || AwsError::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML");
    let role = find_role(ask.world, role_arn).ok_or_else(denied)?;
    if !assertion.pairs(role_arn, provider_arn) || !role.saml_providers.contains(&provider.name) {
        return Err(denied());
    }
    let asserted = match assertion.aws_attribute("SessionDuration").first() {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| invalid("SessionDuration attribute in SAML must be a number"))?),
    };
    let lifetime = session_lifetime(parameters, &role, asserted, false)?;
    let issued = issue_keys(ask.world, &role.name, &session, ask.world.now() + lifetime);
    Ok([
        credentials(&issued),
        assumed_role_user(ask.world, &role.name, &session),
        element("Subject", &assertion.subject),
        element("SubjectType", "persistent"),
        element("Issuer", &assertion.issuer),
        element("Audience", assertion.audiences.first().map_or("", String::as_str)),
    ]
    .concat())
}

/// What STS asks of every assertion, in the words of the IAM user guide's troubleshooting page for SAML.
fn check_assertion(assertion: &Assertion, world: &World) -> Result<(), AwsError> {
    let invalid = |message: &str| Err(AwsError::new(400, "InvalidIdentityToken", message));
    let now = world.now();
    if assertion.not_on_or_after.is_some_and(|end| now >= end) {
        return Err(AwsError::new(400, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"));
    }
    if assertion.not_before.is_some_and(|start| now < start) {
        return invalid("Response is not yet valid");
    }
    if !assertion.audiences.iter().any(|audience| is_aws(audience)) {
        return invalid("Response does not contain the required audience.");
    }
    match assertion.aws_attribute("RoleSessionName")[..] {
        [name] if check_session_name(name).is_ok() => Ok(()),
        [_] => invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        _ => invalid("RoleSessionName is required in AuthnResponse"),
    }
}

/// Whether an audience is AWS, of any partition.
fn is_aws(audience: &str) -> bool {
    const NAMES: [&str; 3] =
        ["urn:amazon:webservices", "urn:amazon:webservices:cn-north-1", "urn:amazon:webservices:govcloud"];
    const PAGES: [&str; 3] =
        ["signin.aws.amazon.com/saml", "signin.amazonaws.cn/saml", "signin.amazonaws-us-gov.com/saml"];
    NAMES.contains(&audience) || PAGES.iter().any(|page| audience.contains(page))
}

fn assume_role_with_web_identity(parameters: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let (role_arn, session) = (parameters.required("RoleArn"), parameters.required("RoleSessionName"));
    check_text("RoleArn", role_arn, 20, 2048)?;
    check_text("WebIdentityToken", parameters.required("WebIdentityToken"), 4, 20_000)?;
    check_session_name(session)?;
    let sent = parameters.required("WebIdentityToken");
    let Some(token) = ask.world.web_identity_tokens.iter().find(|token| token.token == sent).cloned() else {
        let message = "The web identity token that was passed could not be validated";
        return Err(AwsError::new(400, "InvalidIdentityToken", message));
    };
    if token.expired {
        return Err(AwsError::new(
            400,
            "ExpiredTokenException",
            "Token expired: the web identity token's time has passed",
        ));
    }
    let role = find_role(ask.world, role_arn).filter(|role| role.web_identity);
    let Some(role) = role else {
        return Err(AwsError::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"));
    };
    let lifetime = session_lifetime(parameters, &role, None, false)?;
    let issued = issue_keys(ask.world, &role.name, session, ask.world.now() + lifetime);
    Ok([
        element("SubjectFromWebIdentityToken", &token.subject),
        element("Audience", &token.audience),
        assumed_role_user(ask.world, &role.name, session),
        credentials(&issued),
        element("Provider", &token.issuer),
    ]
    .concat())
}

/// Needs no permission, as AWS documents it.
fn get_caller_identity(_: &Parameters, ask: &mut Ask<'_>) -> Result<String, AwsError> {
    let caller = ask.caller()?;
    let user_id = match &caller.principal {
        Principal::User { .. } => caller.key_id.replacen("AKIA", "AIDA", 1),
        Principal::Role { session, .. } => format!("{}:{session}", caller.key_id.replacen("ASIA", "AROA", 1)),
    };
    let account = &ask.world.account;
    Ok([element("Arn", &caller.principal.arn(account)), element("UserId", &user_id), element("Account", account)]
        .concat())
}

fn find_role(world: &World, arn: &str) -> Option<Role> {
    world.roles.iter().find(|role| world.role_arn(&role.name) == arn).cloned()
}

/// How long the session lasts. `asserted` is what the SAML assertion asks for; the shorter of it and the parameter holds.
fn session_lifetime(
    parameters: &Parameters,
    role: &Role,
    asserted: Option<i64>,
    chained: bool,
) -> Result<Duration, AwsError> {
    let asked = parameters.number("DurationSeconds");
    if let Some(seconds) = asked {
        let bound = match seconds {
            ..900 => Some("greater than or equal to 900"),
            43201.. => Some("less than or equal to 43200"),
            _ => None,
        };
        if let Some(bound) = bound {
            return Err(constraint(
                &format!("'{seconds}'"),
                "DurationSeconds",
                &format!("Member must have value {bound}"),
            ));
        }
        if chained && seconds > 3600 {
            let message =
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return Err(AwsError::new(400, "ValidationError", message));
        }
        if seconds > role.max_session_seconds {
            let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
            return Err(AwsError::new(400, "ValidationError", message));
        }
    }
    let seconds = asked.into_iter().chain(asserted).min().unwrap_or(3600);
    Ok(Duration::seconds(seconds.min(role.max_session_seconds)))
}

fn check_session_name(name: &str) -> Result<(), AwsError> {
    check_text("RoleSessionName", name, 2, 64)?;
    if name.chars().all(|c| c.is_alphanumeric() || "_+=,.@-".contains(c)) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
    Err(constraint(&format!("'{name}'"), "RoleSessionName", pattern))
}

fn check_text(name: &str, value: &str, least: usize, most: usize) -> Result<(), AwsError> {
    let length = value.chars().count();
    if length < least {
        return Err(constraint(
            &format!("'{value}'"),
            name,
            &format!("Member must have length greater than or equal to {least}"),
        ));
    }
    if length > most {
        return Err(constraint(
            &format!("'{value}'"),
            name,
            &format!("Member must have length less than or equal to {most}"),
        ));
    }
    Ok(())
}

/// The sentence of AWS' validators. They name members in lower camel case.
fn constraint(value: &str, name: &str, rule: &str) -> AwsError {
    let member = match name {
        "SAMLAssertion" => "sAMLAssertion".to_owned(),
        _ => name[..1].to_ascii_lowercase() + &name[1..],
    };
    let message =
        format!("1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: {rule}");
    AwsError::new(400, "ValidationError", message)
}

fn credentials(key: &AccessKey) -> String {
    let expires = time::OffsetDateTime::from_unix_timestamp(key.expires_at.unwrap_or(0));
    let inside = [
        element("AccessKeyId", &key.id),
        element("SecretAccessKey", &key.secret),
        element("SessionToken", key.session_token.as_deref().unwrap_or("")),
        element("Expiration", &expires.map(iso).unwrap_or_default()),
    ];
    format!("<Credentials>\n{}</Credentials>\n", inside.concat())
}

fn assumed_role_user(world: &World, role: &str, session: &str) -> String {
    let principal = Principal::Role { name: role.to_owned(), session: session.to_owned() };
    let id = format!("AROA{}:{session}", random::base32::<17>());
    let arn = principal.arn(&world.account);
    let arn = match world.role(role) {
        Some(role) => arn.replacen("arn:aws:", &format!("arn:{}:", role.partition), 1),
        None => arn,
    };
    let inside = [element("AssumedRoleId", &id), element("Arn", &arn)];
    format!("<AssumedRoleUser>\n{}</AssumedRoleUser>\n", inside.concat())
}
