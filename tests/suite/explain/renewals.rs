//! What earlier sign-ins left on disk spares requests of the next one: explained so, and made so.

use super::requests::hold;
use super::{array, dsn, explain};
use crate::browser::oauth::{Desk, Told};
use crate::browser::{self, AZURE, IDC, OAUTH2};
use crate::probe::{Call, Machine, Step};
use crate::sso;
use rs_auth_sandbox::Sandbox;
use serde_json::{Value, json};

const NOT_RENEWED: &str = "the earlier sign-in is not renewed";
/// A profile of its own endpoints.
const CONFIG: &str = "[profile p]\nuse_dualstack_endpoint = true\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n\
                      [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://s.example/start\n";
const ROLE_KEYS: &str = "GetRoleCredentials";
const REDSHIFT: &str = "GetClusterCredentials";

/// Explains, which sends nothing, and logs in, each in a process of its own.
fn held(desk: &Desk, call: Call) -> Value {
    held_by(desk, call, |call| desk.one(call))
}

fn held_by(desk: &Desk, call: Call, login: impl FnOnce(Call) -> Told) -> Value {
    desk.sandbox.reset_log();
    let connections = desk.sandbox.connections();
    let mut report = explain(&desk.machine, call.clone());
    assert_eq!(desk.sandbox.connections(), connections);
    let told = login(call);
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    if desk.plugin.name == AZURE.name {
        // `again` asks for AWS keys only.
        report["requests"].as_array_mut().unwrap().retain(|step| step["operation"] != REDSHIFT);
    }
    hold(desk.plugin.name, &report, told.sent);
    report
}

/// By whom, which operation, on what condition.
fn steps(report: &Value) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let of = |step| (text(step, "by").unwrap(), text(step, "operation"), text(step, "condition"));
    array(report, "requests").iter().map(of).collect()
}

fn text<'a>(step: &'a Value, member: &str) -> Option<&'a str> {
    step[member].as_str()
}

fn step<'a>(report: &'a Value, member: &str, value: &str) -> &'a Value {
    array(report, "requests").iter().find(|step| step[member] == value).unwrap_or_else(|| panic!("{report:#}"))
}

#[test]
fn refresh_tokens() {
    for plugin in [&AZURE, &OAUTH2, &IDC] {
        let desk = Desk::new(plugin);
        let kept = |report: &Value| {
            let on_disk = &report["cache"]["disk"];
            (on_disk["used"].clone(), on_disk["refresh_token"].clone())
        };
        let first = held(&desk, desk.again());
        assert_eq!(kept(&first), (json!(true), json!(false)), "{}", plugin.name);
        assert_eq!(step(&first, "by", "browser")["conditional"], false);
        let second = held(&desk, desk.again());
        assert_eq!(kept(&second), (json!(true), json!(true)), "{}", plugin.name);
        assert_eq!((steps(&second)[0].0, steps(&second)[0].2), ("library", None));
        assert_eq!(step(&second, "by", "browser")["condition"], NOT_RENEWED);
        // The control: what is not kept is not told of.
        let off = explain(&desk.machine, desk.dsn().set("DisableCache", "1").call());
        assert_eq!(
            array(&off, "requests").len() + 1,
            array(&explain(&desk.machine, desk.dsn().call()), "requests").len()
        );
        assert_eq!(step(&off, "by", "browser")["conditional"], false);
    }
}

#[test]
fn registrations() {
    let desk = Desk::new(&IDC);
    let dsn = desk.dsn().set("listen_port", &browser::free_port().to_string());
    let kept = |report: &Value| report["cache"]["disk"]["client_registration"].clone();
    let register = |report: &Value| step(report, "operation", "RegisterClient")["conditional"].clone();
    let first = held(&desk, dsn.call());
    assert_eq!((kept(&first), register(&first)), (json!(false), json!(false)));
    assert_eq!(desk.machine.one(Step::Forget(Box::new(dsn.call()))).status, 0);
    let second = held(&desk, dsn.call());
    assert_eq!((kept(&second), register(&second)), (json!(true), json!(true)));
    assert_eq!(second["cache"]["disk"]["refresh_token"], false, "it is forgotten");
    for other in [dsn.clone().set("idc_client_display_name", "Sales"), dsn.set("listen_port", "0")] {
        let report = explain(&desk.machine, other.call());
        assert_eq!(kept(&report), false);
    }
}

#[test]
fn device_codes() {
    let desk = Desk::new(&OAUTH2);
    desk.sandbox.with_world(|world| world.entra.device_interval_seconds = 1);
    held_by(&desk, browser::by_device(&desk), |call| {
        desk.run(vec![call], |line| browser::approve(&desk, line, false)).0.remove(0)
    });
}

