//! SAML responses as identity providers issue them to AWS, in every [shape](super::AssertionShape).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::Duration;

use crate::aws::errors::escape;
use crate::clock::iso;
use crate::identity::assertion::{AssertionShape, PairOrder, Prefix, TextStyle};
use crate::identity::person::{Person, RoleGrant};
use crate::random;
use crate::world::World;

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// The response for that person in base 64, in the shape that the world's pages have.
pub(crate) fn saml_response(world: &World, person: &Person) -> String {
    let writer = Writer { shape: &world.identity_pages.assertion, world, person };
    let encoded = STANDARD.encode(writer.response());
    if !writer.shape.wrapped_lines {
        return encoded;
    }
    let lines: Vec<_> = encoded.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    lines.join("\r\n")
}

/// The assertion for that person by itself, as a token endpoint gives it.
pub(crate) fn bare_assertion(world: &World, person: &Person) -> String {
    Writer { shape: &world.identity_pages.assertion, world, person }.assertion()
}

/// Where AWS takes SAML in that partition, and the audience that it goes by.
pub(crate) fn sign_in(partition: &str) -> (&'static str, &'static str) {
    match partition {
        "aws-cn" => ("https://signin.amazonaws.cn/saml", "urn:amazon:webservices:cn-north-1"),
        "aws-us-gov" => ("https://signin.amazonaws-us-gov.com/saml", "urn:amazon:webservices:govcloud"),
        _ => ("https://signin.aws.amazon.com/saml", "urn:amazon:webservices"),
    }
}

/// The partition in which a person has roles.
pub(crate) fn partition_of(world: &World, person: &Person) -> String {
    let arn = person.roles.first().map(|grant| grant.arns(world).0);
    arn.and_then(|arn| arn.split(':').nth(1).map(str::to_owned)).unwrap_or_else(|| "aws".to_owned())
}

struct Writer<'a> {
    shape: &'a AssertionShape,
    world: &'a World,
    person: &'a Person,
}

