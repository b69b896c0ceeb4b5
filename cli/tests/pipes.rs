//! What a terminal gets and a pipe does not: colours, masks, progress.

use crate::desk::Desk;
use crate::terminal::{Output, Terminal};

fn screen(desk: &Desk, env: &[(&str, &str)], words: &[&str]) -> String {
    let (code, _, screen) = Terminal::start(desk, 100, Output::Terminal, env, words).end();
    assert_eq!(code, 0, "{screen}");
    screen
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let desk = Desk::new();
    let words = ["explain", "-d", "sandbox-keys"];
    assert!(screen(&desk, &[], &words).contains("\x1b[32mready\x1b[0m"));
    assert!(screen(&desk, &[("NO_COLOR", "")], &words).contains('\x1b'), "an empty one says nothing");
    for env in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let plain = screen(&desk, &[env], &words);
        assert!(plain.starts_with("ready:") && !plain.contains('\x1b'), "{plain}");
    }
    assert!(!desk.run(&words).good().contains('\x1b'));
}

#[test]
fn a_terminal_shows_no_password() {
    let desk = Desk::new();
    let password = |screen: &str| {
        let line = screen.lines().find(|line| line.starts_with("password")).unwrap_or_else(|| panic!("{screen}"));
        line["password".len()..].trim().to_owned()
    };
    let words = ["get", "-d", "sandbox-keys"];
    assert!(password(&screen(&desk, &[], &words)).starts_with("********"));
    let wanted = [&words[..], &["--show-secrets"]].concat();
    assert!(password(&screen(&desk, &[], &wanted)).ends_with("=="));
    assert!(password(&desk.run(&words).good()).ends_with("=="));
}

#[test]
fn warnings_are_for_people() {
    let desk = Desk::new();
    let words = ["get", "-d", "sandbox-keys", "Prot=1"];
    let warning = "did you mean Port?";
    assert!(screen(&desk, &[("NO_COLOR", "1")], &words).contains(&format!("\"Prot\" is not a known key; {warning}")));
    desk.run(&words).good();
    assert!(!screen(&desk, &[], &[&words[..], &["--quiet"]].concat()).contains(warning));
    let verbose = desk.run(&[&words[..], &["-v"]].concat());
    assert!(verbose.code == 0 && verbose.err.contains(warning) && verbose.err.contains("info: "), "{verbose:?}");
    let more = desk.run(&[&words[..], &["-vvv"]].concat());
    assert!(!verbose.err.contains("trace: ") && more.err.contains("trace: "), "{more:?}");
}

#[test]
fn who_stops_reading_hears_no_complaint() {
    let desk = Desk::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = desk.command(&["keys"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(141), &b""[..]), "as SIGPIPE ends others");
    assert_eq!(desk.run(&["keys"]).code, 0);
}
