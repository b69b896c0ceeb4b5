//! Properties: one form however it is written, no input that panics, time in proportion to the page.

use super::*;
use crate::secret::ExposeSecret;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Written as text, decimal or hexadecimal reference.
fn escaped(text: &str, manners: &[u8]) -> String {
    let manner = |index: usize| manners.get(index % manners.len().max(1)).copied().unwrap_or_default();
    let write = |(index, c): (usize, char)| match manner(index) % 3 {
        0 if !matches!(c, '&' | '"' | '\'' | '<' | '>' | '=' | '`') && !c.is_whitespace() => c.to_string(),
        1 => format!("&#{};", u32::from(c)),
        _ => format!("&#x{:x};", u32::from(c)),
    };
    text.chars().enumerate().map(write).collect()
}

fn cased(name: &str, upper: bool) -> String {
    if upper { name.to_uppercase() } else { name.to_owned() }
}

#[derive(Debug, Clone)]
struct Manner {
    order: Vec<usize>,
    upper: bool,
    quote: usize,
    blank: usize,
    escapes: Vec<u8>,
}

fn manner() -> impl Strategy<Value = Manner> {
    let order = Just(vec![0, 1, 2, 3]).prop_shuffle();
    (order, any::<bool>(), 0..3usize, 0..4usize, prop::collection::vec(any::<u8>(), 1..8))
        .prop_map(|(order, upper, quote, blank, escapes)| Manner { order, upper, quote, blank, escapes })
}

/// An input with these attributes, in any order, case, quoting and spacing.
fn input(name: &str, kind: &str, value: &str, manner: &Manner) -> String {
    let attributes = [("name", name), ("type", kind), ("value", value), ("data-x", "{currency:")];
    let quote = ["\"", "'", ""][manner.quote];
    let blank = [" ", "\n", "\t ", "/"][manner.blank];
    let mut parts = vec![format!("<{}", cased("input", manner.upper))];
    for (attribute, value) in manner.order.iter().map(|index| attributes[*index]) {
        let quote = if value.is_empty() { "\"" } else { quote };
        let value = escaped(value, &manner.escapes);
        parts.push(format!("{blank}{}={quote}{value}{quote} ", cased(attribute, manner.upper)));
    }
    parts.concat() + ">"
}

proptest! {
    #[test]
    fn the_same_form_however_it_is_written(
        manners in prop::collection::vec(manner(), 4),
        value in "[ -~é€]{0,40}",
        hidden in "[a-zA-Z0-9+/=<>&\"']{1,60}",
    ) {
        let html = format!(
            "<form action=/x>{}{}{}{}</form>",
            input("UserName", "text", &value, &manners[0]),
            input("Password", "password", "", &manners[1]),
            input("SAMLResponse", "hidden", &hidden, &manners[2]),
            input("empty", "hidden", "", &manners[3]),
        );
        let page = read(html.as_bytes());
        let form = page.password_form().expect("a form");
        let fields = form.fill("me", &secret("pw")).unwrap();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let expected =
            [("UserName", "me"), ("Password", "pw"), ("SAMLResponse", hidden.as_str()), ("empty", "")];
        prop_assert_eq!(fields, expected, "{}", html);
        let unfilled = form.fields();
        prop_assert_eq!(unfilled[0].1.expose_secret(), value.as_str());
        prop_assert_eq!(page.value("SAMLResponse").unwrap().expose_secret().to_owned(), hidden);
    }

    #[test]
    fn arbitrary_bytes_are_a_page(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        use_all(&read(&bytes));
    }

    #[test]
    fn arbitrary_markup_is_a_page(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<form", "</form>", "<input", " type=password", " name=user", " value='", "'", ">", "<select name=s>",
            "<option>", "</select>", "<textarea name=t>", "</textarea>", "<template>", "</template>", "<fieldset disabled>",
            "</fieldset>", "<!--", "-->", "<script>", "</script>", "<noscript>", "</noscript>", " id=error", " role=alert",
            "<div", "</div>", "&amp", "&#", "<base href=//[", "<title>", "</title>", "\0", "é",
        ]), 0..60),
    ) {
        use_all(&read(parts.concat().as_bytes()));
    }
}

fn use_all(page: &Page) {
    let url = url::Url::parse("https://idp.example.com/").unwrap();
    let _ = (page.title(), page.notice(), page.form_names(), page.value("SAMLResponse"), format!("{page:?}"));
    for form in page.forms().iter().chain(page.password_form()) {
        let _ = (form.fill("u", &secret("p")), form.fields().len(), form.target(&url));
    }
}

/// The largest page takes seconds where nothing is optimised; anything quadratic would take hours.
#[test]
fn time_grows_with_the_page_only() {
    for pattern in ["<form>", "<input name=a form=b>", "<div role=alert></div>", "<div id=error>", "&am"] {
        reads_in_time(pattern, 8 << 20);
    }
    for pattern in [
        "<input name=a>",
        "<fieldset disabled><input name=a>",
        "<select name=s multiple><option selected>",
        "<select name=s><option>a",
        "<template>",
        "<a b='",
        "<a b=c d=e ",
        "<form id=",
        "<!--",
        "<script><!--<script>",
        "<textarea></textare",
        "<title>a",
        "<base href=a>",
        "<",
        "</",
        "]]>",
        "\0",
        "\u{e9}",
    ] {
        reads_in_time(pattern, 1 << 20);
    }
}

fn reads_in_time(pattern: &str, size: usize) {
    let html = pattern.repeat(size / pattern.len());
    let start = Instant::now();
    let page = read(html.as_bytes());
    let form = page.password_form().or(page.forms().first());
    let _ = (page.value("SAMLResponse").is_some(), form.map(|form| form.fields().len()), page.notice());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(30), "{pattern:?} took {took:?}");
}
