//! What a page says went wrong.

use super::tag::{Attribute, Tag};
use crate::redact;

const NOTICE_SHOWN: usize = 200;
/// What is kept before it is redacted and cut.
const TEXT_LIMIT: usize = 4096;

/// Ids of error elements: the sign-in page of AD FS, its error page, its home realm discovery.
const IDS: [&str; 4] = ["errorText", "error", "errorMessage", "SystemErrorText"];

/// Classes of error elements: PingFederate, Keycloak, Shibboleth (3 and 4), `SimpleSAMLphp`.
const CLASSES: [&str; 6] =
    ["ping-error", "ping-messages", "kc-feedback-text", "form-error", "output--error", "message-box"];

/// Elements with the number to tap on the phone: the Azure adapter of AD FS.
const NUMBER_IDS: [&str; 1] = ["validEntropyNumber"];

/// Elements that have no end tag.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements that do not part words.
const INLINE: [&str; 8] = ["a", "b", "em", "font", "i", "span", "strong", "u"];

/// Collects the first text of each sort.
#[derive(Default)]
pub(super) struct Notices {
    /// Of elements known by id or class.
    known: Option<String>,
    /// Of elements with the role of an alert.
    alert: Option<String>,
    number: Option<String>,
    open: Option<Open>,
    /// What is there for browsers without scripts says that scripts are missing, not what went wrong.
    noscript: bool,
}

struct Open {
    tag: String,
    /// Open elements of the same name, with this one.
    depth: usize,
    sort: Sort,
    text: String,
}

/// What an element tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Known,
    Alert,
    Number,
}

impl Notices {
    pub fn start(&mut self, tag: &Tag) {
        self.noscript |= tag.name == "noscript";
        self.part_words(&tag.name);
        if let Some(open) = &mut self.open {
            open.depth += usize::from(open.tag == tag.name);
            return;
        }
        if self.noscript || VOID.contains(&tag.name.as_str()) {
            return;
        }
        if let Some(sort) = sort_of(tag)
            && self.place(sort).is_none()
        {
            self.open = Some(Open { tag: tag.name.clone(), depth: 1, sort, text: String::new() });
        }
    }

    pub fn end(&mut self, name: &[u8]) {
        self.noscript &= name != b"noscript";
        self.part_words(&String::from_utf8_lossy(name));
        let Some(open) = self.open.as_mut().filter(|open| open.tag.as_bytes() == name) else { return };
        open.depth -= 1;
        if open.depth == 0 {
            self.close();
        }
    }

    pub fn text(&mut self, text: &[u8]) {
        if let Some(open) = self.open.as_mut().filter(|_| !self.noscript) {
            let room = TEXT_LIMIT.saturating_sub(open.text.len());
            open.text.push_str(&String::from_utf8_lossy(text.get(..room).unwrap_or(text)));
        }
    }

    /// The text of the first element that has one, of a known one, else of an alert; and the number.
    pub fn first(mut self) -> (Option<String>, Option<String>) {
        self.close();
        (self.known.or(self.alert), self.number)
    }

    fn place(&mut self, sort: Sort) -> &mut Option<String> {
        match sort {
            Sort::Known => &mut self.known,
            Sort::Alert => &mut self.alert,
            Sort::Number => &mut self.number,
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let text = redact::head(&open.text, NOTICE_SHOWN);
        if !text.is_empty() {
            self.place(open.sort).get_or_insert(text);
        }
    }

    fn part_words(&mut self, tag: &str) {
        if let Some(open) = self.open.as_mut().filter(|open| open.text.len() < TEXT_LIMIT && !INLINE.contains(&tag)) {
            open.text.push(' ');
        }
    }
}

fn sort_of(tag: &Tag) -> Option<Sort> {
    let id = tag.get(Attribute::Id).map(str::trim).unwrap_or_default();
    let mut classes = tag.get(Attribute::Class).unwrap_or_default().split_ascii_whitespace();
    if NUMBER_IDS.contains(&id) {
        Some(Sort::Number)
    } else if IDS.contains(&id) || classes.any(|class| CLASSES.contains(&class)) {
        Some(Sort::Known)
    } else {
        let role = tag.get(Attribute::Role).unwrap_or_default();
        role.trim().eq_ignore_ascii_case("alert").then_some(Sort::Alert)
    }
}
