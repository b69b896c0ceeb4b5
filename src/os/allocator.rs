//! The allocator of the libraries that C links: the system's, but every block is wiped before it goes back.
//!
//! A secret passes through more memory than our own types own: the buffers of the TLS and HTTP stacks, the bodies of
//! requests and answers, what a `String` left behind when it grew. All of that is freed by the end of a login, and freed
//! memory keeps its contents until somebody else gets it. aws-lc wipes what it frees by itself (`OPENSSL_free`).
//!
//! It is there with the feature `capi`, which the shared and the static library are built with and a Rust program is not:
//! the allocator of a program is the program's to choose.

use super::wipe::wipe;
use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator with wiping. There is no `realloc` of its own: the one of the trait moves to a new block and
/// frees the old one, where the system's would leave a copy behind.
struct Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

// SAFETY: the system's allocator, with the same blocks and layouts.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: a block of that layout, by the caller's promise, which nobody uses any more.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }
}
