//! What is read of a response, and what is refused.

use super::fixture::{OKTA, PREFIXES, PROVIDER, ROLE, attribute, encoded, full_name, okta, response};
use super::*;

fn pair(role: &str, provider: &str) -> RolePair {
    RolePair { role: role.to_owned(), provider: provider.to_owned() }
}

fn read_xml(xml: &str) -> Assertion {
    read(&encoded(xml)).unwrap_or_else(|error| panic!("{}: {xml}", error.message()))
}

fn error_of(xml: &str) -> AuthError {
    read(&encoded(xml)).expect_err(xml)
}

/// PY-108: the peers' fixture.
#[test]
fn the_response_of_okta() {
    let assertion = read_xml(&okta(&[
        ("Role", &format!("{ROLE},{PROVIDER}")),
        ("RoleSessionName", "me@example.com"),
        ("AutoCreate", "true"),
        ("DbUser", "me@example.com"),
    ]));
    assert_eq!(assertion.roles, [pair(ROLE, PROVIDER)]);
    assert_eq!(assertion.user(), Some("me@example.com"));
    assert_eq!(assertion.auto_create, Some(true));
    assert_eq!(assertion.not_on_or_after, Some(1_793_491_800_000));
    assert_eq!((assertion.force_lowercase, assertion.allow_db_user_override), (None, false));
    assert!(!format!("{assertion:?}").contains("me@example.com"));
}

/// PY-114, PY-115, and shapes that are no pair.
#[test]
fn roles_of_every_partition_in_either_order() {
    for partition in ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"] {
        let role = format!("arn:{partition}:iam::123456789012:role/team/saml-provider/Role.Name");
        let provider = format!("arn:{partition}:iam::123456789012:saml-provider/role/x");
        let expected = [pair(&role, &provider)];
        for value in [
            format!("{role},{provider}"),
            format!("{provider},{role}"),
            format!("\n  {role} ,\t{provider}\r\n "),
            format!("{role},{provider},"),
        ] {
            assert_eq!(read_xml(&okta(&[("Role", &value)])).roles, expected, "{value:?}");
        }
    }
    for value in ["", ",", ROLE, PROVIDER, "arn:aws:iam::1:role/x,arn:aws:iam::1:role/y", "x:role/y,x:saml-provider/z"]
    {
        let assertion = read_xml(&okta(&[("Role", value)]));
        assert_eq!(assertion.roles, [], "{value}");
        let error = assertion.smallest_role().unwrap_err();
        assert_eq!((error.status(), error.stage()), (Status::AssertionInvalid, Some(Stage::Assertion)));
        assert!(error.hint_text().unwrap().contains("SAML/Attributes/Role"));
    }
}

#[test]
fn many_roles_keep_their_order_once_each() {
    let role = |name: &str| format!("arn:aws:iam::1:role/{name}");
    let value = |name: &str| format!("{},{PROVIDER}", role(name));
    let (z, a, m) = (value("z"), value("a"), value("m"));
    let several = attribute(OKTA, &full_name("Role"), &[&z, "", &a, &z]);
    let again = attribute(OKTA, &full_name("Role"), &[&m, &a]);
    let assertion = read_xml(&response(OKTA, &(several + &again)));
    assert_eq!(assertion.roles, ["z", "a", "m"].map(|name| pair(&role(name), PROVIDER)));
}

/// PY-118, PY-120 and behaviour of the other attributes.
#[test]
fn attributes_mean_what_they_should() {
    let one = |name: &str, value: &str| read_xml(&okta(&[(name, value)]));
    assert_eq!(read_xml(&okta(&[("RoleSessionName", "s"), ("DbUser", "d")])).user(), Some("d"));

    assert_eq!(one("RoleSessionName", "s").user(), Some("s"));

    assert_eq!(one("DbUser", " d ").db_user.as_deref(), Some("d"));
    assert_eq!(one("DbUser", " ").db_user, None);
    assert_eq!(one("SessionDuration", "3600").session_duration, Some(3600));
    assert_eq!(one("SessionDuration", "an hour").session_duration, None);
    assert_eq!(one("PrincipalTag:RedshiftDbUser", "u").principal_tag_user.as_deref(), Some("u"));
    assert_eq!(one("PrincipalTag:RedshiftDbRoles", "a:b").principal_tag_roles.as_deref(), Some("a:b"));
    assert_eq!(one("SomethingElse", "x"), one("DbUser", ""));
    for (value, expected) in
        [("true", true), ("TRUE", true), (" True\n", true), ("1", true), ("0", false), ("yes", false)]
    {
        assert_eq!(one("AutoCreate", value).auto_create, Some(expected), "{value}");
        assert_eq!(one("ForceLowercase", value).force_lowercase, Some(expected), "{value}");
        assert_eq!(one("AllowDbUserOverride", value).allow_db_user_override, expected, "{value}");
    }
    assert_eq!(one("AutoCreate", "").auto_create, None);
    let groups = attribute(OKTA, &full_name("DbGroups"), &["Analysts", "", " a,b ", "Ops"]);
    assert_eq!(read_xml(&response(OKTA, &groups)).db_groups, ["Analysts", "a,b", "Ops"]);
    // The host of DbUser is redshift.amazon.com, nothing like it.
    let elsewhere = attribute(OKTA, "https://redshift.amazonaws.com/SAML/Attributes/DbUser", &["x"]);
    assert_eq!(read_xml(&response(OKTA, &elsewhere)).db_user, None);
}

