//! `BasicSAML`: shapes of the response that the caller brings, and the role of several.

use super::{ROLE, dsn};
use crate::probe::{Dsn, Machine};
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{AssertionShape, PairOrder, Prefix, TextStyle};

const CALL: &str = "AssumeRoleWithSAML";
const LONG_ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-long-role";

fn of(sandbox: &Sandbox, person: &str) -> Dsn {
    dsn(sandbox, "BasicSAML").set("saml_assertion", &sandbox.assertion_for(person))
}

fn shaped(shape: AssertionShape) -> Sandbox {
    Sandbox::builder().with_world(|world| world.identity_pages.assertion = shape).start()
}

#[test]
fn every_shape_of_a_response() {
    let plain = AssertionShape::default;
    for shape in [
        AssertionShape { prefix: Prefix::Saml2, ..plain() },
        AssertionShape { prefix: Prefix::None, order: PairOrder::ProviderFirst, ..plain() },
        AssertionShape { prefix: Prefix::Odd, spaced_pairs: true, ..plain() },
        AssertionShape { text: TextStyle::Entities, ..plain() },
        AssertionShape { text: TextStyle::Cdata, wrapped_lines: true, ..plain() },
        AssertionShape { padding_bytes: 60_000, ..plain() },
    ] {
        let sandbox = shaped(shape.clone());
        let (outcome, sent) = Machine::new().recorded(&sandbox, [of(&sandbox, "alice").call()]).remove(0);
        assert_eq!((outcome.status, outcome.user.as_str()), (0, "IAMA:alice"), "{shape:?}: {}", outcome.told());
        let asked = parameters(the(&sent, CALL));
        assert_eq!(asked["PrincipalArn"], "arn:aws:iam::123456789012:saml-provider/sandbox-idp");
        assert!(!asked["SAMLAssertion"].contains(char::is_whitespace), "{shape:?}");
        let groups = parameters(the(&sent, "GetClusterCredentials"));
        assert_eq!((groups["DbGroups.DbGroup.1"], groups["DbGroups.DbGroup.2"]), ("Analysts", "readers"));
    }
}

#[test]
fn what_is_no_response_is_refused_before_sts() {
    let status = Some("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed".to_owned());
    let plain = AssertionShape::default;
    for (shape, part) in [
        (AssertionShape { no_roles: true, ..plain() }, "Role"),
        (AssertionShape { encrypted: true, ..plain() }, "encrypted"),
        (AssertionShape { status, ..plain() }, "AuthnFailed"),
    ] {
        let sandbox = shaped(shape);
        let outcome = Machine::new().one(of(&sandbox, "alice").call());
        assert_eq!((outcome.stage.as_str(), count(&sandbox)), ("assertion", 0), "{}", outcome.told());
        assert!([300, 303].contains(&outcome.status) && outcome.told().contains(part), "{part}: {}", outcome.told());
    }
    let sandbox = Sandbox::start();
    for (response, part) in [("sesame!", "base64"), ("c2VzYW1l", "SAML"), ("PHNlc2FtZT4=", "SAML")] {
        let outcome = Machine::new().one(dsn(&sandbox, "BasicSAML").set("saml_assertion", response).call().log(5));
        assert_eq!((outcome.status, outcome.stage.as_str()), (303, "assertion"), "{}", outcome.told());
        assert!(outcome.hint.contains("saml_assertion"), "{}", outcome.told());
        assert!(outcome.message.contains(part) && !format!("{outcome:?}").contains("sesame!"), "{}", outcome.told());
    }
    assert_eq!(count(&sandbox), 0);
    assert_eq!(Machine::new().one(of(&sandbox, "alice").call()).status, 0);
}

#[test]
fn the_role_that_is_preferred() {
    let sandbox = Sandbox::start();
    let bob = of(&sandbox, "bob");
    for (preferred, role, warned) in [(ROLE, ROLE, false), (LONG_ROLE, LONG_ROLE, false), ("", LONG_ROLE, true)] {
        let call = bob.clone().set("preferred_role", preferred).call().log(2);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [call]).remove(0);
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
        assert_eq!(the(&sent, CALL).parameter("RoleArn"), Some(role));
        assert_eq!(outcome.logged(2, "preferred_role"), warned, "{:?}", outcome.lines);
    }
    let (outcome, sent) = Machine::new()
        .recorded(&sandbox, [bob.set("preferred_role", "arn:aws:iam::123456789012:role/other").call()])
        .remove(0);
    assert_eq!((outcome.status, operations(&sent).len()), (304, 0), "{}", outcome.told());
    assert!(outcome.message.contains(ROLE) && outcome.message.contains(LONG_ROLE), "{}", outcome.told());
}

#[test]
fn other_partitions() {
    let sandbox = Sandbox::start();
    for (person, partition) in [("china", "aws-cn"), ("govcloud", "aws-us-gov")] {
        let (outcome, _) = Machine::new().recorded(&sandbox, [of(&sandbox, person).call()]).remove(0);
        let role = format!("arn:{partition}:iam::123456789012:role/sandbox-{person}");
        assert_eq!((outcome.status, outcome.role_arn), (0, role), "{}", outcome.message);
    }
}

/// users.md row 25.
#[test]
fn a_long_response_is_sent_whole() {
    let sandbox = Sandbox::start();
    let tags = vec![("Teams".to_owned(), vec!["team;".repeat(6000); 10])];
    sandbox.with_world(|world| world.person_mut("alice").unwrap().principal_tags = tags);
    let response = sandbox.assertion_for("alice");
    let (outcome, sent) = Machine::new().recorded(&sandbox, [of(&sandbox, "alice").call()]).remove(0);
    // More than STS takes, which is for STS to say.
    assert_eq!((outcome.status, outcome.code.as_str()), (403, "ValidationError"), "{}", outcome.told());
    assert_eq!(the(&sent, CALL).parameter("SAMLAssertion").map(str::len), Some(response.len()));
    // STS repeats what is wrong; the error does not.
    assert!(!outcome.told().contains(&response[..24]) && outcome.hint.contains("100,000"), "{}", outcome.told());
}
