//! `cargo xtask reproducible`: two builds of one state, in two directories, are the same file.

use crate::args::Args;
use crate::library::{self, Profile};
use crate::run::{Outcome, capture, create_dir, program, run, target};
use crate::tally::Count;
use std::fs;
use std::path::Path;

/// The chore.
pub fn chore(args: Args) -> Outcome {
    args.finish()?;
    check().map(drop)
}

/// Builds twice and compares. Directories of different depth and name, so that neither length nor order of paths counts.
pub fn check() -> Outcome<((), Count)> {
    let work = target().join("reproducible");
    let mut built = Vec::new();
    for (place, dir) in [("one", "target"), ("another/place/further", "another/target")] {
        let sources = work.join("sources").join(place);
        copy_tracked(&sources)?;
        let library = library::build_at(&sources, &work.join("built").join(dir), Profile::Release)?;
        built.push(fs::read(&library.shared).map_err(|error| format!("{}: {error}", library.shared.display()))?);
        let hash = capture(program("sha256sum").arg(&library.shared))?;
        println!("{} bytes, SHA-256 {}", built[built.len() - 1].len(), hash.split(' ').next().unwrap_or_default());
    }
    let told = [&work, &crate::run::root()].map(|path| path.display().to_string());
    let tells = told.iter().find(|path| built[0].windows(path.len()).any(|window| window == path.as_bytes()));
    match tells {
        _ if built[0] != built[1] => Err(format!("two builds differ, first at byte {}", first_difference(&built))),
        Some(path) => Err(format!("the library tells where it was built: {path}")),
        None => Ok(((), Count { passed: 1, failed: 0 })),
    }
}

fn first_difference(built: &[Vec<u8>]) -> usize {
    built[0].iter().zip(&built[1]).position(|(one, other)| one != other).unwrap_or(built[0].len().min(built[1].len()))
}

/// The files that git knows, as they are now; nothing that lies beside them.
fn copy_tracked(to: &Path) -> Outcome {
    let _ = fs::remove_dir_all(to);
    create_dir(to)?;
    let archive =
        "git ls-files -z | tar --null --files-from=- --create --ignore-failed-read | tar --extract --directory \"$0\"";
    run(program("sh").args(["-euc", archive]).arg(to))
}
