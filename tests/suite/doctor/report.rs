//! What the report holds, in which time, and what is left when it is there.

use super::database::Answer;
use super::setup::Setup;
use super::{examine, read, step, steps, the};
use crate::network::closed_port;
use crate::probe::{Call, Machine, Step};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox, TlsDefect};
use serde_json::{Value, json};

const CACHE_DEFAULT: i32 = 0;
const OPEN_URL: i32 = 1;
const ASK_OTP: i32 = 3;

fn ids(report: &Value) -> Vec<&str> {
    steps(report).iter().map(|step| step["id"].as_str().unwrap().split(' ').next().unwrap()).collect()
}

#[test]
fn a_login_that_works() {
    let setup = Setup::adfs();
    let report = examine(&setup.machine, setup.call());
    assert_eq!((&report["ok"], &report["cause"], &report["method"]), (&json!(true), &Value::Null, &json!("ADFS")));
    assert!(steps(&report).iter().all(|step| step["result"] == "pass" || step["stage"] == "settings"), "{report:#}");
    let database = ["database_dns", "database_tcp", "database_tls"];
    let way = ["dns", "tcp", "tls"];
    // Provider and AWS are the same host here, but not for the same purpose.
    let expected = [&way[..], &["identity_provider"], &way, &["sts", "clock", "login"], &database].concat();
    let found = ids(&report);
    let after_settings: Vec<_> = found.into_iter().filter(|id| *id != "settings").collect();
    assert_eq!(after_settings, expected);
    let tls = the(&report, "tls");
    assert_eq!(tls["certificates"][0]["issuer"], "rs-auth sandbox CA");
    assert_eq!((&tls["certificates"][0]["subject"], &tls["tls_version"]), (&json!("localhost"), &json!("TLSv1_3")));
    assert!(tls["certificates"][0]["not_after"].as_str().unwrap().ends_with('Z'));
    assert_eq!(the(&report, "identity_provider")["message"], "AD FS shows its login form");
    assert_eq!(the(&report, "dns")["addresses"], json!(["127.0.0.1"]));
    assert!(the(&report, "login")["message"].as_str().unwrap().contains("alice"));
    assert_eq!(report["platform"]["system"], std::env::consts::OS);
    let log = report["log"].as_array().unwrap();
    assert!(log.iter().any(|line| line["level"] == "TRACE" && line["target"] == "http"), "{log:?}");
    assert_eq!(setup.database.asked(), 1);
}

#[test]
fn a_failure_has_all_that_an_error_has() {
    let denied =
        FaultAction::Error { code: "AccessDenied".to_owned(), message: "not authorized".to_owned(), status: 403 };
    let setup = Setup::keys().script(Fault::on("GetClusterCredentials", denied));
    let report = examine(&setup.machine, setup.call());
    let error = &the(&report, "login")["error"];
    assert_eq!((&error["status"], &error["stage"]), (&json!(400), &json!("redshift")), "{error:#}");
    assert_eq!((&error["service_code"], &error["http_status"]), (&json!("AccessDenied"), &json!(403)));
    assert!(error["request_id"].is_string() && error["plugin"] == "Static");
    // The database is looked at all the same.
    assert_eq!(the(&report, "database_tls")["result"], "pass");
}

#[test]
fn it_goes_as_far_as_it_can_and_says_what_was_not_tried() {
    let setup = Setup::adfs();
    let closed = setup.dsn.clone().set("StsEndpointUrl", &format!("https://127.0.0.1:{}", closed_port()));
    let report = examine(&setup.machine, closed.call());
    // The provider is reached, STS is not, and nothing is sent to the provider in vain.
    assert_eq!(the(&report, "identity_provider")["result"], "pass", "{report:#}");
    assert_eq!(the(&report, "login")["result"], "skip");
    assert_eq!(the(&report, "database_tls")["result"], "pass");
    let of_sts = steps(&report).iter().find(|step| step["stage"] == "aws").unwrap();
    assert!(of_sts["message"].as_str().unwrap().starts_with("not tried: see tcp 127.0.0.1:"), "{of_sts:#}");
    assert!(of_sts["took_ms"].is_null());
    assert_eq!(setup.sandbox.requests_for("SignIn").len(), 0);
    // The control.
    examine(&setup.machine, setup.call());
    assert_eq!(setup.sandbox.requests_for("SignIn").len(), 1);
}

