//! SAML responses: what a login takes from them. The signature, the audience and the times are for AWS to judge.

mod claims;
mod reader;

pub use self::claims::{Assertion, RolePair};
use crate::error::{AuthError, Stage, Status};
use crate::protocol::lenient_base64;
use crate::secret::{ExposeSecret, SecretString, secret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

/// As large as an answer of an identity provider may be; AWS takes 100,000 characters of base64.
const SIZE_LIMIT: usize = 4 << 20;

const RESPONSE_START: &str = concat!(
    r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><samlp:Status>"#,
    r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>"#,
);
const RESPONSE_END: &str = "</samlp:Response>";

/// Reads a response, or an assertion by itself, from its base64 as received.
pub fn read(response: &SecretString) -> Result<Assertion, AuthError> {
    let text = response.expose_secret();
    // Four characters hold three bytes, and lines are broken at some point.
    if text.len() / 2 > SIZE_LIMIT {
        return Err(too_large());
    }
    let xml = lenient_base64::decode(text).ok_or_else(|| fault("the SAML response is not base64"))?;
    if xml.is_empty() {
        return Err(fault("the SAML response is empty"));
    }
    if xml.len() > SIZE_LIMIT {
        return Err(too_large());
    }
    let xml = str::from_utf8(&xml).map_err(|_| fault("the SAML response is not XML in UTF-8"))?;
    reader::read(xml)
}

/// The response as AWS takes it: standard base64, padded, without blanks and line breaks.
pub fn transportable(response: &SecretString) -> SecretString {
    secret(lenient_base64::normalize(response.expose_secret()).as_str())
}

/// Makes a response of the bare assertion that Azure hands out as an access token (base64url). Its bytes stay as they
/// are, since they are signed (PY-154).
pub fn wrap(assertion: &SecretString) -> Result<SecretString, AuthError> {
    let assertion = lenient_base64::decode(assertion.expose_secret())
        .ok_or_else(|| fault("the SAML assertion in access_token is not base64"))?;
    let element = without_declaration(&assertion);
    if element.is_empty() {
        return Err(fault("the access_token, which should hold a SAML assertion, is empty"));
    }
    let parts = [RESPONSE_START.as_bytes(), element, RESPONSE_END.as_bytes()];
    let mut response = Zeroizing::new(Vec::with_capacity(parts.iter().map(|part| part.len()).sum()));
    for part in parts {
        response.extend_from_slice(part);
    }
    Ok(secret(BASE64_STANDARD.encode(&*response)))
}

/// A byte order mark and an XML declaration may stand at the beginning of a document only.
fn without_declaration(document: &[u8]) -> &[u8] {
    let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    if !document.starts_with(b"<?xml ") {
        return document;
    }
    let end = document.windows(2).position(|pair| pair == b"?>").map(|start| start + 2);
    end.and_then(|end| document.get(end..)).unwrap_or(document).trim_ascii_start()
}

fn too_large() -> AuthError {
    fault("the SAML response is larger than 4 MiB")
}

fn fault(message: impl Into<String>) -> AuthError {
    AuthError::new(Status::AssertionInvalid, Stage::Assertion, message)
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
