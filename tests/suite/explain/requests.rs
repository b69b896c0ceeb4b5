//! The requests that are explained are those that a login makes: each plugin logs in, and what came is held against it.

use super::{array, dsn, explain, read};
use crate::browser;
use crate::probe::{Call, Dsn, Machine, Step};
use crate::secrets::plugins::LOGINS;
use rs_auth_sandbox::{Record, Sandbox};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::CStr;

const CACHE_OFF: i32 = 1;

/// What the library itself sent: not the browser beside it.
fn of_library(records: Vec<Record>) -> Vec<Record> {
    let ours = |record: &Record| record.header("user-agent").is_some_and(|agent| agent.contains("rs_auth"));
    records.into_iter().filter(ours).collect()
}

fn matches(step: &Value, record: &Record) -> bool {
    let is = |member: &str, sent: &str| step[member].is_null() || step[member] == sent;
    let host = step["host"].as_str().map(|host| {
        let default = if step["scheme"] == "https" { 443 } else { 80 };
        if step["port"] == default { host.to_owned() } else { format!("{host}:{}", step["port"]) }
    });
    let path = record.target.split('?').next().unwrap();
    is("method", &record.method)
        && is("path", path)
        && host.is_none_or(|host| host == record.host)
        && (step["to"] != "aws" || is("operation", &record.operation))
}

/// Whether the requests are those of the steps, in their order: conditional ones may be left out.
fn fit(steps: &[&Value], sent: &[Record], again: bool) -> bool {
    let Some((step, rest)) = steps.split_first() else { return sent.is_empty() };
    if (again || step["conditional"] == true) && fit(rest, sent, false) {
        return true;
    }
    let Some((record, more)) = sent.split_first().filter(|(record, _)| matches(step, record)) else { return false };
    let _ = record;
    (step["may_repeat"] == true && fit(steps, more, true)) || fit(rest, more, false)
}

pub fn hold(name: &str, report: &Value, sent: Vec<Record>) {
    let steps: Vec<&Value> = array(report, "requests").iter().filter(|step| step["by"] == "library").collect();
    let mut sent = of_library(sent);
    // Side by side: whichever comes first.
    sent.sort_by_key(|record| ["DescribeClusters", "GetWorkgroup"].contains(&record.operation.as_str()));
    let told: Vec<_> = sent.iter().map(|r| format!("{} {} {} {}", r.method, r.host, r.target, r.operation)).collect();
    assert!(fit(&steps, &sent, false), "{name}: {told:#?} against {steps:#?}");
    assert_eq!(report["errors"], serde_json::json!([]), "{name}");
}

/// Explains, which sends nothing, and logs in.
fn explained_and_made(name: &str, sandbox: &Sandbox, machine: &Machine, call: Call) -> Value {
    let steps = [Step::Explain(Box::new(call.clone())), Step::Parent, call.into(), Step::Parent];
    let mut sent = Vec::new();
    let outcomes = machine.run_with(steps, |turn| {
        if turn == 0 {
            assert_eq!((sandbox.requests().len(), sandbox.connections()), (0, 0), "{name}");
        }
        sent = sandbox.requests();
    });
    let report = read(&outcomes[0]);
    assert_eq!(outcomes[1].status, 0, "{name}: {}", outcomes[1].told());
    hold(name, &report, sent);
    report
}

#[test]
fn of_methods_that_need_no_browser() {
    // Those that a person ends with a browser come below.
    for login in LOGINS.iter().filter(|login| login.status() == 0) {
        let scene = login.scene();
        let report = explained_and_made(login.name, &scene.sandbox, &scene.machine, scene.call());
        let operations: Vec<_> = array(&report, "requests").iter().map(|step| &step["operation"]).collect();
        for operation in login.operations.iter().filter(|name| name.starts_with("AssumeRole")) {
            assert!(operations.contains(&&Value::from(*operation)), "{}: {operations:?}", login.name);
        }
    }
}

#[test]
fn of_methods_of_aws() {
    let sandbox = Sandbox::start();
    let cluster = Dsn::cluster(&sandbox);
    let profile = |name: &str| (Machine::with_profiles(&sandbox), cluster.clone().set("Profile", name));
    let environment = Machine::with_profiles(&sandbox).env("AWS_PROFILE", "sandbox-keys");
    let discover = Dsn::keys(&sandbox).without("Host").set("ClusterId", "sandbox-cluster").set("Region", "us-east-1");
    let federation = Dsn::keys(&sandbox).without("DbUser").set("group_federation", "1");
    let cases = [
        ("Static", "Static", Machine::new(), Dsn::keys(&sandbox)),
        ("without host", "Static", Machine::new(), discover),
        ("federation", "Static", Machine::new(), federation),
        ("workgroup", "Static", Machine::new(), Dsn::workgroup(&sandbox)),
        ("role", "Profile", profile("sandbox-role").0, profile("sandbox-role").1),
        ("two roles", "Profile", profile("sandbox-second-role").0, profile("sandbox-second-role").1),
        ("web identity", "Profile", profile("sandbox-web-identity").0, profile("sandbox-web-identity").1),
        ("program", "Profile", profile("sandbox-process").0, profile("sandbox-process").1),
        (
            "instance",
            "InstanceProfile",
            Machine::new().on_instance(&sandbox),
            cluster.clone().set("InstanceProfile", "1"),
        ),
        ("chain", "Default", environment, cluster.clone()),
        ("chain, instance", "Default", Machine::new().on_instance(&sandbox), cluster.clone()),
    ];
    for (name, method, machine, dsn) in cases {
        sandbox.reset_log();
        let report = explained_and_made(name, &sandbox, &machine, dsn.call().cache(CACHE_OFF));
        assert_eq!(report["method"]["name"], method, "{name}");
    }
}

