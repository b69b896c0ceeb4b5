//! The standard cases of the OAuth plugins. Each refusal stands beside the success of the same set-up.

use super::oauth::{ASKED, Desk, Plugin, Told, back_of, challenge_of, pasting, query, respond};
use super::{ABORT, OPEN_URL, PASTE_URL, expect, free_port};
use crate::probe::Reply;
use crate::sent::{operations, the};
use rs_auth_sandbox::browser::End;
use rs_auth_sandbox::{Fault, FaultAction};
use std::io::Write;
use std::net::{TcpListener, TcpStream};

/// All plugins, one test a case.
macro_rules! for_all {
    ($($case:ident),* $(,)?) => {
        mod azure {
            $(#[test] fn $case() { super::$case(&crate::browser::azure::AZURE); })*
        }
        mod azure_oauth2 {
            $(#[test] fn $case() { super::$case(&crate::browser::azure_oauth2::OAUTH2); })*
        }
        mod idc {
            $(#[test] fn $case() { super::$case(&crate::browser::idc::IDC); })*
        }
    };
}

for_all!(
    success_and_the_proof_of_the_code,
    each_required_key,
    a_login_that_cannot_end_opens_nothing,
    another_state_never_reaches_the_token_endpoint,
    a_code_that_comes_twice_is_exchanged_once,
    the_provider_says_no,
    a_code_that_is_refused,
    answers_that_are_none_of_a_token_endpoint,
    the_token_endpoint_is_not_reached,
    a_call_that_ends_early,
    a_busy_port_is_told_at_once,
    no_browser_is_told_at_once,
    the_address_at_which_a_browser_ended_may_be_pasted,
    a_browser_on_another_machine_signs_in,
    nobody_signs_in_in_time,
    the_host_may_show_the_page_or_end_it,
    one_sign_in_for_many_logins,
    neither_code_nor_verifier_nor_token_is_told,
);

fn exchanged(told: &Told, plugin: &Plugin) -> usize {
    operations(&told.sent).iter().filter(|operation| **operation == plugin.token).count()
}

fn success_and_the_proof_of_the_code(plugin: &'static Plugin) {
    let mut seen = Vec::new();
    for by_entry in [false, true] {
        let desk = Desk::new(plugin);
        let call =
            if by_entry { desk.dsn().without("plugin_name").call().entry(plugin.entry) } else { desk.dsn().call() };
        let (told, pages) = desk.by(call, &mut desk.alice());
        assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
        assert_eq!(told.outcome.plugin, plugin.name);
        let page = pages[0].as_ref().unwrap();
        assert!(page.reached_listener && page.end == End::Arrived && page.text.contains("signed in"), "{page:?}");
        let asked = query(&told.opened[0]);
        let exchange = the(&told.sent, plugin.token);
        let verifier = exchange.parameter(plugin.verifier).unwrap();
        assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
        assert_eq!(asked["code_challenge"], challenge_of(verifier));
        assert!(verifier.len() >= 43 && asked["state"].len() >= 43, "256 bits each");
        let (host, path) = plugin.comes_back;
        let back = url::Url::parse(&asked["redirect_uri"]).unwrap();
        assert_eq!(asked["redirect_uri"], format!("http://{host}:{}{path}", back.port().unwrap()));
        assert_eq!(exchange.parameter(plugin.redirect_uri), Some(asked["redirect_uri"].as_str()));
        assert_eq!(exchange.parameter("client_secret"), None, "these clients are public");
        seen.extend([asked["state"].clone(), verifier.to_owned()]);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4, "each sign-in has its own");
}

fn each_required_key(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let calls = |key| vec![desk.dsn().without(key).call(), desk.dsn().set(key, "").call()];
    for key in plugin.required {
        for outcome in desk.unopened(calls(key)) {
            expect(&outcome, 101, "settings", &[]);
            assert!(outcome.message.starts_with(key), "{}", outcome.told());
        }
    }
    assert_eq!(desk.one(desk.dsn().call()).outcome.status, 0);
}

fn a_login_that_cannot_end_opens_nothing(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let other_kind = if plugin.asks.is_empty() { 1 << 1 } else { 1 << 2 };
    let outcomes = desk.unopened(vec![
        desk.dsn().call().kinds(other_kind),
        desk.dsn().set("SSLMode", "disable").call(),
        desk.dsn().set("idp_response_timeout", "9").call(),
        desk.dsn().set("listen_port", "65536").call(),
        desk.dsn().set("listen_port", "-1").call(),
        desk.dsn().call().cancel(0),
    ]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [100, 100, 100, 100, 100, 501]);
    assert_eq!(desk.one(desk.dsn().set("idp_response_timeout", "10").call()).outcome.status, 0);
}

fn another_state_never_reaches_the_token_endpoint(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let mut forger = desk.alice();
    forger.mischief.wrong_state = true;
    let (told, _) = desk.by(desk.dsn().call().timeout(2500), &mut forger);
    expect(&told.outcome, 500, "", &[]);
    assert_eq!(exchanged(&told, plugin), 0);
    let mut hasty = desk.alice();
    hasty.mischief.wrong_state_first = true;
    let (told, _) = desk.by(desk.dsn().call(), &mut hasty);
    assert_eq!((told.outcome.status, exchanged(&told, plugin)), (0, 1), "{}", told.outcome.told());
}

fn a_code_that_comes_twice_is_exchanged_once(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let mut browser = desk.alice();
    browser.mischief.replay = true;
    let (told, _) = desk.by(desk.dsn().call(), &mut browser);
    assert_eq!((told.outcome.status, exchanged(&told, plugin)), (0, 1), "{}", told.outcome.told());
}

fn the_provider_says_no(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let fields = [("error", "access_denied"), ("error_description", "<b>not</b> assigned; password=c4nary")];
    let (told, pages) = desk.brought(desk.dsn().call(), &fields);
    expect(&told.outcome, 300, "idp", &["access_denied", "not</b> assigned"]);
    assert_eq!((told.outcome.code.as_str(), told.outcome.sqlstate.as_str()), ("access_denied", "28000"));
    assert!(pages[0].contains("did not succeed") && pages[0].contains("&lt;b&gt;not"), "{}", pages[0]);
    assert!(!format!("{:?}{}", told.outcome, pages[0]).contains("c4nary"));
    assert_eq!(exchanged(&told, plugin), 0);
}

/// A code of somebody's own making.
fn a_code_that_is_refused(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let (told, pages) = desk.brought(desk.dsn().call(), &[("code", "made+up"), ("session_state", "x")]);
    expect(&told.outcome, 300, "idp", &["invalid_grant"]);
    assert_eq!(the(&told.sent, plugin.token).parameter("code"), Some("made+up"));
    assert!(pages[0].contains("did not succeed"), "{}", pages[0]);
    assert_eq!(desk.one(desk.dsn().call()).outcome.status, 0);
}

fn answers_that_are_none_of_a_token_endpoint(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    for (action, status, part) in [
        (respond(200, "<html><title>Company proxy</title>c4nary"), 302, ""),
        (respond(404, "<html>"), 302, "404"),
        (respond(429, ""), 402, ""),
        (respond(200, ""), 302, "JSON"),
        (respond(200, "{}"), 302, "oken"),
        (respond(400, r#"{"error":"invalid_client","error_description":"no"}"#), 300, "invalid_client"),
        (FaultAction::Garbage, 302, "JSON"),
        (FaultAction::Huge { bytes: 5 << 20 }, 302, "longer than"),
    ] {
        desk.sandbox.script(Fault::on(plugin.token, action.clone()));
        let (told, pages) = desk.brought(desk.dsn().call().log(5), &[("code", "c4nary-code")]);
        expect(&told.outcome, status, "idp", &[part]);
        assert_eq!(exchanged(&told, plugin), 1, "{action:?}: a code is good for one use");
        assert!(!format!("{:?}{}", told.outcome, pages[0]).contains("c4nary"), "{:?}", told.outcome);
    }
    desk.sandbox.script(Fault::on(plugin.token, respond(503, "")));
    let (told, _) = desk.brought(desk.dsn().call(), &[("code", "c")]);
    assert!(told.outcome.retryable && told.outcome.http_status == 503, "{}", told.outcome.told());
    assert_eq!(desk.one(desk.dsn().call()).outcome.status, 0, "the control");
}

fn the_token_endpoint_is_not_reached(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    for action in [FaultAction::Reset, FaultAction::Close, FaultAction::Truncate] {
        desk.sandbox.script(Fault::on(plugin.token, action.clone()));
        let (told, pages) = desk.brought(desk.dsn().call(), &[("code", "c")]);
        assert_eq!((told.outcome.status, told.outcome.stage.as_str()), (200, "idp"), "{}", told.outcome.told());
        assert!(pages[0].contains("did not succeed"), "{}", pages[0]);
    }
    desk.sandbox.script(Fault::on(plugin.token, FaultAction::Stall));
    let (told, _) = desk.brought(desk.dsn().call().timeout(2500), &[("code", "c")]);
    expect(&told.outcome, 500, "", &["exchanging the code"]);
}

fn a_call_that_ends_early(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let dsn = desk.dsn().set("listen_port", &free_port().to_string());
    let (deadline, cancel) = (dsn.call().timeout(1200), dsn.call().cancel(800));
    let calls = (0..6).map(|turn| if turn < 3 { deadline.clone() } else { cancel.clone() }).collect();
    // The browser opens, and nobody signs in; others come who never say what they want, and stay.
    let mut open = Vec::new();
    let (told, _) = desk.run(calls, |url| {
        let back = back_of(url);
        let address = (back.host_str().unwrap(), back.port().unwrap());
        for said in ["", "GET /redsh", "POST /redshift/ HTTP/1.1\r\nContent-Length: 9\r\n\r\nSAML"] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(said.as_bytes()).unwrap();
            open.push(stream);
        }
    });
    let statuses: Vec<_> = told.iter().map(|told| told.outcome.status).collect();
    assert_eq!(statuses, [500, 500, 500, 501, 501, 501], "the port is free again each time");
    assert!(told[0].outcome.message.contains("browser"), "{}", told[0].outcome.told());
    assert!(told.iter().all(|told| exchanged(told, plugin) == 0));
    let late = |told: &Told| match told.outcome.status {
        500 => told.outcome.elapsed_ms - 1200,
        _ => told.outcome.cancel_ms,
    };
    for calls in told.chunks(3) {
        let mut late: Vec<_> = calls.iter().map(late).collect();
        late.sort_unstable();
        assert!(late[1] < 50, "{late:?} ms");
    }
}

fn a_busy_port_is_told_at_once(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let dsn = desk.dsn().set("listen_port", &port.to_string());
    let outcome = desk.unopened(vec![dsn.call()]).remove(0);
    expect(&outcome, 306, "browser", &[&format!("port {port}"), "listen_port"]);
    assert!(outcome.elapsed_ms < 1000, "{} ms", outcome.elapsed_ms);
    drop(taken);
    let told = desk.one(dsn.call());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    assert!(query(&told.opened[0])["redirect_uri"].contains(&format!(":{port}")), "the port is honoured");
}

fn no_browser_is_told_at_once(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    for call in [desk.bare().call(), desk.bare().call().events(0)] {
        let outcome = desk.run(vec![call], |_| ()).0.remove(0).outcome;
        expect(&outcome, 305, "browser", &[plugin.name, "no display", "browser_command"]);
        assert!(outcome.elapsed_ms < 1000, "{} ms", outcome.elapsed_ms);
    }
    assert_eq!(desk.one(desk.dsn().call()).outcome.status, 0, "the control");
}

fn the_address_at_which_a_browser_ended_may_be_pasted(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let told = desk.run(vec![pasting(&desk, &desk.bare())], |_| ()).0.remove(0);
    // The code is made up, so the exchange refuses it: it got there.
    expect(&told.outcome, 300, "idp", &["invalid_grant"]);
    assert_eq!(the(&told.sent, plugin.token).parameter("code"), Some("pasted+code"));
    assert!(told.outcome.events.ends_with(&[PASTE_URL]) && told.outcome.events.starts_with(&ASKED[..1]));
    let raised = told.outcome.raised(PASTE_URL)[0];
    assert!(raised.text.contains("whole address") && raised.url.contains("code_challenge="), "{raised:?}");
    let junk = desk.bare().call().answering(PASTE_URL, "?").answering(PASTE_URL, "http://localhost:1/redshift/?code=c");
    let told = desk.run(vec![junk], |_| ()).0.remove(0);
    expect(&told.outcome, 302, "browser", &["pasted"]);
    assert_eq!(exchanged(&told, plugin), 0, "without the state nothing is exchanged");
}

/// The whole way: what is pasted is what stands in the address bar there, and nothing else.
fn a_browser_on_another_machine_signs_in(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let (told, pages) = desk.carried(desk.bare().call().log(5), &mut desk.alice());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    assert_eq!((pages.len(), pages[0].end), (1, End::Unreachable));
    assert!(told.outcome.events.ends_with(&[PASTE_URL]) && told.outcome.events.starts_with(&ASKED[..1]));
    let exchange = the(&told.sent, plugin.token);
    let code = exchange.parameter("code").unwrap();
    assert!(query(&url::Url::parse(&pages[0].url).unwrap())["code"] == code);
    assert_eq!(query(&told.opened[0])["code_challenge"], challenge_of(exchange.parameter(plugin.verifier).unwrap()));
    assert!(!format!("{:?}", told.outcome.lines).contains(code));
    match plugin.asks {
        [] => assert!(told.outcome.pair("token").is_some_and(|token| token.len() > 20)),
        asks => assert!(operations(&told.sent).ends_with(asks) && told.outcome.user == "IAMA:alice"),
    }
}

fn nobody_signs_in_in_time(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let port = free_port();
    let dsn = desk.dsn().set("listen_port", &port.to_string()).set("idp_response_timeout", "10");
    // Somebody comes, but not with the answer.
    let (told, pages) =
        desk.run(vec![dsn.call().timeout(60_000)], |url| super::oauth::get(&back_of(url), "code=c&state=another"));
    let outcome = &told[0].outcome;
    expect(outcome, 500, "browser", &["10 s", "idp_response_timeout", "its state belongs to another sign-in"]);
    let (host, path) = plugin.comes_back;
    assert!(outcome.message.contains(&format!("http://{host}:{port}{path}")), "{}", outcome.told());
    assert_eq!((outcome.sqlstate.as_str(), outcome.retryable), ("HYT00", true));
    assert!((9900..14_000).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
    assert!(!pages[0].contains("You are signed in"), "{}", pages[0]);
    assert_eq!(exchanged(&told[0], plugin), 0);
    drop(TcpListener::bind(("127.0.0.1", port)).unwrap());
    assert_eq!(desk.one(dsn.call()).outcome.status, 0, "the control, at the same port");
}

fn the_host_may_show_the_page_or_end_it(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let told = desk.one(desk.bare().call().showing_with(&desk.program("browser")));
    assert_eq!((told.outcome.status, told.outcome.events.as_slice()), (0, &[OPEN_URL][..]), "{}", told.outcome.told());
    let abort = Reply { kind: OPEN_URL, result: ABORT, answer: None };
    let told = desk.run(vec![desk.dsn().call().replying(abort)], |_| ()).0.remove(0);
    assert_eq!((told.outcome.status, told.opened.len()), (501, 0));
}

fn one_sign_in_for_many_logins(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let mut calls = vec![desk.dsn().call(), desk.dsn().call()];
    // The keys of the assumed role serve other databases too.
    calls.extend((!plugin.asks.is_empty()).then(|| desk.dsn().set("Database", "other").call()));
    let mut browser = desk.alice();
    let (told, _) = desk.run(calls, |url| browser.visit(url).unwrap());
    let statuses: Vec<_> = told.iter().map(|told| told.outcome.status).collect();
    assert!(statuses.iter().all(|status| *status == 0) && told[0].opened.len() == 1, "{statuses:?}");
    assert!(told[1].outcome.from_cache && told[1].sent.is_empty());
    assert!(told[2..].iter().all(|told| operations(&told.sent) == [super::REDSHIFT]));
}

fn neither_code_nor_verifier_nor_token_is_told(plugin: &'static Plugin) {
    let desk = Desk::new(plugin);
    let (told, pages) = desk.by(desk.dsn().call().log(5), &mut desk.alice());
    assert_eq!(told.outcome.status, 0, "{}", told.outcome.told());
    let exchange = the(&told.sent, plugin.token);
    let asked = query(&told.opened[0]);
    let mut secrets: Vec<&str> = ["code", plugin.verifier, "client_secret", "clientSecret"]
        .iter()
        .filter_map(|name| exchange.parameter(name))
        .chain([asked["state"].as_str()])
        .collect();
    secrets.extend(told.outcome.pair("token"));
    let told = format!("{:?} {} {:?}", told.outcome.lines, told.outcome.told(), pages[0].as_ref().unwrap().text);
    for secret in secrets {
        assert!(secret.len() > 20 && !told.contains(secret), "{told}");
    }
    assert!(!told.contains("eyJ"), "no JWT, also none that is not used: {told}");
}
