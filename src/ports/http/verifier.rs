//! Who is trusted in TLS: webpki's verdict, with the issuer's name added for the error, or nobody is asked at all.

use super::der;
use super::failure::TlsFault;
use super::trust::TrustRoots;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use std::sync::{Arc, OnceLock};

/// At most so many of a certificate's names go into an error; those of large sites have hundreds.
const NAMES_SHOWN: usize = 10;

/// Verifies against a set of roots, or not at all.
#[derive(Debug)]
pub struct Verifier {
    provider: Arc<CryptoProvider>,
    trust: Trust,
}

#[derive(Debug)]
enum Trust {
    Roots(Roots),
    /// `ssl_insecure`: everything is accepted.
    Everybody,
}

/// The system's roots and those of the settings, put together when the first certificate is to be verified.
#[derive(Debug)]
struct Roots {
    system: Arc<TrustRoots>,
    added: RootCertStore,
    /// `None`: there are no roots, so that everything is refused.
    webpki: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl Roots {
    fn webpki(&self, provider: &Arc<CryptoProvider>) -> Option<&WebPkiServerVerifier> {
        let made = self.webpki.get_or_init(|| {
            let mut store = self.system.store().clone();
            store.roots.extend(self.added.roots.iter().cloned());
            // Building fails only without roots.
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build().ok()
        });
        made.as_deref()
    }
}

impl Verifier {
    /// Trusts whom the system's roots or those of the settings vouch for.
    #[must_use]
    pub fn trusting(system: Arc<TrustRoots>, added: RootCertStore, provider: Arc<CryptoProvider>) -> Self {
        Self { provider, trust: Trust::Roots(Roots { system, added, webpki: OnceLock::new() }) }
    }

    /// Trusts everybody.
    #[must_use]
    pub fn trusting_everybody(provider: Arc<CryptoProvider>) -> Self {
        Self { provider, trust: Trust::Everybody }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let trust = match &self.trust {
            Trust::Everybody => return Ok(ServerCertVerified::assertion()),
            Trust::Roots(roots) => roots,
        };
        // Whoever would be trusted may be among those that could not be read.
        let stranger =
            |fault| refusal(trust.system.shortage().map_or(fault, |why| TlsFault::RootsUnread(why.to_owned())));
        let webpki = trust.webpki(&self.provider).ok_or_else(|| stranger(TlsFault::NoRoots))?;
        webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map_err(|error| {
            match error {
                Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                    stranger(unknown_issuer(end_entity, intermediates))
                }
                error => error,
            }
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn unknown_issuer(end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> TlsFault {
    let issuer = der::issuer(intermediates.last().unwrap_or(end_entity));
    TlsFault::UnknownIssuer {
        self_signed: intermediates.is_empty() && issuer.as_ref().is_some_and(|issuer| issuer.is_subject),
        issuer: issuer.map(|issuer| issuer.name),
    }
}

fn refusal(fault: TlsFault) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(fault))))
}

/// What an error of rustls says about the other side.
#[must_use]
pub fn fault(error: &Error) -> TlsFault {
    let Error::InvalidCertificate(reason) = error else {
        return TlsFault::Handshake(error.to_string());
    };
    match reason {
        CertificateError::Other(OtherError(inner)) => match inner.downcast_ref::<TlsFault>() {
            Some(fault) => fault.clone(),
            None if inner.downcast_ref() == Some(&webpki::Error::CaUsedAsEndEntity) => {
                TlsFault::Certificate("it is a certificate authority's own, used for a server".to_owned())
            }
            None => TlsFault::Certificate(inner.to_string()),
        },
        CertificateError::Expired => TlsFault::Expired(None),
        CertificateError::ExpiredContext { not_after, .. } => TlsFault::Expired(Some(not_after.as_secs())),
        CertificateError::NotValidYet => TlsFault::NotYetValid(None),
        CertificateError::NotValidYetContext { not_before, .. } => TlsFault::NotYetValid(Some(not_before.as_secs())),
        CertificateError::NotValidForName => TlsFault::WrongHost(Vec::new()),
        CertificateError::NotValidForNameContext { presented, .. } => TlsFault::WrongHost(names(presented)),
        other => TlsFault::Certificate(other.to_string()),
    }
}

/// The names of a certificate, which webpki gives as `DnsName("a.example")` and `IpAddress(10.0.0.1)`.
fn names(presented: &[String]) -> Vec<String> {
    let bare = presented.iter().map(|name| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner.trim_end_matches(')'));
        inner.trim_matches('"').chars().filter(|char| !char.is_control()).take(100).collect()
    });
    let more = presented.len().checked_sub(NAMES_SHOWN).filter(|more| *more > 0);
    bare.take(NAMES_SHOWN).chain(more.map(|more| format!("{more} more"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_bare_and_not_by_the_hundred() {
        let two = ["DnsName(\"*.a.example\")".to_owned(), "IpAddress(10.0.0.1)".to_owned()];
        assert_eq!(names(&two), ["*.a.example", "10.0.0.1"]);
        let many = vec!["DnsName(\"a\")".to_owned(); 12];
        assert_eq!(names(&many).len(), 11);
        assert_eq!(names(&many).last().map(String::as_str), Some("2 more"));
    }

    #[test]
    fn odd_certificates_are_said_in_words() {
        let ca =
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity))));
        assert!(matches!(fault(&ca), TlsFault::Certificate(text) if text.contains("certificate authority's own")));
        assert!(matches!(fault(&Error::DecryptError), TlsFault::Handshake(_)));
        assert_eq!(fault(&Error::InvalidCertificate(CertificateError::Expired)), TlsFault::Expired(None));
    }
}