/// PY-122.
#[test]
fn any_prefix_or_none() {
    for prefixes in PREFIXES {
        let role = attribute(prefixes, &full_name("Role"), &[&format!("{ROLE},{PROVIDER}")]);
        assert_eq!(read_xml(&response(prefixes, &role)).roles, [pair(ROLE, PROVIDER)], "{prefixes:?}");
    }
    // Namespaces change from element to element; what is bound to another one is something else.
    let xml = format!(
        "<Response xmlns='urn:oasis:names:tc:SAML:2.0:protocol'><Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion'>\
         <AttributeStatement><x:Attribute xmlns:x='urn:x' Name='{name}'><AttributeValue>other</AttributeValue></x:Attribute>\
         <Attribute Name='{name}' x:Name='y' xmlns:x='urn:x'><x:AttributeValue xmlns:x='urn:x'>wrong</x:AttributeValue>\
         <AttributeValue>right<b>not this</b></AttributeValue></Attribute></AttributeStatement></Assertion></Response>",
        name = full_name("DbUser"),
    );
    assert_eq!(read_xml(&xml).db_user.as_deref(), Some("right"));
    assert!(error_of("<saml2p:Response><saml2:Assertion/></saml2p:Response>").message().contains("'Response'"));
}

#[test]
fn text_comes_in_pieces() {
    for (value, user) in [
        ("J&#252;rgen &amp; &lt;Co&gt;", "Jürgen & <Co>"),
        ("<![CDATA[a<b&amp;]]>c", "a<b&amp;c"),
        // A comment must not cut a name: that once let one user pass for another.
        ("admin<!-- x -->.evil", "admin.evil"),
        ("a<?pi x?>b", "ab"),
        ("\n  a\r\n", "a"),
    ] {
        assert_eq!(read_xml(&okta(&[("DbUser", value)])).db_user.as_deref(), Some(user), "{value}");
    }
    let name = full_name("DbUser").replace('/', "&#x2f;");
    assert_eq!(read_xml(&response(OKTA, &attribute(OKTA, &name, &["u"]))).db_user.as_deref(), Some("u"));
}

#[test]
fn only_assertions_in_their_place_count() {
    let stray = okta(&[("DbUser", "stray")]);
    let inner = &stray[stray.find("<saml2:Assertion").unwrap()..stray.find("</saml2p:Response").unwrap()];
    let outer = okta(&[("RoleSessionName", "own")]);
    for (at, wrapped) in [
        ("<ds:SignedInfo>", format!("<ds:Object>{inner}</ds:Object><ds:SignedInfo>")),
        ("<saml2p:Status>", format!("<saml2p:Extensions>{inner}</saml2p:Extensions><saml2p:Status>")),
        ("<saml2:Subject>", format!("<saml2:Advice>{inner}</saml2:Advice><saml2:Subject>")),
    ] {
        let assertion = read_xml(&outer.replacen(at, &wrapped, 1));
        assert_eq!((assertion.user(), assertion.db_user.as_deref()), (Some("own"), None), "{at}");
    }
    // A second one beside the first is the identity provider's own.
    assert_eq!(read_xml(&outer.replace("</saml2p:R", &format!("{inner}</saml2p:R"))).user(), Some("stray"));
    // And one alone is what Azure hands out.
    let alone =
        inner.replacen("<saml2:Assertion", "<saml2:Assertion xmlns:saml2='urn:oasis:names:tc:SAML:2.0:assertion'", 1);
    assert_eq!(read_xml(&alone).user(), Some("stray"));
}

#[test]
fn the_earliest_condition_ends_it() {
    let with = |time: &str| okta(&[]).replace("2026-11-01T00:10:00.000Z", time);
    for (time, expected) in [
        ("2026-11-01T00:10:00Z", Some(1_793_491_800_000)),
        ("2026-11-01T02:10:00.500+02:00", Some(1_793_491_800_500)),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(read_xml(&with(time)).not_on_or_after, expected, "{time}");
    }
}

#[test]
fn refusals_of_the_identity_provider_are_told() {
    let failed = |status: &str| {
        let success = "<saml2p:StatusCode\n Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
        assert!(okta(&[]).contains(success));
        error_of(&okta(&[]).replace(success, status))
    };
    let nested = "<saml2p:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:Responder'><saml2p:StatusCode \
                  Value='urn:oasis:names:tc:SAML:2.0:status:AuthnFailed'/></saml2p:StatusCode><saml2p:StatusMessage>User \
                  &amp; app do not match, password=hunter2</saml2p:StatusMessage>";
    let error = failed(nested);
    assert_eq!((error.status(), error.stage()), (Status::IdpRejected, Some(Stage::Assertion)));
    assert_eq!(error.code(), Some("AuthnFailed"));
    assert_eq!(
        error.message(),
        "the identity provider answered with the SAML status Responder, AuthnFailed: User & app do not match, \
         password=[redacted]"
    );
    assert_eq!(failed("<saml2p:StatusCode Value='urn:x:Denied'/>").code(), Some("Denied"));
}

