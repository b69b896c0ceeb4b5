//! Another static library of Rust's, with a std, an allocator and an unwinder of its own.

use std::collections::HashMap;

/// Allocates, catches a panic, uses thread-local storage: each in this library's copy of std.
#[unsafe(no_mangle)]
pub extern "C" fn other_rust_works() -> i32 {
    let map: HashMap<i32, String> = (0..100).map(|number| (number, format!("{number}"))).collect();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(|| panic!("inside the other library"));
    let thread = std::thread::spawn(move || map.len()).join();
    i32::from(caught.is_err() && thread.is_ok_and(|len| len == 100))
}
