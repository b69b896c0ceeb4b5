//! A throw-away certificate authority, and TLS that is right or wrong on purpose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// What is wrong with a TLS port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TlsDefect {
    /// The certificate's time has passed.
    Expired,
    /// The certificate's time has not come.
    NotYetValid,
    /// The certificate is for another host.
    WrongHost,
    /// The certificate comes from an authority that the client does not know, as behind an intercepting proxy.
    UnknownAuthority {
        /// The common name of that authority.
        name: String,
    },
    /// RST as soon as the client has said hello.
    ResetInHandshake,
    /// The client says hello and hears nothing.
    SilentHandshake,
    /// Nothing later than TLS 1.1 is spoken.
    OldVersion,
    /// No TLS: the port answers in plain text.
    PlainText,
}

/// A certificate authority that lives as long as the sandbox.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    issued: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    pub fn new(common_name: &str) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = named(common_name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        (params.not_before, params.not_after) = validity(-1, 30);
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), pem, issued: Mutex::default() })
    }

    /// The authority's certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for these names, valid between these days from now.
    fn issue(&self, names: &[&str], from_day: i64, to_day: i64) -> Option<Arc<CertifiedKey>> {
        let key = KeyPair::generate().ok()?;
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).ok()?;
        params.distinguished_name = named(names.first()?);
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = validity(from_day, to_day);
        let certificate = params.signed_by(&key, &self.issuer).ok()?;
        let private_key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing_key = aws_lc_rs::sign::any_supported_type(&private_key).ok()?;
        Some(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signing_key)))
    }

    /// A valid certificate for that name; the same one each time.
    fn valid_for(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = issued.get(name) {
            return Some(Arc::clone(key));
        }
        let names: &[&str] = if name == LOOPBACK { &LOOPBACKS } else { &[name] };
        let key = self.issue(names, -1, 30)?;
        issued.insert(name.to_owned(), Arc::clone(&key));
        Some(key)
    }
}

const LOOPBACK: &str = "127.0.0.1";
/// Where hosts may have addresses of their own.
const LOOPBACKS: [&str; 5] = ["localhost", LOOPBACK, "127.0.0.2", "127.0.0.3", "::1"];

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn validity(from_day: i64, to_day: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now + Duration::days(from_day), now + Duration::days(to_day))
}

/// Gives every name that a client asks for its own valid certificate, so that the sandbox can stand behind any host name.
#[derive(Debug)]
struct AnyName(Arc<Authority>);

impl ResolvesServerCert for AnyName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.valid_for(hello.server_name().unwrap_or(LOOPBACK))
    }
}

/// The same certificate for everyone.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// TLS as it should be.
pub(crate) fn sound(authority: &Arc<Authority>) -> Arc<ServerConfig> {
    config(Arc::new(AnyName(Arc::clone(authority))))
}

/// TLS with that defect; `None` for the defects that never come to a certificate.
pub(crate) fn defective(authority: &Arc<Authority>, defect: &TlsDefect) -> Option<Arc<ServerConfig>> {
    let names = ["localhost", LOOPBACK, "::1"];
    let key = match defect {
        TlsDefect::Expired => authority.issue(&names, -30, -1)?,
        TlsDefect::NotYetValid => authority.issue(&names, 1, 30)?,
        TlsDefect::WrongHost => authority.issue(&["wrong.example.com"], -1, 30)?,
        TlsDefect::UnknownAuthority { name } => Authority::new(name).ok()?.issue(&names, -1, 30)?,
        TlsDefect::ResetInHandshake | TlsDefect::SilentHandshake | TlsDefect::OldVersion | TlsDefect::PlainText => {
            return None;
        }
    };
    Some(config(Arc::new(Always(key))))
}

fn config(resolver: Arc<dyn ResolvesServerCert>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has a suite for each TLS version")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
