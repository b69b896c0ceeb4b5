//! Properties: the same values however the document is written, no input that panics, time in proportion to it.

use super::fixture::{OKTA, PREFIXES, PROVIDER, attribute, encoded, full_name, okta, response};
use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Each character as it is, as a reference or in a section of its own.
fn written(text: &str, manners: &[u8]) -> String {
    let manner = |index: usize| manners.get(index % manners.len().max(1)).copied().unwrap_or_default();
    let write = |(index, c): (usize, char)| match manner(index) % 5 {
        0 => format!("&#{};", u32::from(c)),
        1 => format!("&#x{:x};", u32::from(c)),
        2 if c != ']' => format!("<![CDATA[{c}]]>"),
        3 => format!("<!-- {index} -->&#{};", u32::from(c)),
        _ if c.is_ascii_alphanumeric() => c.to_string(),
        _ => format!("&#{};", u32::from(c)),
    };
    text.chars().enumerate().map(write).collect()
}

proptest! {
    #[test]
    fn the_same_values_however_they_are_written(
        prefixes in prop::sample::select(PREFIXES.to_vec()),
        blank in prop::sample::select(vec!["", " ", "\n\t", "\r\n "]),
        order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
        role_first: bool,
        user in "[a-zé€<>&'\"\\]]{1,30}",
        manners in prop::collection::vec(any::<u8>(), 1..6),
        groups in prop::collection::vec("[A-Za-z<&]{1,12}", 0..5),
    ) {
        let role = "arn:aws-us-gov:iam::1:role/r";
        let pair = if role_first { [role, PROVIDER] } else { [PROVIDER, role] }.join(&format!("{blank},{blank}"));
        let padded = |text: &str| format!("{blank}{}{blank}", written(text, &manners));
        let groups_written: Vec<_> = groups.iter().map(|group| padded(group)).collect();
        let groups_written: Vec<_> = groups_written.iter().map(String::as_str).collect();
        let attributes = [
            attribute(prefixes, &full_name("Role"), &[&padded(&pair)]),
            attribute(prefixes, &full_name("DbUser"), &[&padded(&user)]),
            attribute(prefixes, &full_name("DbGroups"), &groups_written),
            attribute(prefixes, &full_name("AutoCreate"), &[&padded("True")]),
        ];
        let all: Vec<_> = order.iter().map(|index| attributes[*index].as_str()).collect();
        let assertion = read(&encoded(&response(prefixes, &all.join(blank)))).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(assertion.roles, [RolePair { role: role.to_owned(), provider: PROVIDER.to_owned() }]);
        prop_assert_eq!(assertion.db_user.as_deref(), Some(user.as_str()));
        prop_assert_eq!(assertion.db_groups, groups);
        prop_assert_eq!(assertion.auto_create, Some(true));
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let response = secret(BASE64_STANDARD.encode(&bytes));
        let _ = (read(&response), wrap(&response), transportable(&response));
        let _ = read(&secret(String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn damaged_responses_do_not_panic(at in 0..2000usize, with in "\\PC{0,6}", cut in 0..40usize) {
        let xml = okta(&[("Role", "a,b"), ("DbUser", "u"), ("DbGroups", "&amp;<![CDATA[x]]>")]);
        let (at, end) = (xml.floor_char_boundary(at), xml.floor_char_boundary(at + cut));
        let _ = read(&encoded(&format!("{}{with}{}", &xml[..at], &xml[end.max(at)..])));
    }
}

/// A user of a thousand groups has an assertion of some 300 kB; it takes milliseconds, unoptimised some tens.
#[test]
fn large_assertions_are_read_at_once() {
    let groups: Vec<String> = (0..4000).map(|number| format!("CN=group-{number},OU=Groups,DC=example")).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let xml = response(OKTA, &attribute(OKTA, &full_name("DbGroups"), &groups));
    assert!(xml.len() > 300_000, "{}", xml.len());
    let encoded = encoded(&xml);
    let start = Instant::now();
    assert_eq!(read(&encoded).unwrap().db_groups.len(), 4000);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn time_grows_with_the_document_only() {
    let role = |number: usize| format!("<AttributeValue>arn:a:role/{number},arn:a:saml-provider/p</AttributeValue>");
    let roles: String = (0..50_000).map(role).collect();
    let roles = format!("<Attribute Name=\"{}\">{roles}</Attribute>", full_name("Role"));
    let repeated = |pattern: &str| pattern.repeat((3 << 20) / pattern.len());
    let declarations: Vec<String> = (0..100_000).map(|number| format!(" xmlns:p{number}='u'")).collect();
    for (what, content) in [
        ("roles", roles),
        ("elements", repeated("<x/>")),
        ("values", repeated("<Attribute Name='a'><AttributeValue/></Attribute>")),
        ("references", repeated("<Attribute><AttributeValue>&amp;</AttributeValue></Attribute>")),
        ("comments", repeated("<!-- -->")),
        ("declarations", format!("<x{}/>", declarations.concat())),
        ("attributes", format!("<x{}/>", repeated(" a='b'"))),
        ("conditions", repeated("</AttributeStatement><Conditions NotOnOrAfter='x'/><AttributeStatement>")),
        ("openings", repeated("<x>")),
        ("ampersands", repeated("&")),
    ] {
        let encoded = encoded(&response(PREFIXES[3], &content));
        let start = Instant::now();
        let _ = read(&encoded);
        assert!(start.elapsed() < Duration::from_secs(20), "{what}: {:?}", start.elapsed());
    }
}