impl Writer<'_> {
    fn response(&self) -> String {
        let (id, now) = (identifier(), iso(self.world.now()));
        let (destination, _) = sign_in(&partition_of(self.world, self.person));
        let (code, content) = match &self.shape.status {
            None => ("urn:oasis:names:tc:SAML:2.0:status:Success", self.assertion_or_its_cipher()),
            Some(_) => ("urn:oasis:names:tc:SAML:2.0:status:Responder", String::new()),
        };
        let nested = self.shape.status.as_ref().map_or(String::new(), |nested| {
            self.element(PROTOCOL, "StatusCode", &format!(" Value=\"{}\"", escape(nested)), "")
        });
        let code = self.element(PROTOCOL, "StatusCode", &format!(" Value=\"{code}\""), &nested);
        let status = self.element(PROTOCOL, "Status", "", &code);
        let issuer = self.issuer(true);
        let attributes = format!(
            "{} ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{now}\" Destination=\"{destination}\"",
            self.declaration(PROTOCOL)
        );
        let response = self.element(PROTOCOL, "Response", &attributes, &[issuer, status, content].concat());
        // With a declaration, as AD FS and Okta send it.
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{response}")
    }

    fn assertion_or_its_cipher(&self) -> String {
        if !self.shape.encrypted {
            return self.assertion();
        }
        let cipher = random::base64::<1536>();
        let data = format!(
            "<xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Type=\"http://www.w3.org/2001/04/xmlenc#Element\">\
             <xenc:EncryptionMethod Algorithm=\"http://www.w3.org/2009/xmlenc11#aes256-gcm\"/><xenc:CipherData>\
             <xenc:CipherValue>{cipher}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>"
        );
        self.element(ASSERTION, "EncryptedAssertion", &self.declaration(ASSERTION), &data)
    }

    fn assertion(&self) -> String {
        let id = identifier();
        let issued = self.world.now() - if self.shape.expired { Duration::HOUR } else { Duration::ZERO };
        let (from, until) = (iso(issued - Duration::seconds(5)), iso(issued + Duration::minutes(5)));
        let (recipient, audience) = sign_in(&partition_of(self.world, self.person));
        let confirmation = self.element(
            ASSERTION,
            "SubjectConfirmation",
            " Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"",
            &self.element(
                ASSERTION,
                "SubjectConfirmationData",
                &format!(" NotOnOrAfter=\"{until}\" Recipient=\"{recipient}\""),
                "",
            ),
        );
        let format = " Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"";
        let name = self.element(ASSERTION, "NameID", format, &self.text(&self.person.name));
        let subject = self.element(ASSERTION, "Subject", "", &[name, confirmation].concat());
        let audience = self.element(ASSERTION, "Audience", "", &self.text(audience));
        let conditions = self.element(
            ASSERTION,
            "Conditions",
            &format!(" NotBefore=\"{from}\" NotOnOrAfter=\"{until}\""),
            &self.element(ASSERTION, "AudienceRestriction", "", &audience),
        );
        let class = self.text("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport");
        let context = self.element(ASSERTION, "AuthnContextClassRef", "", &class);
        let context = self.element(ASSERTION, "AuthnContext", "", &context);
        let at = format!(" AuthnInstant=\"{0}\" SessionIndex=\"{id}\"", iso(issued));
        let statement = self.element(ASSERTION, "AuthnStatement", &at, &context);
        let attributes = self.element(ASSERTION, "AttributeStatement", "", &self.attributes());
        let head = format!(
            "{} xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" ID=\"{id}\" Version=\"2.0\" IssueInstant=\"{}\"",
            self.declaration(ASSERTION),
            iso(issued)
        );
        let parts = [self.issuer(false), signature(&id), subject, conditions, statement, attributes];
        self.element(ASSERTION, "Assertion", &head, &parts.concat())
    }

    fn attributes(&self) -> String {
        let mut all = String::new();
        if self.shape.padding_bytes > 0 {
            let groups = padding(self.shape.padding_bytes);
            all += &self.written_attribute("http://schemas.xmlsoap.org/claims/Group", &[groups]);
        }
        let person = self.person;
        let aws = |name: &str| format!("https://aws.amazon.com/SAML/Attributes/{name}");
        let redshift = |name: &str| format!("https://redshift.amazon.com/SAML/Attributes/{name}");
        let roles: Vec<String> = person.roles.iter().map(|grant| self.pair(grant)).collect();
        if !self.shape.no_roles && !roles.is_empty() {
            all += &self.attribute(&aws("Role"), &roles);
        }
        let session = person.role_session_name.clone().unwrap_or_else(|| person.name.clone());
        let session = Some(session).filter(|name| !name.is_empty());
        let single = [
            (aws("RoleSessionName"), &session),
            (aws("SessionDuration"), &person.session_duration),
            (redshift("DbUser"), &person.db_user),
            (redshift("AutoCreate"), &person.auto_create),
            (redshift("ForceLowercase"), &person.force_lowercase),
            (redshift("AllowDbUserOverride"), &person.allow_db_user_override),
        ];
        for (name, value) in single {
            all += &value.iter().map(|value| self.attribute(&name, std::slice::from_ref(value))).collect::<String>();
        }
        if let Some(groups) = &person.db_groups {
            all += &self.attribute(&redshift("DbGroups"), groups);
        }
        for (tag, values) in &person.principal_tags {
            all += &self.attribute(&aws(&format!("PrincipalTag:{tag}")), values);
        }
        all
    }

    fn pair(&self, grant: &RoleGrant) -> String {
        let (role, provider) = grant.arns(self.world);
        let comma = if self.shape.spaced_pairs { " ,\n  " } else { "," };
        let provider_first = match self.shape.order {
            PairOrder::AsGranted => grant.provider_first,
            PairOrder::RoleFirst => false,
            PairOrder::ProviderFirst => true,
        };
        if provider_first { format!("{provider}{comma}{role}") } else { format!("{role}{comma}{provider}") }
    }

    fn attribute(&self, name: &str, values: &[String]) -> String {
        let values: Vec<String> = values.iter().map(|value| self.text(value)).collect();
        self.written_attribute(name, &values)
    }

    /// An attribute whose values are XML already.
    fn written_attribute(&self, name: &str, values: &[String]) -> String {
        let typed = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\"";
        let value = |value: &String| self.element(ASSERTION, "AttributeValue", typed, value);
        let format = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
        let attributes = format!(" Name=\"{}\" NameFormat=\"{format}\"", escape(name));
        self.element(ASSERTION, "Attribute", &attributes, &values.iter().map(value).collect::<String>())
    }

    /// The issuer that the provider of the first role has in IAM, or else the first provider there.
    fn issuer(&self, declare: bool) -> String {
        let provider = self.person.roles.first().map(|grant| grant.arns(self.world).1);
        let of_role = |name: &str| provider.as_ref().is_none_or(|arn| *arn == self.world.saml_provider_arn(name));
        let providers = &self.world.saml_providers;
        let provider = providers.iter().find(|provider| of_role(&provider.name)).or(providers.first());
        let declaration = if declare { self.declaration(ASSERTION) } else { String::new() };
        let issuer = provider.map_or("https://idp.example.com/saml", |provider| &provider.issuer);
        self.element(ASSERTION, "Issuer", &declaration, &self.text(issuer))
    }

    fn prefix(&self, namespace: &str) -> &'static str {
        match (self.shape.prefix, namespace == PROTOCOL) {
            (Prefix::Saml2, false) => "saml2:",
            (Prefix::Saml2, true) => "saml2p:",
            (Prefix::Saml, false) => "saml:",
            (Prefix::Saml, true) => "samlp:",
            (Prefix::None, _) => "",
            (Prefix::Odd, false) => "a.b-1:",
            (Prefix::Odd, true) => "_b:",
        }
    }

    fn declaration(&self, namespace: &str) -> String {
        match self.prefix(namespace).strip_suffix(':') {
            Some(prefix) => format!(" xmlns:{prefix}=\"{namespace}\""),
            None => format!(" xmlns=\"{namespace}\""),
        }
    }

    fn element(&self, namespace: &str, name: &str, attributes: &str, inside: &str) -> String {
        let prefix = self.prefix(namespace);
        format!("<{prefix}{name}{attributes}>{inside}</{prefix}{name}>")
    }

    fn text(&self, text: &str) -> String {
        match self.shape.text {
            TextStyle::Plain => escape(text),
            TextStyle::Entities => text.chars().map(reference).collect(),
            TextStyle::Cdata => {
                let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(index, _)| index);
                let (first, second) = text.split_at(middle);
                format!("<![CDATA[{first}]]><![CDATA[{second}]]>")
            }
        }
    }
}

