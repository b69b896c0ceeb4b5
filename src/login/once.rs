//! One sign-in a machine for methods that may need a person: what another process got is found on disk, and one process at
//! a time asks a person. Methods that need nobody do not touch the disk.

use super::Job;
use crate::cache::disk::{self, SignIn};
use crate::credentials::{Held, Identity, Kind, Proved};
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::os::privileges;
use crate::plugin::{NativeToken, Plugin};
use crate::ports::Ports;
use crate::ports::store::Store;

/// The sign-in of a login, wherever it comes from.
#[derive(Default)]
pub(super) struct Once {
    /// What a login of this process left in memory.
    known: Option<Identity>,
    /// Not looked at yet.
    wish: Option<disk::Wish>,
    /// `None`: nothing of it stands on disk.
    disk: Option<SignIn>,
}

impl Once {
    pub(super) fn new(plugin: &dyn Plugin, job: &mut Job) -> Self {
        let wish = job.disk.take().filter(|_| is_stored(plugin, &job.settings));
        Self { known: job.known.take(), wish, disk: None }
    }

    /// An earlier sign-in that was not refused, and whether it is in memory already. `None`: sign in. From then on the
    /// plugin finds documents of its own on disk.
    pub(super) async fn find(
        &mut self,
        settings: &Settings,
        ports: &mut Ports,
    ) -> Result<Option<(Identity, bool)>, AuthError> {
        if let Some(known) = self.known.take() {
            return Ok(Some((known, true)));
        }
        if let Some(wish) = self.wish.take() {
            self.open(wish, settings, ports).await;
        }
        match &mut self.disk {
            Some(disk) => Ok(disk.find(ports).await?.map(|found| (found, false))),
            None => Ok(None),
        }
    }

    async fn open(&mut self, wish: disk::Wish, settings: &Settings, ports: &mut Ports) {
        if privileges::raised() {
            ports.log.debug("cache", format_args!("logins of a set-uid program are not stored on disk"));
            return;
        }
        match disk::directory_of(settings, &ports.env) {
            Ok(directory) => self.disk = SignIn::open(&directory, wish, ports).await,
            Err(why) => ports.log.warn("cache", format_args!("{why}")),
        }
        if let Some(disk) = &self.disk {
            ports.store = Store::new(disk.keeper(), ports.prompt.attendance().clone());
        }
    }

    /// What was found does not hold.
    pub(super) fn refuse(&mut self, identity: &Identity) {
        if let Some(disk) = &mut self.disk {
            disk.refuse(identity);
        }
    }

    /// Tells those who wait of a failure.
    pub(super) fn checked<T>(&self, result: Result<T, AuthError>) -> Result<T, AuthError> {
        if let (Err(error), Some(disk)) = (&result, &self.disk) {
            disk.failed(error);
        }
        result
    }

    /// The sign-in is done: others, in other processes, go on with it.
    pub(super) fn done(&self, held: Held, ports: &Ports) -> Identity {
        let by_person = ports.prompt.attendance().was_needed();
        let identity = Identity { held, by_person, obtained_at: ports.clock.now_ms() };
        if let Some(disk) = &self.disk {
            disk.done(&identity);
        }
        identity
    }
}

/// Whether what the plugin yields goes on disk.
pub(super) fn is_stored(plugin: &dyn Plugin, settings: &Settings) -> bool {
    let may_be = plugin.yields() == Kind::DbPassword || !plugin.yields_assertion();
    may_be && plugin.may_need_a_person(settings)
}

/// The keys of an identity that has any.
pub(super) fn keys(identity: &Identity) -> Option<&Proved> {
    match &identity.held {
        Held::Keys(proved) => Some(proved),
        Held::Token(..) => None,
    }
}

/// The token of an identity that is one.
pub(super) fn token(identity: &Identity) -> Option<&NativeToken> {
    match &identity.held {
        Held::Token(token, _) => Some(token),
        Held::Keys(_) => None,
    }
}
