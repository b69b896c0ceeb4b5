//! Who shows the page: the host, a program, or whoever can copy text.

use super::{ABORT, Desk, OKTA, OPEN_URL, PASTE_URL, POSTS, SAML, URL, expect};
use crate::probe::{Machine, Reply};
use std::os::unix::fs::PermissionsExt;

fn kinds(raised: &[crate::probe::Outcome]) -> Vec<Vec<i32>> {
    raised.iter().map(|outcome| outcome.events.clone()).collect()
}

#[test]
fn the_host_may_show_the_page() {
    for plugin in [&SAML, &OKTA] {
        let desk = Desk::new(plugin, POSTS);
        let outcome = desk.machine.one(desk.bare().call().showing_with(&desk.program()));
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        let [raised] = outcome.raised(OPEN_URL)[..] else { panic!("{:?}", outcome.raised) };
        assert_eq!((raised.url.as_str(), raised.code.as_str()), (URL, ""));
        assert!(raised.text.contains("sso.example.com"), "{}", raised.text);
        assert_eq!((outcome.foreign, outcome.events.as_slice()), (0, &[OPEN_URL][..]));
        assert!(desk.page().contains("You are signed in"));
    }
}

#[test]
fn the_host_may_leave_it_to_us_or_end_it() {
    let desk = Desk::new(&SAML, POSTS);
    let abort = Reply { kind: OPEN_URL, result: ABORT, answer: None };
    let outcomes = desk.machine.run([desk.dsn().call().replying(abort), desk.dsn().call().events(0)]);
    assert_eq!((outcomes[0].status, outcomes[1].status), (501, 0), "{}", outcomes[1].told());
    assert_eq!((desk.opened(), kinds(&outcomes)), (1, vec![vec![OPEN_URL], vec![OPEN_URL]]));
}

#[test]
fn no_browser_is_told_at_once() {
    for plugin in [&SAML, &OKTA] {
        let desk = Desk::new(plugin, POSTS);
        for (variables, part) in [
            (&[][..], "no display"),
            (&[("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")], "SSH session"),
            (&[("BROWSER", "/nonexistent/browser:false")], "false failed (exit code 1)"),
        ] {
            let machine = variables.iter().fold(Machine::new(), |machine, (name, value)| machine.env(name, value));
            let calls = [desk.bare().call(), desk.bare().call().events(0)];
            for outcome in machine.run(calls) {
                expect(&outcome, 305, "browser", &[plugin.name, part, "browser_command", "event callback", "plugin"]);
                assert!(outcome.elapsed_ms < 1000, "{} ms", outcome.elapsed_ms);
                assert!(outcome.events.is_empty() || outcome.events == [OPEN_URL, PASTE_URL]);
            }
        }
        assert_eq!(desk.one(&desk.dsn()).status, 0, "the control");
    }
}

#[test]
fn the_environment_may_name_the_browser() {
    let desk = Desk::new(&SAML, POSTS);
    let list = format!("/nonexistent/browser:false:{} %s:touch never", desk.program());
    let host = format!("{}/none", desk.machine.home().display());
    let Desk { machine, .. } = &desk;
    let run = |variables: &[(&str, &str)]| {
        let steps = variables
            .iter()
            .map(|(name, value)| crate::probe::Step::SetEnv((*name).to_owned(), Some((*value).to_owned())));
        machine.run(steps.chain([desk.bare().set("DisableCache", "1").call().into()])).remove(0)
    };
    let outcome = run(&[("BROWSER", &list), ("LD_LIBRARY_PATH", &host), ("LD_PRELOAD", "")]);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert!(!machine.path("leaked").exists() && !machine.path("never").exists());
    // A desktop with an opener, and Windows, whose explorer says 1 when all went well.
    let bin = machine.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let install = |name: &str, exit: &str| {
        let path = bin.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n'{}' \"$1\"\nexit {exit}\n", desk.program())).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let path = format!("{}:/usr/bin:/bin", bin.display());
    install("explorer.exe", "1");
    let outcome = run(&[("PATH", &path), ("WSL_DISTRO_NAME", "Debian")]);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    std::fs::remove_file(bin.join("explorer.exe")).unwrap();
    install("xdg-open", "0");
    for display in ["DISPLAY", "WAYLAND_DISPLAY"] {
        let outcome = run(&[("PATH", &path), (display, "x")]);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    assert_eq!(desk.opened(), 4);
}

#[test]
fn what_the_browser_would_have_posted_may_be_pasted() {
    for plugin in [&SAML, &OKTA] {
        let desk = Desk::new(plugin, POSTS);
        let response = desk.text("response");
        let encoded = response.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let calls = [
            desk.bare().call().answering(PASTE_URL, &format!("SAMLResponse={encoded}&RelayState=")),
            desk.bare().set("Database", "b").call().cache(1).answering(PASTE_URL, "?").answering(PASTE_URL, &response),
            desk.bare().set("Database", "c").call().cache(1).answering(PASTE_URL, "?"),
        ];
        let outcomes = desk.machine.run(calls);
        let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
        assert_eq!(statuses, [0, 0, 302], "{}", outcomes[2].told());
        let pasted = outcomes[1].raised(PASTE_URL);
        assert!(pasted[0].text.contains("SAMLResponse") && pasted[0].url == URL, "{pasted:?}");
        assert!(pasted[1].text.contains("did not do"), "{pasted:?}");
        assert_eq!(desk.opened(), 0);
    }
}
