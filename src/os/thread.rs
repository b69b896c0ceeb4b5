//! Threads of ours, without the standard library's: its threads take a lock of the whole process when they end (to forget
//! where their stack was, for its report of an overflow). If a host forks while a thread of ours holds that lock, every
//! thread that the child starts hangs at its end.

use super::{panics, wipe};
use crate::error::{AuthError, Status};
use std::ffi::c_void;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

/// Room for the SDK's deep futures in builds without optimisation; the host's own stack size does not matter.
const STACK: usize = 2 * 1024 * 1024;

/// What a thread leaves behind.
type Slot<T> = Arc<Mutex<Option<Result<T, AuthError>>>>;

/// A thread under way. Dropping it leaves the thread to itself.
pub(crate) struct Thread<T> {
    id: libc::pthread_t,
    slot: Slot<T>,
}

// SAFETY: an id of a thread may be used from any thread; where it is a pointer, it is one that nobody here follows.
unsafe impl<T: Send> Send for Thread<T> {}

struct Start<T> {
    body: Box<dyn FnOnce() -> T + Send>,
    slot: Slot<T>,
}

/// Starts `body` on a fresh thread, with the caller's signal mask.
pub(crate) fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> io::Result<Thread<T>> {
    let slot = Slot::default();
    let start = Box::into_raw(Box::new(Start { body: Box::new(body), slot: Arc::clone(&slot) }));
    match create(run::<T>, start.cast()) {
        Ok(id) => Ok(Thread { id, slot }),
        Err(error) => {
            // SAFETY: from `into_raw` above; there is no thread that took it.
            drop(unsafe { Box::from_raw(start) });
            Err(error)
        }
    }
}

impl<T> Thread<T> {
    /// Waits for the end of the thread and gives its result; a panic is an error.
    pub(crate) fn join(self) -> Result<T, AuthError> {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: a thread that was neither joined nor detached: both take the value.
        unsafe { libc::pthread_join(this.id, ptr::null_mut()) };
        // SAFETY: read once, and not dropped again.
        let slot = unsafe { ptr::read(&raw const this.slot) };
        let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| Err(AuthError::of_call(Status::Internal, "a thread ended without a result")))
    }
}

impl<T> Drop for Thread<T> {
    fn drop(&mut self) {
        // SAFETY: a thread that was neither joined nor detached.
        unsafe { libc::pthread_detach(self.id) };
    }
}

fn create(main: extern "C" fn(*mut c_void) -> *mut c_void, argument: *mut c_void) -> io::Result<libc::pthread_t> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
    let mut id = MaybeUninit::<libc::pthread_t>::zeroed();
    // SAFETY: the attributes are initialised before use and destroyed after it; `id` is written on success.
    unsafe {
        succeeded(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        let created = succeeded(libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK))
            .and_then(|()| succeeded(libc::pthread_create(id.as_mut_ptr(), attributes.as_ptr(), main, argument)));
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        created.map(|()| id.assume_init())
    }
}

fn succeeded(number: libc::c_int) -> io::Result<()> {
    if number == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(number)) }
}

extern "C" fn run<T>(argument: *mut c_void) -> *mut c_void {
    // SAFETY: the pointer that `spawn` made for this thread alone.
    let Start { body, slot } = *unsafe { Box::from_raw(argument.cast::<Start<T>>()) };
    // SAFETY: the name is NUL-terminated and short enough.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::pthread_setname_np(libc::pthread_self(), c"rs_auth".as_ptr());
    }
    // The C library keeps the stack for the next thread, as it is.
    wipe::after_on_own_stack(|| {
        let result = panics::caught(body);
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
    });
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn gives_its_result_and_has_its_name() {
        let thread = spawn(|| std::fs::read_to_string("/proc/thread-self/comm").unwrap()).unwrap();
        assert_eq!(thread.join().unwrap(), "rs_auth\n");
    }

    #[test]
    fn a_panic_is_an_error_of_the_join() {
        let error = spawn(|| panic!("on purpose")).unwrap().join().map(|(): ()| ()).unwrap_err();
        assert_eq!(error.status(), Status::Internal);
    }

    #[test]
    fn one_that_nobody_waits_for_goes_on() {
        let (sender, receiver) = mpsc::channel();
        drop(spawn(move || sender.send(7)).unwrap());
        assert_eq!(receiver.recv(), Ok(7));
    }
}
