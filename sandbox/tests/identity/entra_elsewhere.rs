//! A browser on another machine than the login's.

use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::browser::End;

use crate::common::listener::Listener;
use crate::entra_browser::{authorize_url, browser};

#[test]
fn a_browser_elsewhere_ends_where_nobody_answers() {
    let (sandbox, listener) = (Sandbox::start(), Listener::start("127.0.0.1"));
    for (mode, shows) in [("query", true), ("form_post", false)] {
        let mut browser = browser(&sandbox, "alice");
        browser.is_elsewhere = true;
        let page = browser.visit(&authorize_url(&sandbox, &listener, &[("response_mode", mode)])).unwrap();
        assert_eq!((page.end, page.reached_listener, page.url.contains("code=")), (End::Unreachable, false, shows));
    }
    assert!(listener.seen().is_empty());
}
