use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Instant;
use tempfile::TempDir;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A program that runs this shell text in its directory.
fn program(body: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("opener");
    fs::write(&path, format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{body}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    (directory, path)
}

fn run(body: &str, arguments: &[&str]) -> (TempDir, Started) {
    let (directory, path) = program(body);
    let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
    let started = runtime().block_on(start(&path, &arguments));
    (directory, started)
}

fn read_when_written(path: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(10);
    while !path.exists() {
        assert!(Instant::now() < until, "{} is not written", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::read_to_string(path).unwrap()
}

/// Children of this process that have ended and were not waited for.
fn zombies_of_ours(name: &str) -> usize {
    let me = std::process::id().to_string();
    let stats =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    stats
        .filter(|stat| {
            let (head, rest) = stat.rsplit_once(") ").unwrap_or_default();
            let mut fields = rest.split(' ');
            head.ends_with(&format!("({name}")) && fields.next() == Some("Z") && fields.next() == Some(me.as_str())
        })
        .count()
}

#[test]
fn arguments_come_as_they_are() {
    let url = "https://a/?x=$(touch hit)&y=`z`;%20*";
    let (directory, started) = run("printf '%s' \"$#:$1\" > seen.new; mv seen.new seen", &[url]);
    assert_eq!(started, Started::Well);
    assert_eq!(read_when_written(&directory.path().join("seen")), format!("1:{url}"));
    assert!(!directory.path().join("hit").exists());
}

#[test]
fn a_quick_failure_is_told() {
    assert_eq!(run("exit 3", &[]).1, Started::Failed(3));
    assert_eq!(run("kill -9 $$", &[]).1, Started::Failed(137));
    let (directory, path) = program("exit 0");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(runtime().block_on(start(&path, &[])), Started::Missing(_)));
    let missing = directory.path().join("missing");
    assert!(matches!(runtime().block_on(start(&missing, &[])), Started::Missing(_)));
}

#[test]
fn one_that_stays_is_started_and_lives_on_as_nobodys_child() {
    let began = Instant::now();
    let (directory, started) = run("echo $$ > pid.new; mv pid.new pid; exec sleep 1000", &[]);
    assert_eq!(started, Started::Well);
    assert!(began.elapsed() >= Duration::from_millis(1500) && began.elapsed() < Duration::from_secs(8));
    let pid = read_when_written(&directory.path().join("pid"));
    let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap().trim().to_owned();
    assert_ne!(parent, std::process::id().to_string());
    end(&pid);
    assert_eq!(zombies_of_ours("sleep"), 0);
}

/// A call that ends early leaves the browser open, and the host without a child.
#[test]
fn dropping_the_watch_leaves_the_program_alone() {
    let (directory, path) = program("echo $$ > pid.new; mv pid.new pid; exec sleep 1000");
    let pid = directory.path().join("pid");
    runtime().block_on(async {
        tokio::select! {
            started = start(&path, &[]) => panic!("{started:?}"),
            () = async { while !pid.exists() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
        }
    });
    let pid = read_when_written(&pid);
    assert!(Path::new("/proc").join(pid.trim()).exists(), "it lives on");
    end(&pid);
}

fn end(pid: &str) {
    // SAFETY: the program that this test has started.
    assert_eq!(unsafe { libc::kill(pid.trim().parse().unwrap(), libc::SIGKILL) }, 0);
}

#[test]
fn it_gets_nothing_of_the_host() {
    // The shell reads its mask by itself: while it starts a program it blocks all signals for a moment.
    let mask = "while read -r name bits; do [ $name != SigBlk: ] || echo $bits; done < /proc/$$/status > mask";
    let body = format!("ls -l /proc/$$/fd > fds; {mask}; cat > input; echo > done");
    let directory = tempfile::tempdir().unwrap();
    let file = fs::File::create(directory.path().join("kept")).unwrap();
    // SAFETY: clears the flag of a descriptor that this test owns, as careless hosts leave theirs.
    assert_eq!(unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), libc::F_SETFD, 0) }, 0);
    let control = Command::new("ls").args(["-l", "/proc/self/fd"]).output().unwrap();
    assert!(String::from_utf8_lossy(&control.stdout).contains("kept"), "the control");
    let (own, path) = program(&body);
    let started = std::thread::spawn(move || {
        // SAFETY: the set is filled before use; only this thread's mask changes.
        unsafe {
            let mut all = std::mem::zeroed::<libc::sigset_t>();
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
        }
        runtime().block_on(start(&path, &[]))
    });
    assert_eq!(started.join().unwrap(), Started::Well);
    read_when_written(&own.path().join("done"));
    let text = |name: &str| fs::read_to_string(own.path().join(name)).unwrap();
    assert!(!text("fds").contains("kept") && text("fds").contains("/dev/null"), "{}", text("fds"));
    assert_eq!((text("mask").as_str(), text("input").as_str()), ("0000000000000000\n", ""));
}
