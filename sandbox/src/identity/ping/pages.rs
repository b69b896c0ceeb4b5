//! The pages of PingFederate and `PingID`: their forms, fields, ids and classes are their own, the words are not.

use crate::http::{Answer, Request};
use crate::identity::factor::{Factor, FactorKind};
use crate::identity::html::{Pen, text};
use crate::identity::person::Person;
use crate::identity::response::{partition_of, sign_in};
use crate::random;
use crate::world::World;

/// The instance of the HTML form adapter.
pub(super) const ADAPTER: &str = "HTMLFormAdapter";
/// Where `PingID` takes a passcode.
pub(super) const OTP: &str = "/pingid/ppm/auth/otp";
/// Where it tells how a push stands.
pub(super) const POLL: &str = "/pingid/ppm/auth/status";
/// Where it goes on after a push.
pub(super) const PUSHED: &str = "/pingid/ppm/auth/response";

/// Writes pages in answer to one request.
pub(super) struct Pages<'a> {
    world: &'a World,
    pen: Pen<'a>,
}

impl<'a> Pages<'a> {
    pub fn new(world: &'a World, request: &'a Request) -> Self {
        let host = request.header("host").unwrap_or("");
        Self { world, pen: Pen { shape: &world.identity_pages.page, host, path: request.path() } }
    }

    /// The form for name and password.
    pub fn sign_in(&self, target: &str, reason: &str) -> Answer {
        let pen = &self.pen;
        let inside = [
            self.messages(reason),
            pen.input("text", "pf.username", "username", Some("")),
            pen.input("password", "pf.pass", "password", None),
            pen.input("checkbox", "pf.rememberUsername", "rememberUsername", Some("on")),
            pen.input("hidden", "pf.ok", "", Some("")),
            pen.input("hidden", "pf.cancel", "", Some("")),
            pen.input("hidden", "pf.adapterId", "pf.adapterId", Some(ADAPTER)),
            "<div class=\"ping-buttons\"><a onclick=\"postOk();\" class=\"ping-button normal allow\" title=\"Sign On\">Sign On</a></div>".to_owned(),
        ];
        let form = pen.form("signOnForm", target, &inside.join("\n"));
        pen.page(200, "Sign On", &container(&pen.among_others(&form, "pf.username", "pf.adapterId", target)))
    }

    /// `PingID`'s page for a passcode, or the one that waits for the telephone.
    pub fn second_factor(&self, token: &str, factor: &Factor, reason: &str) -> Answer {
        let pen = &self.pen;
        let token = pen.input("hidden", "csrfToken", "csrfToken", Some(token));
        let body = if let FactorKind::Push { number, .. } = &factor.kind {
            let number = number.as_ref().map_or(String::new(), |number| {
                format!("<div class=\"number-matching\" id=\"numberMatching\">{}</div>\n", text(number))
            });
            // The script sends the first by GET until the status changes, then posts the second.
            let poll = pen.form_elsewhere("form1", POLL, &token);
            let done = pen.form_elsewhere("reponseView", PUSHED, &token);
            format!("<h1>Authentication</h1>\n<p>Answer on your telephone.</p>\n{number}{poll}{done}")
        } else {
            let otp = pen.input("text", "otp", "otp", Some(""));
            let button = pen.input("submit", "", "", Some("Sign On"));
            let form = pen.form_elsewhere("otp-form", OTP, &[otp, token, button].join("\n"));
            let error = format!("<div class=\"error-message\">{}</div>", text(reason));
            format!("<h1>Authentication</h1>\n{error}\n<p>Type the passcode of {}.</p>\n{form}", text(&factor.vendor))
        };
        pen.page(200, "PingID", &container(&body))
    }

    /// A new password must be chosen first, and elsewhere.
    pub fn password_expired(&self) -> Answer {
        let messages = self.messages("The password has expired and must be changed.");
        let link = "<a href=\"https://password.example.com/\">To the password management system</a>\n";
        self.pen.page(200, "Change Password", &container(&[&messages, link].concat()))
    }

    /// A device must be paired first.
    pub fn must_enroll(&self) -> Answer {
        let body =
            "<h1>New device</h1>\n<p>Pair a device with the PingID app to go on.</p>\n<div class=\"qr-code\"></div>\n";
        self.pen.page(200, "PingID", &container(body))
    }

    /// No second factor of this person can be answered by a form.
    pub fn browser_only(&self) -> Answer {
        let body = "<h1>Authentication</h1>\n<p>Your second factor works in a browser only.</p>\n";
        self.pen.page(200, "PingID", &container(body))
    }

    /// Posts the SAML response to AWS, by script.
    pub fn response(&self, person: &Person, saml: &str) -> Answer {
        let (aws, _) = sign_in(&partition_of(self.world, person));
        let inside = [
            self.pen.input("hidden", "SAMLResponse", "", Some(saml)),
            self.pen.input("hidden", "RelayState", "", Some("")),
            "<noscript><input type=\"submit\" value=\"Resume\"/></noscript>".to_owned(),
        ];
        let form = self.pen.form_to("", Some(aws), &inside.join("\n"));
        let script = "<script>document.forms[0].submit();</script>\n";
        self.pen.page(200, "Submit Form", &[&form, script].concat())
    }

    /// An error that ends the sign-in.
    pub fn error(&self, status: u16, reason: &str) -> Answer {
        let messages = self.messages(reason);
        let reference = format!("<div class=\"ping-note-text\">Reference: {}</div>\n", random::base32::<6>());
        self.pen.page(status, "Error", &container(&[&messages, reference.as_str()].concat()))
    }

    fn messages(&self, reason: &str) -> String {
        if reason.is_empty() {
            return String::new();
        }
        let (tag, end) = (self.pen.tag("div", &[("class", "ping-error")]), self.pen.end("div"));
        format!("<div class=\"ping-messages\">{tag}{}{end}</div>\n", text(reason))
    }
}

fn container(inside: &str) -> String {
    format!("<div class=\"ping-container\"><div class=\"ping-body-container\">\n{inside}</div></div>\n")
}
