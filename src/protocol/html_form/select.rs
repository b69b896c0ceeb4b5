//! Lists of options: what a browser sends for one that nobody touched.

use super::reader::NAME_LIMIT;
use super::tag::{Attribute, Tag};
use super::{Control, Kind};
use zeroize::Zeroizing;

/// More options than any list has.
const OPTIONS_LIMIT: usize = 10_000;
/// An option without a value has its text as value; this much of it.
const TEXT_LIMIT: usize = 4096;

/// A `<select>` that is being read.
pub(super) struct Select {
    tag: Control,
    multiple: bool,
    options: Vec<Choice>,
    open: Option<Choice>,
}

struct Choice {
    value: Option<String>,
    text: String,
    selected: bool,
    disabled: bool,
}

impl Select {
    pub fn new(tag: &Tag) -> Self {
        let control = tag.control(0, Kind::Other, Zeroizing::default());
        Self { tag: control, multiple: tag.has(Attribute::Multiple), options: Vec::new(), open: None }
    }

    /// An `<option>`, or an `<optgroup>`, which only ends the one before.
    pub fn start_option(&mut self, tag: &Tag) {
        self.end_option();
        if tag.name == "option" && self.options.len() < OPTIONS_LIMIT {
            self.open = Some(Choice {
                value: tag.get(Attribute::Value).map(str::to_owned),
                text: String::new(),
                selected: tag.has(Attribute::Selected),
                disabled: tag.has(Attribute::Disabled),
            });
        }
    }

    pub fn end_option(&mut self) {
        self.options.extend(self.open.take());
    }

    pub fn text(&mut self, text: &[u8]) {
        if let Some(option) = self.open.as_mut().filter(|option| option.value.is_none()) {
            let room = TEXT_LIMIT.saturating_sub(option.text.len());
            option.text.push_str(&String::from_utf8_lossy(text.get(..room).unwrap_or(text)));
        }
    }

    /// The controls that are sent, the first of them standing at `position`: all selected options of a list of many, the
    /// last selected or else the first possible one of a list of one (HTML standard, 4.10.7).
    pub fn chosen(mut self, position: usize) -> Vec<Control> {
        self.end_option();
        if self.tag.name.len() > NAME_LIMIT {
            return Vec::new();
        }
        let possible = || self.options.iter().filter(|option| !option.disabled);
        let chosen: Vec<&Choice> = if self.multiple {
            possible().filter(|option| option.selected).collect()
        } else {
            let last_selected = self.options.iter().rfind(|option| option.selected);
            last_selected.or_else(|| possible().next()).filter(|option| !option.disabled).into_iter().collect()
        };
        let control = |(index, option): (usize, &Choice)| Control {
            position: position + index,
            kind: Kind::Other,
            name: self.tag.name.clone(),
            id: self.tag.id.clone(),
            value: Zeroizing::new(option.sent()),
            checked: false,
            disabled: self.tag.disabled,
        };
        chosen.into_iter().enumerate().map(control).collect()
    }
}

impl Choice {
    fn sent(&self) -> String {
        let words = || self.text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        self.value.clone().unwrap_or_else(words)
    }
}
