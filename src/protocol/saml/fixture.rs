//! Responses as identity providers write them.

use crate::secret::{SecretString, secret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

pub const ROLE: &str = "arn:aws:iam::123456789012:role/myRole";
pub const PROVIDER: &str = "arn:aws:iam::123456789012:saml-provider/myProvider";

/// How a document names its elements.
#[derive(Debug, Clone, Copy)]
pub struct Prefixes {
    pub protocol: &'static str,
    pub assertion: &'static str,
    /// What the outermost element declares.
    pub declared: &'static str,
}

/// Okta; Shibboleth and ADFS; default namespaces are in `in_default_namespaces`.
pub const OKTA: Prefixes = Prefixes {
    protocol: "saml2p:",
    assertion: "saml2:",
    declared: r#" xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion""#,
};
pub const PREFIXES: [Prefixes; 4] = [
    OKTA,
    Prefixes {
        protocol: "samlp:",
        assertion: "saml:",
        declared: " xmlns:saml='urn:oasis:names:tc:SAML:2.0:assertion' xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'",
    },
    Prefixes {
        protocol: "",
        assertion: "a:",
        declared: r#" xmlns="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion""#,
    },
    Prefixes { protocol: "", assertion: "", declared: "" },
];

/// A response with this content of its attribute statement.
pub fn response(prefixes: Prefixes, attributes: &str) -> String {
    let Prefixes { protocol: p, assertion: a, declared } = prefixes;
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><{p}Response{declared} ID="id1" Destination="http://localhost:7890/redshift/"
 Version="2.0"><{a}Issuer>http://www.example.com/exk1</{a}Issuer><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<ds:SignedInfo><ds:Reference URI="id1"/></ds:SignedInfo></ds:Signature><{p}Status><{p}StatusCode
 Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></{p}Status><{a}Assertion ID="id2" Version="2.0"><{a}Issuer/>
<{a}Subject><{a}NameID>me@example.com</{a}NameID></{a}Subject><{a}Conditions NotBefore="2026-11-01T00:00:00.000Z"
 NotOnOrAfter="2026-11-01T00:10:00.000Z"><{a}AudienceRestriction/></{a}Conditions><{a}AuthnStatement/>
<{a}AttributeStatement>{attributes}</{a}AttributeStatement></{a}Assertion></{p}Response>"#
    )
}

/// One attribute with its values, which are XML already.
pub fn attribute(prefixes: Prefixes, name: &str, values: &[&str]) -> String {
    let a = prefixes.assertion;
    let values: Vec<_> = values.iter().map(|value| format!("<{a}AttributeValue>{value}</{a}AttributeValue>")).collect();
    format!("<{a}Attribute Name=\"{name}\" NameFormat=\"x\">{}</{a}Attribute>", values.concat())
}

/// Okta's manner, with these attributes of one value each: `Role`, `RoleSessionName`, … of AWS, others of Redshift.
pub fn okta(attributes: &[(&str, &str)]) -> String {
    let all: String = attributes.iter().map(|(name, value)| attribute(OKTA, &full_name(name), &[value])).collect();
    response(OKTA, &all)
}

pub fn full_name(name: &str) -> String {
    let of_aws = ["Role", "RoleSessionName", "SessionDuration"].contains(&name) || name.starts_with("PrincipalTag");
    let host = if of_aws { "aws" } else { "redshift" };
    format!("https://{host}.amazon.com/SAML/Attributes/{name}")
}

pub fn encoded(xml: &str) -> SecretString {
    secret(BASE64_STANDARD.encode(xml))
}
