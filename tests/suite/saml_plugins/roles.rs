//! Roles and attributes of an assertion, and what STS and Redshift are asked for then.

use super::{ALICE, LONG_ROLE, PICK_ROLE, Provider, REDSHIFT, ROLE, SIGN_IN, SIGN_IN_PAGE, STS};
use crate::probe::{Call, HostPlugin, Machine, Outcome};
use crate::sent::{operations, parameters, the};
use rs_auth_sandbox::identity::{
    AssertionShape, BOB_PASSWORD, PASSWORD, PairOrder, Person, Prefix, RoleGrant, TextStyle,
};
use rs_auth_sandbox::world::World;
use rs_auth_sandbox::{Record, Sandbox};

const WARN: i32 = 2;

type Shape = fn(&mut AssertionShape);

/// Any provider will do: what is tested comes after it.
const ADFS: Provider =
    Provider { plugin: "ADFS", entry: "adfs", required: &[], user_field: "UserName", password_field: "Password" };

fn bob(sandbox: &Sandbox) -> Call {
    ADFS.dsn_of(sandbox, "bob", BOB_PASSWORD).call()
}

fn with_alice(change: impl Fn(&mut Person)) -> Sandbox {
    Sandbox::builder().with_world(|world| change(world.person_mut(ALICE).unwrap())).start()
}

fn recorded(sandbox: &Sandbox, call: Call) -> (Outcome, Vec<Record>) {
    Machine::new().recorded(sandbox, [call]).remove(0)
}

#[test]
fn a_person_may_pick_the_role() {
    let sandbox = Sandbox::start();
    for role in [ROLE, LONG_ROLE] {
        let (outcome, sent) = recorded(&sandbox, bob(&sandbox).answering(PICK_ROLE, role));
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, role), "{}", outcome.told());
        // In the provider's order.
        assert_eq!(outcome.raised[0].choices, [ROLE, LONG_ROLE]);
        assert_eq!(
            the(&sent, STS).parameter("PrincipalArn"),
            Some("arn:aws:iam::123456789012:saml-provider/sandbox-idp")
        );
    }
    let (outcome, sent) = recorded(&sandbox, bob(&sandbox).answering(PICK_ROLE, "arn:aws:iam::123456789012:role/x"));
    assert_eq!(outcome.status, 304, "{}", outcome.told());
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN]);
    let (outcome, sent) = recorded(&sandbox, bob(&sandbox).events(2));
    assert_eq!((outcome.status, sent.len()), (501, 2), "{}", outcome.told());
}

#[test]
fn without_anybody_to_ask_the_smallest_is_taken_with_a_warning() {
    let sandbox = Sandbox::start();
    for call in [bob(&sandbox), bob(&sandbox).events(0)] {
        let outcome = Machine::new().one(call.log(WARN));
        assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, LONG_ROLE), "{}", outcome.told());
        assert!(outcome.logged(WARN, "preferred_role"), "{:?}", outcome.lines);
    }
    let one = Machine::new().one(ADFS.dsn(&sandbox).call().log(WARN).events(2));
    assert_eq!((one.status, one.raised.len(), one.lines.len()), (0, 0, 0), "{:?}", one.lines);
}

#[test]
fn no_role_at_all() {
    let sandbox = Sandbox::start();
    let (outcome, sent) = recorded(&sandbox, ADFS.dsn_of(&sandbox, "carol", PASSWORD).set("DbUser", "c").call());
    assert_eq!((outcome.status, outcome.stage.as_str()), (303, "assertion"), "{}", outcome.told());
    assert!(outcome.hint.contains("https://aws.amazon.com/SAML/Attributes/Role"), "{}", outcome.told());
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, SIGN_IN]);
}

#[test]
fn assertions_in_every_shape() {
    let shapes: [(&str, Shape); 12] = [
        ("saml2:", |shape| shape.prefix = Prefix::Saml2),
        ("default namespaces", |shape| shape.prefix = Prefix::None),
        ("odd prefixes", |shape| shape.prefix = Prefix::Odd),
        ("role first", |shape| shape.order = PairOrder::RoleFirst),
        ("provider first", |shape| shape.order = PairOrder::ProviderFirst),
        ("blanks", |shape| shape.spaced_pairs = true),
        ("entities", |shape| shape.text = TextStyle::Entities),
        ("CDATA", |shape| shape.text = TextStyle::Cdata),
        ("broken lines", |shape| shape.wrapped_lines = true),
        ("60 kB", |shape| shape.padding_bytes = 60_000),
        ("no trimming", |_| {}),
        ("all at once", |shape| {
            (shape.prefix, shape.order, shape.text) = (Prefix::None, PairOrder::ProviderFirst, TextStyle::Entities);
            (shape.spaced_pairs, shape.wrapped_lines) = (true, true);
        }),
    ];
    for (name, shape) in shapes {
        let sandbox = Sandbox::builder().with_world(|world| shape(&mut world.identity_pages.assertion)).start();
        let (outcome, sent) = recorded(&sandbox, ADFS.dsn(&sandbox).call());
        assert_eq!(outcome.status, 0, "{name}: {}", outcome.told());
        assert_eq!(the(&sent, REDSHIFT).parameter("DbUser"), Some(ALICE), "{name}");
    }
}

