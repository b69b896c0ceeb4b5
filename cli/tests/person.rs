//! The person at the terminal: what is asked there and shown there.

use crate::desk::{Desk, Ended, member};
use crate::terminal::{Output, Terminal};
use rs_auth_sandbox::identity::{BOB_PASSWORD, PASSWORD, TOTP_SEED, totp};
use std::time::SystemTime;

fn at(desk: &Desk, arguments: &[&str]) -> Terminal {
    Terminal::start(desk, 100, Output::Pipe, &[], arguments)
}

fn code() -> String {
    totp(TOTP_SEED, SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap()
}

#[test]
fn a_secret_is_asked_for_without_echo() {
    let desk = Desk::new();
    let mut terminal = at(&desk, &["get", "-o", "json", "-d", "sandbox-adfs", "pwd"]);
    terminal.expect("pwd: ");
    assert!(!terminal.echoes());
    terminal.enter(&format!("x\x15{PASSWORD}!\x7f"));
    let (code, out, screen) = terminal.end();
    assert_eq!((code, member(&out, "/user")), (0, "IAMA:alice".into()), "{screen}");
    assert!(!screen.contains(PASSWORD) && !screen.contains("Sandbox"), "{screen}");
    let mut terminal = at(&desk, &["get", "-d", "sandbox-adfs", "pwd"]);
    terminal.expect("pwd: ");
    terminal.enter("wrong");
    assert_eq!(terminal.end().0, 4);
}

#[test]
fn a_code_of_the_second_factor_is_asked_for() {
    let desk = Desk::new();
    let words = ["get", "-o", "json", "-d", "sandbox-okta", "UID=totp"];
    let mut terminal = at(&desk, &words);
    terminal.expect("Code: ");
    terminal.enter("");
    terminal.expect("Code: ");
    terminal.enter("000000");
    terminal.expect("Code: ");
    terminal.enter(&code());
    let (ended, out, screen) = terminal.end();
    assert_eq!((ended, member(&out, "/user")), (0, "IAM:totp".into()), "{screen}");
    // What a person did is on disk, until it is forgotten; a login in a pipe cannot ask.
    let again = desk.run(&words).good();
    assert_eq!(member(&again, "/kind"), "db_password");
    let quiet = [&words[..], &["--cache", "off"]].concat();
    assert_eq!(desk.run(&quiet).code, 4);
    desk.run(&["forget", "-d", "sandbox-okta", "UID=totp"]).good();
    assert_eq!(desk.run(&words).code, 4);
}

#[test]
fn a_factor_and_a_role_are_picked_by_number() {
    let desk = Desk::new();
    let mut terminal = at(&desk, &["get", "-o", "json", "-d", "sandbox-okta", "UID=factors", "--cache", "off"]);
    terminal.expect("1  ");
    terminal.expect("Number (1 to ");
    let screen_of_factors = ["sms", "123456"];
    // The list is in the provider's order: the number of the text message stands before its name.
    terminal.enter("99");
    // What is typed before the next question is thrown away.
    terminal.expect("none of the numbers.\r\nNumber (1 to ");
    terminal.press("\x04");
    let (code, _, screen) = terminal.end();
    assert_eq!(code, 6, "who closes the question ends the login: {screen}");
    let line = screen.lines().find(|line| line.contains(screen_of_factors[0])).unwrap_or_else(|| panic!("{screen}"));
    let number = line.split_whitespace().next().unwrap().to_owned();
    let mut terminal = at(&desk, &["get", "-o", "json", "-d", "sandbox-okta", "UID=factors", "--cache", "off"]);
    terminal.expect("Number (1 to ");
    terminal.enter(&number);
    terminal.expect("Code: ");
    terminal.enter(screen_of_factors[1]);
    assert_eq!(terminal.end().0, 0);

    let password = format!("PWD={BOB_PASSWORD}");
    let bob = ["get", "-o", "json", "-d", "sandbox-adfs", "UID=bob", "DbUser=bob", &password];
    for (number, role) in [("1", "sandbox-role"), ("2", "sandbox-long-role")] {
        let mut terminal = at(&desk, &bob);
        terminal.expect("1  arn:aws:iam::123456789012:role/sandbox-role");
        terminal.expect("2  arn:aws:iam::123456789012:role/sandbox-long-role");
        terminal.expect("Number (1 to 2): ");
        terminal.enter(number);
        let (code, out, screen) = terminal.end();
        assert_eq!(code, 0, "{screen}");
        assert!(member(&out, "/aws/role_arn").as_str().unwrap().ends_with(role), "{out}");
    }
}

#[test]
fn the_number_to_tap_is_shown() {
    let desk = Desk::new();
    let mut terminal = at(&desk, &["get", "-d", "sandbox-okta", "UID=number"]);
    terminal.expect("42");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn a_device_code_is_shown_with_a_code_for_the_camera() {
    let desk = Desk::new();
    for (columns, more, has_camera) in [(100, None, true), (30, None, false), (100, Some("--no-qr"), false)] {
        let mut words = vec!["get", "-o", "json", "-d", "sandbox-browser-azure-token", "--cache", "off"];
        words.extend(more);
        let mut terminal = Terminal::start(&desk, columns, Output::Pipe, &[("NO_COLOR", "1")], &words);
        terminal.expect("/common/oauth2/deviceauth\r\n");
        let code = terminal.line_with(|line| {
            line.starts_with("  ") && !line.trim().is_empty() && !line.contains(['/', '█', '▀', '▄'])
        });
        assert!(desk.sandbox.decide_device(code.trim(), Some("alice")), "{code}");
        let (ended, out, screen) = terminal.end();
        assert_eq!((ended, member(&out, "/kind")), (0, "native_token".into()), "{screen}");
        assert_eq!(screen.contains('█'), has_camera, "{columns} {more:?}: {screen}");
    }
}

#[test]
fn the_url_of_a_browser_elsewhere_is_pasted() {
    let desk = Desk::new();
    let words = ["get", "-o", "json", "-d", "sandbox-browser-saml", "listen_port=0", "--no-qr"];
    let mut terminal = at(&desk, &words);
    terminal.expect("URL at which the browser ended: ");
    let response = desk.sandbox.assertion_for("alice");
    assert!(response.len() > 4096, "longer than a terminal's own line: {}", response.len());
    terminal.enter(&response);
    let (code, out, screen) = terminal.end();
    assert_eq!((code, member(&out, "/user")), (0, "IAMA:alice".into()), "{screen}");
    let piped = desk.run(&words);
    assert_eq!(piped.code, 0, "the sign-in is stored: {}", piped.err);
    let piped = desk.run(&[&words[..], &["--cache", "off"]].concat());
    assert!(piped.code == 4 && piped.err.contains("NO_BROWSER"), "{piped:?}");
}

#[test]
fn ctrl_c_ends_a_question_and_leaves_the_terminal_as_it_was() {
    let desk = Desk::new();
    for words in [&["get", "-d", "sandbox-adfs", "PWD"][..], &["get", "-d", "sandbox-okta", "UID=totp"]] {
        let mut terminal = at(&desk, words);
        terminal.expect(if words.len() == 4 && words[3] == "PWD" { "PWD: " } else { "Code: " });
        assert!(!terminal.echoes());
        terminal.press("\x03");
        let (code, out, screen) = terminal.end();
        assert_eq!((code, out.as_str()), (130, ""), "{screen}");
    }
}

#[test]
fn a_question_ends_with_the_time_limit() {
    let desk = Desk::new();
    let mut terminal = at(&desk, &["get", "-d", "sandbox-okta", "UID=totp", "--timeout", "2"]);
    terminal.expect("Code: ");
    let (code, _, screen) = terminal.end();
    assert!(code == 6 && screen.contains("RS_AUTH_STATUS_TIMEOUT"), "{screen}");
}

#[test]
fn who_wants_quiet_is_not_asked() {
    let desk = Desk::new();
    let terminal = at(&desk, &["get", "--quiet", "-d", "sandbox-okta", "UID=totp"]);
    let (code, _, screen) = terminal.end();
    assert!(code == 4 && !screen.contains("Code: "), "{screen}");
    let ended: Ended = desk.run(&["get", "-d", "sandbox-okta", "UID=totp"]);
    assert_eq!(ended.code, 4, "nor who is not at a terminal");
}
