//! Which browser is started where.

use super::choice::openers;
use super::fake::{self, Runs};
use super::*;
use crate::log::memory;

const URL: &str = "https://sso.example.com/app?a=1&b=%20(x)";

fn env(pairs: &[(&str, &str)]) -> Env {
    let path = ("PATH", "/usr/bin:/opt/bin");
    Env::from_pairs(std::iter::once(&path).chain(pairs).map(|(name, value)| (*name, *value)))
}

fn files(paths: &[&str]) -> Files {
    Files::from_pairs(paths.iter().map(|path| (*path, "")))
}

/// Program and arguments of each choice, in one line.
fn choices(command: Option<&str>, env: &Env, files: &Files, raised: bool) -> Result<Vec<String>, String> {
    let all = openers(URL, command, env, files, raised).map_err(|no| no.0)?;
    let line = |opener: &Opener| {
        let words = opener.arguments.iter().map(|word| word.to_str().unwrap().replace(URL, "URL"));
        let words: Vec<_> = words.map(|word| format!(" [{word}]")).collect();
        let exit = if opener.exit_counts { "" } else { " (any exit)" };
        format!("{}{}{exit}", opener.program.display(), words.concat())
    };
    Ok(all.iter().map(line).collect())
}

fn chosen(pairs: &[(&str, &str)], paths: &[&str]) -> Result<Vec<String>, String> {
    choices(None, &env(pairs), &files(paths), false)
}

#[cfg(not(target_os = "macos"))]
#[test]
fn a_desktop_has_a_display_and_an_opener() {
    let installed = ["/opt/bin/x-www-browser", "/usr/bin/xdg-open"];
    for display in ["DISPLAY", "WAYLAND_DISPLAY"] {
        let found = chosen(&[(display, ":0")], &installed).unwrap();
        assert_eq!(found, ["/usr/bin/xdg-open [URL]", "/opt/bin/x-www-browser [URL]"]);
    }
    // X11 over SSH is a display.
    assert!(chosen(&[("DISPLAY", "localhost:10.0"), ("SSH_CONNECTION", "x")], &installed).is_ok());
    let none = chosen(&[("DISPLAY", "")], &installed).unwrap_err();
    assert!(none.contains("no display") && none.contains("WAYLAND_DISPLAY") && !none.contains("SSH"), "{none}");
    assert!(chosen(&[("SSH_CONNECTION", "x")], &installed).unwrap_err().contains("SSH session"));
    assert!(chosen(&[("DISPLAY", ":0")], &["/bin/xdg-open"]).unwrap_err().contains("xdg-open"));
    let relative = Env::from_pairs([("PATH", ".:bin"), ("DISPLAY", ":0")]);
    assert!(choices(None, &relative, &files(&["./xdg-open", "bin/xdg-open"]), false).is_err());
}

#[test]
fn a_command_holds_whatever_the_display() {
    let none = (env(&[]), files(&[]));
    for (command, line) in [
        ("firefox", "firefox [URL]"),
        (" /opt/b/firefox -P 'my work' --new=%s ", "/opt/b/firefox [-P] [my work] [--new=URL]"),
        ("\"/opt/my browser\" %s 100%%", "/opt/my browser [URL] [100%]"),
        ("b ''", "b [] [URL]"),
        ("b $(x) `y` ; z & %", "b [$(x)] [`y`] [;] [z] [&] [%] [URL]"),
    ] {
        assert_eq!(choices(Some(command), &none.0, &none.1, false).unwrap(), [line], "{command}");
    }
    assert!(choices(Some("b 'open"), &none.0, &none.1, false).unwrap_err().contains("browser_command"));
    let list = chosen(&[("BROWSER", "first --x %s::second")], &[]).unwrap();
    assert_eq!(list, ["first [--x] [URL]", "second [URL]"]);
    let both = env(&[("BROWSER", "other"), ("WSL_INTEROP", "x")]);
    assert_eq!(choices(Some("mine"), &both, &none.1, false).unwrap(), ["mine [URL]"], "the key wins");
}

