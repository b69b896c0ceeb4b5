//! What `WWW-Authenticate` says of Negotiate (RFC 9110 section 11.6.1, RFC 4559 section 4.1).

use super::super::http::{HeaderMap, header::WWW_AUTHENTICATE};
use crate::os::gssapi::Unavailable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What the server wants.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A first token.
    Begin,
    /// That its token is read.
    GoOn(Vec<u8>),
}

/// The first offer of Negotiate; a server may name several schemes, in one header or in many.
pub(super) fn challenge(headers: &HeaderMap) -> Result<Option<Challenge>, Unavailable> {
    let Some(token) = offers(headers).next() else { return Ok(None) };
    if token.is_empty() {
        return Ok(Some(Challenge::Begin));
    }
    let bytes = STANDARD.decode(token);
    let bytes = bytes.map_err(|_| Unavailable::Failed("the server's answer to Negotiate is not base64".to_owned()))?;
    Ok(Some(Challenge::GoOn(bytes)))
}

/// The tokens after the word `Negotiate`, empty ones too. A comma inside quotes may split the parameters of another
/// scheme, which does not make a piece of them look like this one.
fn offers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(WWW_AUTHENTICATE).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|piece| {
        let (scheme, rest) = piece.trim().split_once(' ').unwrap_or((piece.trim(), ""));
        scheme.eq_ignore_ascii_case("Negotiate").then(|| rest.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (WWW_AUTHENTICATE, value.parse().unwrap())).collect()
    }

    fn of(values: &[&str]) -> Result<Option<Challenge>, Unavailable> {
        challenge(&headers(values))
    }

    #[test]
    fn finds_the_offer_among_others() {
        for values in [&["Negotiate"][..], &["NTLM", "negotiate"], &["Basic realm=\"a, b\", Negotiate , NTLM"]] {
            assert_eq!(of(values), Ok(Some(Challenge::Begin)), "{values:?}");
        }
        for values in [&[][..], &["NTLM"], &["Negotiated"], &["Basic realm=\"Negotiate\""], &["Kerberos"]] {
            assert_eq!(of(values), Ok(None), "{values:?}");
        }
    }

    #[test]
    fn reads_the_servers_token() {
        assert_eq!(of(&["Negotiate YWI="]), Ok(Some(Challenge::GoOn(b"ab".to_vec()))));
        assert_eq!(of(&["NTLM, NEGOTIATE  YWI= "]), Ok(Some(Challenge::GoOn(b"ab".to_vec()))));
        assert!(matches!(of(&["Negotiate YWI"]), Err(Unavailable::Failed(_))), "not base64");
    }
}
