//! Who sits before the browser: what they type and which button they click.

use super::document::Document;
use super::form::{Control, Form};

/// Somebody who signs in.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// What is typed as user name; `None`: what the page suggests is left.
    pub user: Option<String>,
    /// What is typed as password.
    pub password: String,
    /// What is typed where a page asks for a code of a second factor.
    pub code: Option<String>,
    /// What is typed where a page asks for the code that a device shows.
    pub device_code: Option<String>,
    /// Clicks the button that says no on the first page that has one.
    pub declines: bool,
}

/// What to do with a page.
pub(super) enum Act {
    /// Submit this form with these fields.
    Submit(Form, Vec<(String, String)>),
    /// Nothing is left to do.
    Nothing,
    /// The page asks for what was given before or what nobody has.
    Stuck,
}

/// What a page may ask for.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    User,
    Password,
    Code,
    DeviceCode,
}

/// What has been typed in this visit. A page that asks again says no.
#[derive(Default)]
pub(super) struct Typed(Vec<Asked>);

const DEVICE_CODE: &[&str] = &["user_code", "usercode", "device_code"];
const CODE: &[&str] = &["otp", "otc", "code", "one-time", "mfa", "verif", "answer", "challenge"];

impl Person {
    /// Looks at a page as a person does: the scripts first, then what there is to type, then the buttons.
    pub(super) fn act(&self, page: &Document, typed: &mut Typed) -> Act {
        if self.declines
            && let Some(act) = page.forms.iter().find_map(|form| click(form, true))
        {
            return act;
        }
        if page.submits_itself
            && let Some(form) = page.forms.iter().find(|form| !form.has_fields_to_type())
        {
            return Act::Submit(form.clone(), form.fields(None));
        }
        let with_password = page.forms.iter().find(|form| form.position(|c| c.kind == "password").is_some());
        let with_text = || page.forms.iter().find(|form| form.has_fields_to_type());
        if let Some(form) = with_password.or_else(with_text) {
            return self.fill(form, typed);
        }
        page.forms.iter().find_map(|form| click(form, false)).unwrap_or(Act::Nothing)
    }

    fn fill(&self, form: &Form, typed: &mut Typed) -> Act {
        let mut form = form.clone();
        let with_password = form.position(|control| control.kind == "password").is_some();
        let mut now = Vec::new();
        for control in &mut form.controls {
            let Some(asked) = asked(control) else { continue };
            // Who signs in may stand above the password once more.
            let again = typed.0.contains(&asked) && !(asked == Asked::User && with_password);
            let text = match asked {
                Asked::User => self.user.as_ref().or(control.value.as_ref()),
                Asked::Password => Some(&self.password),
                Asked::Code => self.code.as_ref(),
                Asked::DeviceCode => self.device_code.as_ref().or(control.value.as_ref()),
            };
            let Some(text) = text.filter(|_| !again) else { return Act::Stuck };
            control.value = Some(text.clone());
            now.push(asked);
        }
        typed.0.extend(now);
        click(&form, false).unwrap_or_else(|| {
            let fields = form.fields(None);
            Act::Submit(form, fields)
        })
    }
}

/// What a control asks for, if somebody types into it.
fn asked(control: &Control) -> Option<Asked> {
    match control.kind.as_str() {
        _ if control.disabled => None,
        "password" if control.speaks_of(CODE) => Some(Asked::Code),
        "password" => Some(Asked::Password),
        _ if !control.is_typed() => None,
        _ if control.speaks_of(DEVICE_CODE) => Some(Asked::DeviceCode),
        _ if control.speaks_of(CODE) => Some(Asked::Code),
        _ => Some(Asked::User),
    }
}

/// A click on the first button that says no, or on the first one that does not.
fn click(form: &Form, declining: bool) -> Option<Act> {
    let button = form.position(|control| control.kind == "submit" && control.declines() == declining)?;
    Some(Act::Submit(form.clone(), form.fields(Some(button))))
}
