//! STS: who may assume what, and what the keys that it issues are good for.

mod common;

use base64::Engine;
use common::{ALICE, CLUSTER, Reply, Signer, unsigned_sts};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{EXTERNAL_ID, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, WEB_IDENTITY_TOKEN};

fn arn(role: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{role}")
}

const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/sandbox-idp";

fn assume(sandbox: &Sandbox, signer: &Signer, role: &str, more: &[(&str, &str)]) -> Reply {
    let role = arn(role);
    let parameters = [&[("RoleArn", role.as_str()), ("RoleSessionName", "test")], more].concat();
    signer.sts(&sandbox.http_url(), "AssumeRole", &parameters)
}

/// The issued keys, for that service.
fn issued(reply: &Reply, service: &str) -> Signer {
    let part = |name: &str| reply.element(name).unwrap_or_else(|| panic!("{name} in {}", reply.text()));
    Signer::new(service, &part("AccessKeyId"), &part("SecretAccessKey"), Some(&part("SessionToken")))
}

#[test]
fn roles_are_assumed_one_after_the_other_and_the_keys_work() {
    let sandbox = Sandbox::start();
    let first = assume(&sandbox, &Signer::user("sts"), "sandbox-role", &[]);
    assert_eq!(first.status, 200, "{}", first.text());
    let second = assume(&sandbox, &issued(&first, "sts"), "sandbox-second-role", &[]);
    let url = sandbox.http_url();
    let login = issued(&second, "redshift").redshift(&url, "GetClusterCredentialsWithIAM", &[CLUSTER]);
    assert_eq!(login.element("DbUser").as_deref(), Some("IAMR:sandbox-second-role"), "{}", login.text());
    let me = issued(&second, "sts").sts(&url, "GetCallerIdentity", &[]);
    let expected = "arn:aws:sts::123456789012:assumed-role/sandbox-second-role/test";
    assert_eq!(me.element("Arn").as_deref(), Some(expected), "{}", me.text());
    // The keys die when their time is up.
    sandbox.with_world(|world| world.clock_offset_seconds = 7200);
    let mut late = issued(&second, "redshift");
    late.time += std::time::Duration::from_hours(2);
    assert_eq!(late.redshift(&url, "GetClusterCredentialsWithIAM", &[CLUSTER]).error().1, "ExpiredToken");
}

#[test]
fn trust_and_external_id_are_demanded() {
    let sandbox = Sandbox::start();
    let user = Signer::user("sts");
    let denied = |reply: &Reply| {
        assert_eq!(reply.error(), (403, "AccessDenied".to_owned()), "{}", reply.text());
        assert!(reply.message().contains("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"));
    };
    denied(&assume(&sandbox, &user, "sandbox-second-role", &[]));
    denied(&assume(&sandbox, &user, "no-such-role", &[]));
    denied(&assume(&sandbox, &user, "sandbox-partner", &[]));
    denied(&assume(&sandbox, &user, "sandbox-partner", &[("ExternalId", "wrong")]));
    assert_eq!(assume(&sandbox, &user, "sandbox-partner", &[("ExternalId", EXTERNAL_ID)]).status, 200);
}

#[test]
fn a_role_passes_its_denials_on() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let login = || {
        let reply = assume(&sandbox, &Signer::user("sts"), "sandbox-role", &[]);
        issued(&reply, "redshift").redshift(&url, "GetClusterCredentials", &[ALICE, CLUSTER])
    };
    assert_eq!(login().status, 200);
    sandbox.with_world(|world| {
        let role = world.roles.iter_mut().find(|role| role.name == "sandbox-role").unwrap();
        role.denied.push("redshift:GetClusterCredentials".to_owned());
    });
    assert_eq!(login().error(), (403, "AccessDenied".to_owned()));
}

#[test]
fn durations_have_their_bounds() {
    let sandbox = Sandbox::start();
    let user = Signer::user("sts");
    let lasting = |seconds: &str| assume(&sandbox, &user, "sandbox-role", &[("DurationSeconds", seconds)]);
    assert_eq!(lasting("3600").status, 200);
    for (seconds, words) in [
        ("899", "greater than or equal to 900"),
        ("43201", "less than or equal to 43200"),
        ("3601", "exceeds the MaxSessionDuration"),
    ] {
        let reply = lasting(seconds);
        assert_eq!(reply.error(), (400, "ValidationError".to_owned()));
        assert!(reply.message().contains(words), "{}", reply.message());
    }
    sandbox.with_world(|world| world.roles.iter_mut().for_each(|role| role.max_session_seconds = 7200));
    assert_eq!(lasting("7200").status, 200);
    let session = Signer::new("sts", SESSION_KEY, SESSION_SECRET, Some(SESSION_TOKEN));
    let chained = assume(&sandbox, &session, "sandbox-second-role", &[("DurationSeconds", "7200")]);
    assert!(chained.message().contains("role chaining"), "{}", chained.text());
}

#[test]
fn wrong_parameters_are_refused() {
    let sandbox = Sandbox::start();
    let (url, user) = (sandbox.http_url(), Signer::user("sts"));
    let missing = user.sts(&url, "AssumeRole", &[("RoleArn", &arn("sandbox-role"))]);
    assert_eq!(missing.error(), (400, "ValidationError".to_owned()));
    assert!(missing.message().contains("Value null at 'roleSessionName'"), "{}", missing.message());
    let named =
        |name: &str| user.sts(&url, "AssumeRole", &[("RoleArn", &arn("sandbox-role")), ("RoleSessionName", name)]);
    assert_eq!(named("a b").error().1, "ValidationError");
    assert_eq!(named("a").error().1, "ValidationError");
    assert_eq!(named("a.b@c").status, 200);
    let unknown = assume(&sandbox, &user, "sandbox-role", &[("RoleSessionname", "x")]);
    assert_eq!(unknown.error(), (400, "MalformedInput".to_owned()));
}