#[cfg(not(target_os = "macos"))]
#[test]
fn windows_shows_the_page_for_its_linux() {
    let programs = ["/opt/bin/explorer.exe", "/usr/bin/wslview", "/usr/bin/xdg-open"];
    let windows = ["/opt/bin/explorer.exe [URL] (any exit)", "/usr/bin/wslview [URL]"];
    // Before anything is said of displays and SSH.
    let variables = [("WSL_DISTRO_NAME", "Debian"), ("DISPLAY", ":0"), ("SSH_CONNECTION", "x")];
    assert_eq!(chosen(&variables, &programs).unwrap(), windows);
    let by_kernel = files(&programs);
    by_kernel.put("/proc/sys/kernel/osrelease", "5.15.153.1-Microsoft-standard-WSL2\n");
    assert_eq!(choices(None, &env(&[]), &by_kernel, false).unwrap(), windows);
    let other = files(&programs);
    other.put("/proc/sys/kernel/osrelease", "6.12.0-generic\n");
    assert!(choices(None, &env(&[]), &other, false).is_err(), "the control");
    // Not in PATH, but where Windows is mounted.
    let mounted = chosen(&[("WSL_DISTRO_NAME", "x")], &["/mnt/c/Windows/explorer.exe"]).unwrap();
    assert_eq!(mounted, ["/mnt/c/Windows/explorer.exe [URL] (any exit)"]);
    // A container there has neither.
    assert!(chosen(&[("WSL_DISTRO_NAME", "x")], &[]).unwrap_err().contains("no display"));
}

#[test]
fn a_set_uid_program_believes_nothing_of_the_environment() {
    let env = env(&[("BROWSER", "/tmp/evil"), ("DISPLAY", ":0"), ("WSL_INTEROP", "x")]);
    let files = files(&["/usr/bin/xdg-open", "/usr/bin/explorer.exe"]);
    assert!(choices(None, &env, &files, true).unwrap_err().contains("set-uid"));
    assert!(choices(Some("evil"), &env, &files, true).unwrap_err().contains("absolute"));
    assert_eq!(choices(Some("/opt/b"), &env, &files, true).unwrap(), ["/opt/b [URL]"]);
    assert!(choices(None, &env, &files, false).is_ok(), "the control");
}

async fn open(browser: &(Browser, Runs), variables: &[(&str, &str)]) -> (Result<(), NoBrowser>, Vec<String>) {
    let (log, _) = memory::log();
    let opened = browser.0.open(URL, None, &env(variables), &files(&[]), &log).await;
    let runs = browser.1.lock().unwrap().iter().map(Opener::name).collect();
    (opened, runs)
}

#[tokio::test]
async fn one_after_the_other_until_one_does_not_fail() {
    let outcome = |opener: &Opener| match opener.name().as_str() {
        "gone" => Started::Missing("No such file".to_owned()),
        "three" => Started::Failed(3),
        _ => Started::Well,
    };
    let (opened, runs) = open(&fake::browser(outcome), &[("BROWSER", "gone:three:good:more")]).await;
    assert_eq!((opened, runs), (Ok(()), ["gone", "three", "good"].map(str::to_owned).to_vec()));
    let (opened, _) = open(&fake::browser(outcome), &[("BROWSER", "gone:three")]).await;
    assert_eq!(opened.unwrap_err().0, "gone cannot be started (No such file), three failed (exit code 3)");
    let (opened, runs) = open(&(fake::browser(outcome).0.raised(), Runs::default()), &[("BROWSER", "good")]).await;
    assert!(opened.is_err() && runs.is_empty());
}

#[test]
fn only_urls_that_no_program_takes_apart() {
    for url in [URL, "http://localhost:7890/x", "http://127.0.0.1/", "http://[::1]:1/?a=(b)&c=%7C", "HTTPS://a/"] {
        assert_eq!(check(url), Ok(()), "{url}");
    }
    for letter in [' ', '\t', '\n', '\u{0}', '\u{7f}', '"', '\'', '\\', '|', '<', '>', '^', '\u{a0}'] {
        let fault = check(&format!("https://a/?x={letter}y")).unwrap_err();
        assert!(fault.contains("character 14"), "{letter:?}: {fault}");
    }
    for url in [
        "http://example.com/",
        "file:///etc/passwd",
        "javascript:x",
        "ftp://a/",
        "--version",
        "",
        "http://localhost.example.com/",
    ] {
        assert!(check(url).is_err(), "{url}");
    }
}
