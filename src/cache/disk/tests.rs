use super::document::VERSION;
use super::*;
use crate::cache::key::KeyBuilder;
use crate::credentials::{AwsKeys, Held, Identity, NativeToken, Proved};
use crate::options::{EventKind, Reply};
use crate::plugin::fixture::{Desk, NOW_MS as NOW};
use crate::ports::Ports;
use crate::ports::prompt::fake::person;
use crate::ports::store::{Document, Store};
use crate::secret::{ExposeSecret, secret};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

const MINUTE: i64 = 60_000;

fn key(name: &str) -> CacheKey {
    KeyBuilder::new(name).finish()
}

fn wish(name: &str) -> Wish {
    let registration = Box::new(|parts: &[&str]| key(&parts.join("|")));
    Wish { identity: key(name), registration, refused: Refused::Nothing }
}

/// A desk and what was logged at it.
fn desk() -> (Ports, Arc<crate::log::memory::Lines>) {
    let desk = Desk::new(&[], []);
    (desk.ports, desk.lines)
}

fn keys(id: &str) -> Identity {
    let keys = AwsKeys {
        access_key_id: id.to_owned(),
        secret_access_key: secret("s"),
        session_token: Some(secret("t")),
        expires_at: Some(NOW + 60 * MINUTE),
        role_arn: None,
    };
    let held = Held::Keys(Proved { keys, plugin: "Okta".to_owned(), claims: None });
    Identity { held, by_person: true, obtained_at: NOW }
}

fn token(text: &str) -> Identity {
    let token =
        NativeToken { token: secret(text), token_type: None, idp_type: None, expires_at: Some(NOW + 60 * MINUTE) };
    Identity { held: Held::Token(token, "BrowserIdcAuthPlugin".to_owned()), by_person: true, obtained_at: NOW }
}

async fn open(home: &TempDir, wish: Wish, ports: &Ports) -> SignIn {
    SignIn::open(&home.path().join("d"), wish, ports).await.unwrap()
}

/// What a login finds, by what tells it from others; `None`: it signs in.
async fn finds(home: &TempDir, wish: Wish, ports: &Ports) -> Option<String> {
    let found = open(home, wish, ports).await.find(ports).await.unwrap();
    found.map(|found| found.distinction().to_owned())
}

/// A sign-in that brings `identity`.
async fn signs_in(home: &TempDir, name: &str, identity: &Identity) {
    let (ports, _) = desk();
    let mut sign_in = open(home, wish(name), &ports).await;
    assert!(sign_in.find(&ports).await.unwrap().is_none());
    sign_in.done(identity);
}

fn files(home: &TempDir) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(home.path().join("d")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The one document there is.
fn document(home: &TempDir) -> PathBuf {
    let extension = format!("v{VERSION}");
    let mut documents: Vec<_> =
        files(home).into_iter().filter(|path| path.extension().is_some_and(|end| end == extension.as_str())).collect();
    assert_eq!(documents.len(), 1, "{documents:?}");
    documents.remove(0)
}

fn refusing(name: &str, refused: Refused) -> Wish {
    Wish { refused, ..wish(name) }
}

#[tokio::test]
async fn what_one_login_keeps_the_next_one_finds() {
    let home = tempfile::tempdir().unwrap();
    signs_in(&home, "a", &keys("A")).await;
    let (ports, lines) = desk();
    assert_eq!(finds(&home, wish("a"), &ports).await.as_deref(), Some("A"));
    assert_eq!(finds(&home, wish("b"), &ports).await, None);
    assert!(lines.0.lock().unwrap().iter().all(|line| !line.starts_with("WARN")));
    for path in files(&home) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{path:?}");
        let bytes = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(sort_of(&name).is_some() && !name.contains(&hexadecimal(key("a").bytes())), "{name}");
        assert!(bytes.len() < 4096);
    }
    // Another user's key gives other names.
    fs::write(home.path().join("d/key"), [7; 32]).unwrap();
    assert_eq!(finds(&home, wish("a"), &ports).await, None);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[tokio::test]
async fn what_nobody_had_to_do_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    signs_in(&home, "a", &Identity { by_person: false, ..keys("A") }).await;
    let endless = token("t");
    let Held::Token(native, plugin) = endless.held else { panic!() };
    let endless = Identity { held: Held::Token(NativeToken { expires_at: None, ..native }, plugin), ..token("t") };
    signs_in(&home, "b", &endless).await;
    assert_eq!(files(&home).len(), 4, "the key and three locks: {:?}", files(&home));
}

