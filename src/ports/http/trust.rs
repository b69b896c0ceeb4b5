//! Trusted certificates: the operating system's, and those of the settings. Reading them takes milliseconds, so both the
//! roots and the TLS configuration made from them are kept by the process as plain memory, with the version of the files
//! they were read from.

use super::key_exchange::{GROUPS, Kernel};
use super::settings::CaFiles;
use super::verifier::Verifier;
use crate::error::{AuthError, Status};
use crate::ports::env::Env;
use crate::ports::files::{Files, Stamp};
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::ErrorKind;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where Linux distributions keep their roots; watched for changes, while rustls-native-certs decides what is read.
const SYSTEM_PLACES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cert.pem",
];

/// More CA settings than this in one process: start over rather than grow.
const CONFIGURATIONS_KEPT: usize = 16;

/// The crypto of all TLS here. Passed on each time: the process default belongs to the host.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { secure_random: &Kernel, kx_groups: GROUPS.to_vec(), ..aws_lc_rs::default_provider() })
}

/// The roots of the operating system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` put in their place. Read when the
/// first certificate is to be verified: a login over plain loopback never needs them.
#[derive(Debug)]
pub struct TrustRoots {
    replacements: Option<Replacements>,
    version: Version,
    found: OnceLock<Found>,
}

#[derive(Debug)]
struct Found {
    store: RootCertStore,
    notes: Vec<String>,
    /// What the operating system had too little of while they were read, so that some may be missing.
    shortage: Option<String>,
}

/// The file and the directories of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
type Replacements = (Option<PathBuf>, Vec<PathBuf>);

/// What the roots were read from.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    places: Vec<(PathBuf, Option<Stamp>)>,
}

impl TrustRoots {
    /// Finds out where the roots are; they are not read yet.
    #[must_use]
    pub fn locate(env: &Env, files: &Files) -> Arc<Self> {
        let replacements = replacements(env);
        Arc::new(Self { replacements, version: Version::now(env, files), found: OnceLock::new() })
    }

    /// The roots: 3 to 4 ms for a usual system when it is asked first. None at all is no error here; it is when TLS needs
    /// them.
    #[must_use]
    pub fn store(&self) -> &RootCertStore {
        &self.found.get_or_init(|| read(self.replacements.as_ref())).store
    }

    /// What the operating system had too little of when they were read.
    pub(super) fn shortage(&self) -> Option<&str> {
        self.found.get()?.shortage.as_deref()
    }

    /// What is odd about the roots, as far as they have been read.
    fn notes(&self) -> &[String] {
        self.found.get().map_or(&[], |found| &found.notes)
    }

    /// Whether the files and the environment are still as they were, and nothing was missing when they were read.
    #[must_use]
    pub fn is_current(&self, env: &Env, files: &Files) -> bool {
        self.shortage().is_none() && self.version == Version::now(env, files)
    }

    /// How many roots there are.
    #[cfg_attr(not(test), allow(dead_code))] // tests ask it
    #[must_use]
    pub fn len(&self) -> usize {
        self.store().len()
    }
}

fn read(replacements: Option<&Replacements>) -> Found {
    let mut notes = Vec::new();
    let mut errors = Vec::new();
    let certificates = match replacements {
        None => {
            let found = rustls_native_certs::load_native_certs();
            errors.extend(found.errors);
            found.certs
        }
        Some((file, directories)) => {
            let file = file.iter().map(|file| ("SSL_CERT_FILE", Some(file.as_path()), None));
            let directories = directories.iter().map(|directory| ("SSL_CERT_DIR", None, Some(directory.as_path())));
            let mut certificates = Vec::new();
            for (name, file, directory) in file.chain(directories) {
                let found = rustls_native_certs::load_certs_from_paths(file, directory);
                if found.certs.is_empty() {
                    let path = file.or(directory).unwrap_or(Path::new("")).display();
                    notes.push(format!("{name} replaces the system's certificates and has none in '{path}'"));
                }
                certificates.extend(found.certs);
                errors.extend(found.errors);
            }
            certificates
        }
    };
    let mut store = RootCertStore::empty();
    // Old or odd roots that webpki cannot use are left out, as every TLS library does.
    store.add_parsable_certificates(certificates);
    Found { store, notes, shortage: shortage(&errors) }
}

/// The words of the error that is no fault of the files: the process has no descriptor or no memory left.
fn shortage(errors: &[rustls_native_certs::Error]) -> Option<String> {
    errors.iter().find_map(|error| match &error.kind {
        ErrorKind::Io { inner, .. } => {
            let short = matches!(inner.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM));
            short.then(|| inner.to_string())
        }
        _ => None,
    })
}

impl Version {
    fn now(env: &Env, files: &Files) -> Self {
        let places = match replacements(env) {
            Some((file, directories)) => file.into_iter().chain(directories).collect(),
            None => SYSTEM_PLACES.iter().map(PathBuf::from).collect::<Vec<_>>(),
        };
        Self { places: stamped(places, files) }
    }
}

fn stamped(places: impl IntoIterator<Item = PathBuf>, files: &Files) -> Vec<(PathBuf, Option<Stamp>)> {
    places.into_iter().map(|place| (files.stamp(&place), place)).map(|(stamp, place)| (place, stamp)).collect()
}

