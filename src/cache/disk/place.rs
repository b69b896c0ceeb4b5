//! Where stored logins are.

use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::ports::env::Env;
use std::path::PathBuf;

/// `cache_dir`, else the XDG cache directory, else `~/.cache`. The error is a sentence for the log.
pub(crate) fn directory_of(settings: &Settings, env: &Env) -> Result<PathBuf, String> {
    if let Some(given) = settings.text(Key::CacheDir) {
        let path = PathBuf::from(given);
        if path.is_absolute() {
            return Ok(path);
        }
        return Err(format!("cache_dir {given} is not absolute, so logins are not stored on disk"));
    }
    // The XDG specification: a path that is not absolute counts as absent.
    let absolute = |name: &str| env.get_set(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("rs_auth")).ok_or_else(|| {
        "there is neither XDG_CACHE_HOME nor HOME, so logins are not stored on disk (cache_dir names another place)"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsn::settings::Source;
    use std::path::Path;

    #[test]
    fn the_setting_then_xdg_then_home() {
        let place = |setting: &str, pairs: &[(&str, &str)]| {
            let settings = [("cache_dir", setting)].into_iter().filter(|(_, value)| !value.is_empty());
            let settings = Settings::from_pairs(settings, Source::Argument);
            directory_of(&settings, &Env::from_pairs(pairs.iter().copied()))
        };
        let both = [("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(place("/d", &both).as_deref(), Ok(Path::new("/d")));
        assert_eq!(place("", &both).as_deref(), Ok(Path::new("/x/rs_auth")));
        for odd in ["", "x"] {
            let pairs = [("XDG_CACHE_HOME", odd), ("HOME", "/h")];
            assert_eq!(place("", &pairs).as_deref(), Ok(Path::new("/h/.cache/rs_auth")));
        }
        assert!(place("", &[]).unwrap_err().contains("cache_dir"));
        assert!(place("d", &both).unwrap_err().contains("not absolute"));
    }
}
