//! The shapes of an HTML page with a form. A browser sees the same in all of them.

use serde::{Deserialize, Serialize};

/// How pages are written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that a page does or does not")]
pub struct PageShape {
    /// Around attribute values.
    pub quoting: Quoting,
    /// Which of an input's attributes comes first.
    pub attribute_order: AttributeOrder,
    /// `<INPUT TYPE=…>`.
    pub upper_case_tags: bool,
    /// Numeric character references in attribute values also where none are needed.
    pub entities_in_values: bool,
    /// `&amp;` in the action, as it should be; left out, a raw `&`, as AD FS writes it.
    pub entities_in_action: bool,
    /// Where the form says that it goes.
    pub action: ActionStyle,
    /// The form with the password is not alone: one to search before it, the `options` form of AD FS after it, both with fields of its names.
    pub several_forms: bool,
    /// Style sheets and scripts full of braces, tags in strings, and comments with forms in them.
    pub css_braces: bool,
    /// Tags are spread over several lines.
    pub across_lines: bool,
    /// A `<base href>`, against which a relative action counts.
    pub base_href: Option<String>,
}

/// Quotes around attribute values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// `name="value"`
    #[default]
    Double,
    /// `name='value'`
    Single,
    /// `name=value`, where the value lets it.
    None,
}

/// The order of an input's attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeOrder {
    /// `type`, `name`, `value`
    #[default]
    NameFirst,
    /// `value`, `name`, `type`
    ValueFirst,
}

/// How a form names its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStyle {
    /// `/path?query`
    #[default]
    RootRelative,
    /// `https://host/path?query`
    Absolute,
    /// `path?query`, relative to the page.
    Relative,
    /// Not at all: it goes to the page itself.
    Absent,
    /// `https://` and another host. No login may go there.
    OtherHost,
    /// `http://` and this host. No password may go there.
    PlainHttp,
}
