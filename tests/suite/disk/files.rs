//! Files and directories that are not as they should be: the login goes on, with a warning.

use super::{directory, document, dsn, files, login, warnings, with_code, with_ending};
use crate::probe::{Call, Machine, Outcome, Step};
use crate::saml_plugins::ASK_OTP;
use rs_auth_sandbox::Sandbox;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    // SAFETY: no arguments, and it cannot fail.
    unsafe { libc::geteuid() == 0 }
}

#[track_caller]
fn warned(outcome: &Outcome, part: &str) {
    let lines = warnings(outcome);
    assert!(lines.iter().any(|line| line.contains(part)), "{part:?} in {lines:?}");
}

#[test]
fn files_that_cannot_be_trusted_are_ignored_and_replaced() {
    type Spoil = fn(&Path);
    let mut spoils: Vec<(&str, Spoil)> = vec![
        ("damaged", |path| fs::write(path, "").unwrap()),
        ("damaged", |path| fs::write(path, &fs::read(path).unwrap()[..200]).unwrap()),
        ("another version", |path| fs::write(path, "{\"version\":9,\"what\":[]}").unwrap()),
        ("too large", |path| fs::write(path, vec![b'['; 1024 * 1024]).unwrap()),
        ("open to others (mode 640)", |path| set_mode(path, 0o640)),
        ("is a link", |path| {
            fs::rename(path, path.with_extension("elsewhere")).unwrap();
            symlink(path.with_extension("elsewhere"), path).unwrap();
        }),
    ];
    if is_root() {
        spoils.push(("belongs to another user", |path| chown(path, Some(12345), None).unwrap()));
    }
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let call = || with_code(&dsn(&sandbox));
    login(&machine, &sandbox, call());
    for (why, spoil) in spoils {
        spoil(&document(&directory(&machine)));
        let (outcome, asked) = login(&machine, &sandbox, call());
        assert!(asked, "{why}");
        warned(&outcome, why);
        let (outcome, asked) = login(&machine, &sandbox, call());
        assert!(!asked, "{why}: it was replaced");
        assert_eq!(warnings(&outcome), Vec::<&str>::new());
    }
}

#[test]
fn what_a_killed_process_left_behind_is_no_hindrance() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let call = || with_code(&dsn(&sandbox));
    login(&machine, &sandbox, call());
    // Killed between the write and the rename: half a file under the other name, and nothing under the right one.
    let path = document(&directory(&machine));
    let unfinished = path.with_extension("v1.new");
    fs::write(&unfinished, &fs::read(&path).unwrap()[..100]).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(login(&machine, &sandbox, call()).1);
    assert!(!unfinished.exists() && path.exists());
    assert!(!login(&machine, &sandbox, call()).1);
}

#[test]
fn the_xdg_directory_and_one_of_the_dsn() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let xdg = machine.path("xdg");
    let machine = machine.env("XDG_CACHE_HOME", xdg.display());
    assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    assert!(!login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    assert!(document(&xdg.join("rs_auth")).exists());
    let given = machine.path("given/deep");
    let dsn = dsn(&sandbox).set("cache_dir", &given.display().to_string());
    assert!(login(&machine, &sandbox, with_code(&dsn)).1);
    assert!(!login(&machine, &sandbox, with_code(&dsn)).1);
    assert_eq!(machine.one(Step::Forget(Box::new(dsn.call()))).status, 0);
    assert!(login(&machine, &sandbox, with_code(&dsn)).1);
    assert!(!directory(&machine).exists());
    // One that somebody made without care is closed, as long as it holds nothing else.
    fs::set_permissions(&given, Permissions::from_mode(0o755)).unwrap();
    assert!(!login(&machine, &sandbox, with_code(&dsn)).1);
    assert_eq!(fs::metadata(&given).unwrap().permissions().mode() & 0o777, 0o700);
    set_mode(&given, 0o755);
    fs::write(given.join("letters"), "").unwrap();
    let (outcome, asked) = login(&machine, &sandbox, with_code(&dsn));
    assert!(asked);
    warned(&outcome, "open to others (mode 755)");
}

