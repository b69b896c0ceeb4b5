//! The assertions that the sandbox makes: STS takes them in every shape in which they should be taken, and in no other.

use crate::common::{CLUSTER, Reply, Signer, unsigned_sts};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{AssertionShape, PairOrder, Prefix, RoleGrant, TextStyle};

const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";
const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/sandbox-idp";

fn assume(sandbox: &Sandbox, role: &str, provider: &str, assertion: &str) -> Reply {
    let parameters = [("RoleArn", role), ("PrincipalArn", provider), ("SAMLAssertion", assertion)];
    unsigned_sts(&sandbox.http_url(), "AssumeRoleWithSAML", &parameters)
}

/// The assertion for `alice` in that shape, and what STS says to it.
fn in_shape(sandbox: &Sandbox, shape: &AssertionShape) -> (String, Reply) {
    sandbox.with_world(|world| world.identity_pages.assertion = shape.clone());
    let assertion = sandbox.assertion_for("alice");
    let reply = assume(sandbox, ROLE, PROVIDER, &assertion);
    (assertion, reply)
}

fn xml(assertion: &str) -> String {
    let compact: String = assertion.split_ascii_whitespace().collect();
    String::from_utf8(STANDARD.decode(compact).unwrap()).unwrap()
}

#[test]
fn every_shape_is_taken() {
    let sandbox = Sandbox::start();
    let shapes = [Prefix::Saml2, Prefix::Saml, Prefix::None, Prefix::Odd].into_iter().flat_map(|prefix| {
        [TextStyle::Plain, TextStyle::Entities, TextStyle::Cdata].into_iter().flat_map(move |text| {
            [PairOrder::RoleFirst, PairOrder::ProviderFirst].map(|order| AssertionShape {
                prefix,
                text,
                order,
                spaced_pairs: order == PairOrder::ProviderFirst,
                wrapped_lines: text == TextStyle::Cdata,
                padding_bytes: if prefix == Prefix::Saml2 { 30_000 } else { 0 },
                ..AssertionShape::default()
            })
        })
    });
    for shape in shapes {
        let (assertion, reply) = in_shape(&sandbox, &shape);
        assert_eq!(reply.status, 200, "{shape:?}: {:?}\n{}", reply.error(), xml(&assertion));
        assert_eq!(reply.element("Subject").as_deref(), Some("alice"), "{shape:?}");
    }
}

#[test]
fn the_shape_is_the_one_that_was_asked_for() {
    let sandbox = Sandbox::start();
    let written = |shape: AssertionShape| in_shape(&sandbox, &shape).0;
    let plain = AssertionShape::default;
    let with = |prefix| xml(&written(AssertionShape { prefix, ..plain() }));
    assert!(with(Prefix::Saml2).contains("<saml2:Attribute "));
    assert!(with(Prefix::Saml).contains("<saml:Attribute "));
    assert!(with(Prefix::None).contains("<Attribute "));
    assert!(with(Prefix::Odd).contains("<a.b-1:Attribute "));
    let pair = |order, spaced_pairs| xml(&written(AssertionShape { order, spaced_pairs, ..plain() }));
    assert!(pair(PairOrder::AsGranted, false).contains(&format!(">{ROLE},{PROVIDER}<")));
    assert!(pair(PairOrder::ProviderFirst, false).contains(&format!(">{PROVIDER},{ROLE}<")));
    assert!(pair(PairOrder::RoleFirst, true).contains(&format!(">{ROLE} ,\n  {PROVIDER}<")));
    assert!(!xml(&written(AssertionShape { text: TextStyle::Entities, ..plain() })).contains(ROLE));
    assert!(xml(&written(AssertionShape { text: TextStyle::Cdata, ..plain() })).contains("<![CDATA[arn:aws:iam"));
    assert!(written(AssertionShape { padding_bytes: 300_000, ..plain() }).len() > 300_000);
    let wrapped = written(AssertionShape { wrapped_lines: true, ..plain() });
    let (whole, last) = wrapped.rsplit_once("\r\n").unwrap();
    assert!(whole.split("\r\n").all(|line| line.len() == 76) && last.len() <= 76, "{wrapped}");
    assert!(!written(plain()).contains('\n'));
}

