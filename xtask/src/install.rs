//! `cargo xtask install`: library, headers, `CMake` package, pkg-config module, licences, list of contents; the program, if
//! wanted.

use crate::args::Args;
use crate::library::{self, Library, Profile, VERSION};
use crate::run::{Outcome, create_dir, read, root, target, write};
use crate::{cli, sbom, static_library};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// Where to and what.
pub struct Plan {
    /// As the installed files see it.
    pub prefix: PathBuf,
    /// Below `prefix`, as distributions name it.
    pub libdir: String,
    /// Put before `prefix` while files are written, for packagers.
    pub destdir: Option<PathBuf>,
    /// How the library is built.
    pub profile: Profile,
    /// Whether the static library is wanted too.
    pub with_static: bool,
}

/// The chore.
pub fn chore(mut args: Args) -> Outcome {
    let (dev, release) = (args.flag("--dev"), args.flag("--release"));
    if dev && release {
        return Err("--dev and --release exclude each other".into());
    }
    let plan = Plan {
        prefix: args.value("--prefix")?.unwrap_or_else(|| "/usr/local".into()).into(),
        libdir: args.value("--libdir")?.unwrap_or_else(|| "lib".into()),
        destdir: args.value("--destdir")?.map(PathBuf::from),
        profile: if dev { Profile::Dev } else { Profile::Release },
        with_static: args.flag("--static"),
    };
    let with_program = args.flag("--program");
    args.finish()?;
    if !plan.prefix.is_absolute() {
        return Err("--prefix has to be an absolute path".into());
    }
    let library = library::build(plan.profile)?;
    install(&plan, &library)?;
    if with_program {
        cli::install(&cli::build(plan.profile)?, &plan.destination())?;
    }
    println!("installed librs_auth {VERSION} under {}", plan.destination().display());
    Ok(())
}

impl Plan {
    fn destination(&self) -> PathBuf {
        match (&self.destdir, self.prefix.strip_prefix("/")) {
            (Some(destdir), Ok(below)) => root().join(destdir).join(below),
            _ => self.prefix.clone(),
        }
    }
}

/// Copies what was built to its places.
pub fn install(plan: &Plan, library: &Library) -> Outcome {
    let top = plan.destination();
    let libdir = top.join(&plan.libdir);
    create_dir(&libdir)?;
    shared_library(&library.shared, &libdir)?;
    if plan.with_static {
        static_library::make(&library.archive, &target().join("package/static"), &libdir.join("librs_auth.a"))?;
    }
    for header in ["rs_auth.h", "rs_auth_dl.h", "rs_auth.hpp"] {
        copy(&root().join("include").join(header), &top.join("include").join(header), 0o644)?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root().join(licence), &top.join("share/licenses/rs_auth").join(licence), 0o644)?;
    }
    // What is in it, for those who have to know.
    write(&top.join("share/doc/rs_auth/rs_auth.cdx.json"), &sbom::document()?)?;
    let package = libdir.join("cmake/rs_auth");
    for template in ["rs_authConfig.cmake", "rs_authConfigVersion.cmake", "rs_authTargets.cmake"] {
        fill(&format!("cmake/{template}.in"), &package.join(template), plan, library)?;
    }
    fill("cmake/rs_auth.pc.in", &libdir.join("pkgconfig/rs_auth.pc"), plan, library)
}

/// `librs_auth.so` for the linker, `.so.1` for the loader, `.so.1.0.0` the file.
fn shared_library(built: &Path, libdir: &Path) -> Outcome {
    let file = format!("librs_auth.so.{VERSION}");
    let soname = format!("librs_auth.so.{}", library::abi_version()?);
    copy(built, &libdir.join(&file), 0o755)?;
    for (link, to) in [(soname.as_str(), file.as_str()), ("librs_auth.so", soname.as_str())] {
        let link = libdir.join(link);
        let _ = std::fs::remove_file(&link);
        symlink(to, &link).map_err(|error| format!("{}: {error}", link.display()))?;
    }
    Ok(())
}

/// A new file, never new contents of the old one: a running program may have that mapped.
pub fn copy(from: &Path, to: &Path, mode: u32) -> Outcome {
    create_dir(to.parent().unwrap_or(to))?;
    let _ = std::fs::remove_file(to);
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::copy(from, to)
        .and_then(|_| std::fs::set_permissions(to, permissions))
        .map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

/// Installs a template with its `@NAME@` places filled.
fn fill(template: &str, to: &Path, plan: &Plan, library: &Library) -> Outcome {
    let up =
        |below: &str| vec![".."; Path::new(&plan.libdir).components().count() + below.split('/').count()].join("/");
    let text = read(&root().join(template))?
        .replace("@VERSION@", VERSION)
        .replace("@ABI_VERSION@", &library::abi_version()?)
        .replace("@LIBDIR@", &plan.libdir)
        .replace("@PREFIX_FROM_CMAKE@", &up("cmake/rs_auth"))
        .replace("@PREFIX_FROM_PKGCONFIG@", &up("pkgconfig"))
        .replace("@SYSTEM_LIBRARIES@", &library.system_libraries)
        .replace("@SYSTEM_LIBRARIES_LIST@", &library.system_libraries.replace(' ', ";"));
    let _ = std::fs::remove_file(to);
    write(to, &text)
}
