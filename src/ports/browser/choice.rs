//! Which programs may open a URL on this machine, best first; or why there is none.

use super::command;
use crate::ports::env::Env;
use crate::ports::files::Files;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Programs of desktops that open a URL in the browser of the user's choice.
const OPENERS: [&str; 4] = ["xdg-open", "sensible-browser", "x-www-browser", "gnome-open"];
/// Where Windows is mounted if it is not in `PATH`.
const EXPLORER: &str = "/mnt/c/Windows/explorer.exe";

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opener {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Whether an exit code other than zero is a failure.
    pub(crate) exit_counts: bool,
}

impl Opener {
    fn with_url(program: PathBuf, url: &str) -> Self {
        Self { program, arguments: vec![url.into()], exit_counts: true }
    }

    /// Without its directories.
    pub(super) fn name(&self) -> String {
        self.program.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Why no browser can be shown; completes "no browser can be shown: …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoBrowser(pub(crate) String);

/// The programs to try, in this order.
pub(super) fn openers(
    url: &str,
    command: Option<&str>,
    env: &Env,
    files: &Files,
    raised: bool,
) -> Result<Vec<Opener>, NoBrowser> {
    let no = |reason: &str| Err(NoBrowser(reason.to_owned()));
    if let Some(line) = command.map(str::trim).filter(|line| !line.is_empty()) {
        return match of_line(line, url) {
            Some(opener) if raised && !opener.program.is_absolute() => {
                no("in a set-uid program browser_command must be an absolute path")
            }
            Some(opener) => Ok(vec![opener]),
            None => no("browser_command is no command line (is a quote open?)"),
        };
    }
    if raised {
        return no("a set-uid program starts none that the environment names");
    }
    if let Some(list) = env.get_set("BROWSER") {
        let all: Vec<_> = list.split(':').filter_map(|line| of_line(line, url)).collect();
        if !all.is_empty() {
            return Ok(all);
        }
    }
    if cfg!(target_os = "macos") {
        return Ok(vec![Opener::with_url("/usr/bin/open".into(), url)]);
    }
    let windows = if is_wsl(env, files) { of_windows(url, env, files) } else { Vec::new() };
    if !windows.is_empty() {
        return Ok(windows);
    }
    of_desktop(url, env, files)
}

fn of_line(line: &str, url: &str) -> Option<Opener> {
    let (program, arguments) = command::with_url(command::words(line)?, url)?;
    Some(Opener { program, arguments, exit_counts: true })
}

/// Windows' own kernel for Linux says so, in a container too; there Windows' programs are missing.
fn is_wsl(env: &Env, files: &Files) -> bool {
    let kernel = || files.read_text(Path::new("/proc/sys/kernel/osrelease"), 4096).unwrap_or_default();
    env.get_set("WSL_DISTRO_NAME").is_some()
        || env.get_set("WSL_INTEROP").is_some()
        || kernel().to_ascii_lowercase().contains("microsoft")
}

/// The browser of Windows. Explorer says 1 however it went.
fn of_windows(url: &str, env: &Env, files: &Files) -> Vec<Opener> {
    let mounted = || files.stamp(Path::new(EXPLORER)).map(|_| PathBuf::from(EXPLORER));
    let explorer = in_path("explorer.exe", env, files).or_else(mounted);
    let explorer = explorer.map(|program| Opener { exit_counts: false, ..Opener::with_url(program, url) });
    let wslview = in_path("wslview", env, files).map(|program| Opener::with_url(program, url));
    explorer.into_iter().chain(wslview).collect()
}

fn of_desktop(url: &str, env: &Env, files: &Files) -> Result<Vec<Opener>, NoBrowser> {
    if env.get_set("DISPLAY").is_none() && env.get_set("WAYLAND_DISPLAY").is_none() {
        let ssh = ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(|name| env.get_set(name).is_some());
        let place = if ssh { "this SSH session has no display" } else { "there is no display" };
        return Err(NoBrowser(format!("{place} (neither DISPLAY nor WAYLAND_DISPLAY is set)")));
    }
    let found: Vec<_> = OPENERS
        .iter()
        .filter_map(|name| in_path(name, env, files))
        .map(|program| Opener::with_url(program, url))
        .collect();
    if found.is_empty() {
        return Err(NoBrowser(format!("no program that opens URLs is installed ({})", OPENERS.join(", "))));
    }
    Ok(found)
}

/// The first program of that name. Relative directories of `PATH` are where the host happens to be, so they do not count.
fn in_path(name: &str, env: &Env, files: &Files) -> Option<PathBuf> {
    let path = env.get_set("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_owned());
    path.split(':')
        .filter(|directory| directory.starts_with('/'))
        .map(|directory| Path::new(directory).join(name))
        .find(|program| files.stamp(program).is_some())
}
