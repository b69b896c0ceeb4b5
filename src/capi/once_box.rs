//! A value that is made when it is first asked for, whichever thread that is, without ever waiting.
//!
//! `OnceLock` makes a second thread wait for the first. In a process that was forked just then the first does not exist,
//! and the child would wait for ever. Here two threads may both make the value, and the later one drops its own.

use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A box that is filled once.
pub(super) struct OnceBox<T>(AtomicPtr<T>, PhantomData<Box<T>>);

impl<T> OnceBox<T> {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()), PhantomData)
    }

    pub(super) fn get_or_make(&self, body: impl FnOnce() -> T) -> &T {
        let mut kept = self.0.load(Ordering::Acquire);
        if kept.is_null() {
            let made = Box::into_raw(Box::new(body()));
            kept = match self.0.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => made,
                Err(earlier) => {
                    // SAFETY: from `into_raw` above, and nobody else has seen it.
                    drop(unsafe { Box::from_raw(made) });
                    earlier
                }
            };
        }
        // SAFETY: a box that is filled stays so until `self` is dropped, and the value in it is never changed.
        unsafe { &*kept }
    }
}

impl<T> Default for OnceBox<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for OnceBox<T> {
    fn drop(&mut self) {
        let kept = *self.0.get_mut();
        if !kept.is_null() {
            // SAFETY: from `into_raw`, and with `&mut self` there is no borrower left.
            drop(unsafe { Box::from_raw(kept) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::OnceBox;
    use std::sync::Arc;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn all_threads_see_one_value_and_nothing_is_left_behind() {
        let token = Arc::new(());
        for _ in 0..50 {
            let (once, start) = (OnceBox::new(), Barrier::new(4));
            let addresses = thread::scope(|scope| {
                let ask = || {
                    start.wait();
                    std::ptr::from_ref(once.get_or_make(|| Arc::clone(&token))).addr()
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            });
            assert!(addresses.iter().all(|address| *address == addresses[0]));
            assert_eq!(Arc::strong_count(&token), 2);
        }
        assert_eq!(Arc::strong_count(&token), 1);
        drop(OnceBox::<Arc<()>>::new());
    }
}
