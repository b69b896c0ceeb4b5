//! What browser plugins share with all other methods.

use super::{Desk, POSTS, SAML};

#[test]
fn an_aws_profile_may_name_the_plugin() {
    let desk = Desk::new(&SAML, POSTS);
    let dsn = desk.dsn();
    let of_profile = ["plugin_name", "login_url", "listen_port", "browser_command"];
    let lines: String = dsn
        .pairs()
        .iter()
        .filter(|(key, _)| of_profile.contains(&key.as_str()))
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    std::fs::create_dir(desk.machine.path(".aws")).unwrap();
    std::fs::write(desk.machine.path(".aws/config"), format!("[profile sso]\n{lines}")).unwrap();
    let bare = of_profile.iter().fold(dsn, |dsn, key| dsn.without(key)).set("Profile", "sso");
    let outcome = desk.one(&bare);
    assert_eq!((outcome.status, outcome.plugin.as_str()), (0, "BrowserSAML"), "{}", outcome.told());
    assert_eq!(desk.opened(), 1);
}

#[test]
fn aws_keys_for_other_tools() {
    let desk = Desk::new(&SAML, POSTS);
    let outcome = desk.machine.one(desk.dsn().call().entry("aws"));
    assert_eq!((outcome.status, outcome.kind), (0, 3), "{}", outcome.told());
    assert!(outcome.access_key_id.starts_with("ASIA"), "{}", outcome.access_key_id);
}

/// A browser that stays in the foreground outlives the login, and is no child of the host.
#[test]
fn the_browser_may_stay_open() {
    let desk = Desk::new(&SAML, "post response; echo $$ > pid.new; mv pid.new pid; exec sleep 1000");
    let outcomes = desk.machine.run([crate::probe::Step::Count, desk.dsn().call().into(), crate::probe::Step::Count]);
    assert_eq!(outcomes[1].status, 0, "{}", outcomes[1].told());
    assert!(outcomes[2].count <= outcomes[0].count, "threads");
    desk.page();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while desk.text("pid").is_empty() {
        assert!(std::time::Instant::now() < until);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid: i32 = desk.text("pid").trim().parse().unwrap();
    // SAFETY: the program that this test has started.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGKILL) }, 0, "it lives on");
}
