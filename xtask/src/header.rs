//! What is made from the C interface in `src/capi`: `rs_auth.h`, `rs_auth_dl.h` and the list of exported symbols.
//!
//! cbindgen writes the declarations; `frame` puts them into sections, `dl` makes the table of function pointers.

mod dl;
mod frame;

use std::fs;
use std::path::Path;

/// A section of the header: its title, the file of `src/capi` whose functions it shows, and the macros it begins with.
struct Section {
    title: &'static str,
    file: &'static str,
    macros: &'static [&'static str],
}

const SECTIONS: [Section; 10] = [
    Section { title: "Status numbers", file: "constants.rs", macros: &["RS_AUTH_STATUS_"] },
    Section { title: "Login", file: "login.rs", macros: &[] },
    Section { title: "Keys and values", file: "kv.rs", macros: &[] },
    Section { title: "One entry point a plugin", file: "entries.rs", macros: &[] },
    Section {
        title: "Credentials",
        file: "credentials.rs",
        macros: &["RS_AUTH_CREDENTIALS_KIND_", "RS_AUTH_DIALECT_"],
    },
    Section { title: "Errors", file: "error.rs", macros: &[] },
    Section { title: "Options and cancel tokens", file: "options.rs", macros: &["RS_AUTH_CACHE_", "RS_AUTH_LOG_"] },
    Section { title: "Events: what a login needs of a person", file: "event.rs", macros: &["RS_AUTH_EVENT_"] },
    Section { title: "A plugin of the host's own", file: "plugin.rs", macros: &[] },
    Section { title: "Understanding a DSN, caches, versions", file: "library.rs", macros: &[] },
];

/// The files that are made, each with its path in the repository.
pub const PATHS: [&str; 3] = ["include/rs_auth.h", "include/rs_auth_dl.h", "cmake/symbols.txt"];

/// A declaration with the comment above it.
struct Declaration {
    text: String,
    kind: Kind,
    name: String,
}

#[derive(PartialEq)]
enum Kind {
    Macro,
    Type,
    Function,
}

/// Makes the files of [`PATHS`] in memory. `root` is the repository.
pub fn generate(root: &Path) -> Result<[String; 3], String> {
    let declarations = declarations(root)?;
    let functions: Vec<_> = declarations.iter().filter(|it| it.kind == Kind::Function).collect();
    let symbols = functions.iter().flat_map(|function| [function.name.as_str(), "\n"]).collect();
    let table = dl::header(&functions)?;
    Ok([frame::header(&sections(root)?, &declarations, &version(root)?)?, table, symbols])
}

/// Makes the files and writes them into the repository.
pub fn write(root: &Path) -> Result<(), String> {
    for (path, text) in PATHS.iter().zip(generate(root)?) {
        fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

/// The names of the exported functions as `src/capi/mod.rs` lists them.
pub fn listed(root: &Path) -> Result<Vec<String>, String> {
    let list = read(root, "src/capi/mod.rs")?;
    let names = list.lines().filter_map(|line| line.strip_prefix("    rs_auth_")?.strip_suffix(','));
    let names = names.map(|name| format!("rs_auth_{name}"));
    Ok(names.collect())
}

/// Every declaration, in cbindgen's order: macros and types, then functions in the order of the sources.
fn declarations(root: &Path) -> Result<Vec<Declaration>, String> {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for section in SECTIONS {
        builder = builder.with_src(root.join("src/capi").join(section.file));
    }
    let mut output = Vec::new();
    builder.generate().map_err(|error| format!("cbindgen: {error}"))?.write(&mut output);
    let output = String::from_utf8(output).map_err(|error| format!("cbindgen: {error}"))?;
    output.trim().split("\n\n").map(declaration).collect()
}

fn declaration(text: &str) -> Result<Declaration, String> {
    let code = text.rsplit_once(" */\n").map_or(text, |(_, code)| code).trim_start();
    let strange = || format!("cbindgen wrote what this program does not know:\n{text}");
    let (kind, name) = if let Some(definition) = code.strip_prefix("#define ") {
        (Kind::Macro, definition.split_whitespace().next())
    } else if text.contains("\ntypedef ") {
        (Kind::Type, Some("a type"))
    } else if code.starts_with("RS_AUTH_API") {
        let before = code.split_once('(').map(|(before, _)| before);
        (Kind::Function, before.and_then(|before| before.split([' ', '*', '\n']).next_back()))
    } else {
        return Err(strange());
    };
    let name = name.filter(|name| !name.is_empty()).ok_or_else(strange)?.to_owned();
    // Every struct has a typedef of the same name; `struct` is needed only where that is made.
    let without = |line: &str| match line.strip_prefix("typedef struct ") {
        Some(_) => line.to_owned(),
        None => line.replace("struct rs_auth_", "rs_auth_"),
    };
    Ok(Declaration { text: text.lines().map(without).collect::<Vec<_>>().join("\n"), kind, name })
}

/// Each section with the names of the functions that stand in its file.
fn sections(root: &Path) -> Result<Vec<(&'static Section, Vec<String>)>, String> {
    let functions = |section: &'static Section| {
        let source = read(root, &format!("src/capi/{}", section.file))?;
        let names = source.lines().filter_map(|line| {
            let (_, rest) = line.strip_prefix("pub ")?.split_once("extern \"C\" fn ")?;
            rest.split_once('(').map(|(name, _)| name.to_owned())
        });
        Ok((section, names.collect()))
    };
    const { &SECTIONS }.iter().map(functions).collect()
}

/// `version` of the workspace, in its parts.
fn version(root: &Path) -> Result<[String; 3], String> {
    let manifest = read(root, "Cargo.toml")?;
    let workspace = manifest.split_once("[workspace.package]").map_or("", |(_, workspace)| workspace);
    let version = workspace.lines().find_map(|line| line.strip_prefix("version = ")).unwrap_or_default();
    let parts: Vec<_> = version.trim_matches('"').split('.').map(str::to_owned).collect();
    parts.try_into().map_err(|_| "Cargo.toml has no version of three parts".to_owned())
}

fn read(root: &Path, path: &str) -> Result<String, String> {
    fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))
}
