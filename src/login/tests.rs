//! Logins by plugins that need a person, without the network.

use super::*;
use crate::cache::disk::{Refused, Wish, fingerprint};
use crate::cache::key::KeyBuilder;
use crate::options::EventKind;
use crate::plugin::Proving;
use crate::plugin::fixture::{Desk, NOW_MS};
use crate::ports::store::Document;
use crate::secret::{ExposeSecret, secret};
use std::cell::RefCell;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

const HOUR: i64 = 3_600_000;

/// A plugin that shows a browser, unless it has a refresh token.
#[derive(Default)]
struct Browser {
    shown: AtomicU32,
    needs_nobody: bool,
    yields_assertion: bool,
    has_refresh_tokens: bool,
}

impl Plugin for Browser {
    fn name(&self) -> &'static str {
        "BrowserIdcAuthPlugin"
    }

    fn required(&self) -> &'static [Key] {
        &[]
    }

    fn yields(&self) -> Kind {
        Kind::NativeToken
    }

    fn may_need_a_person(&self, _: &Settings) -> bool {
        !self.needs_nobody
    }

    fn yields_assertion(&self) -> bool {
        self.yields_assertion
    }

    fn prove<'a>(&'a self, _: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(async {
            let refreshed = ports.store.load(Document::RefreshToken).is_some();
            if !refreshed {
                self.shown.fetch_add(1, Ordering::Relaxed);
                ports.prompt.tell(EventKind::OpenUrl, "sign in".to_owned(), None).await?;
            }
            if self.has_refresh_tokens {
                ports.store.save(Document::RefreshToken, &secret("refresh"), None);
            }
            let number = self.shown.load(Ordering::Relaxed);
            let token = secret(format!("token {number}{}", if refreshed { " refreshed" } else { "" }));
            Ok(Proof::NativeToken(NativeToken {
                token,
                token_type: None,
                idp_type: None,
                expires_at: Some(NOW_MS + HOUR),
            }))
        })
    }
}

/// What came of a login: the token, whether it was stored, and what others heard.
struct Came {
    token: String,
    stored: bool,
    published: Vec<Identity>,
}

/// A login in a process that remembers nothing but what is on disk.
async fn log_in(plugin: &Browser, home: &TempDir, database: &str, refused: Refused) -> Came {
    let directory = home.path().join("d").display().to_string();
    let desk = Desk::new(&[("cache_dir", &directory), ("Database", database)], []);
    let registration = Box::new(|parts: &[&str]| KeyBuilder::new(&parts.join("|")).finish());
    let job = Job {
        settings: desk.settings.clone(),
        entry: None,
        wanted: Wanted::Login,
        accepted_kinds: None,
        host_keys: Vec::new(),
        host_plugins: HostPlugins { names: Vec::new(), call: Box::new(|_, _, _| {}) },
        connect: Box::new(|_| Err(AuthError::of_call(Status::Internal, "not asked for"))),
        known: None,
        disk: Some(Wish { identity: KeyBuilder::new("me").finish(), registration, refused }),
    };
    let aws = AwsConfig::read(desk.ports.clone(), None).await;
    let published = RefCell::new(Vec::new());
    let publish = |identity: &Identity| published.borrow_mut().push(identity.clone());
    let ended = Box::pin(of_plugin(plugin, job, aws, desk.ports.clone(), &publish)).await.unwrap();
    let token = ended.credentials.token.unwrap().expose_secret().to_owned();
    assert_eq!(ended.credentials.database.as_deref(), Some(database));
    Came { token, stored: ended.stored, published: published.into_inner() }
}

fn documents(home: &TempDir) -> usize {
    let is_document = |path: &Path| path.extension().is_some_and(|extension| extension == "v1");
    let entries = std::fs::read_dir(home.path().join("d"));
    entries.map_or(0, |entries| entries.filter(|entry| is_document(&entry.as_ref().unwrap().path())).count())
}

#[tokio::test]
async fn a_token_that_a_person_signed_in_for_is_good_for_every_database() {
    let (home, plugin) = (tempfile::tempdir().unwrap(), Browser::default());
    let first = log_in(&plugin, &home, "dev", Refused::Nothing).await;
    assert_eq!((first.token.as_str(), first.stored), ("token 1", false));
    assert!(first.published[0].by_person && first.published.len() == 1);
    for database in ["dev", "other"] {
        let again = log_in(&plugin, &home, database, Refused::Nothing).await;
        assert_eq!((again.token.as_str(), again.stored), ("token 1", true));
        assert_eq!(again.published[0].obtained_at, NOW_MS, "memory serves it no longer than the disk");
    }
    assert_eq!(documents(&home), 1);
}

#[tokio::test]
async fn a_token_that_the_server_refused_is_replaced_once() {
    let (home, plugin) = (tempfile::tempdir().unwrap(), Browser::default());
    let first = log_in(&plugin, &home, "dev", Refused::Nothing).await;
    let refused = Refused::This(fingerprint(&first.published[0]));
    let second = log_in(&plugin, &home, "dev", refused.clone()).await;
    assert_eq!((second.token.as_str(), second.stored), ("token 2", false));
    // Another process that was refused the first one as well.
    let third = log_in(&plugin, &home, "dev", refused).await;
    assert_eq!((third.token.as_str(), third.stored), ("token 2", true));
    assert_eq!(log_in(&plugin, &home, "dev", Refused::TokenThere).await.token, "token 3");
}

#[tokio::test]
async fn what_a_refresh_token_brings_is_kept_like_what_it_came_from() {
    let (home, plugin) = (tempfile::tempdir().unwrap(), Browser { has_refresh_tokens: true, ..Browser::default() });
    assert_eq!(log_in(&plugin, &home, "dev", Refused::Nothing).await.token, "token 1");
    assert_eq!(documents(&home), 2);
    let second = log_in(&plugin, &home, "dev", Refused::TokenThere).await;
    assert_eq!(second.token, "token 1 refreshed", "no browser");
    assert!(second.published[0].by_person);
    let third = log_in(&plugin, &home, "dev", Refused::Nothing).await;
    assert_eq!((third.token.as_str(), third.stored), ("token 1 refreshed", true));
}

#[tokio::test]
async fn assertions_and_what_needs_nobody_stay_off_the_disk() {
    for plugin in
        [Browser { yields_assertion: true, ..Browser::default() }, Browser { needs_nobody: true, ..Browser::default() }]
    {
        let home = tempfile::tempdir().unwrap();
        for number in 1..=2 {
            let came = log_in(&plugin, &home, "dev", Refused::Nothing).await;
            assert_eq!((came.token, came.stored), (format!("token {number}"), false));
            // In memory it is good for other databases all the same, where a person signed in.
            assert_eq!(came.published.len(), usize::from(plugin.yields_assertion));
        }
        assert!(!home.path().join("d").exists());
    }
}
