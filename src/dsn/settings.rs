//! The settings of a login: every given value, typed on demand, with where it came from.
//!
//! Made at each call, also where the answer is cached already: so keys are looked up without allocation, values are taken
//! over as they are, and [`Settings::validate`] is a separate step.

mod source;

use super::keys::{self, COUNT, Key, Kind};
use super::shown::shown;
use super::values;
use crate::error::AuthError;
use crate::redact;
use crate::secret::{ExposeSecret, SecretString, secret};
pub use source::Source;
use std::borrow::Cow;
use std::fmt;

/// The given values of a DSN and of the layers over and under it. An empty value counts as not given.
#[derive(Clone)]
pub struct Settings {
    /// The place of each key's entry plus one; 0: not given.
    slots: [u8; COUNT],
    entries: Vec<Entry>,
    /// Keys that are not in the table, a driver's own among them.
    others: Vec<Other>,
    sources: Vec<Source>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Key,
    /// As it was typed.
    spelling: Cow<'static, str>,
    value: Value,
    source: usize,
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Secret(SecretString),
}

impl Value {
    fn expose(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// A key that is not in the table. Its value may be a mistyped password, so it is kept as one.
#[derive(Debug, Clone)]
pub struct Other {
    /// As it was typed.
    pub name: String,
    /// The value.
    pub value: SecretString,
}

/// A given value, for who tells about it. Never a secret's.
#[derive(Debug)]
pub struct Given<'a> {
    /// Its key.
    pub key: Key,
    /// As it was typed.
    pub spelling: &'a str,
    /// `None`: it is secret.
    pub text: Option<&'a str>,
    /// Where it came from.
    pub source: &'a Source,
}

impl Settings {
    /// The settings of one list of pairs. The last duplicate wins, whatever the spellings; an empty value erases nothing.
    #[must_use]
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>, source: Source) -> Self
    where
        K: AsRef<str>,
        V: AsRef<str> + Into<String>,
    {
        let pairs = pairs.into_iter();
        let entries = Vec::with_capacity(pairs.size_hint().0.min(COUNT));
        let mut settings = Self { slots: [0; COUNT], entries, others: Vec::new(), sources: vec![source] };
        for (name, value) in pairs {
            settings.put(name.as_ref().trim(), value);
        }
        settings
    }

    fn put<V: AsRef<str> + Into<String>>(&mut self, name: &str, value: V) {
        if value.as_ref().is_empty() {
            return;
        }
        let Some((spelling, key)) = keys::find_spelling(name) else {
            return self.put_other(Other { name: name.to_owned(), value: secret(value) });
        };
        // The JDBC driver's mark for "not set".
        if matches!(key, Key::Uid | Key::Pwd) && value.as_ref() == "*" {
            return;
        }
        let spelling = if spelling == name { Cow::Borrowed(spelling) } else { Cow::Owned(name.to_owned()) };
        let value = if key.is_secret() { Value::Secret(secret(value)) } else { Value::Text(value.into()) };
        self.put_entry(Entry { key, spelling, value, source: 0 });
    }

    fn put_entry(&mut self, entry: Entry) {
        let Some(slot) = self.slots.get_mut(entry.key.index()) else { return };
        if let Some(earlier) = usize::from(*slot).checked_sub(1).and_then(|place| self.entries.get_mut(place)) {
            *earlier = entry;
        } else if let Ok(place) = u8::try_from(self.entries.len() + 1) {
            *slot = place;
            self.entries.push(entry);
        }
    }

    fn put_other(&mut self, other: Other) {
        match self.others.iter_mut().find(|earlier| earlier.name.eq_ignore_ascii_case(&other.name)) {
            Some(earlier) => *earlier = other,
            None => self.others.push(other),
        }
    }

    /// Adds values that hold where none is given yet.
    pub fn layer_under(&mut self, pairs: impl IntoIterator<Item = (String, String)>, source: Source) {
        self.layer(
            pairs,
            source,
            |settings, key| !settings.given(key),
            |settings, name| settings.other(name).is_none(),
        );
    }

    /// Adds values that replace those given so far.
    pub fn layer_over(&mut self, pairs: impl IntoIterator<Item = (String, String)>, source: Source) {
        self.layer(pairs, source, |_, _| true, |_, _| true);
    }

    fn layer(
        &mut self,
        pairs: impl IntoIterator<Item = (String, String)>,
        source: Source,
        takes: fn(&Self, Key) -> bool,
        takes_other: fn(&Self, &str) -> bool,
    ) {
        let layer = Self::from_pairs(pairs, source);
        let source = self.sources.len();
        self.sources.extend(layer.sources);
        for entry in layer.entries {
            if takes(self, entry.key) {
                self.put_entry(Entry { source, ..entry });
            }
        }
        for other in layer.others {
            if takes_other(self, &other.name) {
                self.put_other(other);
            }
        }
    }

