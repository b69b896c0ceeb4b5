//! A form, and what it sends.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a form leaves as it is (URL standard, application/x-www-form-urlencoded percent-encode set).
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_').remove(b' ');

/// A form of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub action: Option<String>,
    pub post: bool,
    pub controls: Vec<Control>,
}

/// A control of a form.
#[derive(Clone, Debug, Default)]
pub(super) struct Control {
    /// The type of an input or button in lower case; else the tag.
    pub kind: String,
    pub name: String,
    pub id: String,
    pub value: Option<String>,
    pub autocomplete: String,
    pub checked: bool,
    pub disabled: bool,
    /// The text on a button.
    pub label: String,
}

impl Form {
    /// Its pairs in order when this button is clicked (HTML, 4.10.22.4); without one a script submits it.
    pub fn fields(&self, clicked: Option<usize>) -> Vec<(String, String)> {
        let sent = |(index, control): &(usize, &Control)| {
            let taken = match control.kind.as_str() {
                "submit" | "image" => clicked == Some(*index),
                "button" | "reset" | "file" => false,
                "checkbox" | "radio" => control.checked,
                _ => true,
            };
            taken && !control.disabled && !control.name.is_empty()
        };
        let default = |control: &Control| if control.kind == "checkbox" { "on" } else { "" }.to_owned();
        self.controls
            .iter()
            .enumerate()
            .filter(sent)
            .map(|(_, control)| (control.name.clone(), control.value.clone().unwrap_or_else(|| default(control))))
            .collect()
    }

    /// The first control that does.
    pub fn position(&self, what: impl Fn(&Control) -> bool) -> Option<usize> {
        self.controls.iter().position(|control| !control.disabled && what(control))
    }

    /// Whether somebody could type into it.
    pub fn has_fields_to_type(&self) -> bool {
        self.position(|control| control.is_typed() || control.kind == "password").is_some()
    }
}

impl Control {
    /// Whether it takes text that may be seen.
    pub fn is_typed(&self) -> bool {
        matches!(self.kind.as_str(), "text" | "email" | "tel" | "number" | "textarea")
    }

    /// Whether its name, id or purpose has one of these words in it.
    pub fn speaks_of(&self, words: &[&str]) -> bool {
        let own = format!("{} {} {}", self.name, self.id, self.autocomplete).to_ascii_lowercase();
        words.iter().any(|word| own.contains(word))
    }

    /// Whether it is a button that says no.
    pub fn declines(&self) -> bool {
        let own = format!("{} {} {}", self.name, self.value.as_deref().unwrap_or(""), self.label).to_ascii_lowercase();
        self.kind == "submit" && ["cancel", "deny", "decline", "reject"].iter().any(|word| own.contains(word))
    }
}

/// The pairs as a form sends them.
pub(super) fn encode(fields: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, FORM).to_string().replace(' ', "+");
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(kind: &str, name: &str, value: Option<&str>) -> Control {
        Control { kind: kind.to_owned(), name: name.to_owned(), value: value.map(str::to_owned), ..Control::default() }
    }

    #[test]
    fn what_is_sent() {
        let form = Form {
            controls: vec![
                control("text", "a b", Some("é +&")),
                control("text", "", Some("nameless")),
                Control { checked: true, ..control("checkbox", "box", None) },
                control("checkbox", "unticked", None),
                Control { disabled: true, ..control("text", "off", None) },
                control("submit", "yes", Some("1")),
                control("submit", "no", Some("0")),
                control("hidden", "h", None),
            ],
            ..Form::default()
        };
        assert_eq!(encode(&form.fields(None)), "a+b=%C3%A9+%2B%26&box=on&h=");
        assert_eq!(encode(&form.fields(Some(6))), "a+b=%C3%A9+%2B%26&box=on&no=0&h=");
    }
}