/// Two hosts and a database that are silent cost the time of one.
#[test]
fn what_does_not_need_each_other_is_done_side_by_side() {
    let setup = Setup::adfs();
    let silent = [(); 2].map(|()| setup.sandbox.bad_tls(TlsDefect::SilentHandshake));
    setup.database.answers(Answer::Nothing);
    let dsn = setup.dsn.clone().set("StsEndpointUrl", &silent[0]).set("EndPointUrl", &silent[1]);
    let report = examine(&setup.machine, dsn.set("StsConnectionTimeout", "2").call().timeout(4000));
    let took = report["took_ms"].as_u64().unwrap();
    assert!((4000..5500).contains(&took), "{took}");
    let late: Vec<_> = steps(&report).iter().filter(|step| step["result"] == "fail").map(|step| &step["id"]).collect();
    assert_eq!(late.len(), 3, "{report:#}");
    let error = &the(&report, "database_tls")["error"];
    assert_eq!(error["name"], "RS_AUTH_STATUS_TIMEOUT");
}

#[test]
fn its_own_limit_is_twenty_seconds_and_options_set_another() {
    let setup = Setup::keys();
    assert_eq!(examine(&setup.machine, setup.dsn.call())["limit_ms"], 20_000);
    let key = setup.dsn.clone().set("LoginTimeout", "3");
    assert_eq!(examine(&setup.machine, key.call())["limit_ms"], 20_000, "LoginTimeout is of a login");
    assert_eq!(examine(&setup.machine, setup.dsn.call().timeout(7000))["limit_ms"], 7000);
    let endless = examine(&setup.machine, setup.dsn.call().timeout(0));
    assert!(endless["limit_ms"].is_null() && endless["ok"] == true, "{endless:#}");
}

#[test]
fn a_limit_that_is_too_short_still_makes_a_report() {
    let setup = Setup::keys();
    let report = examine(&setup.machine, setup.dsn.call().timeout(1));
    assert_eq!(report["ok"], false);
    assert!(steps(&report).iter().any(|step| step["result"] == "skip" || step["error"]["status"] == 500), "{report:#}");
    assert!(!report["cause"].is_null());
}

#[test]
fn a_cancel_ends_it_at_once_and_without_a_report() {
    let setup = Setup::keys().script(Fault::on("GetClusterCredentials", FaultAction::Stall));
    let outcome = setup.machine.one(step(setup.call().cancel(1000)));
    assert_eq!((outcome.status, outcome.report.as_str()), (501, ""), "{}", outcome.told());
    assert!(outcome.cancel_ms < 1000, "{} ms", outcome.cancel_ms);
    let sandbox = Sandbox::start();
    let before = Machine::new().one(step(crate::probe::Dsn::keys(&sandbox).call().cancel(0)));
    assert_eq!((before.status, sandbox.connections()), (501, 0));
}

#[test]
fn nothing_is_left_behind() {
    let well = Setup::keys();
    let silent = Setup::keys().behind(TlsDefect::SilentHandshake).database_answers(Answer::Nothing);
    let calls = [well.call(), silent.dsn.call().timeout(300), silent.call().cancel(200)].map(step);
    let first = step(well.call());
    let all: Vec<Step> = [first, Step::Count].into_iter().chain(calls).chain([Step::Count]).collect();
    let outcomes = well.machine.run(all);
    let (before, after) = (&outcomes[1], &outcomes[outcomes.len() - 1]);
    assert!(after.count <= before.count && after.port <= before.port, "threads and descriptors: {after:?}");
}

