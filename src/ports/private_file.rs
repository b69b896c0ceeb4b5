//! Files that only this user may read, replaced whole: a reader sees the old text or the new one.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The mode of a directory.
const OWNER_ONLY: u32 = 0o700;

/// Puts a file with these bytes in the place of `path`. A leftover of an interrupted attempt is overwritten.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    // Never follow what somebody else may have put there.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // The error of the write is the one to tell.
        drop(fs::remove_file(&beside));
    }
    written
}

/// Makes a directory and those above it that are missing, for this user alone, as the XDG specification wants it. One that is
/// there stays as it is.
pub fn make_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        make_directory(above)?;
    }
    match DirBuilder::new().mode(OWNER_ONLY).create(path) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) if fs::metadata(path)?.mode() & OWNER_ONLY == OWNER_ONLY => Ok(()),
        // A umask that takes the owner's rights too would leave what nobody can open.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY)),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?; // whatever the umask took
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_and_keeps_others_out() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(replace(&directory.path().join("missing/token.json"), b"x").is_err());
    }

    #[test]
    fn a_new_directory_is_for_this_user_and_an_old_one_stays() {
        let directory = tempfile::tempdir().unwrap();
        let (above, below) = (directory.path().join("above"), directory.path().join("above/below"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        make_directory(&below).unwrap();
        assert_eq!((mode(&above), mode(&below)), (0o700, 0o700));
        fs::set_permissions(&above, fs::Permissions::from_mode(0o755)).unwrap();
        make_directory(&below).unwrap();
        assert_eq!(mode(&above), 0o755);
    }
}
