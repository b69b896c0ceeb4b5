//! The process's own unwinder for the shared library, found at the first call and not when the library is loaded: `libgcc_s` is
//! a third of the time of `dlopen` in a process that has not got it, and hosts load libraries that they may never call.
//!
//! glibc finds it in the same way for `pthread_exit` and `backtrace`. To link it in would not do: an exception of a host's
//! callback in C++ would meet two unwinders in one stack.
//!
//! build.rs has the linker take `rs_auth_unwind_…` for `_Unwind_…` in the shared library alone. Each is a jump, as in the
//! loader's own table: the unwinder looks at the frame of who called it.

use core::arch::global_asm;
use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

const LIBRARY: &CStr = c"libgcc_s.so.1";

/// The functions, each behind the number of its place. build.rs has the same list: a name that only one of them has does not
/// link, or makes the library need `libgcc_s` again, which `cargo xtask test` does not let pass.
macro_rules! functions {
    ($count:literal: $($place:literal $name:literal)*) => {
        const NAMES: [&CStr; $count] = [$(
            match CStr::from_bytes_with_nul(concat!("_Unwind_", $name, "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => c"",
            },
        )*];
        global_asm!(
            $(concat!(".hidden rs_auth_unwind_", $name),
            concat!(".globl rs_auth_unwind_", $name),
            concat!(".type rs_auth_unwind_", $name, ", @function"),
            concat!("rs_auth_unwind_", $name, ":"),
            ".cfi_startproc",
            concat!("mov r11, qword ptr [rip + {found} + 8 * ", $place, "]"),
            concat!("mov eax, ", $place),
            "test r11, r11",
            "jz {find_first}",
            "jmp r11",
            ".cfi_endproc",
            concat!(".size rs_auth_unwind_", $name, ", . - rs_auth_unwind_", $name),)*
            found = sym FOUND,
            find_first = sym find_first,
        );
    };
}

functions! { 12:
    0 "Backtrace"
    1 "DeleteException"
    2 "GetDataRelBase"
    3 "GetIP"
    4 "GetIPInfo"
    5 "GetLanguageSpecificData"
    6 "GetRegionStart"
    7 "GetTextRelBase"
    8 "RaiseException"
    9 "Resume"
    10 "SetGR"
    11 "SetIP"
}

/// Where the functions are; null until they were looked for.
static FOUND: [AtomicPtr<c_void>; NAMES.len()] = [const { AtomicPtr::new(ptr::null_mut()) }; NAMES.len()];

/// For a panic that comes before [`find`]. The place is in eax; the function's own arguments stay as they are. None of them
/// is a float.
#[unsafe(naked)]
extern "C" fn find_first() {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rdi",
        "push rsi",
        "push rdx",
        "push rcx",
        "push r8",
        ".cfi_adjust_cfa_offset 40",
        "mov edi, eax",
        "call {find_at}",
        "pop r8",
        "pop rcx",
        "pop rdx",
        "pop rsi",
        "pop rdi",
        ".cfi_adjust_cfa_offset -40",
        "jmp rax",
        ".cfi_endproc",
        find_at = sym find_at,
    )
}

extern "C" fn find_at(place: usize) -> *mut c_void {
    find();
    let function = FOUND.get(place).map_or(ptr::null_mut(), |function| function.load(Ordering::Relaxed));
    if function.is_null() {
        let words = b"rs_auth: a panic, and no libgcc_s.so.1 to end it with\n";
        // SAFETY: the buffer is as long as is said.
        unsafe { libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len()) };
        std::process::abort();
    }
    function
}

/// Looks for the unwinder now, so that a panic later needs neither memory nor files. Any thread, any number of times.
pub(super) fn find() {
    let mut library: *mut c_void = ptr::null_mut();
    for (name, function) in NAMES.into_iter().zip(&FOUND) {
        // SAFETY: the name is NUL-terminated. Where the process has an unwinder for all, that is the one, as if the library
        // had been linked with it.
        let mut address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        if address.is_null() && library.is_null() {
            // SAFETY: a NUL-terminated name; what loads is the compiler's own library, meant for any process, and its
            // handle is never closed.
            library = unsafe { libc::dlopen(LIBRARY.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        }
        if address.is_null() && !library.is_null() {
            // SAFETY: a handle that is open, and a NUL-terminated name.
            address = unsafe { libc::dlsym(library, name.as_ptr()) };
        }
        function.store(address, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libc::c_int;

    type Visit = extern "C" fn(*mut c_void, *mut c_void) -> c_int;
    type Backtrace = unsafe extern "C" fn(Visit, *mut c_void) -> c_int;

    unsafe extern "C" {
        fn rs_auth_unwind_Backtrace(visit: Visit, frames: *mut c_void) -> c_int;
        fn rs_auth_unwind_GetIP(frame: *mut c_void) -> usize;
        fn _Unwind_Backtrace(visit: Visit, frames: *mut c_void) -> c_int;
    }

    extern "C" fn remember(frame: *mut c_void, frames: *mut c_void) -> c_int {
        // SAFETY: the vector that `seen` hands over, and a frame that is being visited.
        unsafe { (*frames.cast::<Vec<usize>>()).push(rs_auth_unwind_GetIP(frame)) };
        0
    }

    #[inline(never)]
    fn seen(backtrace: Backtrace) -> Vec<usize> {
        let mut frames = Vec::new();
        // SAFETY: the visitor gets the vector that it expects.
        unsafe { backtrace(remember, (&raw mut frames).cast()) };
        frames
    }

    #[test]
    fn the_unwinder_sees_the_frames_of_its_caller_before_and_after_it_was_found() {
        for function in &FOUND {
            function.store(ptr::null_mut(), Ordering::Relaxed);
        }
        let [first, again, direct] = [rs_auth_unwind_Backtrace, rs_auth_unwind_Backtrace, _Unwind_Backtrace].map(seen);
        assert!(direct.len() > 3, "{direct:x?}");
        assert_eq!((&first, &again), (&direct, &direct));
        assert!(FOUND.iter().all(|function| !function.load(Ordering::Relaxed).is_null()), "all are found at once");
    }
}
