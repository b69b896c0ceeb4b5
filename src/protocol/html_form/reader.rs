//! From the tokenizer's events to forms and their inputs, in one pass.
//!
//! Scripting is off, so what stands in `<noscript>` counts. There is no tree: what belongs to which form is decided as
//! the HTML standard does for tags in order (13.2.6.4.7), which is what browsers agree on for unclosed and nested forms.

use super::notice::Notices;
use super::select::Select;
use super::tag::{Attribute, Tag};
use super::{Control, Form, Kind, Page, TITLE_SHOWN};
use crate::redact;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State, Tokenizer};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Login pages have a few dozen; what stands behind these is no login page's, and memory stays bounded.
const CONTROLS_LIMIT: usize = 10_000;
const FORMS_LIMIT: usize = 1_000;
/// Longer names of inputs and forms are junk, and some are copied.
pub(super) const NAME_LIMIT: usize = 4096;
/// Room for what is shown of a title before it is redacted and cut.
const TITLE_LIMIT: usize = 4 * TITLE_SHOWN;

/// Reads a page. Every sequence of bytes is one.
pub fn read(html: &[u8]) -> Page {
    let next_state = Cell::new(None);
    let mut reader = Reader::default();
    let on_event = |event: CallbackEvent<'_>, _: Span<()>| {
        if let CallbackEvent::OpenStartTag { name } = &event {
            next_state.set(state_within(name));
        }
        reader.event(&event);
        None::<Infallible>
    };
    let emitter = Scriptless { inner: CallbackEmitter::new(on_event), next_state: &next_state };
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    reader.finish()
}

/// How the text within an element is read where scripting is off.
fn state_within(tag: &[u8]) -> Option<State> {
    match tag {
        b"textarea" | b"title" => Some(State::RcData),
        b"script" => Some(State::ScriptData),
        b"style" | b"iframe" | b"xmp" | b"noembed" | b"noframes" => Some(State::RawText),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// Switches the tokenizer's state behind start tags, which otherwise a tree builder with scripts would do.
struct Scriptless<'a, E> {
    inner: E,
    next_state: &'a Cell<Option<State>>,
}

impl<E: Emitter> ForwardingEmitter for Scriptless<'_, E> {
    type Token = E::Token;

    fn inner(&mut self) -> &mut impl Emitter<Token = Self::Token> {
        &mut self.inner
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let _ = self.inner.emit_current_tag();
        self.next_state.take()
    }
}

#[derive(Default)]
struct Reader {
    forms: Vec<Form>,
    /// Each control with the form that it says it belongs to, else the one that was open there.
    controls: Vec<(Owner, Control)>,
    title: Option<String>,
    base: Option<Arc<str>>,
    notices: Notices,

    tag: Option<Tag>,
    takes_value: bool,
    open_form: Option<usize>,
    /// Whether each open `<fieldset>` disables what is in it, and how many do.
    fieldsets: Vec<bool>,
    disabled_fieldsets: usize,
    /// Inside `<template>` nothing is part of the page.
    templates: usize,
    text: Text,
    select: Option<(Owner, Select)>,
}

#[derive(Clone, Default)]
struct Owner {
    open: Option<usize>,
    named: Option<String>,
}

/// Where the text goes that comes next.
#[derive(Default)]
enum Text {
    #[default]
    Page,
    Title,
    Area(Owner, Box<Control>),
    /// Scripts, styles and the like.
    Nowhere,
}

impl Reader {
    fn event(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => self.tag = Some(Tag::named(name)),
            CallbackEvent::AttributeName { name } => {
                self.takes_value = self.tag.as_mut().is_some_and(|tag| tag.add_attribute(name));
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(tag) = self.tag.as_mut().filter(|_| self.takes_value) {
                    tag.add_value(value);
                }
                self.takes_value = false;
            }
            CallbackEvent::CloseStartTag { .. } => {
                if let Some(tag) = self.tag.take() {
                    self.start(&tag);
                }
            }
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(value),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag) {
        if tag.name == "template" {
            self.templates += 1;
        }
        self.text = Text::default();
        if self.templates > 0 {
            if state_within(tag.name.as_bytes()).is_some() {
                self.text = Text::Nowhere;
            }
            return;
        }
        self.notices.start(tag);
        match tag.name.as_str() {
            "form" => self.start_form(tag),
            "input" => {
                self.end_select();
                let control = tag.input(self.controls.len());
                self.add(self.owner(tag), control);
            }
            "textarea" => {
                self.end_select();
                let control = tag.control(self.controls.len(), Kind::Other, Zeroizing::default());
                self.text = Text::Area(self.owner(tag), Box::new(control));
            }
            "select" => {
                self.end_select();
                self.select = Some((self.owner(tag), Select::new(tag)));
            }
            "option" | "optgroup" => {
                if let Some((_, select)) = &mut self.select {
                    select.start_option(tag);
                }
            }
            "fieldset" => {
                let disabled = tag.has(Attribute::Disabled);
                self.fieldsets.push(disabled);
                self.disabled_fieldsets += usize::from(disabled);
            }
            "base" => {
                if let Some(href) = tag.get(Attribute::Href).filter(|_| self.base.is_none()) {
                    self.base = Some(Arc::from(href));
                }
            }
            "title" => self.text = Text::Title,
            other if state_within(other.as_bytes()).is_some() => self.text = Text::Nowhere,
            _ => {}
        }
    }

