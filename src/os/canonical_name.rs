//! The canonical name of a host: a company's alias such as `dwh.example.com` often is a CNAME of the cluster's own name,
//! which tells the region.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::ptr;

/// What the resolver calls `host` in truth; `None` if it does not know it. Blocks for as long as the resolver takes, so
/// it is called on a thread that its caller need not wait for.
pub(crate) fn canonical_name(host: &str) -> Option<String> {
    let name = CString::new(host).ok()?;
    // SAFETY: a struct of integers and pointers, for which zero is the documented start.
    let mut hints = unsafe { MaybeUninit::<libc::addrinfo>::zeroed().assume_init() };
    hints.ai_flags = libc::AI_CANONNAME;
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut list = ptr::null_mut();
    // SAFETY: name and hints live during the call; `list` is written on success only.
    if unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut list) } != 0 {
        return None;
    }
    // SAFETY: on success the list has at least one entry, and only the first carries the name.
    let canonical = unsafe { list.as_ref() }.map(|first| first.ai_canonname).filter(|name| !name.is_null());
    // SAFETY: a NUL-terminated string of the list, which is freed only below.
    let canonical = canonical.map(|name| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned());
    // SAFETY: a list of getaddrinfo, freed once.
    unsafe { libc::freeaddrinfo(list) };
    canonical.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::canonical_name;

    #[test]
    fn asks_the_resolver() {
        assert_eq!(canonical_name("127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert!(canonical_name("localhost").is_some());
        assert_eq!(canonical_name(&"a".repeat(64)), None, "no label is that long");
        assert_eq!(canonical_name("nul\0inside"), None);
    }
}
