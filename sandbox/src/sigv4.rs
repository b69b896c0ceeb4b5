//! AWS Signature Version 4, recomputed from what came in: the canonical request, the string to sign, the signature.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::collections::BTreeSet;
use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// What RFC 3986 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An `Authorization` header, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorization {
    pub key_id: String,
    /// The scope: date, region, service.
    pub date: String,
    pub region: String,
    pub service: String,
    pub signed_headers: Vec<String>,
    pub signature: String,
}

impl Authorization {
    /// Takes it apart, or says in AWS' own words what is missing.
    pub fn parse(header: &str) -> Result<Self, String> {
        let Some(rest) = header.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(format!("Unsupported AWS 'algorithm': '{}'.", header.split(' ').next().unwrap_or("")));
        };
        let part = |name: &str| {
            rest.split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
        };
        let missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
            .iter()
            .filter(|name| part(name).is_none())
            .map(|name| format!("Authorization header requires '{name}' parameter."))
            .collect();
        let (Some(credential), Some(signature), Some(signed)) =
            (part("Credential"), part("Signature"), part("SignedHeaders"))
        else {
            return Err(format!("{} Authorization={header}", missing.join(" ")));
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [key_id, date, region, service, "aws4_request"] = scope[..] else {
            return Err(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            ));
        };
        Ok(Self {
            key_id: key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: signed.split(';').map(ToOwned::to_owned).collect(),
            signature: signature.to_owned(),
        })
    }

    fn scope(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

/// What of a request goes into its signature.
pub(crate) struct Signed<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// The canonical request.
    pub fn canonical(&self, signed_headers: &[String]) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.method, canonical_path(self.path), canonical_query(self.query));
        for name in signed_headers.iter().collect::<BTreeSet<_>>() {
            let values: Vec<String> = self
                .headers
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            let _ = writeln!(text, "{name}:{}", values.join(","));
        }
        let _ = write!(text, "\n{}\n{}", signed_headers.join(";"), hex(&Sha256::digest(self.body)));
        text
    }

    /// The signature that this request must bear.
    pub fn signature(&self, secret: &str, authorization: &Authorization, amz_date: &str) -> String {
        let canonical = self.canonical(&authorization.signed_headers);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{amz_date}\n{}\n{}",
            authorization.scope(),
            hex(&Sha256::digest(canonical.as_bytes()))
        );
        hex(&hmac(&signing_key(secret, authorization), to_sign.as_bytes()))
    }
}

fn signing_key(secret: &str, authorization: &Authorization) -> Vec<u8> {
    let seed = format!("AWS4{secret}").into_bytes();
    [authorization.date.as_str(), &authorization.region, &authorization.service, "aws4_request"]
        .iter()
        .fold(seed, |key, part| hmac(&key, part.as_bytes()))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The path as sent, encoded once more: every service but S3 signs it so.
fn canonical_path(path: &str) -> String {
    if path.is_empty() {
        return "/".to_owned();
    }
    path.split('/').map(|segment| utf8_percent_encode(segment, UNRESERVED).to_string()).collect::<Vec<_>>().join("/")
}

fn canonical_query(query: &str) -> String {
    let encode = |part: &str| {
        let decoded: Vec<u8> = percent_decode_str(part).collect();
        percent_encoding::percent_encode(&decoded, UNRESERVED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (encode(key), encode(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key, scope and time of the `aws4_testsuite` that AWS published.
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const DATE: &str = "20150830T123600Z";

    fn authorization(service: &str, signed: &str) -> Authorization {
        let header = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, SignedHeaders={signed}, Signature=none"
        );
        Authorization::parse(&header).unwrap()
    }

    fn header(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    fn suite(method: &str, query: &str, more: &[(String, String)], signed: &str, body: &[u8]) -> String {
        let mut headers = vec![header("Host", "example.amazonaws.com"), header("X-Amz-Date", DATE)];
        headers.extend_from_slice(more);
        let request = Signed { method, path: "/", query, headers: &headers, body };
        request.signature(SECRET, &authorization("service", signed), DATE)
    }

    #[test]
    fn the_published_suite_agrees() {
        let plain = "host;x-amz-date";
        let get = suite("GET", "", &[], plain, b"");
        assert_eq!(get, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31", "get-vanilla");
        let ordered = suite("GET", "Param2=value2&Param1=value1", &[], plain, b"");
        assert_eq!(
            ordered, "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            "get-vanilla-query-order-key-case"
        );
        let post = suite("POST", "", &[], plain, b"");
        assert_eq!(post, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b", "post-vanilla");
        let form = [header("Content-Type", "application/x-www-form-urlencoded")];
        let posted = suite("POST", "", &form, "content-type;host;x-amz-date", b"Param1=value1");
        assert_eq!(
            posted, "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            "post-x-www-form-urlencoded"
        );
    }

    #[test]
    fn the_example_of_the_user_guide_agrees() {
        let headers = [
            header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            header("Host", "iam.amazonaws.com"),
            header("X-Amz-Date", DATE),
        ];
        let request = Signed {
            method: "GET",
            path: "/",
            query: "Action=ListUsers&Version=2010-05-08",
            headers: &headers,
            body: b"",
        };
        let authorization = authorization("iam", "content-type;host;x-amz-date");
        assert_eq!(
            hex(&signing_key(SECRET, &authorization)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
        assert_eq!(
            request.signature(SECRET, &authorization, DATE),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn a_path_is_encoded_once_more_and_blanks_of_headers_are_folded() {
        let headers = [header("My-Header", "  a   b  "), header("my-header", "c")];
        let request = Signed { method: "GET", path: "/a%20b/c", query: "", headers: &headers, body: b"" };
        let canonical = request.canonical(&["my-header".to_owned()]);
        assert!(canonical.starts_with("GET\n/a%2520b/c\n\nmy-header:a b,c\n\nmy-header\n"), "{canonical}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Authorization::parse("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request").unwrap_err();
        assert!(
            error.contains("requires 'Signature' parameter") && error.contains("requires 'SignedHeaders'"),
            "{error}"
        );
        assert!(Authorization::parse("Basic abc").unwrap_err().contains("algorithm"));
        assert!(Authorization::parse("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x").is_err());
    }
}