    fn entry(&self, key: Key) -> Option<&Entry> {
        let place = usize::from(*self.slots.get(key.index())?).checked_sub(1)?;
        self.entries.get(place)
    }

    fn other(&self, name: &str) -> Option<&Other> {
        self.others.iter().find(|other| other.name.eq_ignore_ascii_case(name))
    }

    /// Whether the key has a value.
    #[must_use]
    pub fn given(&self, key: Key) -> bool {
        self.entry(key).is_some()
    }

    /// The value of a key that is not secret.
    #[must_use]
    pub fn text(&self, key: Key) -> Option<&str> {
        match &self.entry(key)?.value {
            Value::Text(text) => Some(text),
            Value::Secret(_) => None,
        }
    }

    /// The value of a secret key.
    #[must_use]
    pub fn secret(&self, key: Key) -> Option<&SecretString> {
        match &self.entry(key)?.value {
            Value::Secret(secret) => Some(secret),
            Value::Text(_) => None,
        }
    }

    /// The value of a key that is not secret; without one the error says that `purpose` needs it.
    pub fn require(&self, key: Key, purpose: &str) -> Result<&str, AuthError> {
        self.text(key).ok_or_else(|| key.missing(purpose))
    }

    /// The value of a secret key; without one the error says that `purpose` needs it.
    #[allow(dead_code)] // for the plugins of identity providers
    pub fn require_secret(&self, key: Key, purpose: &str) -> Result<&SecretString, AuthError> {
        self.secret(key).ok_or_else(|| key.missing(purpose))
    }

    /// The value of a boolean.
    pub fn flag(&self, key: Key) -> Result<Option<bool>, AuthError> {
        self.typed(key, values::flag)
    }

    /// The value of a number, within its range.
    pub fn number(&self, key: Key) -> Result<Option<u32>, AuthError> {
        let (min, max) = match key.spec().kind {
            Kind::Number { min, max } => (min, max),
            _ => (0, u32::MAX),
        };
        self.typed(key, |text| values::number(text, min, max))
    }

