//! What a key is, and how a spelling finds its key.

mod driver;
mod group;
mod nearest;
mod table;
mod usage;

use crate::error::AuthError;
pub use driver::is_driver_key;
pub use group::GROUPS;
pub use nearest::{nearest, nearest_of};
pub use table::{ALL, COUNT, Key};

/// What the value of a key must look like. Checked by `values::check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text without control characters.
    Text,
    /// A text that never appears in logs, errors, explain or `Debug` output.
    Secret,
    /// `1 true yes on` or `0 false no off`.
    Flag,
    /// A decimal number in this range.
    Number {
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// One of these words, in any letter case.
    Choice(&'static [&'static str]),
    /// Items separated by commas.
    List,
    /// The name of a plugin; checked by `method::choose`, which knows the host's own plugins.
    Plugin,
    /// A host name or address.
    Host,
    /// The same, with `:port` or without.
    HostPort,
    /// An https URL; http only towards this machine.
    Endpoint,
    /// An https URL.
    HttpsUrl,
    /// An Amazon Resource Name.
    Arn,
    /// An AWS region.
    Region,
    /// A regular expression.
    Regex,
    /// A file or directory.
    Path,
    /// The same, independent of the current directory.
    AbsolutePath,
    /// `file:/path` or `env:NAME`: where a secret is read.
    SecretSource,
}

/// Keys that say where a secret is read at each login, with the keys of these secrets.
pub const SECRET_SOURCES: [(Key, Key); 3] = [
    (Key::PasswordSource, Key::Pwd),
    (Key::TokenSource, Key::Token),
    (Key::WebIdentityTokenSource, Key::WebIdentityToken),
];

/// What is known of a key.
#[derive(Debug)]
pub struct KeySpec {
    /// The spelling in documents.
    pub name: &'static str,
    /// Every other spelling.
    pub aliases: &'static [&'static str],
    /// What a value must look like.
    pub kind: Kind,
    /// What holds without the key; empty where there is no fixed default.
    pub default: &'static str,
    /// The plugins or the part of a login that read it.
    pub used_by: &'static str,
    /// One sentence for a DSN dialog.
    pub help: &'static str,
}

/// Turns the rows of the table into [`Key`], its specification and the list of all spellings.
macro_rules! keys {
    ($($variant:ident $name:literal [$($alias:literal),*] $kind:expr, $default:literal, $used_by:expr, $help:literal;)*) => {
        /// A key of the DSN, whatever its spelling.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, clippy::enum_variant_names)] // the table says what each one is; some end in Key for AWS
        pub enum Key { $($variant),* }

        /// Every key in the order of the table.
        pub const ALL: [Key; COUNT] = [$(Key::$variant),*];
        /// How many keys there are.
        pub const COUNT: usize = [$($name),*].len();
        /// Every spelling and its key.
        pub(super) const SPELLINGS: &[(&str, Key)] = &[$(($name, Key::$variant), $(($alias, Key::$variant),)*)*];

        impl Key {
            /// What is known of it.
            #[must_use]
            pub const fn spec(self) -> &'static super::KeySpec {
                match self {
                    $(Key::$variant => &super::KeySpec {
                        name: $name, aliases: &[$($alias),*], kind: $kind, default: $default, used_by: $used_by, help: $help,
                    },)*
                }
            }
        }
    };
}
use keys;

impl Key {
    /// The spelling in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether its value must never be shown.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        matches!(self.spec().kind, Kind::Secret)
    }

    /// Its place in [`ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        // A fieldless `repr(u8)` enum: the cast cannot lose anything.
        #[allow(clippy::as_conversions)]
        {
            self as usize
        }
    }

    /// The error for a key that a login cannot do without: names it and its aliases.
    #[must_use]
    pub fn missing(self, purpose: &str) -> AuthError {
        let spec = self.spec();
        let aliases = match spec.aliases {
            [] => String::new(),
            aliases => format!(" (also spelled {})", aliases.join(", ")),
        };
        let name = spec.name;
        AuthError::missing_setting(format!("{name}{aliases} is missing: {purpose} needs it"))
    }
}

/// The key of this spelling, in any letter case.
#[must_use]
pub fn find(name: &str) -> Option<Key> {
    find_spelling(name).map(|(_, key)| key)
}

/// The key of this spelling, and the spelling as the table has it.
#[must_use]
pub fn find_spelling(name: &str) -> Option<(&'static str, Key)> {
    let mut slot = hash(name.as_bytes());
    loop {
        let entry = table::SPELLINGS.get(usize::from(*SLOTS.get(slot % SLOT_COUNT)?).checked_sub(1)?)?;
        if entry.0.eq_ignore_ascii_case(name) {
            return Some(*entry);
        }
        slot += 1;
    }
}

/// Open addressing: the place of a spelling in the list plus one, 0 for a free slot. A third of the slots is in use.
const SLOT_COUNT: usize = 512;
static SLOTS: [u8; SLOT_COUNT] = slots();

/// Built by the compiler, so that a lookup needs no lock, no allocation and no work at load time. (A lock taken by
/// another thread at the moment of a fork would never be released in the child.)
#[allow(clippy::indexing_slicing, clippy::as_conversions, clippy::cast_possible_truncation)] // evaluated by the compiler: a fault is a compile error
const fn slots() -> [u8; SLOT_COUNT] {
    assert!(table::SPELLINGS.len() < 255);
    let mut slots = [0; SLOT_COUNT];
    let mut index = 0;
    while index < table::SPELLINGS.len() {
        let mut slot = hash(table::SPELLINGS[index].0.as_bytes());
        while slots[slot % SLOT_COUNT] != 0 {
            slot += 1;
        }
        index += 1;
        slots[slot % SLOT_COUNT] = index as u8;
    }
    slots
}

/// FNV-1a over the letters in lower case. Other characters may fall together; the comparison tells them apart.
#[allow(clippy::indexing_slicing, clippy::as_conversions)] // `get` and `usize::from` are not const; the bound is the loop's
const fn hash(name: &[u8]) -> usize {
    let mut hash: u32 = 0x811c_9dc5;
    let mut index = 0;
    while index < name.len() {
        hash = (hash ^ (name[index] | 0x20) as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    (hash ^ (hash >> 16)) as usize % SLOT_COUNT
}

#[cfg(test)]
mod tests;
