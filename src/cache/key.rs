//! One function makes the keys of a login, for load, store and forget alike.
//!
//! A key is the SHA-256 of a length-prefixed list of everything that can change the answer, so that no two lists of
//! values run together. Only hashes are kept: the values hold secrets.

use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::dsn::{location, partition};
use crate::ports::files::Stamp;
use crate::secret::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::CStr;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// The hash of what a result depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheKey([u8; 32]);

/// Values by keys, which need not be hashed once more.
pub(crate) type ByKey<V> = HashMap<CacheKey, V, BuildHasherDefault<Beginning>>;

// As the comparison has it, which looks at all of the key.
impl Hash for CacheKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)));
    }
}

/// The beginning of a key, taken as it is.
#[derive(Default)]
pub(crate) struct Beginning(u64);

impl Hasher for Beginning {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl CacheKey {
    /// For the name of a file, which must not show them.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A hash that is fed piece by piece.
pub(crate) trait Absorb {
    fn absorb(&mut self, bytes: &[u8]);
}

impl Absorb for Sha256 {
    fn absorb(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

/// Feeds a hash, each part with its length in front.
#[derive(Clone)]
pub(crate) struct KeyBuilder<H = Sha256>(pub(super) H);

impl KeyBuilder {
    /// Starts a key. `purpose` keeps layers apart.
    pub(crate) fn new(purpose: &str) -> Self {
        let mut builder = Self(Sha256::new());
        builder.text(purpose);
        builder
    }

    /// A setting; its number and length go in together, which is most of what this costs.
    fn setting(&mut self, key: Key, value: &str) {
        let length = u128::try_from(value.len()).unwrap_or(u128::MAX >> 8);
        let number = u128::try_from(key.index()).unwrap_or_default();
        self.0.update((length << 8 | number).to_le_bytes());
        self.0.update(value);
    }

    pub(crate) fn finish(self) -> CacheKey {
        CacheKey(self.0.finalize().into())
    }
}

impl<H: Absorb> KeyBuilder<H> {
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// An absent part is not an empty one.
    pub(crate) fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.number(1).text(text),
            None => self.number(0),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(count(bytes.len())).0.absorb(bytes);
        self
    }

    /// A number needs no length in front: it always has eight bytes.
    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.0.absorb(&number.to_le_bytes());
        self
    }

    /// Several numbers at once, which costs as much as one does.
    fn numbers<const N: usize>(&mut self, numbers: [u64; N]) -> &mut Self {
        self.0.absorb(numbers.map(u64::to_le_bytes).as_flattened());
        self
    }

    /// A text of C with its end, which is in no other place, so that it needs no length.
    pub(crate) fn terminated(&mut self, text: &CStr) -> &mut Self {
        self.0.absorb(text.to_bytes_with_nul());
        self
    }

    /// What an answer depends on besides the settings: first how much there is of each.
    pub(crate) fn surroundings(&mut self, around: Surroundings<'_>) -> &mut Self {
        let Surroundings { entry, scope, os_user, environment, files, host_plugins } = around;
        self.numbers([
            u64::from(entry.is_some()),
            u64::from(scope.is_some()),
            u64::from(os_user),
            count(environment.len()),
            count(files.len()),
            count(host_plugins.len()),
        ]);
        for text in entry.iter().chain(&scope) {
            self.text(text);
        }
        self.0.absorb(environment);
        for version in files {
            match version {
                Some(stamp) => {
                    self.number(1).bytes(&stamp.modified_ns.to_le_bytes()).numbers([stamp.size, stamp.inode])
                }
                None => self.number(0),
            };
        }
        for (callback, user_data) in host_plugins {
            self.numbers([count(*callback), count(*user_data)]);
        }
        self
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What a result depends on besides its settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// The plugin-named entry point, which wins over the settings.
    pub(crate) entry: Option<&'a str>,
    /// `rs_auth_options_set_cache_scope`.
    pub(crate) scope: Option<&'a str>,
    /// The effective user id.
    pub(crate) os_user: u32,
    /// The environment variables that the AWS SDK or we read, as one text.
    pub(crate) environment: &'a [u8],
    /// Versions of the files that were read: modification time, size, inode.
    pub(crate) files: &'a [Option<Stamp>],
    /// Tells plugins of the host's own apart.
    pub(crate) host_plugins: &'a [(usize, usize)],
}

/// Settings that choose the database, its user and the way to it, not who asks. `Host` and `Region` are among them:
/// the partition stands in for both, since keys hold in all regions of one.
const NOT_IDENTITY: [Key; 19] = [
    Key::Host,
    Key::Port,
    Key::Database,
    Key::SslMode,
    Key::Ssl,
    Key::EncryptionMethod,
    Key::ClusterId,
    Key::Region,
    Key::Serverless,
    Key::Workgroup,
    Key::ServerlessAcctId,
    Key::VpcEndpointUrl,
    Key::DbUser,
    Key::DbGroups,
    Key::DbGroupsFilter,
    Key::AutoCreate,
    Key::ForceLowercase,
    Key::GroupFederation,
    Key::IamDuration,
];

/// The key of a result. The hot path of a cached login: one pass, no allocation.
pub(crate) fn of_result(settings: &Settings, around: Surroundings<'_>) -> CacheKey {
    let mut builder = KeyBuilder::new("result");
    builder.surroundings(around);
    add_settings(&mut builder, settings, |_| true);
    builder.finish()
}

/// The key of the AWS keys behind a result: the same for every database that this identity opens.
pub(crate) fn of_identity(settings: &Settings, around: Surroundings<'_>) -> CacheKey {
    let region = location::locate(settings).ok().and_then(|location| location.region);
    let partition = region.map_or("", |(region, _)| partition::of_region(&region));
    // A server-side profile may set any key, so nothing can be left out of an identity that comes from one.
    let all = settings.given(Key::AuthProfile);
    let mut builder = KeyBuilder::new("identity");
    builder.text(partition);
    builder.surroundings(around);
    add_settings(&mut builder, settings, |key| all || !NOT_IDENTITY.contains(&key));
    builder.finish()
}

/// The key of what this program is registered as: whoever asks for the same shares it within a scope.
pub(crate) fn of_registration(parts: &[&str], scope: Option<&str>, os_user: u32) -> CacheKey {
    let mut builder = KeyBuilder::new("registration");
    builder.optional(scope).number(u64::from(os_user)).number(count(parts.len()));
    for part in parts {
        builder.text(part);
    }
    builder.finish()
}

/// In the place of a setting's number and length: no key has this number, so that no unknown key reads as a known one.
const END_OF_SETTINGS: [u8; 16] = [u8::MAX; 16];

fn add_settings(builder: &mut KeyBuilder, settings: &Settings, counts: impl Fn(Key) -> bool) {
    for (key, value) in settings.values() {
        if counts(key) {
            builder.setting(key, value);
        }
    }
    builder.0.update(END_OF_SETTINGS);
    // A plugin of the host's own may read keys that are unknown here.
    for other in settings.others() {
        builder.text(&other.name).text(other.value.expose_secret());
    }
}
