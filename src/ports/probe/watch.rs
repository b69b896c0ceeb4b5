//! Who is asked about a certificate, with somebody beside it who writes down what was shown and what the verdict was.

use crate::ports::http::der::{self, Certificate};
use crate::ports::http::failure::TlsFault;
use crate::ports::http::verifier::{self, Verifier};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};

/// Longer chains are nobody's.
const MOST_CERTIFICATES: usize = 10;

/// What a certificate is looked at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Issuer, time and host.
    Everything,
    /// Issuer and time: `verify-ca`.
    Issuer,
    /// Nothing is refused: `require`, `ssl_insecure`.
    Nothing,
}

/// What a handshake has shown.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The chain, the server's own certificate first.
    pub(crate) certificates: Vec<Certificate>,
    /// What would be said against it.
    pub(crate) fault: Option<TlsFault>,
    /// `TLSv1_3`
    pub(crate) version: Option<String>,
}

/// What is written down.
#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Seen>);

impl Record {
    pub(super) fn agreed(&self, connection: &ClientConnection) {
        let version = connection.protocol_version().and_then(|version| version.as_str());
        self.note(|seen| seen.version = version.map(str::to_owned));
    }

    pub(super) fn take(&self) -> Seen {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Looks on while the login's own verifier decides.
#[derive(Debug)]
pub(super) struct Watch {
    judge: Arc<Verifier>,
    check: Check,
    record: Arc<Record>,
}

impl Watch {
    pub(super) fn new(judge: Arc<Verifier>, check: Check, record: Arc<Record>) -> Self {
        Self { judge, check, record }
    }
}

impl ServerCertVerifier for Watch {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).take(MOST_CERTIFICATES);
        let certificates: Vec<_> = chain.filter_map(|certificate| der::certificate(certificate)).collect();
        let verdict = self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let fault = verdict.as_ref().err().map(verifier::fault);
        self.record.note(|seen| {
            seen.certificates = certificates;
            seen.fault = fault;
        });
        match verdict {
            Err(_) if self.check == Check::Nothing => Ok(ServerCertVerified::assertion()),
            // The name is looked at last.
            Err(error) if self.check == Check::Issuer && is_about_the_name(&error) => {
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

fn is_about_the_name(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
    )
}