#[tokio::test]
async fn what_cannot_be_trusted_is_replaced() {
    type Spoil = fn(&std::path::Path);
    let spoils: [(&str, Spoil); 5] = [
        ("damaged", |path| fs::write(path, "").unwrap()),
        ("damaged", |path| fs::write(path, &fs::read(path).unwrap()[..100]).unwrap()),
        ("another version", |path| fs::write(path, r#"{"version":2,"more":{}}"#).unwrap()),
        ("too large", |path| fs::write(path, vec![b' '; 300 * 1024]).unwrap()),
        ("mode 640", |path| fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap()),
    ];
    for (why, spoil) in spoils {
        let home = tempfile::tempdir().unwrap();
        signs_in(&home, "a", &keys("A")).await;
        let path = document(&home);
        spoil(&path);
        let (ports, lines) = desk();
        let mut sign_in = open(&home, wish("a"), &ports).await;
        assert!(sign_in.find(&ports).await.unwrap().is_none(), "{why}");
        sign_in.done(&keys("B"));
        let told = |line: &String| line.starts_with("WARN cache:") && line.contains(why) && line.contains("replaced");
        assert!(lines.0.lock().unwrap().iter().any(told), "{why}: {:?}", lines.0.lock().unwrap());
        assert_eq!(finds(&home, wish("a"), &desk().0).await.as_deref(), Some("B"));
    }
}

#[tokio::test]
async fn the_key_of_the_user_is_as_private() {
    for (why, content, mode) in [("damaged", vec![1; 31], 0o600), ("mode 644", vec![1; 32], 0o644)] {
        let home = tempfile::tempdir().unwrap();
        signs_in(&home, "a", &keys("A")).await;
        let path = home.path().join("d/key");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let (ports, lines) = desk();
        assert_eq!(finds(&home, wish("a"), &ports).await, None);
        let told = lines.0.lock().unwrap().join("\n");
        assert!(told.contains(why) && told.contains("key"), "{told}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap().len(), 32);
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_serves_nothing() {
    let home = tempfile::tempdir().unwrap();
    signs_in(&home, "a", &keys("A")).await;
    let (ports, _) = desk();
    ports.clock.advance(55 * MINUTE - 1);
    assert!(finds(&home, wish("a"), &ports).await.is_some());
    let (ports, lines) = desk();
    ports.clock.advance(-120 * MINUTE);
    assert_eq!(finds(&home, wish("a"), &ports).await, None);
    assert!(lines.0.lock().unwrap().iter().any(|line| line.contains("clock")));
    signs_in(&home, "a", &keys("A")).await;
    let (ports, _) = desk();
    ports.clock.advance(55 * MINUTE);
    assert_eq!(finds(&home, wish("a"), &ports).await, None);
}

#[tokio::test]
async fn what_was_refused_is_found_by_nobody() {
    let home = tempfile::tempdir().unwrap();
    let (ports, _) = desk();
    let this = |identity: &Identity| Refused::This(fingerprint(identity));
    signs_in(&home, "a", &keys("A")).await;
    // Another one was refused, or another kind.
    for refused in [Refused::Nothing, this(&keys("B")), Refused::TokenThere] {
        assert!(finds(&home, refusing("a", refused), &ports).await.is_some());
    }
    for refused in [this(&keys("A")), Refused::KeysThere] {
        assert_eq!(finds(&home, refusing("a", refused), &ports).await, None);
        assert_eq!(finds(&home, wish("a"), &ports).await, None, "it is gone");
        signs_in(&home, "a", &keys("A")).await;
    }
    signs_in(&home, "t", &token("T")).await;
    assert!(finds(&home, refusing("t", Refused::KeysThere), &ports).await.is_some());
    assert_eq!(finds(&home, refusing("t", Refused::TokenThere), &ports).await, None);
}

#[tokio::test]
async fn one_at_a_time_signs_in_and_the_next_one_finds_it() {
    let home = tempfile::tempdir().unwrap();
    let (ports, _) = desk();
    let mut first = open(&home, wish("a"), &ports).await;
    assert!(first.find(&ports).await.unwrap().is_none());
    let (prompt, raised) = person(|_| Reply::UseDefault);
    let waiting = Ports { prompt, ..desk().0 };
    let mut second = open(&home, wish("a"), &waiting).await;
    let mut other = open(&home, wish("b"), &ports).await;
    assert!(other.find(&ports).await.unwrap().is_none(), "another identity does not wait");
    let (found, ()) = tokio::join!(second.find(&waiting), async {
        tokio::time::sleep(Duration::from_millis(120)).await;
        first.done(&keys("A"));
    });
    assert_eq!(found.unwrap().unwrap().distinction(), "A");
    let kinds: Vec<_> = raised.lock().unwrap().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Waiting], "told once");
    assert!(!waiting.prompt.attendance().was_needed());
}

#[tokio::test]
async fn who_fails_leaves_the_turn_to_the_next_and_who_needs_nobody_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let (ports, _) = desk();
    let mut first = open(&home, wish("a"), &ports).await;
    assert!(first.find(&ports).await.unwrap().is_none());
    drop(first);
    let mut second = open(&home, wish("a"), &ports).await;
    assert!(second.find(&ports).await.unwrap().is_none());
    second.done(&Identity { by_person: false, ..keys("A") });
    // It was without need of anybody, so they go side by side.
    let (mut third, mut fourth) = (open(&home, wish("a"), &ports).await, open(&home, wish("a"), &ports).await);
    assert!(third.find(&ports).await.unwrap().is_none());
    assert!(fourth.find(&ports).await.unwrap().is_none());
    // Until somebody is needed.
    third.done(&keys("C"));
    assert_eq!(finds(&home, wish("a"), &ports).await.as_deref(), Some("C"));
}

#[tokio::test]
async fn the_host_may_end_the_wait() {
    let home = tempfile::tempdir().unwrap();
    let (ports, _) = desk();
    let mut first = open(&home, wish("a"), &ports).await;
    assert!(first.find(&ports).await.unwrap().is_none());
    let (prompt, _) = person(|_| Reply::Abort);
    let waiting = Ports { prompt, ..desk().0 };
    let error = open(&home, wish("a"), &waiting).await.find(&waiting).await.unwrap_err();
    assert_eq!(error.status(), crate::error::Status::Cancelled);
}

#[tokio::test]
async fn documents_of_plugins_are_kept_and_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("d");
    let (ports, _) = desk();
    let sign_in = open(&home, wish("a"), &ports).await;
    let store = Store::new(sign_in.keeper(), ports.prompt.attendance().clone());
    let registration = Document::ClientRegistration(&["issuer", "us-east-1"]);
    store.save(Document::RefreshToken, &secret("r1"), None);
    store.save(registration, &secret("c"), Some(NOW + 60 * MINUTE));
    assert!(!ports.prompt.attendance().was_needed());
    let text = |found: Option<crate::secret::SecretString>| found.map(|text| text.expose_secret().to_owned());
    assert_eq!(text(store.load(registration)).as_deref(), Some("c"));
    assert!(!ports.prompt.attendance().was_needed());
    assert_eq!(text(store.load(Document::RefreshToken)).as_deref(), Some("r1"));
    assert!(ports.prompt.attendance().was_needed(), "somebody signed in for it");
    // Another identity has its own refresh token; the registration is the program's.
    let other = open(&home, wish("b"), &ports).await.keeper();
    assert!(other.load(Document::RefreshToken).is_none());
    assert_eq!(text(other.load(registration)).as_deref(), Some("c"));
    assert!(other.load(Document::ClientRegistration(&["issuer", "eu-west-1"])).is_none());
    ports.clock.advance(55 * MINUTE);
    assert!(store.load(registration).is_none() && store.load(Document::RefreshToken).is_some());
    forget(&directory, &[key("b")]).unwrap();
    assert!(store.load(Document::RefreshToken).is_some());
    forget(&directory, &[key("a")]).unwrap();
    assert!(store.load(Document::RefreshToken).is_none());
    store.save(registration, &secret("c"), None);
    store.remove(registration);
    assert!(store.load(registration).is_none());
    // Without a keeper nothing is kept, and nothing fails.
    let nowhere = Store::default();
    nowhere.save(Document::RefreshToken, &secret("r"), None);
    nowhere.remove(Document::RefreshToken);
    assert!(nowhere.load(Document::RefreshToken).is_none());
}

#[tokio::test]
async fn a_login_under_way_does_not_keep_what_was_forgotten() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("d");
    for all in [false, true] {
        let (ports, _) = desk();
        let mut sign_in = open(&home, wish("a"), &ports).await;
        assert!(sign_in.find(&ports).await.unwrap().is_none());
        if all { forget_all(&directory) } else { forget(&directory, &[key("a")]) }.unwrap();
        sign_in.keeper().save(Document::RefreshToken, &secret("r"), None);
        sign_in.done(&keys("A"));
        assert_eq!(finds(&home, wish("a"), &ports).await, None);
        assert!(sign_in.keeper().load(Document::RefreshToken).is_none());
    }
}

#[tokio::test]
async fn forgetting_all_leaves_the_key_and_what_is_not_ours() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("d");
    forget_all(&directory).unwrap();
    assert!(!directory.exists(), "nothing is made to be forgotten");
    for name in ["a", "b"] {
        signs_in(&home, name, &keys(name)).await;
    }
    let user_key = fs::read(directory.join("key")).unwrap();
    let newer = format!("{}.v2", "0".repeat(64));
    let unfinished = format!("{}.v1.new", "1".repeat(64));
    for name in ["letters", &newer, &unfinished] {
        fs::write(directory.join(name), "x").unwrap();
    }
    forget_all(&directory).unwrap();
    let (ports, _) = desk();
    assert_eq!(finds(&home, wish("a"), &ports).await, None);
    assert_eq!(fs::read(directory.join("key")).unwrap(), user_key);
    assert!(directory.join("letters").exists());
    assert!(!directory.join(newer).exists() && !directory.join(unfinished).exists());
}
