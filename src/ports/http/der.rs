//! Enough of X.509 to say whose a certificate is, who issued it and how long it holds: a reader of DER that never trusts a length. Verification is
//! webpki's; this is for the words of an error.

/// The longest name that goes into an error; certificates of strangers are not to fill a log.
const NAME_LIMIT: usize = 100;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// The version of a certificate, absent in version 1.
const VERSION: u8 = 0xa0;
const BMP_STRING: u8 = 0x1e;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// 2.5.4.3, 2.5.4.10 and 2.5.4.11 (RFC 5280 appendix A.1).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const ORGANIZATIONAL_UNIT: &[u8] = &[0x55, 0x04, 0x0b];

/// Who issued a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The common name, or the organization where there is none.
    pub name: String,
    /// Whether the certificate names itself as its issuer.
    pub is_subject: bool,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub subject: Option<String>,
    /// Who signed it.
    pub issuer: Option<String>,
    /// From when on it holds, as `2026-11-23T05:59:40Z`.
    pub not_before: Option<String>,
    /// Until when.
    pub not_after: Option<String>,
}

/// Reads the issuer of a certificate in DER; None if it has none that can be shown.
#[must_use]
pub fn issuer(certificate: &[u8]) -> Option<Issuer> {
    let parts = parts(certificate)?;
    let is_subject = parts.issuer.0 == parts.subject.0;
    Some(Issuer { name: shown(parts.issuer)?, is_subject })
}

/// Reads what can be shown of a certificate in DER; None if it is none.
#[must_use]
pub fn certificate(certificate: &[u8]) -> Option<Certificate> {
    let Parts { issuer, mut validity, subject } = parts(certificate)?;
    let mut time = || validity.next().and_then(|(tag, text)| moment(tag, text.0));
    Some(Certificate { subject: shown(subject), issuer: shown(issuer), not_before: time(), not_after: time() })
}

/// The fields of a certificate that are read here.
struct Parts<'a> {
    issuer: Reader<'a>,
    validity: Reader<'a>,
    subject: Reader<'a>,
}

fn parts(certificate: &[u8]) -> Option<Parts<'_>> {
    let mut outer = Reader(certificate).expect(SEQUENCE)?;
    let mut fields = outer.expect(SEQUENCE)?;
    let (tag, _) = fields.next()?;
    if tag == VERSION {
        fields.next()?; // the serial number; without a version that was the element just read
    }
    fields.expect(SEQUENCE)?; // the algorithm of the signature
    let issuer = fields.expect(SEQUENCE)?;
    let validity = fields.expect(SEQUENCE)?;
    Some(Parts { issuer, validity, subject: fields.expect(SEQUENCE)? })
}

/// A time of a certificate (RFC 5280 section 4.1.2.5): always in UTC and with seconds; years of two digits are those from
/// 1950 to 2049.
fn moment(tag: u8, digits: &[u8]) -> Option<String> {
    let digits = std::str::from_utf8(digits).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        GENERALIZED_TIME => digits.split_at_checked(4).map(|(year, rest)| (year.to_owned(), rest))?,
        _ => return None,
    };
    let pair = |at: usize| rest.get(at..at + 2);
    (rest.len() == 10).then_some(())?;
    Some(format!("{year}-{}-{}T{}:{}:{}Z", pair(0)?, pair(2)?, pair(4)?, pair(6)?, pair(8)?))
}

/// The part of a distinguished name that people know it by.
fn shown(name: Reader<'_>) -> Option<String> {
    let part = |wanted: &[u8]| {
        let mut sets = Reader(name.0);
        while let Some(mut set) = sets.expect(SET) {
            while let Some(mut attribute) = set.expect(SEQUENCE) {
                let kind = attribute.expect(OBJECT_IDENTIFIER)?;
                let (tag, value) = attribute.next()?;
                if kind.0 == wanted {
                    return Some(text(tag, value.0)).filter(|text| !text.is_empty());
                }
            }
        }
        None
    };
    part(COMMON_NAME).or_else(|| part(ORGANIZATION)).or_else(|| part(ORGANIZATIONAL_UNIT))
}

