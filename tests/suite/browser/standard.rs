//! The standard cases of both plugins. Each refusal stands beside the success of the same set-up.

use super::{Desk, POSTS, Plugin, URL, expect, for_both};
use crate::sent::{count, operations, parameters, the};

for_both!(
    success_and_what_was_sent,
    the_required_key,
    a_login_that_cannot_end_opens_nothing,
    urls_that_no_browser_should_get,
    the_provider_says_no,
    a_response_of_no_use,
    junk_before_the_real_answer,
    a_call_that_ends_early,
    nobody_signs_in_in_time,
    one_sign_in_for_many_logins,
    nothing_of_the_response_is_told,
);

fn success_and_what_was_sent(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, POSTS);
    for call in [desk.dsn().call(), desk.dsn().without("plugin_name").call().entry(plugin.entry)] {
        let machine = &desk.machine;
        let (outcome, sent) = machine.recorded(&desk.sandbox, [call]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(outcome.plugin, plugin.name);
        assert_eq!(operations(&sent), plugin.asks);
        let page = desk.page();
        assert!(page.contains("You are signed in") && page.contains("Sales &lt;DWH&gt;"), "{page}");
        std::fs::remove_file(machine.path("page")).unwrap();
        if plugin.asks.is_empty() {
            assert_eq!((outcome.kind, outcome.pair("idp_type")), (2, Some("Okta")));
            assert_eq!(outcome.pair("token"), Some(desk.text("response").as_str()));
            assert!(outcome.expires > 0 && outcome.user.is_empty());
        } else {
            assert_eq!((outcome.kind, outcome.user.as_str()), (1, "IAMA:alice"));
            assert_eq!(parameters(the(&sent, super::STS)).get("SAMLAssertion"), Some(&desk.text("response").as_str()));
            let asked = parameters(the(&sent, super::REDSHIFT));
            assert_eq!((asked.get("DbUser"), asked.get("AutoCreate")), (Some(&"alice"), Some(&"true")));
        }
    }
    // The URL as it is, as one argument.
    assert_eq!(desk.text("opened"), format!("{URL}\n{URL}\n"));
}

fn the_required_key(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, POSTS);
    expect(&desk.one(&desk.dsn().without("login_url")), 101, "settings", &["login_url"]);
    expect(&desk.one(&desk.dsn().set("login_url", "")), 101, "settings", &["login_url"]);
    assert_eq!((desk.opened(), count(&desk.sandbox)), (0, 0));
    assert_eq!(desk.one(&desk.dsn()).status, 0);
}

fn a_login_that_cannot_end_opens_nothing(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, POSTS);
    let other_kind = if plugin.asks.is_empty() { 1 << 1 } else { 1 << 2 };
    let calls = [
        desk.dsn().call().kinds(other_kind),
        desk.dsn().set("SSLMode", "disable").call(),
        desk.dsn().set("idp_response_timeout", "9").call(),
        desk.dsn().set("listen_port", "65536").call(),
        desk.dsn().set("listen_port", "-1").call(),
        desk.dsn().call().cancel(0),
    ];
    let statuses: Vec<_> = desk.machine.run(calls).iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [100, 100, 100, 100, 100, 501]);
    assert_eq!((desk.opened(), count(&desk.sandbox)), (0, 0));
    assert_eq!(desk.one(&desk.dsn().set("idp_response_timeout", "10")).status, 0);
}

fn urls_that_no_browser_should_get(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, POSTS);
    for url in [
        "http://sso.example.com/",
        "javascript:alert(1)",
        "sso.example.com",
        "https://sso.example.com/a b",
        "https://sso.example.com/\"x",
        "https://sso.example.com/'x",
        "https://sso.example.com/\\x",
        "https://sso.example.com/?a|b",
        "https://sso.example.com/<x>",
        "https://sso.example.com/^",
    ] {
        expect(&desk.one(&desk.dsn().set("login_url", url)), 100, "settings", &["login_url"]);
    }
    assert_eq!(desk.opened(), 0);
    assert_eq!(desk.one(&desk.dsn().set("login_url", "https://sso.example.com/?a=%7C&b=(c)")).status, 0);
}

fn the_provider_says_no(plugin: &'static Plugin) {
    let says = "send -o page.new -d error=access_denied --data-urlencode \
                'error_description=<b>not</b> assigned; password=c4nary' $here; mv page.new page";
    let desk = Desk::new(plugin, says);
    let outcome = desk.one(&desk.dsn());
    expect(&outcome, 300, "idp", &["access_denied", "not</b> assigned"]);
    assert_eq!((outcome.code.as_str(), outcome.sqlstate.as_str()), ("access_denied", "28000"));
    let page = desk.page();
    assert!(page.contains("did not succeed") && page.contains("&lt;b&gt;not"), "{page}");
    assert!(!format!("{outcome:?}{page}").contains("c4nary"));
    assert_eq!(count(&desk.sandbox), 0);
}