    /// A form inside an open form is none.
    fn start_form(&mut self, tag: &Tag) {
        if self.open_form.is_some() || self.forms.len() == FORMS_LIMIT {
            return;
        }
        let owned = |attribute| tag.get(attribute).map(str::to_owned);
        self.open_form = Some(self.forms.len());
        self.forms.push(Form {
            id: owned(Attribute::Id),
            name: owned(Attribute::Name),
            action: owned(Attribute::Action),
            base: None,
            controls: Vec::new(),
        });
    }

    fn owner(&self, tag: &Tag) -> Owner {
        let named = tag.get(Attribute::Form).filter(|id| id.len() <= NAME_LIMIT);
        Owner { open: self.open_form, named: named.map(str::to_owned) }
    }

    fn add(&mut self, owner: Owner, mut control: Control) {
        control.disabled |= self.disabled_fieldsets > 0;
        if (1..=NAME_LIMIT).contains(&control.name.len()) && self.controls.len() < CONTROLS_LIMIT {
            self.controls.push((owner, control));
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Text::Area(owner, control) = std::mem::take(&mut self.text) {
            self.add(owner, *control);
        }
        if name == b"template" {
            self.templates = self.templates.saturating_sub(1);
        }
        if self.templates > 0 {
            return;
        }
        self.notices.end(name);
        match name {
            b"form" => self.open_form = None,
            b"fieldset" => {
                let disabled = self.fieldsets.pop().unwrap_or_default();
                self.disabled_fieldsets -= usize::from(disabled);
            }
            b"select" => self.end_select(),
            b"option" | b"optgroup" => {
                if let Some((_, select)) = &mut self.select {
                    select.end_option();
                }
            }
            _ => {}
        }
    }

    fn end_select(&mut self) {
        if let Some((owner, select)) = self.select.take() {
            for control in select.chosen(self.controls.len()) {
                self.add(owner.clone(), control);
            }
        }
    }

    fn text(&mut self, text: &[u8]) {
        match &mut self.text {
            Text::Area(_, control) => {
                // A line break right behind the tag is for the eye only.
                let text = String::from_utf8_lossy(text);
                let shown = text.strip_prefix('\n').filter(|_| control.value.is_empty());
                control.value.push_str(shown.unwrap_or(&text));
            }
            Text::Title => {
                let text = text.get(..TITLE_LIMIT).unwrap_or(text);
                self.title.get_or_insert_with(|| redact::head(&String::from_utf8_lossy(text), TITLE_SHOWN));
            }
            Text::Page if self.templates == 0 => {
                if let Some((_, select)) = &mut self.select {
                    select.text(text);
                }
                self.notices.text(text);
            }
            Text::Page | Text::Nowhere => {}
        }
    }

    fn finish(mut self) -> Page {
        // What was never closed ends with the page.
        self.end(b"select");
        let (notice, number) = self.notices.first();
        let mut page = Page { title: self.title.unwrap_or_default(), notice, number, ..Page::default() };
        for form in &mut self.forms {
            form.base.clone_from(&self.base);
        }
        page.loose.base = self.base;
        let mut by_id = BTreeMap::new();
        for (index, form) in self.forms.iter().enumerate() {
            if let Some(id) = &form.id {
                by_id.entry(id.clone()).or_insert(index);
            }
        }
        for (owner, control) in self.controls {
            let index = owner.named.map_or(owner.open, |id| by_id.get(&id).copied());
            let form = index.and_then(|index| self.forms.get_mut(index)).unwrap_or(&mut page.loose);
            form.controls.push(control);
        }
        page.forms = self.forms;
        page
    }
}
