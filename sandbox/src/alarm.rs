//! Wake-ups that are on time. tokio's timers end at whole milliseconds, always late, and a login adds up the lateness of each half
//! of each of its round trips: five milliseconds in eight trips, as much as all of its work.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::time::Instant;

/// A clock with a thread of its own. The thread ends when this is dropped.
pub(crate) struct Alarm(Arc<Clock>);

struct Clock {
    face: Mutex<Face>,
    turned: Condvar,
}

#[derive(Default)]
struct Face {
    due: BTreeMap<(Instant, u64), Waker>,
    set: u64,
    ended: bool,
}

impl Alarm {
    pub fn new() -> Self {
        let clock = Arc::new(Clock { face: Mutex::default(), turned: Condvar::new() });
        let running = Arc::clone(&clock);
        // Without a thread nobody would be woken, and a test would hang: it is better told.
        std::thread::Builder::new()
            .name("rs-auth-distance".to_owned())
            .spawn(move || running.run())
            .expect("a thread for the clock");
        Self(clock)
    }

    /// Wakes a task at that time, or soon where it has passed.
    pub fn wake_at(&self, due: Instant, waker: Waker) {
        let mut face = self.0.face.lock().unwrap_or_else(PoisonError::into_inner);
        face.set += 1;
        let key = (due, face.set);
        face.due.insert(key, waker);
        let is_next = face.due.first_key_value().is_some_and(|(first, _)| *first == key);
        drop(face);
        if is_next {
            self.0.turned.notify_one();
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // Not joined: the last task that a waker holds may hold this, and then it is the clock's own thread that is here.
        self.0.face.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.0.turned.notify_one();
    }
}

impl Clock {
    fn run(&self) {
        let mut face = self.face.lock().unwrap_or_else(PoisonError::into_inner);
        while !face.ended {
            let now = Instant::now();
            match face.due.first_key_value().map(|((due, _), _)| *due) {
                Some(due) if due <= now => {
                    let waker = face.due.pop_first().map(|(_, waker)| waker);
                    // A task that is woken or dropped may want the face.
                    drop(face);
                    waker.into_iter().for_each(Waker::wake);
                    face = self.face.lock().unwrap_or_else(PoisonError::into_inner);
                }
                Some(due) => {
                    face = self.turned.wait_timeout(face, due - now).unwrap_or_else(PoisonError::into_inner).0;
                }
                None => face = self.turned.wait(face).unwrap_or_else(PoisonError::into_inner),
            }
        }
        let left = std::mem::take(&mut face.due);
        drop(face);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::task::Wake;
    use std::time::Duration;

    struct Ring(&'static str, Mutex<Sender<(&'static str, Instant)>>);

    impl Wake for Ring {
        fn wake(self: Arc<Self>) {
            let _ = self.1.lock().unwrap().send((self.0, Instant::now()));
        }
    }

    #[test]
    fn tasks_are_woken_in_the_order_of_their_times_and_never_early() {
        let (sender, calls) = channel();
        let ring = |name| Waker::from(Arc::new(Ring(name, Mutex::new(sender.clone()))));
        let alarm = Alarm::new();
        let begin = Instant::now();
        let times = [("late", 60), ("early", 20), ("past", 0)];
        for (name, ms) in times {
            alarm.wake_at(begin + Duration::from_millis(ms), ring(name));
        }
        for (name, ms) in times.into_iter().rev() {
            let (woken, at) = calls.recv_timeout(Duration::from_secs(10)).unwrap();
            assert_eq!(woken, name);
            assert!(at >= begin + Duration::from_millis(ms));
        }
    }

    #[test]
    fn what_is_left_is_dropped_with_it() {
        let (sender, calls) = channel();
        let alarm = Alarm::new();
        alarm.wake_at(Instant::now() + Duration::from_mins(10), Arc::new(Ring("never", Mutex::new(sender))).into());
        drop(alarm);
        // The sender was the waker's: it is gone, without having said anything.
        assert_eq!(calls.recv_timeout(Duration::from_secs(10)), Err(RecvTimeoutError::Disconnected));
    }
}