/// The file and the directories that replace the system's roots.
fn replacements(env: &Env) -> Option<Replacements> {
    let file = env.get_set("SSL_CERT_FILE").map(PathBuf::from);
    let directories: Vec<_> = env
        .get_set("SSL_CERT_DIR")
        .map(|list| std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    (file.is_some() || !directories.is_empty()).then_some((file, directories))
}

/// The TLS configuration of one set of CA settings. A configuration keeps the sessions that servers let be resumed, so that
/// the next login's handshake with the same host needs no certificate; who is not verified has sessions of its own.
#[derive(Debug)]
pub struct ClientTls {
    /// What connections are made with.
    pub config: Arc<ClientConfig>,
    /// The same without verification, for `ssl_insecure`.
    pub unverified: Arc<ClientConfig>,
    /// Who is asked about certificates in `config`.
    verifier: Arc<Verifier>,
    /// Files that the settings name and that do not exist: for a warning.
    pub missing: Vec<String>,
    roots: Arc<TrustRoots>,
    version: Vec<(PathBuf, Option<Stamp>)>,
}

impl ClientTls {
    /// Trusts `roots` and what `ca` names. A file that does not exist is only noted, because drivers fill in a default
    /// path; one without any certificate is an error.
    pub fn build(roots: &Arc<TrustRoots>, ca: &CaFiles, files: &Files) -> Result<Arc<Self>, AuthError> {
        let version = ca.version(files);
        let mut added = RootCertStore::empty();
        let mut missing = Vec::new();
        for (name, file, directory) in [
            ("CaFile", ca.file.as_deref(), None),
            ("CaPath", None, ca.directory.as_deref()),
            ("AWS_CA_BUNDLE", ca.aws_bundle.as_deref(), None),
        ] {
            let Some(path) = file.or(directory) else { continue };
            if !path.exists() {
                missing.push(format!("{name} '{}' does not exist", path.display()));
                continue;
            }
            let found = rustls_native_certs::load_certs_from_paths(file, directory);
            if let Some(why) = shortage(&found.errors) {
                let message = format!("{name} '{}' cannot be read: {why}", path.display());
                return Err(AuthError::of_call(Status::System, message));
            }
            let (usable, _) = added.add_parsable_certificates(found.certs);
            if usable == 0 {
                return Err(no_certificate(name, path, &found.errors));
            }
        }
        let provider = provider();
        let verifier = Arc::new(Verifier::trusting(roots.clone(), added, provider.clone()));
        let config = configuration(verifier.clone(), &provider)?;
        let unverified = configuration(Arc::new(Verifier::trusting_everybody(provider.clone())), &provider)?;
        Ok(Arc::new(Self { config, unverified, verifier, missing, roots: roots.clone(), version }))
    }

    /// The configuration with a verifier that stands before the one that decides.
    pub(crate) fn behind<V: ServerCertVerifier + 'static>(
        &self,
        before: impl FnOnce(Arc<Verifier>) -> V,
    ) -> Arc<ClientConfig> {
        let mut config = ClientConfig::clone(&self.config);
        // Certificates are shown in a whole handshake only.
        config.resumption = Resumption::disabled();
        config.dangerous().set_certificate_verifier(Arc::new(before(self.verifier.clone())));
        Arc::new(config)
    }

    /// What is odd about the certificates, for the error if TLS fails.
    #[must_use]
    pub fn notes(&self) -> Arc<[String]> {
        self.roots.notes().iter().chain(&self.missing).cloned().collect()
    }

    fn is_current(&self, roots: &Arc<TrustRoots>, ca: &CaFiles, files: &Files) -> bool {
        Arc::ptr_eq(&self.roots, roots) && self.version == ca.version(files)
    }
}

impl CaFiles {
    fn version(&self, files: &Files) -> Vec<(PathBuf, Option<Stamp>)> {
        stamped([&self.file, &self.directory, &self.aws_bundle].into_iter().flatten().cloned(), files)
    }
}

fn no_certificate(name: &str, path: &Path, errors: &[rustls_native_certs::Error]) -> AuthError {
    let why = errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
    AuthError::invalid_setting(format!("{name} '{}' holds no certificate that can be used{why}", path.display()))
        .hint("certificates have to be PEM: text that begins with -----BEGIN CERTIFICATE-----")
}

/// TLS 1.2 and 1.3, HTTP/1.1, this verifier.
fn configuration(verifier: Arc<Verifier>, provider: &Arc<CryptoProvider>) -> Result<Arc<ClientConfig>, AuthError> {
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| AuthError::of_call(Status::Internal, format!("no TLS configuration can be made: {error}")))?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// The roots and TLS configurations that a process keeps. Without locks and threads of its own: whoever keeps it guards it.
#[derive(Debug, Default)]
pub struct TlsCache {
    roots: Option<Arc<TrustRoots>>,
    configurations: HashMap<CaFiles, Arc<ClientTls>>,
}

impl TlsCache {
    /// The roots, read again if what they were read from has changed.
    pub fn roots(&mut self, env: &Env, files: &Files) -> Arc<TrustRoots> {
        match &self.roots {
            Some(roots) if roots.is_current(env, files) => roots.clone(),
            _ => {
                self.configurations.clear();
                self.roots.insert(TrustRoots::locate(env, files)).clone()
            }
        }
    }

    /// The TLS configuration for `ca`, made again if a file of it has changed.
    pub fn client(&mut self, ca: &CaFiles, env: &Env, files: &Files) -> Result<Arc<ClientTls>, AuthError> {
        let roots = self.roots(env, files);
        if let Some(kept) = self.configurations.get(ca).filter(|kept| kept.is_current(&roots, ca, files)) {
            return Ok(kept.clone());
        }
        let fresh = ClientTls::build(&roots, ca, files)?;
        if self.configurations.len() >= CONFIGURATIONS_KEPT {
            self.configurations.clear();
        }
        self.configurations.insert(ca.clone(), fresh.clone());
        Ok(fresh)
    }

    /// Forgets the TLS sessions, whose keys are secrets too: every host has to show its certificate again.
    pub fn forget_sessions(&mut self) {
        self.configurations.clear();
    }
}