#[test]
fn what_is_no_assertion_says_why() {
    let whole = okta(&[("DbUser", "canary")]);
    let encrypted = "<R:Response xmlns:R='urn:oasis:names:tc:SAML:2.0:protocol'><E:EncryptedAssertion \
                     xmlns:E='urn:oasis:names:tc:SAML:2.0:assertion'><x/></E:EncryptedAssertion></R:Response>";
    let deep = "<x>".repeat(100) + &"</x>".repeat(100);
    for (xml, told) in [
        (String::new(), "is empty"),
        ("canary".to_owned(), "is not XML"),
        ("<html><body>canary</body></html>".to_owned(), "outermost element is 'html'"),
        (whole[..whole.len() - 5].to_owned(), "not well-formed"),
        (whole[..whole.len() - "</saml2p:Response>".len()].to_owned(), "cut short"),
        (whole.replace("</saml2:Subject>", "</saml2:Object>"), "not well-formed"),
        (whole.replace("<saml2p:R", "<!DOCTYPE r [<!ENTITY e 'canary'>]><saml2p:R"), "DOCTYPE"),
        (whole.replace("canary", "&e;"), "entity"),
        (whole.replace("canary", "&#0;"), "not well-formed"),
        (whole.clone() + &whole.replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", ""), "two outermost elements"),
        (whole.clone() + "canary", "is not XML"),
        (whole.replace("canary", &deep), "nested deeper"),
        (whole.replace("canary", &"c".repeat(70_000)), "longer than 64 KiB"),
        (whole.replace(":Assertion", ":Other"), "holds no assertion"),
        (encrypted.to_owned(), "is encrypted"),
        ("<Response xmlns='urn:oasis:names:tc:SAML:1.0:protocol'/>".to_owned(), "SAML 1.1"),
        (whole.clone() + &" ".repeat(SIZE_LIMIT), "larger than 4 MiB"),
    ] {
        let error = error_of(&xml);
        assert!(error.message().contains(told), "{told}: {}", error.message());
        assert_eq!((error.status(), error.stage()), (Status::AssertionInvalid, Some(Stage::Assertion)));
        assert!(!error.message().contains("canary"), "{}", error.message());
    }
    // The control: the same document is read when it is left alone.
    assert_eq!(read_xml(&whole).user(), Some("canary"));
    // PY-107, and others that are no base64 or no text.
    for (text, told) in [("test", "not XML"), ("<Response/>", "not base64"), ("a", "not base64"), ("_w", "not XML")] {
        let error = read(&secret(text)).unwrap_err();
        assert!(error.message().contains(told), "{text}: {}", error.message());
    }
}

#[test]
fn base64_is_made_fit_for_aws() {
    let xml = okta(&[("DbUser", "?>?~")]);
    let standard = encoded(&xml);
    let lines: Vec<_> =
        standard.expose_secret().as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    let mangled = lines.join("\r\n ").replace('+', "-").replace('/', "_").replace('=', "");
    assert_ne!(mangled, standard.expose_secret());
    assert_eq!(transportable(&secret(mangled.clone())).expose_secret(), standard.expose_secret());
    assert_eq!(read(&secret(mangled)).unwrap().db_user.as_deref(), Some("?>?~"));
}

/// PY-145, PY-148, PY-154: byte for byte, since it is signed.
#[test]
fn a_bare_assertion_is_wrapped_as_it_is() {
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let assertion = "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID='a'>\r\n\t<Subject>J\u{fc}rgen\\'\"\
                     </Subject></Assertion>\n";
    let unwrapped = |text: &str| {
        let response = wrap(&secret(BASE64_URL_SAFE_NO_PAD.encode(text))).unwrap();
        let xml = BASE64_STANDARD.decode(response.expose_secret()).unwrap();
        assert!(xml.ends_with(b"</samlp:Response>"));
        String::from_utf8(xml).unwrap()
    };
    let start = "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"><samlp:Status><samlp:StatusCode \
                 Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>";
    assert_eq!(unwrapped(assertion), format!("{start}{assertion}</samlp:Response>"));
    assert_eq!(unwrapped("my_access_token"), format!("{start}my_access_token</samlp:Response>"));
    let declared = format!("\u{feff}<?xml version=\"1.0\"?>\n{assertion}");
    assert_eq!(unwrapped(&declared), format!("{start}{assertion}</samlp:Response>"));
    let response = wrap(&secret(BASE64_URL_SAFE_NO_PAD.encode(declared))).unwrap();
    assert_eq!(read(&response).unwrap().roles, []);
    for text in ["", " ", "PD94bWwgdmVyc2lvbj0iMS4wIj8-"] {
        assert!(wrap(&secret(text)).unwrap_err().message().contains("is empty"), "{text}");
    }
    assert!(wrap(&secret("canary*")).unwrap_err().message().contains("not base64"));
}