/// A response as an identity provider writes it, before base 64.
fn response(change: impl Fn(String) -> String) -> String {
    let end = time::OffsetDateTime::now_utc() + time::Duration::minutes(5);
    let end = end.format(&time::format_description::well_known::Rfc3339).unwrap();
    let attribute = |name: &str, value: &str| {
        format!(
            "<s:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/{name}\"><s:AttributeValue>{value}</s:AttributeValue></s:Attribute>"
        )
    };
    let role = attribute("Role", &format!("{PROVIDER},{}", arn("sandbox-role")));
    let name = attribute("RoleSessionName", "alice@example.com");
    let text = format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\"><s:Assertion>\
         <s:Issuer>https://idp.example.com/saml</s:Issuer><s:Subject><s:NameID>alice</s:NameID></s:Subject>\
         <s:Conditions NotOnOrAfter=\"{end}\"><s:AudienceRestriction><s:Audience>urn:amazon:webservices</s:Audience>\
         </s:AudienceRestriction></s:Conditions><s:AttributeStatement>{role}{name}</s:AttributeStatement></s:Assertion></p:Response>"
    );
    base64::engine::general_purpose::STANDARD.encode(change(text))
}

fn with_saml(sandbox: &Sandbox, role: &str, assertion: &str, more: &[(&str, &str)]) -> Reply {
    let role = arn(role);
    let parameters =
        [&[("RoleArn", role.as_str()), ("PrincipalArn", PROVIDER), ("SAMLAssertion", assertion)], more].concat();
    unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters)
}

#[test]
fn an_assertion_gets_keys_that_work() {
    let sandbox = Sandbox::start();
    let reply = with_saml(&sandbox, "sandbox-role", &response(|text| text), &[]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.element("Subject").as_deref(), Some("alice"));
    let login = issued(&reply, "redshift").redshift(&sandbox.http_url(), "GetClusterCredentialsWithIAM", &[CLUSTER]);
    assert_eq!(login.element("DbUser").as_deref(), Some("IAMR:sandbox-role"), "{}", login.text());
    assert_eq!(sandbox.requests()[0].signed_by, None);
    assert!(sandbox.requests()[0].header("authorization").is_none());
}

#[test]
fn a_wrong_assertion_is_refused() {
    let sandbox = Sandbox::start();
    let refused = |from: &str, to: &str| {
        let changed = response(|text| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let reply = with_saml(&sandbox, "sandbox-role", &changed, &[]);
        (reply.error(), reply.message())
    };
    let cases = [
        (
            "https://idp.example.com/saml",
            "https://other.example.com",
            400,
            "InvalidIdentityToken",
            "Issuer not present",
        ),
        ("urn:amazon:webservices", "urn:other", 400, "InvalidIdentityToken", "required audience"),
        ("Attributes/RoleSessionName", "Attributes/Other", 400, "InvalidIdentityToken", "RoleSessionName is required"),
        ("alice@example.com", "alice and bob", 400, "InvalidIdentityToken", "must match"),
        ("role/sandbox-role", "role/sandbox-long-role", 403, "AccessDenied", "Not authorized to perform"),
        ("NotOnOrAfter=\"20", "NotOnOrAfter=\"19", 400, "ExpiredTokenException", "within 5 minutes"),
        ("<p:Response ", "<p:Response <", 400, "InvalidIdentityToken", "Invalid base64"),
    ];
    for (from, to, status, code, words) in cases {
        let (error, message) = refused(from, to);
        assert_eq!(error, (status, code.to_owned()), "{from}");
        assert!(message.contains(words), "{message}");
    }
    let not_base64 = with_saml(&sandbox, "sandbox-role", "****", &[]);
    assert_eq!(not_base64.error(), (400, "InvalidIdentityToken".to_owned()));
    // The role is in the assertion but does not trust the provider.
    sandbox.with_world(|world| world.roles.iter_mut().for_each(|role| role.saml_providers.clear()));
    let untrusted = with_saml(&sandbox, "sandbox-role", &response(|text| text), &[]);
    assert_eq!(untrusted.error(), (403, "AccessDenied".to_owned()));
}

#[test]
fn role_and_provider_may_stand_in_either_order() {
    let sandbox = Sandbox::start();
    let (forth, back) = (format!("{PROVIDER},{}", arn("sandbox-role")), format!("{}, {PROVIDER}", arn("sandbox-role")));
    let reply = with_saml(&sandbox, "sandbox-role", &response(|text| text.replace(&forth, &back)), &[]);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_web_identity_token_gets_keys_that_work() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    let ask = |role: &str, token: &str| {
        let parameters =
            [("RoleArn", arn(role)), ("RoleSessionName", "test".to_owned()), ("WebIdentityToken", token.to_owned())];
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        unsigned_sts(&url, "AssumeRoleWithWebIdentity", &parameters)
    };
    let reply = ask("sandbox-role", WEB_IDENTITY_TOKEN);
    assert_eq!(reply.element("SubjectFromWebIdentityToken").as_deref(), Some("sandbox-subject"), "{}", reply.text());
    let me = issued(&reply, "sts").sts(&url, "GetCallerIdentity", &[]);
    assert!(me.element("Arn").unwrap().ends_with("assumed-role/sandbox-role/test"));
    assert_eq!(ask("sandbox-role", "unknown").error(), (400, "InvalidIdentityToken".to_owned()));
    assert_eq!(ask("sandbox-role", "sandbox.web-identity.expired").error(), (400, "ExpiredTokenException".to_owned()));
    assert_eq!(ask("sandbox-partner", WEB_IDENTITY_TOKEN).error(), (403, "AccessDenied".to_owned()));
}
