//! The files that say what the C interface is agree with each other and with the library.

use std::path::Path;
use std::process::Command;
use std::{env, fs};
use xtask::header;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn committed(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The number of a macro of the header.
fn number(name: &str) -> String {
    let header = committed("include/rs_auth.h");
    let line = header.lines().find_map(|line| line.strip_prefix(&format!("#define {name} "))).map(str::to_owned);
    line.unwrap_or_else(|| panic!("the header has no {name}"))
}

#[test]
fn the_committed_headers_are_those_that_the_sources_make() {
    for (path, made) in header::PATHS.iter().zip(header::generate(root()).unwrap()) {
        assert!(committed(path) == made, "{path} is not current: run `cargo xtask header`");
    }
}

#[test]
fn the_list_in_capi_the_header_and_the_symbols_are_in_one_order() {
    let symbols = committed("cmake/symbols.txt");
    let symbols: Vec<_> = symbols.lines().map(str::to_owned).collect();
    assert_eq!(header::listed(root()).unwrap(), symbols);
    let text = committed("include/rs_auth.h");
    let prototypes = text.split("\nRS_AUTH_API").skip(1);
    let named = prototypes.map(|prototype| {
        let name = prototype.split('(').next().unwrap_or_default();
        name.rsplit([' ', '*', '\n']).next().unwrap_or_default().to_owned()
    });
    assert_eq!(named.collect::<Vec<_>>(), symbols);
}

#[test]
fn every_macro_of_the_header_has_the_prefix() {
    for path in ["include/rs_auth.h", "include/rs_auth_dl.h"] {
        let foreign = ["WIN32_LEAN_AND_MEAN", "NOMINMAX"];
        for line in committed(path).lines().filter_map(|line| line.strip_prefix("#define ")) {
            assert!(line.starts_with("RS_AUTH_") || foreign.contains(&line), "{path}: {line}");
        }
    }
}

#[test]
fn versions_agree() {
    assert_eq!(number("RS_AUTH_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MAJOR"));
    assert_eq!(number("RS_AUTH_VERSION_MINOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert_eq!(number("RS_AUTH_VERSION_PATCH"), env!("CARGO_PKG_VERSION_PATCH"));
    let abi = number("RS_AUTH_ABI_VERSION");
    assert_eq!(abi, rs_auth::capi::rs_auth_abi_version().to_string());
    assert!(committed("build.rs").contains(&format!("-soname,librs_auth.so.{abi}\"")));
    // SAFETY: a static string.
    let version = unsafe { std::ffi::CStr::from_ptr(rs_auth::capi::rs_auth_version()) }.to_str().unwrap();
    assert!(version.starts_with(concat!(env!("CARGO_PKG_VERSION"), " (git ")), "{version}");
    assert!(version.contains("aws-lc 0."), "{version}");
}

/// The shared library that was built with this test.
fn library() -> std::path::PathBuf {
    let test = env::current_exe().unwrap();
    let library = test.parent().unwrap().join("librs_auth.so");
    assert!(library.exists(), "no {}", library.display());
    library
}

fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).arg(library()).output().unwrap();
    assert!(output.status.success(), "{program} failed");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_exports_the_symbols_and_nothing_else() {
    let listing = tool("nm", &["-D", "--defined-only"]);
    let mut exported: Vec<_> = listing.lines().filter_map(|line| line.split_whitespace().last()).collect();
    exported.sort_unstable();
    let committed = committed("cmake/symbols.txt");
    let mut expected: Vec<_> = committed.lines().collect();
    if cfg!(feature = "test-hooks") {
        expected.push("rs_auth_test_panic");
    }
    expected.sort_unstable();
    assert_eq!(exported, expected);
}

#[test]
#[cfg(target_os = "linux")]
fn the_library_can_neither_be_unloaded_nor_captured() {
    let dynamic = tool("readelf", &["-d"]);
    assert!(dynamic.contains("[librs_auth.so.1]") && dynamic.contains("NODELETE"), "{dynamic}");
    let undefined = tool("nm", &["-D", "--undefined-only"]);
    assert!(undefined.contains("malloc"), "the control: {undefined}");
    assert!(!undefined.contains("OPENSSL_memory_"), "{undefined}");
}

#[test]
#[cfg(all(target_os = "linux", feature = "test-hooks"))]
fn a_panic_comes_back_as_a_status_that_tells_where_but_not_what() {
    use std::ffi::{CStr, c_char, c_void};
    use std::ptr;
    // A child: what the library would print goes to its stderr.
    if env::var_os("RS_AUTH_TEST_PANIC").is_none() {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "a_panic_comes_back_as_a_status_that_tells_where_but_not_what", "--nocapture"])
            .env("RS_AUTH_TEST_PANIC", "1")
            .output()
            .unwrap();
        let printed = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
        assert!(child.status.success(), "{printed}");
        assert!(!printed.contains("canary-secret") && !printed.contains("panicked at"), "{printed}");
        return;
    }
    // SAFETY: the library's own functions, with the types of its header.
    unsafe {
        let library = libloading::Library::new(library()).unwrap();
        let panic: libloading::Symbol<'_, unsafe extern "C" fn(*mut *mut c_void) -> i32> =
            library.get(b"rs_auth_test_panic").unwrap();
        let message: libloading::Symbol<'_, unsafe extern "C" fn(*const c_void) -> *const c_char> =
            library.get(b"rs_auth_error_message").unwrap();
        let free: libloading::Symbol<'_, unsafe extern "C" fn(*mut c_void)> =
            library.get(b"rs_auth_error_free").unwrap();
        let mut error = ptr::null_mut();
        assert_eq!(panic(&raw mut error), 900);
        let text = CStr::from_ptr(message(error)).to_str().unwrap();
        assert!(text.contains("capi/test_hooks.rs:"), "{text}");
        assert!(!text.contains("canary-secret"), "{text}");
        free(error);
        assert_eq!(panic(ptr::null_mut()), 900);
    }
}
