//! One value a process: a forked child never sees its parent's.
//!
//! A lock that another thread of the parent held at the fork stays locked in the child for ever. So everything that is
//! kept between calls stands behind one pointer that does not survive a fork: the child leaks what it inherited, untouched,
//! and starts with a value of its own.
//!
//! The pointer lives in a page that the kernel hands to a child filled with zeros (`MADV_WIPEONFORK`, Linux 4.14), which
//! costs nothing to ask, unlike the process id. Where there is no such page, the process id stands beside the pointer.

use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A lazily made value that is never freed.
pub(crate) struct PerProcess<T: 'static> {
    place: AtomicPtr<Place<T>>,
    /// The value again, where a leak checker of the host looks for pointers: it does not look into a page of ours.
    newest: AtomicPtr<Kept<T>>,
}

/// A value, and the parent process's, which no one reads any more.
struct Kept<T> {
    value: T,
    _before: *mut Kept<T>,
}

/// Where the pointer stands. All zeros: there is no value yet.
struct Place<T> {
    value: AtomicPtr<Kept<T>>,
    /// The process that made the value; 0 in a page that is wiped.
    process: AtomicU32,
}

impl<T: Send + Sync + 'static> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self { place: AtomicPtr::new(std::ptr::null_mut()), newest: AtomicPtr::new(std::ptr::null_mut()) }
    }

    /// This process's value. Of several threads that come first at once, one has made it and the others' are dropped.
    pub(crate) fn get(&'static self, make: impl Fn() -> T) -> &'static T {
        let place = self.place();
        loop {
            let current = place.value.load(Ordering::Acquire);
            // SAFETY: a pointer stored here comes from Box::into_raw below and is never freed once published.
            if let Some(kept) = unsafe { current.as_ref() }
                && belongs_here(place.process.load(Ordering::Acquire))
            {
                return &kept.value;
            }
            let before = self.newest.load(Ordering::Acquire);
            let fresh = Box::into_raw(Box::new(Kept { value: make(), _before: before }));
            match place.value.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    if place.process.load(Ordering::Acquire) != 0 {
                        place.process.store(std::process::id(), Ordering::Release);
                    }
                    self.newest.store(fresh, Ordering::Release);
                    // SAFETY: just published, and never freed from now on.
                    return unsafe { &(*fresh).value };
                }
                // SAFETY: not published: this thread is the only one that knows the pointer.
                Err(_) => drop(unsafe { Box::from_raw(fresh) }),
            }
        }
    }

    /// The place, made by the first thread that asks; another's is given up.
    fn place(&'static self) -> &'static Place<T> {
        let mut place = self.place.load(Ordering::Acquire);
        if place.is_null() {
            let fresh = wiped_page().unwrap_or_else(stamped_place);
            place = match self.place.compare_exchange(place, fresh, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => fresh,
                Err(earlier) => earlier,
            };
        }
        // SAFETY: a page or a box that is never freed, and valid when it is all zeros.
        unsafe { &*place }
    }
}

/// In a wiped page whatever is there was made here.
fn belongs_here(process: u32) -> bool {
    process == 0 || process == std::process::id()
}

fn stamped_place<T>() -> *mut Place<T> {
    let process = AtomicU32::new(std::process::id());
    Box::into_raw(Box::new(Place { value: AtomicPtr::new(std::ptr::null_mut()), process }))
}

#[cfg(target_os = "linux")]
fn wiped_page<T>() -> Option<*mut Place<T>> {
    let length = size_of::<Place<T>>();
    // SAFETY: asks for fresh memory wherever the kernel likes, which is filled with zeros and aligned to a page.
    let page = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if page == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the memory is the one just made, and nobody else knows it.
    if unsafe { libc::madvise(page, length, libc::MADV_WIPEONFORK) } != 0 {
        // SAFETY: as before.
        unsafe { libc::munmap(page, length) };
        return None;
    }
    Some(page.cast())
}

#[cfg(not(target_os = "linux"))]
fn wiped_page<T>() -> Option<*mut Place<T>> {
    None
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

    /// Whether a forked child finds 7, which it makes, where the parent has 1. Only calls that a child may make.
    fn a_child_makes_its_own(value: &'static PerProcess<u64>) -> bool {
        assert_eq!(*value.get(|| 1), 1);
        // SAFETY: the child makes one small value and ends without running anything of the parent's.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(i32::from(*value.get(|| 7) != 7));
            }
            let mut status = -1;
            assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
            status == 0
        }
    }

    #[test]
    fn a_child_starts_afresh_and_the_parent_keeps_its_value() {
        static WIPED: PerProcess<u64> = PerProcess::new();
        assert!(a_child_makes_its_own(&WIPED));
        assert_eq!(*WIPED.get(|| 2), 1);
    }

    #[test]
    fn the_process_id_does_where_no_page_is_wiped() {
        static STAMPED: PerProcess<u64> = PerProcess::new();
        STAMPED.place.store(stamped_place(), Ordering::Release);
        assert!(a_child_makes_its_own(&STAMPED));
        assert_eq!(*STAMPED.get(|| 2), 1);
    }
}
