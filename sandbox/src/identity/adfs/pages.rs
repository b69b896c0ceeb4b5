//! The pages of AD FS: their forms, fields and ids are its own, the words are not.

use crate::http::{Answer, Request};
use crate::identity::factor::{Factor, FactorKind};
use crate::identity::html::{Pen, text};
use crate::identity::person::Person;
use crate::identity::response::{partition_of, sign_in};
use crate::random;
use crate::world::World;

/// The adapter for second factors.
pub(super) const SECOND_FACTOR: &str = "AzureMfaAuthentication";

const CONTEXT_HEAD: &str = "<EncryptedData Type=\"http://www.w3.org/2001/04/xmlenc#Content\"><CipherData><CipherValue>";
const CONTEXT_TAIL: &str = "</CipherValue></CipherData></EncryptedData>";

/// What `Context` is looked up by: the cipher in its XML.
pub(super) fn context_key(context: &str) -> String {
    let inside = context.strip_prefix(CONTEXT_HEAD).and_then(|rest| rest.strip_suffix(CONTEXT_TAIL));
    inside.unwrap_or("").to_owned()
}

/// Whether that factor is answered on the telephone.
pub(super) fn is_push(factor: &Factor) -> bool {
    matches!(factor.kind, FactorKind::Push { .. })
}

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

    pub fn host(&self) -> &str {
        self.pen.host
    }

    /// The form for name and password. `id` goes into its action and a cookie.
    pub fn sign_in(&self, target: &str, id: &str, reason: &str) -> Answer {
        let target = format!("{target}&client-request-id={id}");
        let pen = &self.pen;
        let method = if self.world.identity_pages.adfs.auth_method_field {
            pen.input("hidden", "AuthMethod", "optionForms", Some("FormsAuthentication"))
        } else {
            String::new()
        };
        let inside = [
            self.error_text(reason),
            pen.input("email", "UserName", "userNameInput", Some("")),
            pen.input("password", "Password", "passwordInput", None),
            pen.input("checkbox", "Kmsi", "kmsiInput", Some("true")),
            "<label for=\"kmsiInput\">Keep me signed in</label>\n<span id=\"submitButton\" class=\"submit\" tabindex=\"4\">Sign in</span>\n"
                .to_owned(),
            method,
        ];
        let form = pen.form("loginForm", &target, &inside.join("\n"));
        let body = pen.among_others(&form, "UserName", "AuthMethod", &target);
        let page = pen.page(200, "Sign In", &work_area(&body));
        page.header("Set-Cookie", format!("MSISContext={id}; path=/adfs; HttpOnly; Secure"))
    }

    /// The form for a code, or one that its script posts again and again until the telephone has answered.
    pub fn second_factor(&self, target: &str, context: &str, factor: &Factor, reason: &str) -> Answer {
        let pen = &self.pen;
        let context = format!("{CONTEXT_HEAD}{context}{CONTEXT_TAIL}");
        let hidden = [
            pen.input("hidden", "AuthMethod", "authMethod", Some(SECOND_FACTOR)),
            pen.input("hidden", "Context", "context", Some(&context)),
            self.error_text(reason),
        ];
        let asked = if let FactorKind::Push { number, .. } = &factor.kind {
            let number = number
                .as_ref()
                .map_or(String::new(), |number| format!("<div id=\"validEntropyNumber\">{}</div>\n", text(number)));
            format!("<p id=\"instructions\">Answer the question on your telephone to go on.</p>\n{number}")
        } else {
            let code = pen.input("text", "VerificationCode", "verificationCodeInput", Some(""));
            let button = pen.input("submit", "", "signInButton", Some("Sign in"));
            format!("<p id=\"instructions\">Type the code of {}.</p>\n{code}\n{button}\n", text(&factor.vendor))
        };
        let form = pen.form("loginForm", target, &[&hidden.join("\n"), "\n", asked.as_str()].concat());
        pen.page(200, "Verify your identity", &work_area(&form))
    }

    /// A new password must be chosen first.
    pub fn update_password(&self) -> Answer {
        let pen = &self.pen;
        let inside = [
            self.error_text("The password has expired. Choose a new one."),
            pen.input("email", "UserName", "userNameInput", Some("")),
            pen.input("password", "OldPassword", "oldPasswordInput", None),
            pen.input("password", "NewPassword", "newPasswordInput", None),
            pen.input("password", "ConfirmNewPassword", "confirmNewPasswordInput", None),
            pen.input("submit", "Submit", "submitButton", Some("Submit")),
        ];
        let form = pen.form_elsewhere("updatePasswordForm", "/adfs/portal/updatepassword/", &inside.join("\n"));
        pen.page(200, "Update Password", &work_area(&form))
    }

    /// A second factor must be enrolled first, and not here.
    pub fn must_enroll(&self) -> Answer {
        let body = "<div id=\"authArea\"><p id=\"mfaGreeting\">Your organization asks for a second factor, and you have none.</p>\
                    <p><a href=\"https://mfasetup.example.com/\">Set one up</a></p></div>\n";
        self.pen.page(200, "Additional security verification", &work_area(body))
    }

    /// No second factor of this person can be answered by a form.
    pub fn browser_only(&self) -> Answer {
        let body =
            "<div id=\"authArea\"><p id=\"instructions\">Your second factor works in a browser only.</p></div>\n";
        self.pen.page(200, "Verify your identity", &work_area(body))
    }

    /// Posts the SAML response to AWS, by script.
    pub fn response(&self, person: &Person, saml: &str) -> Answer {
        let (aws, _) = sign_in(&partition_of(self.world, person));
        let aws = aws.replacen("/saml", ":443/saml", 1);
        let response = self.pen.input("hidden", "SAMLResponse", "", Some(saml));
        let inside = format!(
            "{response}\n<noscript><p>Scripts are off.</p><input type=\"submit\" value=\"Submit\"/></noscript>"
        );
        let form = self.pen.form_to("hiddenform", Some(&aws), &inside);
        let script = "<script language=\"javascript\">window.setTimeout('document.forms[0].submit()', 0);</script>\n";
        self.pen.page(200, "Working...", &[&form, script].concat())
    }

    /// An error, with status 200 as AD FS sends it.
    pub fn error(&self, code: &str, reason: &str) -> Answer {
        let body = format!(
            "<div id=\"errorArea\">\n<div id=\"openingMessage\" class=\"groupMargin bigText\">An error occurred</div>\n\
             <div id=\"errorMessage\" class=\"groupMargin\">{code}: {}</div>\n<div id=\"errorDetails\"><ul><li>Activity ID: {}</li></ul></div>\n</div>\n",
            text(reason),
            random::request_id()
        );
        self.pen.page(200, "Error", &work_area(&body))
    }

    fn error_text(&self, reason: &str) -> String {
        let (tag, end) = (self.pen.tag("span", &[("id", "errorText")]), self.pen.end("span"));
        format!("<div id=\"error\" class=\"fieldMargin error smallText\">{tag}{}{end}</div>", text(reason))
    }
}

fn work_area(inside: &str) -> String {
    format!("<div id=\"fullPage\"><div id=\"content\"><div id=\"workArea\">\n{inside}</div></div></div>\n")
}