/// A string of a name. Control characters are dropped: the text is shown on terminals.
fn text(tag: u8, bytes: &[u8]) -> String {
    let text = if tag == BMP_STRING {
        let units = bytes.chunks_exact(2).map(|pair| pair.iter().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    text.chars().filter(|char| !char.is_control()).take(NAME_LIMIT).collect()
}

/// What is left to read of one element's content.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The tag and the content of the next element.
    fn next(&mut self) -> Option<(u8, Reader<'a>)> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = if first < 0x80 {
            usize::from(first)
        } else {
            let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            // DER has no indefinite length, and no certificate has one of four bytes.
            if bytes.is_empty() || bytes.len() > 3 {
                return None;
            }
            bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        };
        let (content, after) = rest.split_at_checked(length)?;
        self.0 = after;
        Some((tag, Reader(content)))
    }

    /// The content of the next element, if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, DnValue, IsCa, Issuer as Signer, KeyPair};

    fn certificate(issued_by: &[(DnType, DnValue)]) -> Vec<u8> {
        let mut ca = CertificateParams::default();
        ca.distinguished_name = rcgen::DistinguishedName::new();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        for (kind, value) in issued_by {
            ca.distinguished_name.push(kind.clone(), value.clone());
        }
        let signer = Signer::new(ca, KeyPair::generate().unwrap());
        let leaf = CertificateParams::new(vec!["host.example".to_owned()]).unwrap();
        leaf.signed_by(&KeyPair::generate().unwrap(), &signer).unwrap().der().to_vec()
    }

    fn name(issued_by: &[(DnType, DnValue)]) -> Option<String> {
        issuer(&certificate(issued_by)).map(|issuer| issuer.name)
    }

    #[test]
    fn the_common_name_is_shown_else_the_organization() {
        let common = (DnType::CommonName, DnValue::Utf8String("Übung CA".into()));
        let organization = (DnType::OrganizationName, DnValue::Utf8String("Corp".into()));
        let country = (DnType::CountryName, DnValue::PrintableString("DE".try_into().unwrap()));
        assert_eq!(name(&[country.clone(), organization.clone(), common]).as_deref(), Some("Übung CA"));
        assert_eq!(name(&[country.clone(), organization]).as_deref(), Some("Corp"));
        assert_eq!(name(&[country]), None);
        let wide = DnValue::BmpString("Größe".try_into().unwrap());
        assert_eq!(name(&[(DnType::CommonName, wide)]).as_deref(), Some("Größe"));
        let hostile = DnValue::Utf8String(format!("\u{1b}[31mred\n{}", "x".repeat(300)));
        let shown = name(&[(DnType::CommonName, hostile)]).unwrap();
        assert!(shown.starts_with("[31mredxxx") && shown.chars().count() == NAME_LIMIT, "{shown}");
    }

    #[test]
    fn a_self_signed_one_is_known_as_such() {
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(vec!["a".to_owned()]).unwrap().self_signed(&key).unwrap();
        assert!(issuer(own.der()).unwrap().is_subject);
        let common = (DnType::CommonName, DnValue::Utf8String("CA".into()));
        assert!(!issuer(&certificate(&[common])).unwrap().is_subject);
    }

    #[test]
    fn a_certificate_says_whose_it_is_and_how_long_it_holds() {
        let common = (DnType::CommonName, DnValue::Utf8String("CA".into()));
        let read = super::certificate(&certificate(&[common])).unwrap();
        assert_eq!(read.issuer.as_deref(), Some("CA"));
        // The generator's own defaults.
        assert_eq!(read.subject.as_deref(), Some("rcgen self signed cert"));
        assert_eq!(read.not_before.as_deref(), Some("1975-01-01T00:00:00Z"));
        assert_eq!(read.not_after.as_deref(), Some("4096-01-01T00:00:00Z"));
        for (tag, text, expected) in [
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (UTC_TIME, "4912312359Z", None),
            (UTC_TIME, "é1231235959Z", None),
            (GENERALIZED_TIME, "20261123055940Z", Some("2026-11-23T05:59:40Z")),
            (GENERALIZED_TIME, "20261123055940.5Z", None),
            (SET, "491231235959Z", None),
        ] {
            assert_eq!(moment(tag, text.as_bytes()).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = issuer(&bytes);
            let _ = super::certificate(&bytes);
        }

        #[test]
        fn no_cut_or_changed_certificate_makes_it_fail(cut in 0usize..400, at in 0usize..400, to in any::<u8>()) {
            let common = (DnType::CommonName, DnValue::Utf8String("CA".into()));
            let mut bytes = certificate(&[common]);
            let length = bytes.len();
            bytes[at % length] = to;
            bytes.truncate(length - cut % length);
            let _ = issuer(&bytes);
            let _ = super::certificate(&bytes);
        }
    }
}
