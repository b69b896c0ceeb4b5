//! What a browser sees of the org: the application's embed link, its own address, the sign-in page.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::http::Answer;
use crate::identity::html::{Pen, text};
use crate::identity::okta::{OktaEngine, Step, Visit, token};
use crate::identity::person::Person;
use crate::identity::response::{partition_of, sign_in};
use crate::identity::saml_response;
use crate::identity::visit::{cookie, field, misuse};

const SIGN_IN: &str = "/login/login.htm";
const STEP_UP: &str = "/login/step-up/redirect";
/// The application's id at its own address.
const ENTITY: &str = "exksandbox0000000001";

/// What a path is for; `None`: nothing of the org's.
pub(super) fn operation(path: &str) -> Option<&'static str> {
    match path {
        SIGN_IN => Some("SignInPage"),
        STEP_UP => Some("StepUpPage"),
        _ if path.starts_with("/home/") => Some("App"),
        _ if path.starts_with("/app/") => Some("AppSso"),
        _ => None,
    }
}

impl Visit<'_> {
    pub fn page(&mut self) -> Step {
        if self.request.method != "GET" {
            return Err(misuse(405, "pages are got."));
        }
        match self.call.operation.as_str() {
            "App" => self.app(),
            "AppSso" => self.app_sso(),
            "StepUpPage" => Ok(self.widget("Sign In", "/login/step-up")),
            _ => Ok(self.widget("Sign In", SIGN_IN)),
        }
    }

    /// The embed link: whoever brings a session token has a session from then on.
    fn app(&mut self) -> Step {
        let path = percent_decode_str(self.request.path()).decode_utf8_lossy().into_owned();
        if path != format!("/home/{}/{}", self.org.app_name, self.org.app_id) {
            return Err(self.shown(404, "Page not found", "<h1>404</h1>\n<p>This page is not there.</p>\n"));
        }
        let brought = self.memory.tokens.remove(field(self.call, "onetimetoken"));
        let Some(login) = brought.or_else(|| self.session()) else { return Err(self.to_sign_in()) };
        let session = token();
        self.memory.sessions.insert(session.clone(), login.clone());
        let with_session = |answer: Answer| {
            answer.header("Set-Cookie", format!("sid={session}; Path=/; Secure; HttpOnly; SameSite=None"))
        };
        if self.org.app_redirects {
            let location = format!("https://{}/app/{}/{ENTITY}/sso/saml", self.host(), self.org.app_name);
            return Ok(with_session(Answer::new(302).header("Location", location)));
        }
        self.signed_on(&login).map(with_session)
    }

    /// The application's own address.
    fn app_sso(&mut self) -> Step {
        if self.request.path() != format!("/app/{}/{ENTITY}/sso/saml", self.org.app_name) {
            return Err(self.shown(404, "Page not found", "<h1>404</h1>\n<p>This page is not there.</p>\n"));
        }
        match self.session() {
            Some(login) => self.signed_on(&login),
            None => Err(self.to_sign_in()),
        }
    }

    fn session(&self) -> Option<String> {
        self.memory.sessions.get(cookie(self.request, "sid")?).cloned()
    }

    fn to_sign_in(&self) -> Answer {
        let from = utf8_percent_encode(self.request.path(), NON_ALPHANUMERIC);
        Answer::new(302).header("Location", format!("{SIGN_IN}?fromURI={from}"))
    }

    /// The page that posts the SAML response to AWS, if nothing stands in the way.
    fn signed_on(&self, login: &str) -> Step {
        let Some(person) = self.world.person(login) else { return Err(self.to_sign_in()) };
        if self.org.unassigned.contains(&person.name) {
            let body = "<h1>403</h1>\n<div class=\"error-content\">Ask your administrator to assign this application to you.</div>\n";
            return Err(self.shown(403, "Error", body));
        }
        if self.org.app_steps_up {
            let location = format!("{STEP_UP}?stateToken={}", token());
            return Err(Answer::new(302).header("Location", location));
        }
        if self.org.engine != OktaEngine::Classic {
            // Its policy wants more than this session, so it asks anew where it stands.
            return Ok(self.widget("Sign In", self.request.path()));
        }
        Ok(self.response(person))
    }

    fn pen(&self) -> Pen<'_> {
        Pen { shape: &self.world.identity_pages.page, host: self.host(), path: self.request.path() }
    }

    fn shown(&self, status: u16, title: &str, body: &str) -> Answer {
        self.pen().page(status, &format!("Sandbox - {title}"), body)
    }

    /// The sign-in page, which is a script: there is no form before it runs.
    fn widget(&self, title: &str, base: &str) -> Answer {
        let body = format!(
            "<div id=\"signin-container\"></div>\n<noscript>Scripts are off.</noscript>\n\
             <script>var config = {{ \"base\": \"{}\", \"password\": \"{{0}}\" }};</script>\n",
            text(base)
        );
        self.shown(200, title, &body)
    }

    fn response(&self, person: &Person) -> Answer {
        let pen = self.pen();
        let saml = saml_response(self.world, person);
        let (aws, _) = sign_in(&partition_of(self.world, person));
        // Okta writes these two as references even where no shape asks for any.
        let written = saml.replace('+', "&#x2b;").replace('=', "&#x3d;");
        let inside = [
            pen.input("hidden", "SAMLResponse", "", Some(&saml)).replace(&saml, &written),
            pen.input("hidden", "RelayState", "", Some("")),
        ];
        let form = pen.form_to("appForm", Some(aws), &inside.join("\n"));
        let script = "<script>document.getElementById('appForm').submit();</script>\n";
        pen.page(200, "Sandbox - Signing in...", &[&form, script].concat())
    }
}
