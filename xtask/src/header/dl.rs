//! `rs_auth_dl.h`: the library as a table of function pointers, for programs that load it at run time.

use super::Declaration;
use std::fmt::Write;

const TOP: &str = r#"/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * rs_auth, loaded at run time: nothing to link against but the dynamic loader (-ldl before glibc 2.34).
 *
 * Made by `cargo xtask header` from src/capi. Do not edit.
 *
 *     static rs_auth_api rs_auth;
 *     const char *missing;
 *     if (rs_auth_api_load(&rs_auth, NULL, &missing) != 0)
 *         fprintf(stderr, "rs_auth: %s\n", missing);
 *     else
 *         rs_auth.get_credentials(dsn, RS_AUTH_NTS, NULL, &credentials, &error);
 *
 * Each pointer is the function of rs_auth.h without rs_auth_ in its name. The prototypes themselves are left out, so that
 * a call which would need linking does not compile; a file that wants them too includes rs_auth.h first.
 */
#ifndef RS_AUTH_DL_H
#define RS_AUTH_DL_H

#ifndef RS_AUTH_H
#define RS_AUTH_NO_PROTOTYPES
#include "rs_auth.h"
#undef RS_AUTH_NO_PROTOTYPES
#endif

#include <stddef.h>
#include <string.h>

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Every function of rs_auth.h, in its order. New ones are added at the end and may be NULL when an older library was
 * loaded; `size` tells a program that was handed the table how long it is.
 */
typedef struct rs_auth_api {
    size_t size;
"#;

const LOADER: &str = r#"
/* dlopen or LoadLibraryW; NULL on failure, with the reason. The path is UTF-8. */
static inline void *rs_auth_api_open_(const char *path, const char **reason)
{
#ifdef _WIN32
    wchar_t wide[32768];
    HMODULE library = NULL;
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, 32768) > 0)
        library = LoadLibraryW(wide);
    *reason = library ? NULL : "LoadLibraryW cannot load the library";
    return (void *)library;
#else
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    *reason = library ? NULL : dlerror();
    return library;
#endif
}

/**
 * Loads the library and fills the table. The library is never unloaded.
 *
 * @param api      filled; all zero after a failure.
 * @param path     the library, UTF-8; NULL: librs_auth.so.1 (rs_auth.dll) where the loader looks for libraries.
 * @param missing  receives after a failure the name of the function that the library lacks, or the loader's reason, which
 *                 is valid until this thread's next call of the loader. NULL after a success. May be NULL itself.
 * @return 0: loaded.
 */
static inline int rs_auth_api_load(rs_auth_api *api, const char *path, const char **missing)
{
    /* Name and place of each function, and whether every library of this ABI version has it. */
    static const struct {
        const char *name;
        size_t place;
        int needed;
    } functions[] = {
TABLE    };
    const size_t count = sizeof functions / sizeof functions[0];
    const char *reason = NULL;
    void *library;
    size_t index;
    if (missing)
        *missing = NULL;
    if (!api) {
        if (missing)
            *missing = "api is NULL";
        return -1;
    }
    memset(api, 0, sizeof *api);
#if defined(_WIN32)
    library = rs_auth_api_open_(path ? path : "rs_auth.dll", &reason);
#elif defined(__APPLE__)
    library = rs_auth_api_open_(path ? path : "librs_auth.1.dylib", &reason);
#else
    library = rs_auth_api_open_(path ? path : "librs_auth.so.1", &reason);
#endif
    for (index = 0; library && !reason && index < count; index++) {
#ifdef _WIN32
        FARPROC function = GetProcAddress((HMODULE)library, functions[index].name);
#else
        void *function = dlsym(library, functions[index].name);
#endif
        if (!function && functions[index].needed)
            reason = functions[index].name;
        memcpy((char *)api + functions[index].place, &function, sizeof function);
    }
    if (reason) {
        memset(api, 0, sizeof *api);
        if (missing)
            *missing = reason;
        return -1;
    }
    api->size = sizeof *api;
    return 0;
}

#ifdef __cplusplus
} /* extern C */
#endif

#endif /* RS_AUTH_DL_H */
"#;

/// Writes the header. A function whose comment says `@since` may be missing from the library that is loaded, and stands
/// after all that are older: the table only grows at its end.
pub(super) fn header(functions: &[&Declaration]) -> Result<String, String> {
    let mut functions = functions.to_vec();
    functions.sort_by_key(|function| since(function));
    let (mut members, mut table) = (String::new(), String::new());
    for function in functions {
        let (member, pointer) = pointer(function)?;
        members.push_str(&wrapped(&pointer));
        let needed = i32::from(since(function).is_none());
        let _ = writeln!(table, "        {{\"{}\", offsetof(rs_auth_api, {member}), {needed}}},", function.name);
    }
    Ok(format!("{TOP}{members}}} rs_auth_api;\n{}", LOADER.replace("TABLE", &table)))
}

/// The ABI version that brought the function, as (major, minor); `None` for those of 1.0.
fn since(function: &Declaration) -> Option<(u32, u32)> {
    let (_, version) = function.text.split_once("@since ")?;
    let (major, rest) = version.split_once('.')?;
    let minor = rest.split(|char: char| !char.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The name of the member, and its declaration made from the prototype.
fn pointer(function: &Declaration) -> Result<(&str, String), String> {
    let strange = || format!("{} is no prototype this program can read", function.name);
    let prototype = function.text.rsplit_once("RS_AUTH_API").ok_or_else(strange)?.1;
    let prototype = prototype.split_whitespace().collect::<Vec<_>>().join(" ");
    let (result, arguments) = prototype.split_once(&function.name).ok_or_else(strange)?;
    let member = function.name.strip_prefix("rs_auth_").ok_or_else(strange)?;
    Ok((member, format!("{result}(*{member}){arguments}")))
}

/// A member in lines of at most 120 characters, broken between arguments.
fn wrapped(member: &str) -> String {
    let (mut lines, mut line) = (String::new(), "   ".to_owned());
    for word in member.split_inclusive(", ") {
        if line.len() + 1 + word.trim_end().len() > 120 {
            let _ = writeln!(lines, "{}", line.trim_end());
            "       ".clone_into(&mut line);
        }
        let _ = write!(line, " {}", word.trim_end());
    }
    format!("{lines}{line}\n")
}
