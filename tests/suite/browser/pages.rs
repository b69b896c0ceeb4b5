//! The page tells how the login ended, not only how the sign-in did.

use super::{Desk, OKTA, POSTS, REDSHIFT, SAML, STS, expect};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::{Fault, FaultAction};

const ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-role";
const LONG_ROLE: &str = "arn:aws:iam::123456789012:role/sandbox-long-role";

fn of_bob() -> Desk {
    let desk = Desk::new(&SAML, POSTS);
    std::fs::write(desk.machine.path("response"), desk.sandbox.assertion_for("bob")).unwrap();
    desk
}

#[test]
fn a_failure_at_aws_reaches_the_browser() {
    for operation in [STS, REDSHIFT] {
        let desk = Desk::new(&SAML, POSTS);
        let body =
            "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not &lt;you&gt;</Message></Error></ErrorResponse>";
        let fault = FaultAction::Respond { status: 403, headers: Vec::new(), body: body.to_owned() };
        desk.sandbox.script(Fault::on(operation, fault));
        let outcome = desk.one(&desk.dsn());
        assert_eq!(outcome.status, 400, "{}", outcome.told());
        let page = desk.page();
        assert!(page.contains("did not succeed") && !page.contains("<you>"), "{page}");
        std::fs::remove_file(desk.machine.path("page")).unwrap();
        // The keys of the sign-in before may stand on disk.
        assert_eq!(desk.one(&desk.dsn().set("DisableCache", "1")).status, 0);
        assert!(desk.page().contains("You are signed in"));
    }
}

#[test]
fn the_role_that_is_preferred() {
    for role in [ROLE, LONG_ROLE] {
        let desk = of_bob();
        let dsn = desk.dsn().set("preferred_role", role).set("DbUser", "u");
        let (outcome, sent) = desk.machine.recorded(&desk.sandbox, [dsn.call()]).remove(0);
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
        assert_eq!(parameters(the(&sent, STS)).get("RoleArn"), Some(&role));
    }
    let desk = of_bob();
    let dsn = desk.dsn().set("preferred_role", "arn:aws:iam::123456789012:role/other").set("DbUser", "u");
    let (outcome, sent) = desk.machine.recorded(&desk.sandbox, [dsn.call()]).remove(0);
    expect(&outcome, 304, "assertion", &[ROLE, LONG_ROLE, "preferred_role"]);
    assert!(operations(&sent).is_empty() && desk.page().contains("preferred_role"));
}

#[test]
fn an_assertion_past_its_time() {
    let desk = Desk::new(&SAML, POSTS);
    desk.sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    std::fs::write(desk.machine.path("response"), desk.sandbox.assertion_for("alice")).unwrap();
    let outcome = desk.one(&desk.dsn());
    expect(&outcome, 400, "sts", &["clock"]);
    assert!(desk.page().contains("did not succeed"));
    // Of a token for the server, the server says whether it holds; it is not served again.
    let desk = Desk::new(&OKTA, POSTS);
    desk.sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    std::fs::write(desk.machine.path("response"), desk.sandbox.assertion_for("alice")).unwrap();
    let outcomes = desk.machine.run([desk.dsn().call().log(2), desk.dsn().call()]);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0 && !outcome.from_cache));
    assert!(outcomes[0].logged(2, "expired already"), "{:?}", outcomes[0].lines);
    assert_eq!(desk.opened(), 2);
}