/// Every third character as a reference, and all that are neither letter nor digit.
fn reference(character: char) -> String {
    match character {
        'a' | 'e' | 'i' | 'o' => format!("&#{};", u32::from(character)),
        _ if character.is_ascii_alphanumeric() => character.to_string(),
        _ => format!("&#x{:X};", u32::from(character)),
    }
}

/// The names of groups in one value, so many bytes of them.
fn padding(bytes: usize) -> String {
    "CN=Everybody in the sandbox,OU=Groups,DC=example,DC=com;".chars().cycle().take(bytes).collect()
}

/// An enveloped signature as providers write it, over nothing and by nobody: STS' stand-in has no keys to check it.
fn signature(id: &str) -> String {
    let (digest, value, certificate) = (random::base64::<32>(), random::base64::<256>(), random::base64::<768>());
    let algorithm = |element: &str, uri: &str| format!("<ds:{element} Algorithm=\"http://www.w3.org/{uri}\"/>");
    let transforms = [
        algorithm("Transform", "2000/09/xmldsig#enveloped-signature"),
        algorithm("Transform", "2001/10/xml-exc-c14n#"),
    ];
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{}{}<ds:Reference URI=\"#{id}\">\
         <ds:Transforms>{}</ds:Transforms>{}<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></ds:Signature>",
        algorithm("CanonicalizationMethod", "2001/10/xml-exc-c14n#"),
        algorithm("SignatureMethod", "2001/04/xmldsig-more#rsa-sha256"),
        transforms.concat(),
        algorithm("DigestMethod", "2001/04/xmlenc#sha256"),
    )
}

/// An XML id: not to begin with a digit.
fn identifier() -> String {
    format!("_{}", random::request_id())
}
