//! The static library: one object in which nothing but `rs_auth_*` can be seen.
//!
//! A Rust archive carries its own copy of std with global symbols; two of them in one program clash. Linking the
//! archive's objects into one and making their symbols local takes them out of each other's sight.

use crate::run::{Outcome, create_dir, program, read, root, run};
use std::path::Path;

/// Makes `librs_auth.a` at `to` from cargo's archive, in the directory `work`.
pub fn make(archive: &Path, work: &Path, to: &Path) -> Outcome {
    create_dir(work)?;
    let symbols = root().join("cmake/symbols.txt");
    let object = work.join("rs_auth.o");
    let mut link = program("ld");
    link.args(["-r", "--gc-sections", "--strip-debug"]);
    // COMDAT groups become plain sections: the linker of the program would otherwise drop one of two equal groups, and
    // local symbols with it that the rest of the object still refers to.
    link.arg("--force-group-allocation");
    for symbol in read(&symbols)?.split_whitespace() {
        link.args(["-u", symbol]);
    }
    run(link.arg("-o").arg(&object).arg(archive))?;
    let keep = format!("--keep-global-symbols={}", symbols.display());
    let mut hide = program("objcopy");
    hide.arg(keep).arg("--strip-unneeded");
    // Bitcode of std, which no one can use and which tools built on LLVM stumble over once it is joined.
    hide.args(["--remove-section", ".llvmbc", "--remove-section", ".llvmcmd"]);
    run(hide.arg(&object))?;
    // `ar` adds to an archive that is there already.
    if to.exists() {
        std::fs::remove_file(to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    run(program("ar").arg("rcs").arg(to).arg(&object))
}