fn a_response_of_no_use(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, "post junk");
    let outcome = desk.one(&desk.dsn());
    expect(&outcome, 303, "assertion", &["SAML response"]);
    assert!((1900..8000).contains(&outcome.elapsed_ms), "two seconds for a better one: {}", outcome.elapsed_ms);
    assert!(desk.page().contains("did not succeed"), "{}", desk.text("page"));
    assert_eq!(count(&desk.sandbox), 0);
    // Without a role AWS gives no keys; the server needs none.
    let desk = Desk::new(plugin, POSTS);
    desk.sandbox.with_world(|world| world.identity_pages.assertion.no_roles = true);
    std::fs::write(desk.machine.path("response"), desk.sandbox.assertion_for("alice")).unwrap();
    assert_eq!(desk.one(&desk.dsn()).status, if plugin.asks.is_empty() { 0 } else { 303 });
}

fn junk_before_the_real_answer(plugin: &'static Plugin) {
    let does = "send http://localhost:${here#*localhost:}favicon.ico > /dev/null\n\
                send -X OPTIONS $here; send -I $here > /dev/null; send $here?code=c\\&state=s > /dev/null\n\
                send -d SAMLResponse= $here > /dev/null; send -H 'Host: evil.example' -d SAMLResponse=x $here > /dev/null\n\
                send -H 'Content-Type: text/plain' --data-binary @response $here > /dev/null\n\
                send -d SAMLResponse=junk $here > junk.page &\npost response; wait";
    let desk = Desk::new(plugin, does);
    let outcome = desk.one(&desk.dsn());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(desk.page().contains("You are signed in"));
    assert_eq!(desk.opened(), 1);
}

fn a_call_that_ends_early(plugin: &'static Plugin) {
    // The browser opens, and nobody signs in.
    let desk = Desk::new(plugin, "true");
    let dsn = desk.dsn();
    let (deadline, cancel) = (dsn.call().timeout(700), dsn.call().cancel(500));
    let calls = (0..6).map(|turn| if turn < 3 { deadline.clone() } else { cancel.clone() });
    let outcomes = desk.machine.run(calls.chain([dsn.clone().set("LoginTimeout", "1").call()]));
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [500, 500, 500, 501, 501, 501, 500], "the port is free again each time");
    let port = desk.port.to_string();
    assert!(outcomes[0].message.contains("browser") && outcomes[0].message.contains(&port), "{}", outcomes[0].told());
    let late = [
        outcomes[..3].iter().map(|outcome| outcome.elapsed_ms - 700).collect::<Vec<_>>(),
        outcomes[3..6].iter().map(|outcome| outcome.cancel_ms).collect(),
    ];
    for mut late in late {
        late.sort_unstable();
        assert!(late[1] < 50, "{late:?} ms");
    }
}

fn nobody_signs_in_in_time(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, "send -d x=y $here > /dev/null");
    let outcome = desk.one(&desk.dsn().set("idp_response_timeout", "10"));
    let port = desk.port.to_string();
    expect(&outcome, 500, "browser", &["10 s", "idp_response_timeout", &port, "/redshift/", "no SAMLResponse"]);
    assert!((9900..14_000).contains(&outcome.elapsed_ms), "{} ms", outcome.elapsed_ms);
    assert_eq!((outcome.sqlstate.as_str(), outcome.retryable), ("HYT00", true));
}

fn one_sign_in_for_many_logins(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, POSTS);
    let together: Vec<_> = (0..8).map(|_| desk.dsn().call()).collect();
    let outcomes = desk.machine.run([crate::probe::Step::Together(together), desk.dsn().call().into()]);
    assert!(
        outcomes.iter().all(|outcome| outcome.status == 0),
        "{:?}",
        outcomes.iter().map(crate::probe::Outcome::told).collect::<Vec<_>>()
    );
    assert!(outcomes[8].from_cache);
    assert_eq!(desk.opened(), 1);
    // Another process finds AWS keys on disk, but never an assertion; another URL is another identity.
    assert_eq!(desk.one(&desk.dsn()).status, 0);
    assert_eq!(desk.opened(), if plugin.asks.is_empty() { 2 } else { 1 });
    let dsn = desk.dsn();
    let other = dsn.clone().set("login_url", "https://other.example.com/");
    assert!(desk.machine.run([dsn.call(), other.call()]).iter().all(|outcome| !outcome.from_cache));
}

fn nothing_of_the_response_is_told(plugin: &'static Plugin) {
    let desk = Desk::new(plugin, "send -o /dev/null --data-urlencode SAMLResponse@junk $here & post response; wait");
    let outcome = desk.one(&desk.dsn());
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let lines = format!("{:?}", outcome.lines);
    assert!(lines.contains("POST /redshift/") && lines.contains("sso.example.com"), "{lines}");
    assert!(!lines.contains("app/redshift?"), "URLs are logged without their query: {lines}");
    for secret in [desk.text("response"), desk.text("junk")] {
        assert!(!lines.contains(&secret[..secret.len().min(40)]), "{lines}");
    }
}
