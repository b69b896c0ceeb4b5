//! `rs_auth.h`: the declarations in sections, between the lines that cbindgen cannot write.

use super::{Declaration, Kind, Section};
use std::fmt::Write;

const TOP: &str = r#"/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * rs_auth: login for Amazon Redshift. Turns the keys and values of a DSN into what a driver needs to connect: a database
 * user with a temporary password, or a token for the server's identity provider authentication.
 *
 * Made by `cargo xtask header` from src/capi. Do not edit.
 *
 * Rules for every function
 *
 *  - Everything here is there since ABI version 1.0, unless its comment says @since.
 *  - Strings in are NUL-terminated UTF-8 and are copied. Bad UTF-8 in an argument is RS_AUTH_STATUS_INVALID_ARGUMENT, in
 *    a value of a DSN RS_AUTH_STATUS_INVALID_SETTING.
 *  - Strings out are borrowed from their object and live until its _free function; NULL means absent. The few strings
 *    that the caller owns say so and are ended by rs_auth_string_free().
 *  - Pointers are checked: NULL where an object is needed is RS_AUTH_STATUS_INVALID_ARGUMENT, or NULL, 0 or -1 from a
 *    function that returns no status.
 *  - Out pointers are set to NULL on entry and written only on success, so that a _free function is always right
 *    afterwards. Every _free function takes NULL. Objects are ended by their own _free function, never by free().
 *    out_error may be NULL itself.
 *  - Credentials, errors and lists are immutable and may be read from any thread. Options may be shared by concurrent
 *    calls, but not changed during one. Cancel tokens may be used from any thread at any time. Logins from any number of
 *    threads are independent of each other.
 *  - Callbacks run on the thread that made the call, while it is inside the call. What they are given is valid during
 *    the callback only. They must not throw, longjmp or log in (RS_AUTH_STATUS_BUSY); they may call accessors.
 *  - Nothing of the library runs between calls: no thread, timer or socket is left when a call returns, except a name
 *    lookup that the C library has not come back from at the time limit. A forked child may call at once, whatever the
 *    parent's other threads were doing, if rs_auth_init() or one login had returned in the parent.
 *  - The library never changes the process's signal dispositions, locale, environment or umask, and raises no SIGPIPE.
 *
 * A login
 *
 *     const rs_auth_dsn_kv dsn[] = {{"IAM", "1"}, {"Host", "..."}, {"Profile", "dev"}, {NULL, NULL}};
 *     rs_auth_credentials *credentials = NULL;
 *     rs_auth_error *error = NULL;
 *     if (rs_auth_get_credentials(dsn, RS_AUTH_NTS, NULL, &credentials, &error) == RS_AUTH_STATUS_OK)
 *         connect_with(rs_auth_credentials_user(credentials), rs_auth_credentials_password(credentials));
 *     else
 *         fprintf(stderr, "%s\n", rs_auth_error_message(error));
 *     rs_auth_credentials_free(credentials);
 *     rs_auth_error_free(error);
 */
#ifndef RS_AUTH_H
#define RS_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Before every function. Define RS_AUTH_STATIC before including this header to link the static library on Windows.
 */
#ifndef RS_AUTH_API
#if defined(_WIN32) && !defined(RS_AUTH_STATIC)
#define RS_AUTH_API __declspec(dllimport)
#elif defined(__GNUC__)
#define RS_AUTH_API __attribute__((visibility("default")))
#else
#define RS_AUTH_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

"#;

const NTS: &str = r"/**
 * As a length: an array of key/value pairs ends at the first entry whose key is NULL, a string at the first unit that is
 * 0, an array of strings at the first NULL.
 */
#define RS_AUTH_NTS ((size_t)-1)

";

const BOTTOM: &str = r"#endif /* RS_AUTH_NO_PROTOTYPES */

#ifdef __cplusplus
} /* extern C */
#endif

#endif /* RS_AUTH_H */
";

const PROTOTYPES: &str = r"/*
 * A program that loads the library at run time includes rs_auth_dl.h, which leaves the prototypes out.
 */
#ifndef RS_AUTH_NO_PROTOTYPES

";

/// Writes the header. Macros and types stand before all functions, since `RS_AUTH_NO_PROTOTYPES` leaves those out.
pub(super) fn header(
    sections: &[(&'static Section, Vec<String>)],
    declarations: &[Declaration],
    version: &[String; 3],
) -> Result<String, String> {
    let mut text = TOP.to_owned();
    title(&mut text, "Versions");
    let version_of = "The version of the package that this header belongs to";
    for (part, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(version) {
        let _ = write!(text, "/**\n * {version_of}.\n */\n#define RS_AUTH_VERSION_{part} {number}\n\n");
    }
    let mut left: Vec<_> = declarations.iter().collect();
    take(&mut text, &mut left, |it| it.name == "RS_AUTH_ABI_VERSION");
    title(&mut text, "Types");
    text.push_str(NTS);
    take(&mut text, &mut left, |it| it.kind == Kind::Type);
    for (section, _) in sections.iter().filter(|(section, _)| !section.macros.is_empty()) {
        title(&mut text, &format!("Numbers: {}", section.title));
        take(&mut text, &mut left, |it| section.macros.iter().any(|prefix| it.name.starts_with(prefix)));
    }
    text.push_str(PROTOTYPES);
    for (section, functions) in sections.iter().filter(|(_, functions)| !functions.is_empty()) {
        title(&mut text, section.title);
        take(&mut text, &mut left, |it| functions.contains(&it.name));
    }
    text.push_str(BOTTOM);
    match left.first() {
        None => Ok(text),
        Some(stray) => Err(format!("{} belongs to no section of the header", stray.name)),
    }
}

/// Moves what `belongs` into the text.
fn take(text: &mut String, left: &mut Vec<&Declaration>, belongs: impl Fn(&Declaration) -> bool) {
    left.retain(|declaration| {
        let taken = belongs(declaration);
        if taken {
            let _ = write!(text, "{}\n\n", declaration.text);
        }
        !taken
    });
}

fn title(text: &mut String, title: &str) {
    let _ = write!(text, "/* ---- {title} {} */\n\n", "-".repeat(108 - title.len()));
}
