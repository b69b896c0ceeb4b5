//! Forms of login pages, read as a browser without scripts reads them and filled as the official drivers fill them.
//!
//! Identity providers change their pages at will, so nothing here depends on the order, case or quoting of anything.

mod code;
mod fill;
mod notice;
mod reader;
mod select;
mod tag;
mod target;

pub use self::reader::read;
pub use self::target::may_be_posted_to;
use crate::redact;
use crate::secret::{SecretString, secret};
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What is sent: names with values, in the order of the page.
pub type Fields = Vec<(String, SecretString)>;

/// Form names are for error messages: a few say enough.
const NAMES_SHOWN: usize = 8;
const NAME_SHOWN: usize = 60;
const TITLE_SHOWN: usize = 200;

/// A page, as far as a login needs it.
#[derive(Default)]
pub struct Page {
    title: String,
    notice: Option<String>,
    number: Option<String>,
    forms: Vec<Form>,
    /// Inputs outside every form, as one form without an action.
    loose: Form,
}

/// A form with its inputs.
#[derive(Default)]
pub struct Form {
    id: Option<String>,
    name: Option<String>,
    action: Option<String>,
    /// What relative actions start from, where the page says so.
    base: Option<Arc<str>>,
    controls: Vec<Control>,
}

/// An input, text area or the chosen option of a list.
struct Control {
    /// Where it stands among all controls of the page.
    position: usize,
    kind: Kind,
    name: String,
    id: String,
    value: Zeroizing<String>,
    checked: bool,
    disabled: bool,
}

/// What matters of an input's type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Text,
    Email,
    Password,
    Hidden,
    Checkbox,
    Radio,
    /// Buttons and files: never sent.
    Unsent,
    /// Text areas and lists: sent, but never the place of a user's name.
    Other,
}

impl Page {
    /// The title, on one line.
    pub fn title(&self) -> Option<&str> {
        Some(self.title.as_str()).filter(|title| !title.is_empty())
    }

    /// What the page says went wrong: the text of its error element, at most 200 characters on one line.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// The number to tap on the phone, where the page shows one.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// The forms by id or name, for error messages.
    pub fn form_names(&self) -> Vec<String> {
        let name = |form: &Form| redact::head(form.name().unwrap_or("unnamed"), NAME_SHOWN);
        self.forms.iter().take(NAMES_SHOWN).map(name).collect()
    }

    /// The forms in the order of the page, without the inputs outside all of them.
    pub fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// The value of the first input of exactly this name that has one, wherever it stands.
    pub fn value(&self, input_name: &str) -> Option<SecretString> {
        let controls = self.forms.iter().chain([&self.loose]).flat_map(|form| &form.controls);
        controls
            .filter(|control| control.name == input_name && !control.value.trim().is_empty())
            .min_by_key(|control| control.position)
            .map(|control| secret(control.value.as_str()))
    }

    /// The form that asks for a password.
    pub fn password_form(&self) -> Option<&Form> {
        self.forms.iter().chain([&self.loose]).find(|form| form.password_field().is_some())
    }
}

impl Form {
    /// The id, else the name.
    pub fn name(&self) -> Option<&str> {
        [&self.id, &self.name].into_iter().flatten().map(|name| name.trim()).find(|name| !name.is_empty())
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("title", &self.title).field("forms", &self.forms).finish_non_exhaustive()
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.controls.iter().map(|control| (&control.name, control.kind)).collect();
        f.debug_struct("Form").field("name", &self.name()).field("controls", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