    /// The word that the value is, as the table spells it.
    pub fn choice(&self, key: Key) -> Result<Option<&'static str>, AuthError> {
        let Kind::Choice(words) = key.spec().kind else { return Ok(None) };
        self.typed(key, |text| values::choice(text, words))
    }

    /// The host, and the port behind it, of a key that may hold both.
    #[allow(dead_code)] // for the plugins of identity providers
    pub fn host_and_port(&self, key: Key) -> Result<Option<(&str, Option<u16>)>, AuthError> {
        self.typed(key, values::host_and_port)
    }

    /// The items of a list, trimmed; empty ones are dropped.
    #[must_use]
    pub fn list(&self, key: Key) -> Vec<String> {
        let items = self.text(key).unwrap_or_default().split(',').map(str::trim);
        items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    fn typed<'a, T>(
        &'a self,
        key: Key,
        read: impl FnOnce(&'a str) -> Result<T, values::Fault>,
    ) -> Result<Option<T>, AuthError> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        read(entry.value.expose()).map(Some).map_err(|fault| self.fault(entry, &fault))
    }

    /// Where the value of a key came from.
    #[must_use]
    pub fn source(&self, key: Key) -> Option<&Source> {
        self.sources.get(self.entry(key)?.source)
    }

    /// Whether every value came from `source`.
    #[must_use]
    pub fn all_from(&self, source: &Source) -> bool {
        self.sources.iter().all(|one| one == source)
    }

    /// Every given key of the table with its value, secrets too: for the cache's key.
    pub fn values(&self) -> impl Iterator<Item = (Key, &str)> {
        let given = self.slots.iter().zip(keys::ALL).filter(|(slot, _)| **slot != 0);
        given.filter_map(|(slot, key)| {
            let entry = self.entries.get(usize::from(*slot).checked_sub(1)?)?;
            Some((key, entry.value.expose()))
        })
    }

    /// The same for who tells about them: where they came from, and no secret.
    pub fn all_given(&self) -> impl Iterator<Item = Given<'_>> {
        self.entries.iter().filter_map(|entry| {
            let source = self.sources.get(entry.source)?;
            let text = match &entry.value {
                Value::Text(text) => Some(text.as_str()),
                Value::Secret(_) => None,
            };
            Some(Given { key: entry.key, spelling: &entry.spelling, text, source })
        })
    }

    /// Has this thread tell the secrets among them nobody, whoever repeats them: those of secret keys, and of keys that are
    /// not in the table and sound like it.
    pub fn keep_back(&self) {
        let own = self.entries.iter().filter_map(|entry| match &entry.value {
            Value::Secret(secret) => Some(secret),
            Value::Text(_) => None,
        });
        let others = self.others.iter().filter(|other| redact::is_secret_name(&other.name));
        own.chain(others.map(|other| &other.value)).for_each(redact::keep_back);
    }

    /// The value of any key of the DSN, also of one that is not in the table, secrets too: for plugins of the host's own.
    #[must_use]
    pub fn get_any(&self, name: &str) -> Option<&str> {
        let name = name.trim();
        match keys::find(name) {
            Some(key) => Some(self.entry(key)?.value.expose()),
            None => Some(self.other(name)?.value.expose_secret()),
        }
    }

    /// The keys that are not in the table, a driver's own among them.
    #[must_use]
    pub fn others(&self) -> &[Other] {
        &self.others
    }

    /// The keys that neither the table nor a driver knows.
    pub fn unknown(&self) -> impl Iterator<Item = &Other> {
        self.others.iter().filter(|other| !keys::is_driver_key(&other.name))
    }

    /// Whether every value is of its key's type and range: the first fault otherwise.
    pub fn validate(&self) -> Result<(), AuthError> {
        self.faults().next().map_or(Ok(()), Err)
    }

    /// Every value that is not of its key's type and range.
    pub fn faults(&self) -> impl Iterator<Item = AuthError> {
        self.entries.iter().filter_map(|entry| {
            let fault = values::check(entry.key.spec().kind, entry.value.expose()).err()?;
            Some(self.fault(entry, &fault))
        })
    }

    /// `INVALID_SETTING` for a value that a later step finds at fault: names the key as typed, its canonical name and where
    /// the value came from.
    #[must_use]
    pub fn invalid(&self, key: Key, fault: &str) -> AuthError {
        match self.entry(key) {
            Some(entry) => self.fault(entry, fault),
            None => AuthError::invalid_setting(format!("{} {fault}", key.name())),
        }
    }

    fn fault(&self, entry: &Entry, fault: &str) -> AuthError {
        let canonical = entry.key.name();
        let typed = match entry.spelling.as_ref() {
            typed if typed == canonical => String::new(),
            typed => format!(" (typed as {typed})"),
        };
        let value = match &entry.value {
            Value::Text(text) => format!("; it is {}", quoted(&shown(entry.key.spec().kind, text))),
            Value::Secret(_) => String::new(),
        };
        let origin = match self.sources.get(entry.source) {
            None | Some(Source::Argument) => String::new(),
            Some(source) => format!("; it comes from {source}"),
        };
        AuthError::invalid_setting(format!("{canonical}{typed} {fault}{value}{origin}"))
    }

    /// What a person should know of these settings although a login can go on: unknown keys, values that a driver has
    /// probably cut. Keys in `host_keys` are known to the host.
    #[must_use]
    pub fn warnings(&self, host_keys: &[String]) -> Vec<String> {
        let known_to_host = |name: &str| host_keys.iter().any(|key| key.trim().eq_ignore_ascii_case(name));
        let unknown =
            self.unknown().filter(|other| !known_to_host(&other.name)).map(|other| match keys::nearest(&other.name) {
                Some(nearest) => format!("{} is not a known key; did you mean {nearest}?", quoted(&other.name)),
                None => format!("{} is not a known key", quoted(&other.name)),
            });
        unknown.chain(self.probably_cut()).collect()
    }

    /// A sentence for each value whose length is one at which drivers cut without a word.
    pub fn probably_cut(&self) -> impl Iterator<Item = String> {
        self.entries.iter().filter(|entry| is_cut_length(entry.value.expose())).map(|entry| {
            let (name, length) = (entry.key.name(), entry.value.expose().len());
            format!(
                "the value of {name} is exactly {length} bytes long: drivers cut longer values there without a word"
            )
        })
    }
}

/// Whether a value is as long as the buffers of drivers: 255, 1023, 1024, 2047 and 16383 bytes are kept of a longer one.
#[must_use]
pub fn is_cut_length(value: &str) -> bool {
    matches!(value.len(), 255 | 1023 | 1024 | 2047 | 16_383)
}

/// A value for a message: escaped and not too long.
pub(crate) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.entries).entries(&self.others).finish()
    }
}

#[cfg(test)]
mod tests;