#[test]
fn assertions_that_cannot_be_used() {
    let shapes: [(&str, Shape, i32, &str); 4] = [
        ("encrypted", |shape| shape.encrypted = true, 303, "encrypted"),
        (
            "refused",
            |shape| shape.status = Some("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed".into()),
            300,
            "own log",
        ),
        ("no roles", |shape| shape.no_roles = true, 303, "no AWS role"),
        // AWS takes 100,000 characters; that is for AWS to say, which may take more one day.
        ("300 kB", |shape| shape.padding_bytes = 300_000, 403, "fewer groups"),
    ];
    for (name, shape, status, part) in shapes {
        let sandbox = Sandbox::builder().with_world(|world| shape(&mut world.identity_pages.assertion)).start();
        let outcome = Machine::new().one(ADFS.dsn(&sandbox).call());
        assert_eq!(outcome.status, status, "{name}: {}", outcome.told());
        assert!(outcome.told().contains(part), "{name}: {}", outcome.told());
    }
}

#[test]
fn roles_of_every_partition() {
    let sandbox = Sandbox::start();
    for (user, arn) in [("china", "arn:aws-cn:"), ("govcloud", "arn:aws-us-gov:")] {
        let outcome = Machine::new().one(ADFS.dsn_of(&sandbox, user, PASSWORD).call().entry("aws"));
        assert_eq!((outcome.status, outcome.kind), (0, 3), "{user}: {}", outcome.told());
        assert!(outcome.role_arn.starts_with(arn), "{}", outcome.role_arn);
    }
}

#[test]
fn what_the_provider_says_of_the_user() {
    let asked = |change: fn(&mut Person), settings: &[(&str, &str)]| {
        let sandbox = with_alice(change);
        let dsn = settings.iter().fold(ADFS.dsn(&sandbox), |dsn, (key, value)| dsn.set(key, value));
        let (outcome, sent) = recorded(&sandbox, dsn.call());
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let parameters = parameters(the(&sent, REDSHIFT));
        let groups = parameters.iter().filter(|(name, _)| name.starts_with("DbGroups.")).map(|(_, value)| *value);
        let groups: Vec<_> = groups.collect();
        let of = |name| parameters.get(name).copied().unwrap_or("-");
        format!("{} {} {}", of("DbUser"), of("AutoCreate"), groups.join(","))
    };
    let as_is: fn(&mut Person) = |_| {};
    assert_eq!(asked(as_is, &[]), "alice true Analysts,readers");
    assert_eq!(asked(as_is, &[("DbUser", "dsn"), ("DbGroups", "A, b")]), "dsn true A,b");
    assert_eq!(asked(as_is, &[("dbgroups_filter", "Ana.*|read")]), "alice true readers");
    assert_eq!(asked(as_is, &[("ForceLowercase", "1"), ("AutoCreate", "0")]), "alice true analysts,readers");
    assert_eq!(asked(|alice| alice.force_lowercase = Some(" TRUE ".into()), &[("DbGroups", "A")]), "alice true a");
    assert_eq!(asked(|alice| alice.auto_create = Some("1".into()), &[]), "alice true Analysts,readers");
    assert_eq!(asked(|alice| alice.auto_create = Some("false".into()), &[]), "alice false Analysts,readers");
    assert_eq!(asked(|alice| alice.auto_create = None, &[]), "alice - Analysts,readers");
    // D-21 of the ODBC driver: a ForceLowercase that is off hides AutoCreate there.
    assert_eq!(asked(|alice| alice.force_lowercase = Some("false".into()), &[]), "alice true Analysts,readers");
    assert_eq!(asked(|alice| alice.db_user = None, &[]), "alice true Analysts,readers", "RoleSessionName");
    let overriding: fn(&mut Person) = |alice| alice.allow_db_user_override = Some("true".into());
    assert_eq!(asked(overriding, &[("DbUser", "dsn")]), "alice true Analysts,readers");
    assert_eq!(
        asked(|alice| alice.allow_db_user_override = Some("no".into()), &[("DbUser", "dsn")]),
        "dsn true Analysts,readers"
    );
}

#[test]
fn tags_are_told_in_the_log() {
    let sandbox = with_alice(|alice| {
        let tag = |name: &str, value: &str| (name.to_owned(), vec![value.to_owned()]);
        alice.principal_tags = vec![tag("RedshiftDbUser", "tagged"), tag("RedshiftDbRoles", "r1:r2")];
    });
    let outcome = Machine::new().one(ADFS.dsn(&sandbox).set("group_federation", "1").call().log(4));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(outcome.logged(4, "RedshiftDbUser to tagged") && outcome.logged(4, "RedshiftDbRoles to r1:r2"));
}