/// By the names that AWS has for its own hosts, through a proxy that leads them to the sandbox.
#[test]
fn hosts_of_aws_are_those_that_are_asked() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox).without("EndPointUrl").without("StsEndpointUrl").through_proxy(sandbox.proxy_port());
    let dsn = dsn.set("CaFile", &sandbox.ca_file().display().to_string());
    let workgroup = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";
    for (dsn, host) in [
        (dsn.clone(), "redshift.us-east-1.amazonaws.com"),
        (dsn.without("DbUser").set("Host", workgroup), "redshift-serverless.us-east-1.amazonaws.com"),
    ] {
        sandbox.reset_log();
        let report = explained_and_made(host, &sandbox, &Machine::new(), dsn.call().cache(CACHE_OFF));
        let [step] = array(&report, "requests") else { panic!("{report:#}") };
        assert_eq!((step["host"].as_str(), step["port"].as_u64()), (Some(host), Some(443)));
        assert_eq!(step["proxy"]["port"], sandbox.proxy_port());
        assert_eq!(report["network"]["hosts"][0]["proxy"]["source"], "https_proxy_host");
    }
}

#[test]
fn of_methods_with_a_browser() {
    for plugin in [&browser::SAML, &browser::OKTA] {
        let desk = browser::Desk::new(plugin, browser::POSTS);
        let report = explain(&desk.machine, desk.dsn().call());
        assert_eq!((desk.sandbox.connections(), desk.opened()), (0, 0));
        let outcome = desk.one(&desk.dsn());
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        hold(plugin.name, &report, desk.sandbox.requests());
        assert_eq!(array(&report, "requests")[0]["host"], "sso.example.com");
        let address = format!("http://localhost:{}/redshift/", desk.port);
        assert_eq!(report["method"]["browser_comes_back_to"], address);
    }
    for plugin in [&browser::AZURE, &browser::OAUTH2, &browser::IDC] {
        let desk = browser::oauth::Desk::new(plugin);
        let report = explain(&desk.machine, desk.dsn().call());
        assert_eq!(desk.sandbox.connections(), 0);
        let told = desk.one(desk.dsn().call());
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        hold(plugin.name, &report, told.sent);
        let page = array(&report, "requests").iter().find(|step| step["by"] == "browser").unwrap();
        assert_eq!(page["path"], told.opened[0].path());
    }
}

/// What the cases above have in them, so that a new plugin gets one.
#[test]
fn no_method_is_left_out() {
    let in_cases = LOGINS.iter().map(|login| login.name.split(',').next().unwrap());
    let more = ["Static", "Profile", "InstanceProfile", "Default"];
    let browsers =
        [browser::SAML.name, browser::OKTA.name, browser::AZURE.name, browser::OAUTH2.name, browser::IDC.name];
    let covered: BTreeSet<&str> = in_cases.chain(more).chain(browsers).collect();
    for index in 0..rs_auth::capi::rs_auth_plugin_count() {
        // SAFETY: a static string.
        let name = unsafe { CStr::from_ptr(rs_auth::capi::rs_auth_plugin_name(index)) }.to_str().unwrap();
        assert!(covered.contains(name), "{name}");
    }
}

/// A region that only the DNS tells, and none at all.
#[test]
fn what_only_the_login_finds_out_is_not_made_up() {
    let custom = [("Host", "dwh.example.com"), ("AccessKeyID", "AKIA"), ("SecretAccessKey", "secret"), ("DbUser", "u")];
    let report = explain(&Machine::new(), dsn(&custom).call());
    assert_eq!(report["place"]["region_by_dns_of"], "dwh.example.com");
    let [step] = array(&report, "requests") else { panic!("{report:#}") };
    assert_eq!((&step["host"], step["operation"].as_str()), (&Value::Null, Some("GetClusterCredentials")));
    assert_eq!(report["ready"], true);
    let known = explain(&Machine::new(), dsn(&custom).set("Region", "eu-west-1").call());
    assert_eq!(known["requests"][0]["host"], "redshift.eu-west-1.amazonaws.com");
}