#[test]
fn profiles_sign_in_with_a_browser() {
    let desk = sso::browser::desk();
    let call = desk.dsn().call();
    let first = held(&desk, call.clone());
    assert_eq!(steps(&first)[..2], [("library", Some("RegisterClient"), None), ("browser", None, None)]);
    assert!(step(&first, "by", "browser")["purpose"].as_str().unwrap().contains("there is no token in"), "{first:#}");
    assert_eq!(step(&first, "by", "browser")["path"], "/authorize");
    let second = held(&desk, call.clone());
    let alone = [("library", Some(ROLE_KEYS), None), ("library", Some(REDSHIFT), None)];
    assert_eq!(steps(&second), alone);
    std::fs::remove_file(desk.machine.path(sso::FILE)).unwrap();
    let third = held(&desk, call);
    assert_eq!(step(&third, "operation", "RegisterClient")["condition"], "the registration that is kept is refused");
}

#[test]
fn profiles_sign_in_with_a_device_code() {
    let sandbox = sso::sign_in::sandbox(1);
    let machine = sso::machine(&sandbox);
    let call = sso::sign_in::shows_codes(sso::dsn(&sandbox).call().cache(1));
    let report = explain(&machine, call.clone());
    let (outcome, sent) = machine.recorded(&sandbox, [call]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    hold("device code", &report, sent);
    let sign_in: Vec<_> = steps(&report).into_iter().filter(|step| step.2.is_some()).collect();
    let operations: Vec<_> = sign_in.iter().map(|step| step.1).collect();
    let device = [Some("RegisterClient"), Some("StartDeviceAuthorization"), Some("CreateToken")];
    assert_eq!(operations, [&[Some("RegisterClient"), None][..], &device, &[Some("CreateToken")]].concat());
    assert!(sign_in.iter().all(|step| step.2.unwrap().contains("otherwise the login fails")));
}

#[test]
fn profiles_renew_their_token() {
    let sandbox = Sandbox::start();
    let machine = |seconds| {
        let signed_in = sso::signed_in(&sandbox);
        sso::machine(&sandbox).file(sso::FILE, &sso::file(&sandbox, &signed_in, seconds))
    };
    let call = sso::dsn(&sandbox).call().cache(1);
    // Ended; about to end; good for long.
    for (seconds, count) in [(-10, 9), (60, 3), (3000, 2)] {
        let machine = machine(seconds);
        let report = explain(&machine, call.clone());
        let (outcome, sent) = machine.recorded(&sandbox, [call.clone()]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        hold("renewal", &report, sent);
        assert_eq!(array(&report, "requests").len(), count, "{seconds}: {report:#}");
        let is_renewed = step(&report, "to", "aws")["operation"] == "CreateToken";
        assert_eq!(is_renewed, count > 2);
    }
}

/// As the calls of a login have them.
#[test]
fn endpoints_of_identity_center() {
    let idc = dsn(&[
        ("plugin_name", "BrowserIdcAuthPlugin"),
        ("issuer_url", "https://identitycenter.amazonaws.com/ssoins-1"),
        ("idc_region", "eu-west-1"),
        ("Host", "c.x.eu-west-1.redshift.amazonaws.com"),
    ]);
    let profile = dsn(&[("Profile", "p"), ("DbUser", "u"), ("Host", "c.x.eu-west-1.redshift.amazonaws.com")]);
    let machine = || Machine::new().file(".aws/config", CONFIG);
    for (machine, dsn, oidc, portal) in [
        (machine(), idc.clone(), "oidc.eu-west-1.amazonaws.com", None),
        (machine().env("AWS_USE_FIPS_ENDPOINT", "true"), idc.clone(), "oidc-fips.eu-west-1.amazonaws.com", None),
        (machine().env("AWS_ENDPOINT_URL_SSO_OIDC", "https://o.example"), idc.clone(), "o.example", None),
        (machine(), idc.clone().set("IdcEndpointUrl", "https://own.example/x"), "own.example", None),
        (machine(), idc.set("Profile", "p"), "oidc.eu-west-1.api.aws", None),
        (
            machine(),
            profile.set("browser_command", "/bin/false %s"),
            "oidc.eu-west-1.api.aws",
            Some("portal.sso.eu-west-1.api.aws"),
        ),
    ] {
        let report = explain(&machine, dsn.call());
        assert_eq!(step(&report, "operation", "RegisterClient")["host"], oidc, "{report:#}");
        assert_eq!(step(&report, "by", "browser")["host"], oidc);
        // Of the key that leads to another host, and of nothing that is left aside.
        assert_eq!(array(&report, "warnings").len(), usize::from(oidc == "own.example"), "{report:#}");
        assert_eq!(report["method"]["aws_profile"] == "p", oidc.ends_with("api.aws"));
        if let Some(portal) = portal {
            assert_eq!(step(&report, "operation", ROLE_KEYS)["host"], portal);
        }
    }
}
