//! Memory that the kernel leaves out of a core dump (`MADV_DONTDUMP`, Linux 3.4), for what is kept: a host that crashes
//! leaves a file behind that is copied, mailed and kept, and the stored passwords, tokens and keys need not be in it.
//!
//! Pages are cut into slots, with a bit for each. There is no lock, which a fork could leave locked in the child.

use super::wipe::wipe;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

const SLOT: usize = 64;
/// So many as a bit mask has bits.
const PAGE: usize = 64 * SLOT;

/// Bytes in such memory, wiped when dropped. Where the kernel gives none, they are in ordinary memory.
pub(crate) struct Undumped {
    start: NonNull<u8>,
    length: usize,
    place: Place,
}

/// Where bytes are, and what has to be given back.
enum Place {
    /// There are none.
    Nowhere,
    /// In these slots of a page.
    Slots(&'static Page, u64),
    /// In a mapping of their own.
    Mapping(usize),
    /// In a box.
    Heap,
}

/// A page that is never given back.
struct Page {
    taken: AtomicU64,
    memory: NonNull<u8>,
    next: *mut Page,
}

/// The newest page.
static PAGES: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());

// SAFETY: the bytes are this value's alone, and nothing changes them before it is dropped.
unsafe impl Send for Undumped {}
// SAFETY: as before.
unsafe impl Sync for Undumped {}

impl Undumped {
    /// A copy of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let length = bytes.len();
        let (start, place) = take(length);
        // SAFETY: so many bytes were taken, for this value alone.
        unsafe { start.copy_from_nonoverlapping(NonNull::from(bytes).cast(), length) };
        Self { start, length, place }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: written in `of`, so many, and there as long as this value.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl Drop for Undumped {
    fn drop(&mut self) {
        // SAFETY: the memory is this value's own, taken for it in this way, and not used any more.
        unsafe {
            wipe(self.start.as_ptr(), self.length);
            match self.place {
                Place::Nowhere => {}
                Place::Slots(page, mask) => {
                    page.taken.fetch_and(!mask, Ordering::Release);
                }
                Place::Mapping(size) => {
                    libc::munmap(self.start.as_ptr().cast(), size);
                }
                Place::Heap => drop(Box::from_raw(ptr::slice_from_raw_parts_mut(self.start.as_ptr(), self.length))),
            }
        }
    }
}

fn take(length: usize) -> (NonNull<u8>, Place) {
    match length {
        0 => Some((NonNull::dangling(), Place::Nowhere)),
        1..=PAGE => slots(length.div_ceil(SLOT)),
        _ => map(length).map(|start| (start, Place::Mapping(length))),
    }
    .unwrap_or_else(|| (NonNull::from(Box::leak(vec![0; length].into_boxed_slice())).cast(), Place::Heap))
}

/// So many slots in a row.
fn slots(count: usize) -> Option<(NonNull<u8>, Place)> {
    let mut newest = PAGES.load(Ordering::Acquire);
    let mut next = newest;
    // SAFETY: pages are made below, whole before they are seen, and never given back.
    while let Some(page) = unsafe { next.as_ref() } {
        if let Some(found) = page.take(count) {
            return Some(found);
        }
        next = page.next;
    }
    let page = Page { taken: AtomicU64::new(0), memory: map(PAGE)?, next: ptr::null_mut() };
    let found = Box::into_raw(Box::new(page));
    loop {
        // SAFETY: nobody else has seen the page yet.
        unsafe { (*found).next = newest };
        match PAGES.compare_exchange_weak(newest, found, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => break,
            Err(newer) => newest = newer,
        }
    }
    // SAFETY: as before.
    unsafe { &*found }.take(count)
}

impl Page {
    fn take(&'static self, count: usize) -> Option<(NonNull<u8>, Place)> {
        let row = u64::MAX.checked_shr(u32::try_from(64_usize.checked_sub(count)?).ok()?)?;
        let mut taken = self.taken.load(Ordering::Relaxed);
        loop {
            let first = (0..=64 - count).find(|first| taken & (row << first) == 0)?;
            let mask = row << first;
            match self.taken.compare_exchange_weak(taken, taken | mask, Ordering::Acquire, Ordering::Relaxed) {
                // SAFETY: within the page.
                Ok(_) => return Some((unsafe { self.memory.add(first * SLOT) }, Place::Slots(self, mask))),
                Err(now) => taken = now,
            }
        }
    }
}

/// Fresh memory, rounded up to whole pages by the kernel.
#[cfg(target_os = "linux")]
fn map(length: usize) -> Option<NonNull<u8>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: asks for memory wherever the kernel likes, and says how to treat what was just given.
    unsafe {
        let start = libc::mmap(ptr::null_mut(), length, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0);
        if start == libc::MAP_FAILED {
            return None;
        }
        // A kernel without it dumps the page, as it dumps all others.
        libc::madvise(start, length, libc::MADV_DONTDUMP);
        NonNull::new(start.cast())
    }
}

#[cfg(not(target_os = "linux"))]
fn map(_: usize) -> Option<NonNull<u8>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the kernel leaves that memory out: `dd` among the flags of its mapping.
    fn is_left_out(bytes: &[u8]) -> bool {
        let address = bytes.as_ptr().addr();
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        for line in maps.lines() {
            let range = line.split(' ').next().and_then(|range| range.split_once('-'));
            let hex = |text| usize::from_str_radix(text, 16).ok();
            if let Some((Some(start), Some(end))) = range.map(|(start, end)| (hex(start), hex(end))) {
                inside = (start..end).contains(&address);
            } else if inside && line.starts_with("VmFlags:") {
                return line.split(' ').any(|flag| flag == "dd");
            }
        }
        panic!("no mapping has {address:x}");
    }

    #[test]
    fn holds_what_it_was_given_where_no_core_dump_sees_it() {
        assert!(!is_left_out("x".repeat(64).as_bytes()), "the control");
        for length in [1, 63, 64, 65, 4000, PAGE, PAGE + 1, 100_000] {
            let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            let kept = Undumped::of(&bytes);
            assert_eq!(kept.bytes(), bytes);
            assert!(is_left_out(kept.bytes()), "{length}");
        }
        assert!(Undumped::of(b"").bytes().is_empty());
    }

    #[test]
    fn many_threads_take_and_give_back_without_meeting() {
        std::thread::scope(|scope| {
            for id in 0..4_u8 {
                scope.spawn(move || {
                    let mut kept: Vec<Undumped> = Vec::new();
                    for round in 0..2000_usize {
                        kept.push(Undumped::of(&vec![id; 1 + round * 37 % 700]));
                        if round % 3 == 0 {
                            kept.swap_remove(round % kept.len());
                        }
                        if round % 500 == 499 {
                            assert!(kept.iter().all(|kept| kept.bytes().iter().all(|byte| *byte == id)));
                            kept.clear();
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn what_is_given_back_is_taken_again() {
        let pages = || {
            let (mut count, mut next) = (0, PAGES.load(Ordering::Acquire));
            // SAFETY: pages are never given back.
            while let Some(page) = unsafe { next.as_ref() } {
                count += 1;
                next = page.next;
            }
            count
        };
        drop(Undumped::of(&[7; PAGE]));
        let before = pages();
        for _ in 0..1000 {
            drop(Undumped::of(&[7; 200]));
        }
        // Other tests take some meanwhile.
        assert!(pages() < before + 200, "{} pages, {before} before", pages());
    }
}
