//! Any number of threads with the same key make one login; the others wait for its result.
//!
//! Waiting is the caller's business: a follower hands in a function that posts to its own mailbox, so that its own
//! deadline and cancel token keep working while it waits.

use crate::cache::key::CacheKey;
use crate::error::{AuthError, Status};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a flight ended for those who waited.
#[derive(Debug, Clone)]
pub(crate) enum Landing<V> {
    /// The result to share.
    Shared(Result<V, AuthError>),
    /// The leader failed for reasons of its own (or died): try again, somebody else leads.
    TakeOver,
}

type Wake<V> = Box<dyn FnOnce(Landing<V>) + Send>;

/// The logins under way, by key.
pub(crate) struct Flights<V> {
    under_way: Mutex<HashMap<CacheKey, Flight<V>>>,
    boarded: AtomicU64,
}

struct Flight<V> {
    /// Tells it from a later one of the same key.
    number: u64,
    followers: Vec<Wake<V>>,
}

/// What became of a call that asked to board.
pub(crate) enum Boarding<V: Clone + 'static> {
    /// This call does the login, and must land.
    Lead(Lead<V>),
    /// Another call does it; the function given will be called once.
    Follow,
}

/// The duty of a leader. Dropped without landing, it lets a follower take over.
pub(crate) struct Lead<V: Clone + 'static> {
    flights: Arc<Flights<V>>,
    key: CacheKey,
    number: u64,
    landed: bool,
}

impl<V: Clone + 'static> Flights<V> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { under_way: Mutex::new(HashMap::new()), boarded: AtomicU64::new(0) })
    }

    /// Leads the flight of `key`, or follows the one under way: `wake` is made only for a follower.
    pub(crate) fn board(self: &Arc<Self>, key: CacheKey, wake: impl FnOnce() -> Wake<V>) -> Boarding<V> {
        let mut under_way = self.under_way();
        if let Some(flight) = under_way.get_mut(&key) {
            flight.followers.push(wake());
            return Boarding::Follow;
        }
        let number = self.boarded.fetch_add(1, Ordering::Relaxed);
        under_way.insert(key, Flight { number, followers: Vec::new() });
        Boarding::Lead(Lead { flights: Arc::clone(self), key, number, landed: false })
    }

    /// Leaves a flight to its leader: what it brings is for nobody else. Who waits for it begins anew.
    pub(crate) fn forget(&self, key: &CacheKey) {
        let flight = self.under_way().remove(key);
        wake_all(flight, &Landing::TakeOver);
    }

    /// The same for all flights.
    pub(crate) fn forget_all(&self) {
        let flights = std::mem::take(&mut *self.under_way());
        for flight in flights.into_values() {
            wake_all(Some(flight), &Landing::TakeOver);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<CacheKey, Flight<V>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake_all<V: Clone>(flight: Option<Flight<V>>, landing: &Landing<V>) {
    for wake in flight.into_iter().flat_map(|flight| flight.followers) {
        wake(landing.clone());
    }
}

impl<V: Clone + 'static> Lead<V> {
    /// Ends the flight. Failures that are the leader's own are not shared.
    pub(crate) fn land(mut self, result: Result<V, AuthError>) {
        self.landed = true;
        match result {
            Err(error) if is_the_leaders_own(error.status()) => self.wake(&Landing::TakeOver),
            result => self.wake(&Landing::Shared(result)),
        }
    }

    fn wake(&self, landing: &Landing<V>) {
        let own = {
            let mut under_way = self.flights.under_way();
            let is_own = under_way.get(&self.key).is_some_and(|flight| flight.number == self.number);
            if is_own { under_way.remove(&self.key) } else { None }
        };
        wake_all(own, landing);
    }
}

impl<V: Clone + 'static> Drop for Lead<V> {
    fn drop(&mut self) {
        if !self.landed {
            self.wake(&Landing::TakeOver);
        }
    }
}

/// A deadline, a cancel, a missing callback or browser, a lack of threads, a kind of result that is not accepted: another
/// caller may have none of these. Nor the faults of the settings: who proves the same identity may open another database.
pub(crate) fn is_the_leaders_own(status: Status) -> bool {
    matches!(
        status,
        Status::Cancelled
            | Status::Timeout
            | Status::MfaRequired
            | Status::NoBrowser
            | Status::System
            | Status::Internal
            | Status::NotSupported
            | Status::InvalidSetting
            | Status::MissingSetting
            | Status::UnknownPlugin
            | Status::ProfileNotFound
    )
}

#[cfg(test)]
mod every_order;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::key::KeyBuilder;
    use crate::error::Stage;
    use std::sync::mpsc;

    fn key() -> CacheKey {
        KeyBuilder::new("test").finish()
    }

    fn lead(flights: &Arc<Flights<u32>>) -> Lead<u32> {
        match flights.board(key(), || unreachable!("nobody leads")) {
            Boarding::Lead(lead) => lead,
            Boarding::Follow => panic!("followed"),
        }
    }

    fn follow(flights: &Arc<Flights<u32>>) -> mpsc::Receiver<Landing<u32>> {
        let (sender, receiver) = mpsc::channel();
        let boarding = flights.board(key(), || Box::new(move |landing| sender.send(landing).unwrap()));
        assert!(matches!(boarding, Boarding::Follow));
        receiver
    }

    #[test]
    fn followers_share_the_result_and_the_next_call_leads() {
        let flights = Flights::new();
        let leader = lead(&flights);
        let followers = [follow(&flights), follow(&flights)];
        leader.land(Ok(7));
        for follower in followers {
            assert!(matches!(follower.recv().unwrap(), Landing::Shared(Ok(7))));
        }
        lead(&flights).land(Ok(8));
    }

    #[test]
    fn an_answer_of_the_service_is_shared() {
        let flights = Flights::new();
        let leader = lead(&flights);
        let follower = follow(&flights);
        leader.land(Err(AuthError::new(Status::AccessDenied, Stage::Redshift, "no")));
        match follower.recv().unwrap() {
            Landing::Shared(Err(error)) => assert_eq!(error.status(), Status::AccessDenied),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_forgotten_flight_is_for_its_leader_alone() {
        let flights = Flights::new();
        let old = lead(&flights);
        let early = follow(&flights);
        flights.forget(&key());
        assert!(matches!(early.recv().unwrap(), Landing::TakeOver));
        let new = lead(&flights);
        let late = follow(&flights);
        old.land(Ok(1));
        assert!(late.try_recv().is_err(), "the old flight lands for nobody");
        new.land(Ok(2));
        assert!(matches!(late.recv().unwrap(), Landing::Shared(Ok(2))));
        let leader = lead(&flights);
        let follower = follow(&flights);
        flights.forget_all();
        assert!(matches!(follower.recv().unwrap(), Landing::TakeOver));
        drop(leader);
    }

    #[test]
    fn a_leader_that_gives_up_or_dies_hands_over() {
        for status in [
            Status::Cancelled,
            Status::Timeout,
            Status::MfaRequired,
            Status::NoBrowser,
            Status::System,
            Status::InvalidSetting,
            Status::MissingSetting,
        ] {
            let flights = Flights::new();
            let leader = lead(&flights);
            let follower = follow(&flights);
            leader.land(Err(AuthError::new(status, Stage::Idp, "mine")));
            assert!(matches!(follower.recv().unwrap(), Landing::TakeOver), "{status:?}");
        }
        let flights = Flights::new();
        let leader = lead(&flights);
        let follower = follow(&flights);
        drop(leader);
        assert!(matches!(follower.recv().unwrap(), Landing::TakeOver));
        lead(&flights).land(Ok(1));
    }
}
