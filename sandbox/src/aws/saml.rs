//! What a SAML response says, as far as `AssumeRoleWithSAML` reads it. Signatures are not verified: a sandbox has no keys of the world's
//! identity providers, and tests bring assertions of their own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};
use time::OffsetDateTime;

use crate::clock::parse_iso;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

/// The parts of an assertion that matter to STS.
#[derive(Debug, Default)]
pub(crate) struct Assertion {
    pub issuer: String,
    pub subject: String,
    pub audiences: Vec<String>,
    /// The earliest of all the times after which it must not be used.
    pub not_on_or_after: Option<OffsetDateTime>,
    pub not_before: Option<OffsetDateTime>,
    attributes: Vec<(String, Vec<String>)>,
}

impl Assertion {
    /// Reads a response in base 64; `None` if it is none.
    pub fn read(base64: &str) -> Option<Self> {
        let compact: String = base64.split_ascii_whitespace().collect();
        let text = String::from_utf8(STANDARD.decode(compact).ok()?).ok()?;
        let document = Document::parse(&text).ok()?;
        let assertion = document.descendants().find(|node| node.has_tag_name((ASSERTION, "Assertion")))?;
        let inside =
            |name: &'static str| assertion.descendants().filter(move |node| node.has_tag_name((ASSERTION, name)));
        let times = |name: &'static str| {
            ["Conditions", "SubjectConfirmationData"]
                .into_iter()
                .flat_map(inside)
                .filter_map(move |node| node.attribute(name).and_then(parse_iso))
        };
        Some(Self {
            issuer: inside("Issuer").next().map(text_of).unwrap_or_default(),
            subject: inside("NameID").next().map(text_of).unwrap_or_default(),
            audiences: inside("Audience").map(text_of).collect(),
            not_on_or_after: times("NotOnOrAfter").min(),
            not_before: times("NotBefore").max(),
            attributes: inside("Attribute")
                .map(|node| {
                    let values = node.children().filter(|child| child.has_tag_name((ASSERTION, "AttributeValue")));
                    (node.attribute("Name").unwrap_or("").to_owned(), values.map(text_of).collect())
                })
                .collect(),
        })
    }

    /// All values of the AWS attribute of that name.
    pub fn aws_attribute(&self, name: &str) -> Vec<&str> {
        let full = format!("https://aws.amazon.com/SAML/Attributes/{name}");
        self.attributes
            .iter()
            .filter(|(key, _)| *key == full)
            .flat_map(|(_, values)| values)
            .map(String::as_str)
            .collect()
    }

    /// Whether it pairs that role with that provider, in either order.
    pub fn pairs(&self, role_arn: &str, provider_arn: &str) -> bool {
        self.aws_attribute("Role").iter().any(|value| {
            let mut parts: Vec<&str> = value.split(',').map(str::trim).collect();
            parts.sort_unstable();
            let mut wanted = [role_arn, provider_arn];
            wanted.sort_unstable();
            parts == wanted
        })
    }
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect::<String>().trim().to_owned()
}
