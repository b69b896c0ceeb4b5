//! Environment variables: the host's own, read at each call because hosts change them, or a fixed list.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

/// Where environment variables come from. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Env(Option<Arc<BTreeMap<String, OsString>>>);

impl Env {
    /// The environment of this process, as it is at the time of each question.
    #[must_use]
    pub fn real() -> Self {
        Self(None)
    }

    /// These variables and no others.
    #[cfg_attr(not(test), allow(dead_code))] // tests are made of it
    #[must_use]
    pub fn from_pairs<K: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Some(Arc::new(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())))
    }

    /// The value of `name`. One that is not Unicode counts as absent: a value that is nearly right, with characters
    /// replaced, would be worse.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = match &self.0 {
            None => std::env::var_os(name),
            Some(pairs) => pairs.get(name).cloned(),
        };
        value?.into_string().ok()
    }

    /// The value of `name`, if it is not empty.
    #[must_use]
    pub fn get_set(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn only_what_was_listed_is_there_and_only_if_it_is_unicode() {
        let latin1 = OsString::from_vec(b"caf\xe9".to_vec());
        let env = Env::from_pairs([("A", OsString::from("1")), ("EMPTY", "".into()), ("LATIN1", latin1)]);
        assert_eq!(env.get("A").as_deref(), Some("1"));
        assert_eq!(env.get("EMPTY").as_deref(), Some(""));
        assert_eq!(env.get_set("EMPTY"), None);
        assert_eq!(env.get("LATIN1"), None);
        assert_eq!(env.get("PATH"), None);
    }

    #[test]
    fn the_real_one_sees_the_process() {
        assert_eq!(Env::real().get("PATH"), std::env::var("PATH").ok());
        assert!(Env::real().get("PATH").is_some());
    }
}
