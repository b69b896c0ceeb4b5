//! The sign-in of one identity as it stands on disk, and the turn to make it.

use super::document;
use super::turn::{self, Tried, Turn};
use super::{Disk, Name};
use crate::cache::key::{CacheKey, KeyBuilder};
use crate::cache::single_flight::is_the_leaders_own;
use crate::credentials::{Held, Identity};
use crate::error::AuthError;
use crate::log::Log;
use crate::options::{Event, EventKind};
use crate::ports::Ports;
use crate::ports::clock::Clock;
use crate::ports::random;
use crate::ports::store::{Document, Keeper};
use crate::secret::SecretString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const IDENTITY: &str = "identity";
const REFRESH_TOKEN: &str = "refresh token";
pub(super) const REGISTRATION: &str = "registration";

/// Makes the key of a registration from what it was made of.
pub(crate) type RegistrationKey = Box<dyn Fn(&[&str]) -> CacheKey + Send + Sync>;

/// How a login would use the disk.
pub(crate) struct Wish {
    pub(crate) identity: CacheKey,
    pub(crate) registration: RegistrationKey,
    /// Whether what was handed out was refused.
    pub(crate) refused: Refused,
}

/// What the policy REFRESH speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    Nothing,
    /// This one, by [`fingerprint`].
    This(CacheKey),
    /// Whatever stands on disk now, if it is what a call like this one hands out: AWS keys, or a token.
    KeysThere,
    TokenThere,
}

/// Tells whether two sign-ins are the same, without keeping a secret.
pub(crate) fn fingerprint(identity: &Identity) -> CacheKey {
    fingerprint_of(identity.distinction())
}

/// The same for what was handed out of it: an access key id, a token.
pub(crate) fn fingerprint_of(distinction: &str) -> CacheKey {
    let mut builder = KeyBuilder::new("fingerprint");
    builder.text(distinction);
    builder.finish()
}

/// The sign-in of one identity.
pub(crate) struct SignIn {
    kept: Arc<Kept>,
    refused: Vec<CacheKey>,
}

/// Its files.
struct Kept {
    disk: Disk,
    identity: Name,
    refresh_token: Name,
    registration: RegistrationKey,
    clock: Clock,
    /// Held from the moment at which this process is to sign in until that is done.
    turn: Mutex<Option<Turn>>,
}

impl SignIn {
    /// `None`: the disk is of no use, and the log says why.
    pub(crate) async fn open(directory: &Path, wish: Wish, ports: &Ports) -> Option<Self> {
        let disk = Disk::open(directory, &ports.log).await?;
        let (identity, refresh_token) = names(&disk, &wish.identity);
        let (clock, registration) = (ports.clock.clone(), wish.registration);
        let kept = Kept { disk, identity, refresh_token, registration, clock, turn: Mutex::default() };
        let mut this = Self { kept: Arc::new(kept), refused: Vec::new() };
        match wish.refused {
            Refused::Nothing => {}
            Refused::This(fingerprint) => this.refused.push(fingerprint),
            there => {
                let tokens = there == Refused::TokenThere;
                let found = this.kept.load_identity().filter(|found| matches!(found.held, Held::Token(..)) == tokens);
                this.refused.extend(found.as_ref().map(fingerprint));
            }
        }
        Some(this)
    }

    /// Where the plugin keeps documents of its own.
    pub(crate) fn keeper(&self) -> Arc<dyn Keeper> {
        self.kept.clone()
    }

    /// What is found from now on must be another one than `identity`.
    pub(crate) fn refuse(&mut self, identity: &Identity) {
        self.refused.push(fingerprint(identity));
    }

    /// What an earlier sign-in brought, of this process or of another one, which is waited for if it is under way. `None`:
    /// it is this process's turn to sign in.
    pub(crate) async fn find(&mut self, ports: &Ports) -> Result<Option<Identity>, AuthError> {
        if let Some(found) = self.look() {
            return Ok(Some(found));
        }
        let turn = self.take_turn(ports).await?;
        if let Some(found) = self.look() {
            return Ok(Some(found));
        }
        if turn.is_some() || !self.refused.is_empty() {
            // Refused, ended or damaged: of no use to anybody, whatever becomes of this sign-in.
            self.kept.disk.remove(&self.kept.identity);
        }
        *self.kept.turn() = turn;
        Ok(None)
    }

    /// Keeps what a person had to sign in for, and lets others go on.
    pub(crate) fn done(&self, identity: &Identity) {
        let turn = self.kept.turn().take();
        if identity.by_person && identity.expires_at().is_some() {
            self.kept.write(turn.as_ref(), &self.kept.identity, &document::of_identity(identity));
        }
        if let Some(turn) = turn {
            turn.end(!identity.by_person);
        }
    }

