//! Whether this program runs with more rights than its caller has.

/// True in set-uid and set-gid programs and after a gain of capabilities: the environment is then not to be trusted.
pub(crate) fn raised() -> bool {
    // SAFETY: getauxval only reads the process's auxiliary vector and takes any number.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// The effective user: what is stored for one is never served to another.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() }
}
