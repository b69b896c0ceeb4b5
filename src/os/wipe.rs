//! Memory that held secrets, filled with zeros.

use core::arch::asm;
use std::mem::MaybeUninit;

/// How much of the stack below a frame is overwritten. A call from C takes less on the caller's thread: c-tests/stack.c.
const BELOW: usize = 24 * 1024;

/// The same for the short way to an answer in memory, on which a full wiping would be a good part of all that is done. Code
/// that is not optimised takes more.
const BELOW_SHORT_WAY: usize = if cfg!(debug_assertions) { BELOW } else { 5 * 1024 };

/// How deep into the stack a call went.
#[derive(Clone, Copy)]
pub(crate) enum Depth {
    /// As far as the answer to an input that is known: c-tests/stack.c holds that.
    ShortWay,
    /// As far as any call from C.
    Any,
}

/// Fills memory with zeros, also where the compiler sees that nobody reads them.
///
/// # Safety
/// `length` bytes from `start` on may be written.
pub(super) unsafe fn wipe(start: *mut u8, length: usize) {
    // SAFETY: the caller's promise is the same.
    unsafe { start.write_bytes(0, length) };
    // SAFETY: no instruction; but for all that the compiler knows it reads the memory that it has the address of.
    unsafe { asm!("/* {0} */", in(reg) start, options(nostack, preserves_flags, readonly)) };
}

/// Overwrites what finished calls have left on the stack below the caller's frame.
#[inline(never)]
fn stack_below<const SIZE: usize>() {
    let mut below = MaybeUninit::<[u8; SIZE]>::uninit();
    // SAFETY: an array of this frame, which lies where the frames of those calls were.
    unsafe { wipe(below.as_mut_ptr().cast(), SIZE) };
}

/// Runs `body` in frames of its own, and overwrites them.
pub(crate) fn after<T>(body: impl FnOnce() -> T) -> T {
    after_as_deep(|| (body(), Depth::Any))
}

/// The same with a body that says how far that has to go.
pub(crate) fn after_as_deep<T>(body: impl FnOnce() -> (T, Depth)) -> T {
    let (result, depth) = apart(body);
    match depth {
        Depth::ShortWay => stack_below::<BELOW_SHORT_WAY>(),
        Depth::Any => stack_below::<BELOW>(),
    }
    result
}

/// The same on a thread of ours, whose calls went deeper.
pub(super) fn after_on_own_stack<T>(body: impl FnOnce() -> T) -> T {
    let result = apart(body);
    whole_stack();
    result
}

#[inline(never)]
fn apart<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Overwrites all of a thread's stack below the caller's frame, however deep its calls went.
#[cfg(target_os = "linux")]
fn whole_stack() {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
    let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are filled before they are read, and destroyed after that.
    let known = unsafe {
        libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) == 0 && {
            let known = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) == 0;
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
            known
        }
    };
    let here = (&raw mut size).cast::<u8>();
    if known && let Some(far) = here.addr().checked_sub(lowest.addr()).and_then(|room| room.checked_sub(BELOW / 2)) {
        let far = far - far % page();
        // SAFETY: memory of this thread's stack that is too far below this frame for the calls made from here.
        unsafe {
            // The kernel takes the pages back, of which few were ever touched; those that are locked it does not.
            if libc::madvise(lowest, far, libc::MADV_DONTNEED) != 0 {
                wipe(lowest.cast(), far);
            }
        }
    }
    stack_below::<BELOW>();
}

/// Elsewhere as far as the short way goes.
#[cfg(not(target_os = "linux"))]
fn whole_stack() {
    stack_below::<BELOW>();
}

#[cfg(target_os = "linux")]
fn page() -> usize {
    // SAFETY: a question without side effects.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(BELOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts a text of its own into a deep frame, and tells where.
    #[inline(never)]
    fn leave_behind(text: &[u8; 16], depth: usize) -> usize {
        let mut room = [0_u8; 1024];
        if depth > 0 {
            return leave_behind(std::hint::black_box(text), depth - 1) ^ usize::from(std::hint::black_box(&room)[0]);
        }
        room[512..528].copy_from_slice(text);
        std::hint::black_box(&mut room).as_ptr().addr() + 512
    }

    /// Whether a thread's memory still holds the text once it has wiped it: asked of the kernel, since nobody may look
    /// into dead frames.
    fn found(depth: usize, wiping: fn()) -> bool {
        use std::os::unix::fs::FileExt;
        let thread = super::super::thread::spawn(move || {
            let place = leave_behind(b"sixteen bytes of", depth);
            wiping();
            let mut bytes = [0_u8; 16];
            std::fs::File::open("/proc/self/mem").unwrap().read_exact_at(&mut bytes, place as u64).unwrap();
            &bytes == b"sixteen bytes of"
        });
        thread.unwrap().join().unwrap()
    }

    #[test]
    fn what_calls_left_on_the_stack_is_gone() {
        for (depth, near) in [(4, true), (200, false)] {
            assert!(found(depth, || ()), "the control, {depth}");
            assert!(!found(depth, whole_stack), "{depth}");
            assert_eq!(found(depth, stack_below::<BELOW>), !near, "{depth}");
        }
    }

    #[test]
    fn leaves_nothing_of_it_and_all_around_it() {
        let mut bytes = [7; 64];
        // SAFETY: within the array.
        unsafe { wipe(bytes.as_mut_ptr().add(3), 50) };
        assert!(bytes[3..53].iter().all(|byte| *byte == 0));
        assert!(bytes[..3].iter().chain(&bytes[53..]).all(|byte| *byte == 7));
    }
}