#[test]
fn a_duration_that_the_role_does_not_allow_is_left_out_with_a_warning() {
    let sandbox = Sandbox::start();
    let long = |seconds: &str, role: &str| {
        let dsn = ADFS.dsn_of(&sandbox, "bob", BOB_PASSWORD).set("preferred_role", role);
        recorded(&sandbox, dsn.set("duration", seconds).call().log(WARN))
    };
    let durations = |sent: &[Record]| -> Vec<Option<String>> {
        let sts = sent.iter().filter(|record| record.operation == STS);
        sts.map(|record| record.parameter("DurationSeconds").map(str::to_owned)).collect()
    };
    let (outcome, sent) = long("7200", ROLE);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(durations(&sent), [Some("7200".to_owned()), None]);
    assert!(outcome.logged(WARN, "more than the role"), "{:?}", outcome.lines);
    let (outcome, sent) = long("7200", LONG_ROLE);
    assert_eq!((outcome.status, outcome.lines.len()), (0, 0), "{:?}", outcome.lines);
    assert_eq!(durations(&sent), [Some("7200".to_owned())]);
    let (outcome, sent) = long("899", ROLE);
    assert_eq!((outcome.status, sent.len()), (100, 0), "{}", outcome.told());
}

#[test]
fn the_keys_of_the_machine_play_no_part() {
    let sandbox = Sandbox::start();
    let poisoned = Machine::new()
        .env("AWS_ACCESS_KEY_ID", "AKIAEXPIRED")
        .env("AWS_SECRET_ACCESS_KEY", "expired")
        .env("AWS_SESSION_TOKEN", "expired")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent")
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/poison")
        .file(".aws/credentials", "[default]\naws_access_key_id = AKIAPOISON\naws_secret_access_key = poison\n")
        .file(".aws/config", "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = nobody\n");
    let (outcome, sent) = poisoned.recorded(&sandbox, [ADFS.dsn(&sandbox).call()]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(the(&sent, STS).header("authorization").is_none());
    let signed = the(&sent, REDSHIFT).header("authorization").unwrap();
    assert!(signed.contains(&outcome.access_key_id), "{signed}");
}

#[test]
fn sts_is_asked_in_the_region_of_the_cluster() {
    let sandbox = Sandbox::start();
    let dsn = ADFS.dsn(&sandbox).without("StsEndpointUrl").without("EndPointUrl");
    let (outcome, sent) = recorded(&sandbox, dsn.through_proxy(sandbox.proxy_port()).call());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(the(&sent, STS).host, "sts.us-east-1.amazonaws.com");
    assert_eq!(the(&sent, REDSHIFT).host, "redshift.us-east-1.amazonaws.com");
}

#[test]
fn a_plugin_of_the_host_may_bring_the_response() {
    let sandbox = Sandbox::start();
    let dsn = ADFS.dsn(&sandbox).set("plugin_name", "desk");
    let saml = |text: &str| dsn.call().plugin(HostPlugin::Saml(text.to_owned()));
    let good = sandbox.assertion_for("bob");
    let wrong =
        [saml("nonsense"), dsn.clone().set("UID", "x").call().plugin(HostPlugin::Saml(sandbox.assertion_for("carol")))];
    let (outcome, sent) = recorded(&sandbox, saml(&good).answering(PICK_ROLE, ROLE));
    assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, ROLE), "{}", outcome.told());
    assert_eq!(operations(&sent), [STS, REDSHIFT]);
    assert_eq!(the(&sent, REDSHIFT).parameter("DbUser"), Some("bob"));
    for call in wrong {
        let (outcome, sent) = recorded(&sandbox, call);
        assert_eq!((outcome.status, sent.len()), (303, 0), "{}", outcome.told());
    }
}

#[test]
fn the_world_may_hold_whole_arns() {
    // Paths in names, a provider of another account: nothing of an ARN is taken apart that need not be.
    let role = "arn:aws:iam::123456789012:role/teams/data/analyst";
    let sandbox = Sandbox::builder()
        .with_world(|world: &mut World| {
            let mut granted = world.role("sandbox-role").unwrap().clone();
            "teams/data/analyst".clone_into(&mut granted.name);
            world.roles.push(granted);
            world.person_mut(ALICE).unwrap().roles = vec![RoleGrant::of(role, "sandbox-idp")];
        })
        .start();
    let (outcome, sent) = recorded(&sandbox, ADFS.dsn(&sandbox).call());
    assert_eq!(outcome.role_arn, role, "{}", outcome.told());
    assert_eq!(the(&sent, STS).parameter("RoleArn"), Some(role));
}
