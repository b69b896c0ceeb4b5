//! A login with a DSN as it stands on a page: on a machine that knows nothing but a proxy, which leads to the sandbox.

use super::block::Kind;
use super::page::Dsn;
use super::{pairs, requests, stand_in, world};
use crate::browser::IDC;
use crate::browser::oauth::Desk;
use crate::explain;
use crate::probe::{Call, Input, Machine, Outcome, Step};
use rs_auth_sandbox::browser::{Browser, Person};
use rs_auth_sandbox::{Record, Sandbox};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Explains, which must find nothing to say, and logs in. Gives the requests in words, or what is wrong.
pub fn log_in(dsn: &Dsn<'_>) -> Result<String, String> {
    let sandbox = Sandbox::builder().world(world::world()).start();
    // A browser whose URLs come here.
    let desk = Desk::with(&IDC, sandbox);
    let machine = prepared(desk.machine, &desk.sandbox, dsn);
    let desk = Desk { sandbox: desk.sandbox, machine, plugin: desk.plugin };
    let (text, more) = (given(dsn, &desk), more(dsn));

    // The name of a data source is for the library to look up.
    let input = match text.strip_prefix("DSN=") {
        Some(name) => Input::Pairs(vec![(b"DSN".to_vec(), name.into())]),
        None => pairs::of(&text)?,
    };
    let report = explained(&desk.machine.one(Step::Explain(Box::new(Call::new(input)))))?;
    let port = crate::browser::free_port();
    desk.sandbox.with_world(|world| {
        let pages = &mut world.identity_pages.browser_saml;
        pages.acs = format!("http://localhost:{port}/redshift/");
        pages.login_pages = login_page(&report).into_iter().collect();
    });
    // 7890 may be another login's at this moment.
    let text = match report["method"]["browser_comes_back_to"].as_str() {
        Some(address) if address.contains(":7890") => format!("{text}{more}listen_port={port}"),
        _ => text,
    };
    let (outcome, sent) = made(&desk, dsn, Call::text(text));
    if outcome.status != 0 {
        return Err(format!("the login fails: {} {}", outcome.short_text, outcome.told()));
    }
    if outcome.plugin != dsn.plugin {
        return Err(format!("the page promises {}, the login is by {}", dsn.plugin, outcome.plugin));
    }
    explain::requests::hold(&dsn.plugin, &report, sent);
    Ok(requests::in_words(&report).replace(&desk.machine.home().display().to_string(), "~"))
}

/// The machine of whoever reads the page.
fn prepared(machine: Machine, sandbox: &Sandbox, dsn: &Dsn<'_>) -> Machine {
    let proxy = format!("http://proxyuser:pr0xy%3Ap%40ss@127.0.0.1:{}", sandbox.proxy_port());
    let machine = machine.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", sandbox.ca_file().display());
    let machine = stand_in::make(machine.on_instance(sandbox), sandbox);
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for (path, text) in &dsn.files {
        files.entry(path).or_default().push_str(&stand_in::put(text, &machine, sandbox));
    }
    if dsn.block.kind == Kind::Section {
        files.insert("~/.odbc.ini", stand_in::put(&dsn.block.text, &machine, sandbox));
    }
    files.into_iter().fold(machine, |machine, (path, text)| {
        machine.file(path.strip_prefix("~/").expect("a file of the home directory"), &text)
    })
}

/// What is handed to the library: the name of the section, or the text.
fn given(dsn: &Dsn<'_>, desk: &Desk) -> String {
    if dsn.block.kind == Kind::Section {
        let head = dsn.block.text.lines().next().unwrap_or_default();
        let name = head.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        return format!("DSN={}", name.unwrap_or_else(|| panic!("{head:?} is no head of a section")));
    }
    let lines: String = dsn.block.text.lines().collect();
    stand_in::put(&lines, &desk.machine, &desk.sandbox)
}

/// What stands between what is given and one more key.
fn more(dsn: &Dsn<'_>) -> &'static str {
    let is_query = dsn.block.kind == Kind::Url && dsn.block.text.contains('?');
    if is_query { "&" } else { ";" }
}

fn explained(outcome: &Outcome) -> Result<Value, String> {
    if outcome.status != 0 {
        return Err(format!("it cannot be read: {}", outcome.told()));
    }
    let report = explain::read(outcome);
    for member in ["unknown_keys", "warnings", "errors"] {
        let told: Vec<_> = explain::array(&report, member).iter().filter(|entry| !is_by_design(entry)).collect();
        if !told.is_empty() {
            return Err(format!("{member}: {told:#?}"));
        }
    }
    Ok(report)
}

/// What explain says of every authentication profile that is stored in Redshift: it asks nobody, and so cannot know it.
fn is_by_design(warning: &Value) -> bool {
    warning["message"]
        .as_str()
        .is_some_and(|text| text.starts_with("the authentication profile sales-login is read by"))
}

/// Where the provider has its page, for a method that is told so.
fn login_page(report: &Value) -> Option<String> {
    let is_told = ["BrowserSAML", "BrowserOktaSAML"].contains(&report["method"]["name"].as_str()?);
    let page = explain::array(report, "requests").iter().find(|step| step["by"] == "browser" && is_told)?;
    page["path"].as_str().map(str::to_owned)
}

/// Makes the call, with Alice before the browser.
fn made(desk: &Desk, dsn: &Dsn<'_>, call: Call) -> (Outcome, Vec<Record>) {
    let program = desk.program("browser");
    let call = if dsn.by_device { call.showing_codes_with(&program) } else { call.showing_with(&program) };
    let address = desk.sandbox.https_url().trim_start_matches("https://").parse::<SocketAddr>().unwrap();
    let mut browser = Browser::new(Some(desk.sandbox.ca_file())).unwrap();
    let (user, password) = (Some("alice@example.com".to_owned()), world::PASSWORD.to_owned());
    browser.person = Person { user, password, ..Person::default() };
    browser.lead_other_hosts_to(address);
    let browse = move |line: &str| {
        let mut words = line.split(' ');
        let url = words.next().unwrap().to_owned();
        browser.person.device_code = words.next().map(str::to_owned);
        browser.visit(&url).map(|page| page.text)
    };
    let (recorded, _) = desk.beside(browse, || desk.machine.recorded(&desk.sandbox, [call]));
    recorded.into_iter().next().unwrap()
}
