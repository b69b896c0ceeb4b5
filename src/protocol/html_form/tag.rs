//! One start tag with the attributes that matter here.

use super::{Control, Kind};
use zeroize::Zeroizing;

/// A start tag. Of an attribute given twice the first one counts (HTML standard, 13.2.5.33).
#[derive(Default)]
pub(super) struct Tag {
    pub name: String,
    attributes: Vec<(Attribute, Zeroizing<String>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Action,
    Checked,
    Class,
    Disabled,
    Form,
    Href,
    Id,
    Multiple,
    Name,
    Role,
    Selected,
    Type,
    Value,
}

impl Attribute {
    /// The tokenizer has lowered the name.
    fn of(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"action" => Self::Action,
            b"checked" => Self::Checked,
            b"class" => Self::Class,
            b"disabled" => Self::Disabled,
            b"form" => Self::Form,
            b"href" => Self::Href,
            b"id" => Self::Id,
            b"multiple" => Self::Multiple,
            b"name" => Self::Name,
            b"role" => Self::Role,
            b"selected" => Self::Selected,
            b"type" => Self::Type,
            b"value" => Self::Value,
            _ => return None,
        })
    }
}

impl Tag {
    pub fn named(name: &[u8]) -> Self {
        Self { name: String::from_utf8_lossy(name).into_owned(), attributes: Vec::new() }
    }

    /// Notes an attribute without a value; true if [`Tag::add_value`] may give it one.
    pub fn add_attribute(&mut self, name: &[u8]) -> bool {
        match Attribute::of(name) {
            Some(attribute) if !self.has(attribute) => {
                self.attributes.push((attribute, Zeroizing::default()));
                true
            }
            _ => false,
        }
    }

    /// Gives the latest attribute its value.
    pub fn add_value(&mut self, value: &[u8]) {
        if let Some((_, text)) = self.attributes.last_mut() {
            text.push_str(&String::from_utf8_lossy(value));
        }
    }

    pub fn has(&self, attribute: Attribute) -> bool {
        self.get(attribute).is_some()
    }

    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.iter().find(|(this, _)| *this == attribute).map(|(_, value)| value.as_str())
    }

    /// An owned value, empty if absent.
    pub fn text(&self, attribute: Attribute) -> String {
        self.get(attribute).unwrap_or_default().to_owned()
    }

    /// The control that this tag makes, standing at `position`.
    pub fn control(&self, position: usize, kind: Kind, value: Zeroizing<String>) -> Control {
        Control {
            position,
            kind,
            name: self.text(Attribute::Name),
            id: self.text(Attribute::Id),
            value,
            checked: self.has(Attribute::Checked),
            disabled: self.has(Attribute::Disabled),
        }
    }

    /// The control that this `<input>` makes.
    pub fn input(&self, position: usize) -> Control {
        let kind = self.input_kind();
        let mut value = self.text(Attribute::Value);
        match kind {
            // What browsers send for a box without a value.
            Kind::Checkbox | Kind::Radio if !self.has(Attribute::Value) => "on".clone_into(&mut value),
            // Line breaks are taken out of all fields of one line (HTML standard, 4.10.5.1).
            Kind::Text | Kind::Email | Kind::Password => value.retain(|c| !matches!(c, '\r' | '\n')),
            _ => {}
        }
        self.control(position, kind, Zeroizing::new(value))
    }

    fn input_kind(&self) -> Kind {
        match self.text(Attribute::Type).trim().to_ascii_lowercase().as_str() {
            "password" => Kind::Password,
            "hidden" => Kind::Hidden,
            "checkbox" => Kind::Checkbox,
            "radio" => Kind::Radio,
            "email" => Kind::Email,
            "submit" | "button" | "image" | "reset" | "file" => Kind::Unsent,
            "color" | "date" | "datetime-local" | "month" | "range" | "time" | "week" => Kind::Other,
            // Unknown types are text.
            _ => Kind::Text,
        }
    }
}
