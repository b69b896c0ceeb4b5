//! One value a process: a forked child never sees its parent's.
//!
//! A lock that another thread of the parent held at the fork stays locked in the child for ever. So everything that is
//! kept between calls stands behind one pointer stamped with the process id: the child leaks what it inherited, untouched,
//! and starts with a value of its own.

use std::sync::atomic::{AtomicPtr, Ordering};

/// A lazily made value that is never freed.
pub(crate) struct PerProcess<T: 'static> {
    current: AtomicPtr<Stamped<T>>,
}

struct Stamped<T> {
    process: u32,
    value: T,
}

impl<T: Send + Sync + 'static> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { current: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// This process's value. Of several threads that come first at once, one has made it and the others' are dropped.
    pub(crate) fn get(&'static self, make: impl Fn() -> T) -> &'static T {
        let process = std::process::id();
        loop {
            let current = self.current.load(Ordering::Acquire);
            // SAFETY: a pointer stored here comes from Box::into_raw below and is never freed once published.
            if let Some(stamped) = unsafe { current.as_ref() }
                && stamped.process == process
            {
                return &stamped.value;
            }
            let fresh = Box::into_raw(Box::new(Stamped { process, value: make() }));
            match self.current.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
                // SAFETY: just published, and never freed from now on.
                Ok(_) => return unsafe { &(*fresh).value },
                // SAFETY: not published: this thread is the only one that knows the pointer.
                Err(_) => drop(unsafe { Box::from_raw(fresh) }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_threads_share_one_value() {
        static VALUE: PerProcess<u64> = PerProcess::new();
        let makers: Vec<_> =
            (0..8u64).map(|n| std::thread::spawn(move || std::ptr::from_ref(VALUE.get(|| n)) as usize)).collect();
        let places: Vec<usize> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
        assert!(places.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
