//! The XML of a response: elements by namespace and local name, each where the SAML schema has it.
//!
//! Only assertions that are the document itself or stand directly in the response count, so that nothing wrapped into an
//! extension or a signature's object is taken for what the identity provider said.

use super::claims::Assertion;
use super::fault;
use crate::error::{AuthError, Stage, Status};
use crate::redact;
use aws_smithy_types::date_time::{DateTime, Format};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use quick_xml::{XmlVersion, escape};
use zeroize::Zeroizing;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

/// Responses have a depth of a dozen.
const DEPTH_LIMIT: usize = 64;
/// Longer than any ARN, group name or status message.
const TEXT_LIMIT: usize = 64 << 10;
const ATTRIBUTES_LIMIT: usize = 10_000;

/// The elements that matter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Response,
    Status,
    StatusCode,
    StatusMessage,
    Assertion,
    Encrypted,
    Conditions,
    Statement,
    Attribute,
    Value,
    Other,
}

#[derive(Default)]
struct Document {
    path: Vec<Element>,
    has_root: bool,
    has_encrypted: bool,
    has_assertion: bool,
    assertion: Assertion,
    /// The attribute that is open.
    name: String,
    values: Vec<String>,
    attributes: usize,
    /// Text of the open value or message, in the pieces around entities, comments and sections.
    text: Zeroizing<String>,
    status_codes: Vec<String>,
    status_message: String,
}

/// Reads the document.
pub(super) fn read(xml: &str) -> Result<Assertion, AuthError> {
    let mut reader = NsReader::from_str(xml.strip_prefix('\u{feff}').unwrap_or(xml));
    let mut document = Document::default();
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(tag) => document.start(&namespace, &tag)?,
            Event::Empty(tag) => {
                document.start(&namespace, &tag)?;
                document.end();
            }
            Event::End(_) => document.end(),
            Event::Text(text) => document.text(&text.xml10_content())?,
            Event::CData(text) => document.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().map_err(|error| malformed(&error))?.map(String::from);
                let text = character.as_deref().or_else(|| escape::resolve_xml_entity(&reference));
                document.text(text.ok_or_else(|| fault("the SAML response uses an entity that XML does not have"))?)?;
            }
            Event::DocType(_) => return Err(fault("the SAML response has a DOCTYPE, which SAML does not allow")),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    document.finish()
}

