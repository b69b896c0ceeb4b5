//! The answer where the browser cannot reach this machine: a person copies what it ended at.

use super::Expected;
use super::fields::{self, Verdict};
use super::request::{Place, is_loopback_name};
use crate::error::{AuthError, Stage, Status};
use crate::secret::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

/// Reads the URL at which the browser ended. Of a SAML login, whose answer is posted and stands in no URL, also what was
/// posted: `SAMLResponse=…`, or the response by itself.
pub(crate) fn read_pasted(pasted: &SecretString, path: &str, expected: &Expected) -> Result<SecretString, AuthError> {
    let text = pasted.expose_secret().trim();
    let fields = Zeroizing::new(match (Url::parse(text), expected) {
        (Ok(url), _) if url.scheme() == "http" => {
            let place = Place { port: url.port_or_known_default().unwrap_or_default(), path: path.to_owned() };
            if !url.host_str().is_some_and(is_loopback_name) || !place.is_path(url.path()) {
                return Err(not_it(&format!("is not http://localhost{path} with what follows")));
            }
            url.query().unwrap_or_default().to_owned()
        }
        (Ok(_), _) => return Err(not_it("is not the address of this machine (http://localhost…)")),
        (Err(_), Expected::SamlResponse { .. }) if is_base64(text) => {
            url::form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", text).finish()
        }
        (Err(_), Expected::SamlResponse { .. }) => text.to_owned(),
        (Err(_), Expected::Code { .. }) => return Err(not_it("is no URL")),
    });
    match fields::read(fields.as_bytes(), true, expected) {
        Verdict::Answer(value) => Ok(value),
        Verdict::Refused(error) | Verdict::Unusable(error) => Err(error),
        Verdict::Stray(why) => Err(not_it(&format!("is not the answer: {why}"))),
    }
}

fn is_base64(text: &str) -> bool {
    let mut letters = text.trim_end_matches('=').chars();
    !text.is_empty() && letters.all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "+/-_".contains(c))
}

fn not_it(what: &str) -> AuthError {
    AuthError::new(Status::IdpUnexpected, Stage::Browser, format!("what was pasted {what}"))
        .hint("copy the whole address of the page at which the browser ended, also if it shows an error")
}
