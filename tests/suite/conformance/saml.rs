//! What all providers of SAML responses share: roles, attributes, the AWS keys that come of them.

use super::case::{Case, case, hold};
use super::{alice, respond};
use crate::probe::Machine;
use crate::saml_plugins::{LONG_ROLE, REDSHIFT, ROLE, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::sent::operations;
use rs_auth_sandbox::demo_world::{SESSION_KEY, SESSION_SECRET, SESSION_TOKEN};
use rs_auth_sandbox::identity::{AssertionShape, BOB_PASSWORD, PairOrder, Prefix, RoleGrant};
use rs_auth_sandbox::world::{Role, SamlProvider, World};
use rs_auth_sandbox::{Fault, Sandbox};

const MAIL: &str = "mario@example.com";
const MY_ROLE: &str = "arn:aws:iam::123456789012:role/myRole";
const MY_PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/myProvider";
const SIGNED_IN: [&str; 2] = [SIGN_IN_PAGE, SIGN_IN];

/// Alice may take `myRole`, for which a provider of its own vouches, after `roles`.
fn with_my_role(world: &mut World, mut roles: Vec<RoleGrant>) {
    let name = |text: &str| text.to_owned();
    let issuer = world.saml_providers[0].issuer.clone();
    world.saml_providers.push(SamlProvider { name: name("myProvider"), issuer, ..SamlProvider::default() });
    let saml_providers = vec![name("myProvider")];
    world.roles.push(Role { name: name("myRole"), saml_providers, ..Role::default() });
    roles.push(RoleGrant::of("myRole", "myProvider"));
    world.person_mut("alice").unwrap().roles = roles;
}

/// The response of that driver's tests: one role, an e-mail address as session and user, `AutoCreate`.
fn fixture(world: &mut World) {
    with_my_role(world, Vec::new());
    let alice = world.person_mut("alice").unwrap();
    (alice.db_user, alice.role_session_name, alice.db_groups) = (Some(MAIL.to_owned()), Some(MAIL.to_owned()), None);
    world.identity_pages.assertion = AssertionShape { prefix: Prefix::Saml2, ..AssertionShape::default() };
}

fn responses() -> Vec<Case> {
    vec![
        case("PY-106")
            .fault(SIGN_IN, respond(403, "<title>Blocked</title>"))
            .refused(302, ["HTTP 403", "Blocked"])
            .sent(SIGNED_IN)
            .ours("the cause itself, which that driver hides behind one sentence for all"),
        case("PY-107")
            .set("plugin_name", "BasicSAML")
            .set("saml_assertion", "test")
            .refused(303, ["the SAML response is not XML"])
            .ours("told apart from a response without roles"),
        case("PY-107")
            .world(|world| world.identity_pages.assertion.no_roles = true)
            .refused(303, ["names no AWS role", "SAML/Attributes/Role"])
            .sent(SIGNED_IN),
        case("PY-108")
            .world(fixture)
            .sent([SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT])
            .field(STS, "RoleArn", MY_ROLE)
            .field(STS, "PrincipalArn", MY_PROVIDER)
            .field(REDSHIFT, "DbUser", MAIL)
            .field(REDSHIFT, "AutoCreate", "true")
            .no_field(REDSHIFT, "DbGroups.DbGroup.1"),
        case("PY-123").set("PWD", "wrong").refused(300, ["AD FS", "UID and PWD"]).sent(SIGNED_IN),
        case("PY-124").set("ssl_insecure", "1"),
        case("PY-124").set("ssl_insecure", "0"),
    ]
}

/// That person's role; the sandbox's clusters are elsewhere.
fn of_partition(person: &'static str, role: &'static str) -> Case {
    let case = case("PY-115").set("UID", person).entry("aws").sent([SIGN_IN_PAGE, SIGN_IN, STS]);
    case.field(STS, "RoleArn", role).ours("that driver finds no role in any partition but one")
}

fn roles() -> Vec<Case> {
    let two = |world: &mut World| with_my_role(world, vec![RoleGrant::of("sandbox-role", "sandbox-idp")]);
    vec![
        case("PY-112")
            .set("preferred_role", "arn:aws:iam::111111111111:role/Trash-role")
            .refused(304, ["Trash-role", ROLE, "preferred_role"])
            .sent(SIGNED_IN),
        case("PY-113").world(two).set("preferred_role", MY_ROLE).field(STS, "RoleArn", MY_ROLE).field(
            STS,
            "PrincipalArn",
            MY_PROVIDER,
        ),
        case("PY-113")
            .set("UID", "bob")
            .set("PWD", BOB_PASSWORD)
            .set("preferred_role", LONG_ROLE)
            .field(STS, "RoleArn", LONG_ROLE),
        case("PY-114")
            .world(|world| {
                let assertion = &mut world.identity_pages.assertion;
                (assertion.order, assertion.spaced_pairs) = (PairOrder::ProviderFirst, true);
            })
            .field(STS, "RoleArn", ROLE)
            .field(STS, "PrincipalArn", "arn:aws:iam::123456789012:saml-provider/sandbox-idp"),
        of_partition("china", "arn:aws-cn:iam::123456789012:role/sandbox-china"),
        of_partition("govcloud", "arn:aws-us-gov:iam::123456789012:role/sandbox-govcloud"),
    ]
}

fn attributes() -> Vec<Case> {
    vec![
        case("PY-111").set("db_user", "primary").field(REDSHIFT, "DbUser", "primary"),
        case("PY-118")
            .world(|world| world.person_mut("alice").unwrap().role_session_name = Some("session".to_owned()))
            .field(REDSHIFT, "DbUser", "alice"),
        case("PY-118")
            .world(|world| {
                let alice = world.person_mut("alice").unwrap();
                (alice.db_user, alice.role_session_name) = (None, Some("session".to_owned()));
            })
            .field(REDSHIFT, "DbUser", "session"),
        case("PY-119")
            .set("db_groups", "mine")
            .field(REDSHIFT, "DbGroups.DbGroup.1", "mine")
            .no_field(REDSHIFT, "DbGroups.DbGroup.2"),
        case("PY-119")
            .field(REDSHIFT, "DbGroups.DbGroup.1", "Analysts")
            .field(REDSHIFT, "DbGroups.DbGroup.2", "readers")
            .ours("lower case where ForceLowercase asks for it, as in the ODBC driver"),
        case("PY-120").world(|world| world.person_mut("alice").unwrap().auto_create = Some("TRUE".to_owned())).field(
            REDSHIFT,
            "AutoCreate",
            "true",
        ),
        case("PY-120")
            .world(|world| world.person_mut("alice").unwrap().auto_create = Some("1".to_owned()))
            .field(REDSHIFT, "AutoCreate", "true")
            .ours("1 is true, as in the ODBC driver"),
        case("PY-121").set("db_groups", "EMPLOYEES").set("force_lowercase", "True").field(
            REDSHIFT,
            "DbGroups.DbGroup.1",
            "employees",
        ),
    ]
}

pub fn cases() -> Vec<Case> {
    [responses(), roles(), attributes()].into_iter().flatten().collect()
}

#[test]
fn every_case() {
    hold(alice, &cases());
}

/// PY-110: keys that have ended, as far as this machine's clock knows, are replaced by one login and no more.
#[test]
fn keys_past_their_end_are_replaced_once() {
    let sandbox = Sandbox::start();
    let ended = format!(
        "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult>\
         <Credentials><AccessKeyId>{SESSION_KEY}</AccessKeyId><SecretAccessKey>{SESSION_SECRET}</SecretAccessKey>\
         <SessionToken>{SESSION_TOKEN}</SessionToken><Expiration>2020-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>"
    );
    sandbox.script(Fault::on(STS, respond(200, ended)));
    let keys = alice(&sandbox).call().entry("aws");
    let results = Machine::new().recorded(&sandbox, [keys.clone(), keys.clone(), keys]);
    let sent: Vec<_> = results.iter().map(|(_, sent)| operations(sent)).collect();
    let login = vec![SIGN_IN_PAGE, SIGN_IN, STS];
    assert_eq!(sent, [login.clone(), login, vec![]]);
    assert!(results.iter().all(|(outcome, _)| outcome.status == 0));
    assert_eq!(results[0].0.access_key_id, SESSION_KEY);
    assert_ne!(results[1].0.access_key_id, SESSION_KEY);
}
