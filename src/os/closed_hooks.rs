//! Closes the hooks of aws-lc's allocator.
//!
//! aws-lc calls `OPENSSL_memory_alloc`, its three companions and jemalloc's `sdallocx` if anybody in the process defines
//! them: they are weak
//! references without its usual prefix, so that a host with a `BoringSSL` inside could capture every allocation of ours. A
//! reference that is weak *and hidden* in one object makes the linker resolve them within this library, where nobody
//! defines them: to NULL. A definition would not do, since it would be exported, or called.

#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    any(target_os = "linux", target_os = "android", target_os = "freebsd")
))]
core::arch::global_asm!(
    ".pushsection .data.rel.ro.rs_auth_closed_hooks,\"aw\"",
    ".p2align 3",
    ".weak OPENSSL_memory_alloc",
    ".hidden OPENSSL_memory_alloc",
    ".quad OPENSSL_memory_alloc",
    ".weak OPENSSL_memory_free",
    ".hidden OPENSSL_memory_free",
    ".quad OPENSSL_memory_free",
    ".weak OPENSSL_memory_get_size",
    ".hidden OPENSSL_memory_get_size",
    ".quad OPENSSL_memory_get_size",
    ".weak OPENSSL_memory_realloc",
    ".hidden OPENSSL_memory_realloc",
    ".quad OPENSSL_memory_realloc",
    ".weak sdallocx",
    ".hidden sdallocx",
    ".quad sdallocx",
    ".popsection",
);