impl Document {
    fn start(&mut self, namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<(), AuthError> {
        let Some(parent) = self.path.last().copied() else { return self.root(namespace, tag) };
        if self.path.len() == DEPTH_LIMIT {
            return Err(fault(format!("the elements of the SAML response are nested deeper than {DEPTH_LIMIT}")));
        }
        let element = child(parent, namespace, tag.local_name().into_inner());
        match element {
            Element::StatusCode => self.status_codes.extend(attribute(tag, "Value")?),
            Element::StatusMessage | Element::Value => self.text.clear(),
            Element::Assertion => self.has_assertion = true,
            Element::Encrypted => self.has_encrypted = true,
            Element::Conditions => self.hold_until(attribute(tag, "NotOnOrAfter")?.as_deref()),
            Element::Attribute => {
                self.attributes += 1;
                if self.attributes > ATTRIBUTES_LIMIT {
                    return Err(fault(format!("the SAML response has more than {ATTRIBUTES_LIMIT} attributes")));
                }
                self.name = attribute(tag, "Name")?.unwrap_or_default();
                self.values.clear();
            }
            Element::Response | Element::Status | Element::Statement | Element::Other => {}
        }
        self.path.push(element);
        Ok(())
    }

    /// The document's own element: a response or an assertion.
    fn root(&mut self, namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<(), AuthError> {
        if self.has_root {
            return Err(fault("the SAML response is not one XML document: it has two outermost elements"));
        }
        self.has_root = true;
        let name = tag.local_name().into_inner();
        let element = match name {
            "Response" if is_in(namespace, PROTOCOL) => Element::Response,
            "Assertion" if is_in(namespace, ASSERTION) => Element::Assertion,
            "EncryptedAssertion" if is_in(namespace, ASSERTION) => Element::Encrypted,
            _ => return Err(unknown_root(namespace, name)),
        };
        self.has_assertion = element == Element::Assertion;
        self.has_encrypted = element == Element::Encrypted;
        self.path.push(element);
        Ok(())
    }

    fn end(&mut self) {
        match self.path.pop() {
            Some(Element::Value) => self.values.push(self.text.trim().to_owned()),
            Some(Element::StatusMessage) => self.status_message.clone_from(&self.text),
            Some(Element::Attribute) => self.assertion.add(&self.name, &self.values),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) -> Result<(), AuthError> {
        match self.path.last() {
            // Whatever else a provider sends may be as long as it likes.
            Some(Element::Value) if !Assertion::takes(&self.name) => Ok(()),
            // A value may have elements in it, whose text is none of its own.
            Some(Element::Value | Element::StatusMessage) if self.text.len() + text.len() > TEXT_LIMIT => {
                Err(fault("the SAML response has a value longer than 64 KiB"))
            }
            Some(Element::Value | Element::StatusMessage) => {
                self.text.push_str(text);
                Ok(())
            }
            None if !text.trim().is_empty() => Err(fault("the SAML response is not XML")),
            _ => Ok(()),
        }
    }

    fn hold_until(&mut self, time: Option<&str>) {
        let time = time.and_then(|time| DateTime::from_str(time.trim(), Format::DateTimeWithOffset).ok());
        let time = time.and_then(|time| time.to_millis().ok());
        let earliest = self.assertion.not_on_or_after.into_iter().chain(time).min();
        self.assertion.not_on_or_after = earliest;
    }

    fn finish(mut self) -> Result<Assertion, AuthError> {
        if !self.has_root {
            return Err(fault("the SAML response is not XML"));
        }
        if !self.path.is_empty() {
            return Err(fault("the SAML response is cut short: it ends inside an element"));
        }
        if self.status_codes.first().is_some_and(|code| code != SUCCESS) {
            return Err(self.refusal());
        }
        if !self.has_assertion {
            return Err(if self.has_encrypted {
                fault("the assertion in the SAML response is encrypted; the role to assume cannot be read from it")
                    .hint("turn off the encryption of assertions for this application at the identity provider")
            } else {
                fault("the SAML response holds no assertion")
            });
        }
        self.assertion.finish();
        Ok(self.assertion)
    }

    /// The code that says most is the innermost (SAML core, 3.2.2.2).
    fn refusal(&self) -> AuthError {
        let short = |code: &String| redact::head(code.rsplit(':').next().unwrap_or(code), 100);
        let codes: Vec<_> = self.status_codes.iter().take(3).map(short).collect();
        let told = redact::head(&self.status_message, 200);
        let told = if told.is_empty() { told } else { format!(": {told}") };
        let message = format!("the identity provider answered with the SAML status {}{told}", codes.join(", "));
        let error = AuthError::new(Status::IdpRejected, Stage::Assertion, message)
            .hint("the identity provider's own log says why it refused; its operator can look there");
        match codes.last() {
            Some(code) => error.service_code(code.as_str()),
            None => error,
        }
    }
}

/// What an element is, which depends on where it stands.
fn child(parent: Element, namespace: &ResolveResult<'_>, name: &str) -> Element {
    let (expected, element) = match (parent, name) {
        (Element::Response, "Status") => (PROTOCOL, Element::Status),
        (Element::Status | Element::StatusCode, "StatusCode") => (PROTOCOL, Element::StatusCode),
        (Element::Status, "StatusMessage") => (PROTOCOL, Element::StatusMessage),
        (Element::Response, "Assertion") => (ASSERTION, Element::Assertion),
        (Element::Response, "EncryptedAssertion") => (ASSERTION, Element::Encrypted),
        (Element::Assertion, "Conditions") => (ASSERTION, Element::Conditions),
        (Element::Assertion, "AttributeStatement") => (ASSERTION, Element::Statement),
        (Element::Statement, "Attribute") => (ASSERTION, Element::Attribute),
        (Element::Attribute, "AttributeValue") => (ASSERTION, Element::Value),
        _ => return Element::Other,
    };
    if is_in(namespace, expected) { element } else { Element::Other }
}

/// Documents without any namespace are read too, as the official drivers do (PY-122); a prefix that is not declared is
/// none.
fn is_in(namespace: &ResolveResult<'_>, expected: &str) -> bool {
    match namespace {
        ResolveResult::Bound(Namespace(uri)) => *uri == expected,
        ResolveResult::Unbound => true,
        ResolveResult::Unknown(_) => false,
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, AuthError> {
    let mut attributes = tag.attributes();
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|error| malformed(&error))?;
        if attribute.key.into_inner() == name {
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| malformed(&error))?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

fn unknown_root(namespace: &ResolveResult<'_>, name: &str) -> AuthError {
    let saml_1 =
        matches!(namespace, ResolveResult::Bound(Namespace(uri)) if uri.starts_with("urn:oasis:names:tc:SAML:1."));
    let name = redact::head(name, 60);
    if saml_1 {
        return fault(format!("the {name} is one of SAML 1.1; AWS takes SAML 2.0"))
            .hint("set the identity provider's application to SAML 2.0");
    }
    fault(format!("the document is not a SAML response: its outermost element is '{name}'"))
}

/// The parser quotes names in backquotes. What is no name of SAML's kind may be anything: the document is no XML.
fn malformed(error: &dyn std::error::Error) -> AuthError {
    let text = error.to_string();
    let is_name = |piece: &str| {
        piece.len() <= 40
            && piece.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ':' | '<' | '/' | '>' | '&' | ';'))
    };
    let shown = text.split('`').enumerate().map(|(n, piece)| if n % 2 == 1 && !is_name(piece) { "…" } else { piece });
    let told = redact::head(&shown.collect::<Vec<_>>().join("`"), 200);
    fault(format!("the SAML response is not well-formed XML: {told}"))
}