#[test]
fn a_shape_without_proof_is_refused() {
    let sandbox = Sandbox::start();
    let refused = |shape: AssertionShape| in_shape(&sandbox, &shape).1.error();
    let plain = AssertionShape::default;
    let no_token = (400, "InvalidIdentityToken".to_owned());
    assert_eq!(refused(AssertionShape { encrypted: true, ..plain() }), no_token);
    let status = Some("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed".to_owned());
    assert_eq!(refused(AssertionShape { status, ..plain() }), no_token);
    assert_eq!(refused(AssertionShape { no_roles: true, ..plain() }), (403, "AccessDenied".to_owned()));
    assert_eq!(refused(AssertionShape { expired: true, ..plain() }), (400, "ExpiredTokenException".to_owned()));
    let too_long = AssertionShape { padding_bytes: 300_000, ..plain() };
    assert_eq!(refused(too_long), (400, "ValidationError".to_owned()));
    assert_eq!(in_shape(&sandbox, &plain()).1.status, 200);
}

#[test]
fn the_other_partitions_have_their_own_arns() {
    let sandbox = Sandbox::start();
    for (login, partition) in [("china", "aws-cn"), ("govcloud", "aws-us-gov")] {
        let role = format!("arn:{partition}:iam::123456789012:role/sandbox-{login}");
        let provider = format!("arn:{partition}:iam::123456789012:saml-provider/sandbox-idp-{login}");
        let assertion = sandbox.assertion_for(login);
        let reply = assume(&sandbox, &role, &provider, &assertion);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let session = format!("arn:{partition}:sts::123456789012:assumed-role/sandbox-{login}/{login}");
        assert_eq!(reply.element("Arn").as_deref(), Some(session.as_str()));
        // The same names in the wrong partition.
        let elsewhere = |arn: &str| arn.replace(partition, "aws");
        let wrong = assume(&sandbox, &elsewhere(&role), &elsewhere(&provider), &assertion);
        assert_eq!(wrong.error(), (400, "InvalidIdentityToken".to_owned()));
    }
}

#[test]
fn a_person_gets_the_roles_that_were_granted_and_no_other() {
    let sandbox = Sandbox::start();
    let long = "arn:aws:iam::123456789012:role/sandbox-long-role";
    let roles =
        |login: &str| [ROLE, long].map(|role| assume(&sandbox, role, PROVIDER, &sandbox.assertion_for(login)).status);
    assert_eq!(roles("alice"), [200, 403]);
    assert_eq!(roles("bob"), [200, 200]);
    assert_eq!(roles("carol"), [403, 403]);
    // By whole ARNs as by names.
    sandbox.with_world(|world| world.person_mut("carol").unwrap().roles = vec![RoleGrant::of(long, PROVIDER)]);
    assert_eq!(roles("carol"), [403, 200]);
}

#[test]
fn attributes_are_written_and_left_out() {
    let sandbox = Sandbox::start();
    let alice = xml(&sandbox.assertion_for("alice@example.com"));
    for attribute in ["aws.amazon.com/SAML/Attributes/RoleSessionName", "Attributes/DbUser", "Attributes/DbGroups"] {
        assert!(alice.contains(attribute), "{attribute}");
    }
    for absent in ["SessionDuration", "ForceLowercase", "AllowDbUserOverride", "PrincipalTag"] {
        assert!(!alice.contains(absent), "{absent}");
    }
    sandbox.with_world(|world| {
        let alice = world.person_mut("alice").unwrap();
        alice.session_duration = Some("1800".to_owned());
        alice.role_session_name = Some("session@example.com".to_owned());
        alice.principal_tags = vec![("RedshiftDbUser".to_owned(), vec!["a&b".to_owned()])];
    });
    let assertion = sandbox.assertion_for("alice");
    assert!(xml(&assertion).contains("Attributes/PrincipalTag:RedshiftDbUser\""));
    assert!(xml(&assertion).contains(">a&amp;b<"));
    let reply = assume(&sandbox, ROLE, PROVIDER, &assertion);
    assert!(reply.element("Arn").unwrap().ends_with("/session@example.com"), "{}", reply.text());
    let part = |name: &str| reply.element(name).unwrap();
    let signer = Signer::new("redshift", &part("AccessKeyId"), &part("SecretAccessKey"), Some(&part("SessionToken")));
    assert_eq!(signer.redshift(&sandbox.http_url(), "GetClusterCredentialsWithIAM", &[CLUSTER]).status, 200);
    sandbox.with_world(|world| {
        world.person_mut("alice").unwrap().role_session_name = Some(String::new());
    });
    let reply = assume(&sandbox, ROLE, PROVIDER, &sandbox.assertion_for("alice"));
    assert!(reply.message().contains("RoleSessionName is required"), "{}", reply.text());
}
