//! Forms that ask for a second factor.

use super::{Control, Fields, Form, Kind};
use crate::secret::{ExposeSecret, SecretString, secret};

/// Parts of the names that such fields have: `VerificationCode` (AD FS with Azure), `security_code` (Symantec VIP),
/// `ChallengeQuestionAnswer` (adapters of AD FS), `otp` (`PingID`), `pf.challengeResponse` (RADIUS in `PingFederate`), `passcode` (Duo).
const CODE_NAMES: [&str; 7] = ["code", "otp", "challenge", "passcode", "verification", "token", "factor"];

impl Form {
    /// The name of the field for a one-time code, in a form that asks for one and for no user.
    pub fn code_field(&self) -> Option<&str> {
        self.code_control().map(|control| control.name.as_str())
    }

    /// Every field as the page has it, with `code` in its own.
    pub fn with_code(&self, code: &SecretString) -> Fields {
        let code = code.expose_secret().trim();
        self.code_control().map_or_else(|| self.fields(), |control| self.sent(&[(control, code)]))
    }

    /// How many passwords it asks for: more than one where a new one has to be chosen.
    pub fn password_fields(&self) -> usize {
        self.enabled().filter(|control| control.kind == Kind::Password).count()
    }

    /// Whether there is nothing in it to fill in: a script sends it.
    pub fn is_hidden(&self) -> bool {
        self.enabled().all(|control| matches!(control.kind, Kind::Hidden | Kind::Unsent))
    }

    /// The value of the first field of this name.
    pub fn value(&self, name: &str) -> Option<SecretString> {
        self.controls.iter().find(|control| control.name == name).map(|control| secret(control.value.as_str()))
    }

    fn code_control(&self) -> Option<&Control> {
        if self.user_control().is_some() || self.password_fields() > 1 {
            return None;
        }
        self.enabled().find(|control| {
            matches!(control.kind, Kind::Text | Kind::Password)
                && [&control.name, &control.id].into_iter().any(|name| {
                    let name = name.to_ascii_lowercase();
                    CODE_NAMES.iter().any(|part| name.contains(part))
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use crate::secret::{ExposeSecret, secret};

    fn code_field(form: &str) -> Option<String> {
        let page = read(format!("<form>{form}</form>").as_bytes());
        page.forms()[0].code_field().map(str::to_owned)
    }

    #[test]
    fn forms_that_ask_for_a_code() {
        for (form, field) in [
            ("<input type=hidden name=AuthMethod value=x><input type=tel name=VerificationCode>", "VerificationCode"),
            ("<input name=security_code>", "security_code"),
            ("<input type=password name=ChallengeQuestionAnswer>", "ChallengeQuestionAnswer"),
            ("<input id=otp name=x type=text><input type=hidden name=csrfToken value=1>", "x"),
            ("<input type=number name=passcode>", "passcode"),
        ] {
            assert_eq!(code_field(form).as_deref(), Some(field), "{form}");
        }
        for form in [
            "<input name=UserName><input type=password name=Password>",
            "<input type=password name=Password>",
            "<input type=hidden name=VerificationCode>",
            "<input name=VerificationCode disabled>",
            "<input type=password name=OldPasscode><input type=password name=NewPasscode>",
            "<input name=search>",
        ] {
            assert_eq!(code_field(form), None, "{form}");
        }
    }

    #[test]
    fn the_code_goes_into_its_field_and_the_rest_stays() {
        let page = read(b"<form><input type=hidden name=Context value=c><input name=otp value=old><input type=submit name=go></form>");
        let fields = page.forms()[0].with_code(&secret(" 123456\n"));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(fields, [("Context", "c"), ("otp", "123456")]);
    }
}
