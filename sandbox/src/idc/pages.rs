//! The pages of the access portal, where a person signs in.

use crate::http::{Answer, Request};
use crate::identity::html::{Pen, text};
use crate::world::World;

/// Where a browser signs in for an application.
pub(super) const SIGN_IN: &str = "/idc/sign-in";
/// Where a person enters the code of a device: `verificationUri`.
pub(super) const DEVICE: &str = "/idc/device";
/// Where they allow it.
pub(super) const APPROVE: &str = "/idc/approve";

/// Writes the pages for one request.
pub(super) struct Pages<'a> {
    pen: Pen<'a>,
}

impl<'a> Pages<'a> {
    pub fn new(request: &'a Request, world: &'a World) -> Self {
        let host = request.header("host").unwrap_or("");
        Self { pen: Pen { shape: &world.identity_pages.page, host, path: request.path() } }
    }

    /// A form for name and password. `hidden` is a field that the page fills in.
    pub fn sign_in(&self, target: &str, hidden: (&str, &str), reason: &str) -> Answer {
        self.form_page("Sign in", target, &[self.pen.input("hidden", hidden.0, "", Some(hidden.1))], reason)
    }

    /// The same with the device's code, filled in or to be typed.
    pub fn device(&self, user_code: &str, reason: &str) -> Answer {
        let code = format!("<label>Code {}</label>", self.pen.input("text", "user_code", "user-code", Some(user_code)));
        self.form_page("Authorize device", DEVICE, &[code], reason)
    }

    fn form_page(&self, title: &str, target: &str, first: &[String], reason: &str) -> Answer {
        let fields = [
            format!("<label>User {}</label>", self.pen.input("text", "username", "awsui-input-0", Some(""))),
            format!("<label>Password {}</label>", self.pen.input("password", "password", "awsui-input-1", Some(""))),
            self.pen.input("submit", "", "", Some("Sign in")),
        ];
        let inside = [first.concat(), fields.concat()].concat();
        let reason =
            if reason.is_empty() { String::new() } else { format!("<p role=\"alert\">{}</p>\n", text(reason)) };
        let body = format!("<h1>{}</h1>\n{reason}{}", text(title), self.pen.form_elsewhere("signin", target, &inside));
        self.pen.page(200, title, &body)
    }

    /// The question whether the client may act for the person who signed in.
    pub fn allow(&self, approval: &str, client: &str) -> Answer {
        let inside = [
            self.pen.input("hidden", "approval", "", Some(approval)),
            self.pen.input("hidden", "choice", "", Some("allow")),
            self.pen.input("submit", "", "cli_login_button", Some("Allow access")),
        ];
        let body = format!(
            "<h1>Allow {} to access your data?</h1>\n{}",
            text(client),
            self.pen.form_elsewhere("approve", APPROVE, &inside.concat())
        );
        self.pen.page(200, "Allow access", &body)
    }

    /// A page without a form.
    pub fn note(&self, status: u16, title: &str, words: &str) -> Answer {
        self.pen.page(status, title, &format!("<h1>{}</h1>\n<p>{}</p>", text(title), text(words)))
    }
}
