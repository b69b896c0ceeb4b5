//! What is sent for a form.

use super::{Control, Fields, Form, Kind, NAME_SHOWN};
use crate::error::{AuthError, Stage, Status};
use crate::redact;
use crate::secret::{ExposeSecret, SecretString, secret};
use std::collections::BTreeSet;
use std::ptr;

impl Form {
    /// The login: every field of the form, with user and password in theirs.
    pub fn fill(&self, user: &str, password: &SecretString) -> Result<Fields, AuthError> {
        let mut passwords = self.enabled().filter(|control| control.kind == Kind::Password);
        let password_field = passwords.next().ok_or_else(|| self.fault("has no password field (type=password)"))?;
        if let Some(second) = passwords.next() {
            let [first, second] = [password_field, second].map(|control| redact::head(&control.name, NAME_SHOWN));
            let what = format!("asks for two passwords, '{first}' and '{second}'");
            return Err(self
                .fault(&what)
                .hint("the page may want the password to be changed; sign in with a browser once"));
        }
        let user_field = self.user_control().ok_or_else(|| {
            self.fault("has no user field (name or id with 'user' or 'email', or type=email)")
                .hint("the page may ask for something else than user and password; a browser plugin may get on with it")
        })?;
        Ok(self.sent(&[(user_field, user), (password_field, password.expose_secret())]))
    }

    /// Every field as the page has it: for forms that only a script submits, and to be completed with an answer.
    pub fn fields(&self) -> Fields {
        self.sent(&[])
    }

    /// The name of the field for the user's name.
    pub fn user_field(&self) -> Option<&str> {
        self.user_control().map(|control| control.name.as_str())
    }

    /// The name of the field for the password, or for a second factor's code.
    pub fn password_field(&self) -> Option<&str> {
        self.enabled().find(|control| control.kind == Kind::Password).map(|control| control.name.as_str())
    }

    pub(super) fn enabled(&self) -> impl Iterator<Item = &Control> {
        self.controls.iter().filter(|control| !control.disabled)
    }

    /// Hidden fields and boxes have names such as `pf.userType` and `rememberUsername` too.
    pub(super) fn user_control(&self) -> Option<&Control> {
        let is_named_so = |control: &Control| {
            [&control.name, &control.id].into_iter().any(|name| {
                let name = name.to_ascii_lowercase();
                name.contains("user") || name.contains("email")
            })
        };
        self.enabled().find(|control| match control.kind {
            Kind::Email => true,
            Kind::Text => is_named_so(control),
            _ => false,
        })
    }

    /// Of several fields of one name, in whatever case, the first is sent, as the ODBC driver does: AD FS has an empty
    /// second `AuthMethod` (PY-129). The fields that we fill come before all others of their name.
    pub(super) fn sent(&self, filled: &[(&Control, &str)]) -> Fields {
        let mut names: BTreeSet<String> = filled.iter().map(|(field, _)| field.name.to_ascii_lowercase()).collect();
        let mut fields = Fields::new();
        for control in self.enabled() {
            let ours = filled.iter().find(|(field, _)| ptr::eq(*field, control));
            if let Some((field, value)) = ours {
                fields.push((field.name.clone(), secret(*value)));
            } else if control.is_sent() && names.insert(control.name.to_ascii_lowercase()) {
                fields.push((control.name.clone(), secret(with_crlf(&control.value))));
            }
        }
        fields
    }

    fn fault(&self, what: &str) -> AuthError {
        let name = redact::head(self.name().unwrap_or("unnamed"), NAME_SHOWN);
        AuthError::new(Status::IdpUnexpected, Stage::Idp, format!("the login form '{name}' {what}"))
    }
}

impl Control {
    /// A browser sends no box that is not ticked; the official drivers send all (PY-128: `Kmsi=true`, "keep me signed
    /// in"), and identity providers have been set up with that. Of radio buttons one alone can be sent.
    fn is_sent(&self) -> bool {
        match self.kind {
            Kind::Unsent => false,
            Kind::Radio => self.checked,
            Kind::Text | Kind::Email | Kind::Password | Kind::Hidden | Kind::Checkbox | Kind::Other => true,
        }
    }
}

/// Line breaks travel as CRLF (HTML standard, 4.10.21.4).
fn with_crlf(value: &str) -> String {
    if value.contains(['\r', '\n']) {
        value.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
    } else {
        value.to_owned()
    }
}