    /// The sign-in has failed. Those who wait for it get the same answer, unless it was given for reasons of this call.
    pub(crate) fn failed(&self, error: &AuthError) {
        if let Some(turn) = self.kept.turn().take()
            && !is_the_leaders_own(error.status())
        {
            turn.fail(error);
        }
    }

    fn look(&self) -> Option<Identity> {
        self.kept.load_identity().filter(|found| !self.refused.contains(&fingerprint(found)))
    }

    /// Waits until no other process signs in for the same. `None`: to go on without a turn.
    async fn take_turn(&self, ports: &Ports) -> Result<Option<Turn>, AuthError> {
        let kept = &self.kept;
        let file = match kept.disk.directory.open_notes(&kept.identity.lock(), true) {
            Ok(Some(file)) => Arc::new(file),
            Ok(None) => return Ok(None),
            Err(error) => {
                unlocked(&kept.disk.log, &error);
                return Ok(None);
            }
        };
        let mut waited_for = None;
        loop {
            match turn::try_to_lead(&file, waited_for) {
                Ok(Tried::Mine(turn)) => return Ok(Some(turn)),
                Ok(Tried::OthersWithoutNeed) => return Ok(None),
                Ok(Tried::Failed(error)) => return Err(error),
                Ok(Tried::Others(turn)) if waited_for.is_none() => {
                    waited_for = Some(turn);
                    say_waiting(ports).await?;
                }
                Ok(Tried::Others(_) | Tried::Busy) => {}
                Err(error) => {
                    unlocked(&kept.disk.log, &error);
                    return Ok(None);
                }
            }
            tokio::time::sleep(pause()).await;
        }
    }
}

/// The names of an identity's documents.
pub(super) fn names(disk: &Disk, identity: &CacheKey) -> (Name, Name) {
    (disk.name(IDENTITY, identity), disk.name(REFRESH_TOKEN, identity))
}

fn unlocked(log: &Log, error: &std::io::Error) {
    log.warn(
        "cache",
        format_args!(
            "files cannot be locked in the directory of stored logins ({error}): several processes may sign in"
        ),
    );
}

async fn say_waiting(ports: &Ports) -> Result<(), AuthError> {
    let text = "Another process is signing in for the same identity.";
    ports.log.info("login", format_args!("{text}"));
    ports.progress.now(format_args!("waiting for another process that signs in for the same identity"));
    let kind = EventKind::Waiting;
    ports.prompt.ask(Event { kind, text: text.to_owned(), url: None, code: None, choices: Vec::new() }).await?;
    Ok(())
}

/// About 20 ms, so that those who wait do not all try at the same moment.
fn pause() -> Duration {
    let [random] = random::bytes().unwrap_or([128]);
    Duration::from_micros(15_000 + u64::from(random) * 40)
}

impl Kept {
    fn turn(&self) -> std::sync::MutexGuard<'_, Option<Turn>> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load_identity(&self) -> Option<Identity> {
        let now = self.clock.now_ms();
        self.disk.load(&self.identity, |bytes| document::identity(bytes, now))
    }

    /// Writes a document of the identity, unless it was forgotten since the turn began.
    fn write(&self, turn: Option<&Turn>, name: &Name, bytes: &[u8]) {
        match turn {
            Some(turn) => turn.unless_forgotten(|| self.disk.save(name, bytes)),
            None => self.disk.save_under(&self.identity, name, bytes),
        }
    }

    fn registration(&self, parts: &[&str]) -> Name {
        self.disk.name(REGISTRATION, &(self.registration)(parts))
    }
}

impl Keeper for Kept {
    fn load(&self, document: Document<'_>) -> Option<SecretString> {
        let now = self.clock.now_ms();
        let read = |bytes: &[u8]| document::text(bytes, now);
        match document {
            Document::RefreshToken => self.disk.load(&self.refresh_token, read),
            Document::ClientRegistration(parts) => self.disk.load(&self.registration(parts), read),
        }
    }

    fn save(&self, document: Document<'_>, text: &SecretString, expires_at: Option<i64>) {
        let bytes = document::of_text(text, expires_at, self.clock.now_ms());
        match document {
            Document::RefreshToken => self.write(self.turn().as_ref(), &self.refresh_token, &bytes),
            Document::ClientRegistration(parts) => {
                let name = self.registration(parts);
                self.disk.save_under(&name, &name, &bytes);
            }
        }
    }

    fn remove(&self, document: Document<'_>) {
        match document {
            Document::RefreshToken => self.disk.remove(&self.refresh_token),
            Document::ClientRegistration(parts) => self.disk.remove(&self.registration(parts)),
        }
    }
}