#[test]
fn a_directory_of_no_use_is_a_warning() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    fs::write(machine.path("file"), "").unwrap();
    fs::create_dir(machine.path("real")).unwrap();
    symlink(machine.path("real"), machine.path("link")).unwrap();
    fs::create_dir(machine.path("foreign")).unwrap();
    let mut places = vec![
        (machine.path("file"), "no directory"),
        (machine.path("file/below"), "no directory"),
        (machine.path("link"), "link"),
        ("relative/path".into(), "not absolute"),
        ("/proc/nowhere".into(), "cannot be made"),
    ];
    if is_root() {
        chown(machine.path("foreign"), Some(12345), None).unwrap();
        places.push((machine.path("foreign"), "belongs to another user"));
    }
    for (place, why) in places {
        let dsn = dsn(&sandbox).set("cache_dir", &place.display().to_string());
        for _ in 0..2 {
            let (outcome, asked) = login(&machine, &sandbox, with_code(&dsn));
            assert!(asked, "{place:?}");
            warned(&outcome, why);
        }
    }
    assert_eq!(fs::read_dir(machine.path("real")).unwrap().count(), 0);
    let homeless = Machine::new().without_env("HOME");
    let (outcome, _) = login(&homeless, &sandbox, with_code(&dsn(&sandbox)));
    warned(&outcome, "neither XDG_CACHE_HOME nor HOME");
}

#[test]
fn a_disk_without_room_is_a_warning() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    // The key and the lock have room, a login has not.
    let limit = Step::LargestFile(512);
    let outcome = crate::probe::only(machine.run([limit, with_code(&dsn(&sandbox)).into()]));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    warned(&outcome, "cannot be kept on disk");
    assert_eq!(with_ending(&directory(&machine), "v1").len(), 0);
    assert_eq!(with_ending(&directory(&machine), "new").len(), 0);
    // The next one, with room again.
    assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    assert!(!login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    let nothing = Machine::new();
    let outcome = crate::probe::only(nothing.run([Step::LargestFile(0), with_code(&dsn(&sandbox)).into()]));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    warned(&outcome, "takes no file");
}

#[test]
fn a_directory_that_cannot_be_written_is_a_warning() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    let (path, call) = (directory(&machine), with_code(&dsn(&sandbox)));
    let one = |call: Call| crate::probe::only(machine.run([Step::ObeyModes, call.into()]));
    for (mode, asked) in [(0o500, false), (0o700, false), (0o000, true)] {
        set_mode(&path, mode);
        let outcome = one(call.clone());
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(outcome.events.contains(&ASK_OTP), asked, "{mode:o}");
        assert_eq!(warnings(&outcome).is_empty(), !asked);
    }
    set_mode(&path, 0o500);
    let outcome = one(call.scope("another"));
    assert_eq!((outcome.status, outcome.events.contains(&ASK_OTP)), (0, true));
    warned(&outcome, "cannot be locked");
    warned(&outcome, "cannot be kept on disk");
    set_mode(&path, 0o700);
}

/// When the directory was read the last time, as far as the file system notes it: set back first, so that it would.
fn read_since(directory: &Path, with: impl FnOnce()) -> bool {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_hours(24);
    let handle = fs::File::open(directory).unwrap();
    handle.set_times(fs::FileTimes::new().set_accessed(long_ago)).unwrap();
    with();
    fs::metadata(directory).unwrap().accessed().unwrap() != long_ago
}

#[test]
fn a_hundred_thousand_files_are_not_looked_through() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    login(&machine, &sandbox, with_code(&dsn(&sandbox)));
    let path = directory(&machine);
    for n in 0..100_000 {
        fs::File::create_new(path.join(format!("{n:064x}.v1"))).unwrap();
    }
    let looked_through = read_since(&path, || {
        let (outcome, asked) = login(&machine, &sandbox, with_code(&dsn(&sandbox)));
        assert!(!asked && outcome.elapsed_ms < 2000, "{}", outcome.elapsed_ms);
        assert_eq!(machine.one(Step::Forget(Box::new(dsn(&sandbox).call()))).status, 0);
        assert!(login(&machine, &sandbox, with_code(&dsn(&sandbox))).1);
    });
    assert!(!looked_through);
    // The control. Some machines mount without these times, and nothing can be told there.
    let without_times = fs::read_to_string("/proc/self/mounts").unwrap().contains("noatime");
    assert!(read_since(&path, || assert!(files(&path).len() > 100_000)) || without_times);
}
