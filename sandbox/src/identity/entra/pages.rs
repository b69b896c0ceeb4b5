//! Microsoft's pages: their forms' places and some of their fields are their own, the words mostly not.

use super::Visit;
use super::refusal::Refusal;
use crate::http::Answer;
use crate::identity::factor::{Factor, FactorKind};
use crate::identity::html::{Pen, text};

/// Writes pages in answer to one request.
pub(super) struct Pages<'a> {
    pen: Pen<'a>,
}

impl Visit<'_> {
    pub(super) fn pages(&self) -> Pages<'_> {
        let host = self.request.header("host").unwrap_or("");
        Pages { pen: Pen { shape: &self.world.identity_pages.page, host, path: self.request.path() } }
    }
}

impl Pages<'_> {
    /// The form for name and password.
    pub fn sign_in(&self, tenant: &str, token: &str, hint: &str, reason: &str) -> Answer {
        let pen = &self.pen;
        let inside = [
            pen.input("email", "login", "i0116", Some(hint)),
            pen.input("password", "passwd", "i0118", None),
            pen.input("hidden", "flowToken", "", Some(token)),
            pen.input("submit", "signIn", "idSIButton9", Some("Sign in")),
            pen.input("submit", "cancel", "idBtn_Back", Some("Cancel")),
        ];
        self.page("Sign in", reason, &pen.form_elsewhere("f1", &format!("/{tenant}/login"), &inside.join("\n")))
    }

    /// The form for a code or an answer.
    pub fn second_factor(&self, token: &str, factor: &Factor, reason: &str) -> Answer {
        let pen = &self.pen;
        let question = match &factor.kind {
            FactorKind::Question { question, .. } => text(question),
            _ => format!("Enter the code of {}", text(&factor.vendor)),
        };
        let inside = [
            pen.input("tel", "otc", "idTxtBx_SAOTCC_OTC", Some("")),
            pen.input("hidden", "flowToken", "", Some(token)),
            pen.input("submit", "verify", "idSubmit_SAOTCC_Continue", Some("Verify")),
        ];
        let form = pen.form_elsewhere("f2", "/common/SAS/ProcessAuth", &inside.join("\n"));
        self.page("Enter code", reason, &format!("<p>{question}</p>\n{form}"))
    }

    /// The question whether the application may know who this is.
    pub fn consent(&self, token: &str) -> Answer {
        let pen = &self.pen;
        let inside = [
            pen.input("hidden", "flowToken", "", Some(token)),
            pen.input("submit", "accept", "idSIButton9", Some("Accept")),
            pen.input("submit", "cancel", "idBtn_Back", Some("Cancel")),
        ];
        let form = pen.form_elsewhere("consentForm", "/common/Consent/Set", &inside.join("\n"));
        self.page(
            "Permissions requested",
            "",
            &format!("<p>Redshift asks to sign you in and to read your profile.</p>\n{form}"),
        )
    }

    /// The form for the code that a device shows.
    pub fn device_code(&self, reason: &str) -> Answer {
        let pen = &self.pen;
        let inside =
            [pen.input("text", "user_code", "otc", Some("")), pen.input("submit", "next", "idSIButton9", Some("Next"))];
        let form = pen.form_elsewhere("deviceForm", "/common/oauth2/deviceauth", &inside.join("\n"));
        self.page("Enter code to allow access", reason, &form)
    }

    /// What is to be said once a device has been decided about.
    pub fn device_done(&self, told: &str) -> Answer {
        self.page("Redshift", "", &format!("<p>{}</p>\n", text(told)))
    }

    /// Posts the answer to the listener, by script.
    pub fn post_back(&self, to: &str, fields: &[(&'static str, String)]) -> Answer {
        let mut inside: Vec<String> =
            fields.iter().map(|(name, value)| self.pen.input("hidden", name, "", Some(value))).collect();
        inside.push(
            "<noscript><p>Script is disabled.</p><input type=\"submit\" value=\"Continue\"></noscript>".to_owned(),
        );
        let form = self.pen.form_to("hiddenform", Some(to), &inside.join("\n"));
        self.pen.page(200, "Working...", &format!("{form}<script>document.forms[0].submit();</script>\n"))
    }

    /// What is wrong with the request, for the person to see.
    pub fn refused(&self, status: u16, refusal: &Refusal) -> Answer {
        let body = format!(
            "<h1>Sign in</h1>\n<p>Sorry, but we're having trouble signing you in.</p>\n<p id=\"exceptionMessage\">{}</p>\n",
            text(&refusal.line())
        );
        self.pen.page(status, "Sign in to your account", &body)
    }

    fn page(&self, heading: &str, reason: &str, inside: &str) -> Answer {
        let error = format!("<div role=\"alert\" id=\"usernameError\">{}</div>", text(reason));
        let body = format!("<h1>{}</h1>\n{error}\n{inside}", text(heading));
        self.pen.page(200, "Sign in to your account", &body)
    }
}