#[test]
fn it_logs_in_past_the_cache_and_leaves_nothing_in_it() {
    let setup = Setup::adfs();
    let login = || Step::from(setup.call().cache(CACHE_DEFAULT));
    let outcomes = setup.machine.run([login(), step(setup.call()), step(setup.call()), login()]);
    assert_eq!(read(&outcomes[1])["ok"], true);
    assert!(outcomes[3].from_cache, "what was there stays");
    assert_eq!(setup.sandbox.requests_for("SignIn").len(), 3, "one for the first login, one for each examination");
    setup.sandbox.reset_log();
    let outcomes = setup.machine.run([step(setup.call()), login()]);
    assert!(!outcomes[1].from_cache && outcomes[1].status == 0);
    assert_eq!(setup.sandbox.requests_for("SignIn").len(), 2);
}

#[test]
fn somebody_may_answer() {
    let setup = Setup::adfs().set("UID", "sms");
    let outcome = setup.machine.one(step(setup.call().answering(ASK_OTP, "123456")));
    assert_eq!(read(&outcome)["ok"], true, "{}", outcome.report);
    assert_eq!(outcome.events, [ASK_OTP]);
    let alone = examine(&setup.machine, setup.call());
    assert_eq!(the(&alone, "login")["error"]["name"], "RS_AUTH_STATUS_MFA_REQUIRED");
}

/// The program that would open one leaves a trace, where there is a callback that leaves it to the library.
#[test]
fn no_browser_is_opened_without_an_event_callback() {
    let setup = Setup::keys();
    let browser = |machine: Machine| {
        let machine = machine.file("browser", "#!/bin/sh\n: > \"$HOME/opened\"\n");
        let program = machine.path("browser");
        std::process::Command::new("chmod").arg("+x").arg(&program).status().unwrap();
        let name = program.display().to_string();
        machine.env("BROWSER", &name).env("DISPLAY", ":9")
    };
    let dsn = setup.dsn.clone().without("AccessKeyID").without("SecretAccessKey").set("plugin_name", "BrowserSAML");
    let dsn = dsn.set("login_url", &format!("{}/saml", setup.sandbox.https_url()));
    let call = |events: bool| -> Call {
        let call = dsn.call().timeout(4000);
        if events { call.events(0) } else { call }
    };
    let alone = browser(Machine::new());
    let report = examine(&alone, call(false));
    assert_eq!((&the(&report, "login")["result"], alone.path("opened").exists()), (&json!("skip"), false));
    let attended = browser(Machine::new());
    let outcome = attended.one(step(call(true)));
    assert!(outcome.events.contains(&OPEN_URL) && attended.path("opened").exists(), "{}", outcome.report);
}

#[test]
fn the_database_is_where_the_login_says() {
    let setup = Setup::keys().without("Host").without("Port");
    let port = setup.database.port();
    let setup = setup.world(|world| {
        for cluster in &mut world.clusters {
            (cluster.host, cluster.port) = ("127.0.0.1".to_owned(), port);
        }
    });
    let report = examine(&setup.machine, setup.call());
    assert_eq!(report["ok"], true, "{report:#}");
    assert_eq!(the(&report, "database_tls")["subject"], format!("127.0.0.1:{port}"));
    assert_eq!(setup.database.asked(), 1);
    // Without the login nobody knows.
    let refused = examine(&setup.machine, setup.dsn.clone().set("SecretAccessKey", "wrong").call());
    assert_eq!(ids(&refused).last(), Some(&"login"), "{refused:#}");
}

#[test]
fn arguments_are_checked_as_everywhere() {
    let latin = Call::new(crate::probe::Input::Pairs(vec![(b"UID".to_vec(), b"\xe4".to_vec())]));
    assert_eq!(Machine::new().one(step(latin)).status, 100);
    let empty = examine(&Machine::new(), Call::new(crate::probe::Input::Pairs(Vec::new())));
    assert_eq!(the(&empty, "settings")["result"], "fail");
}
