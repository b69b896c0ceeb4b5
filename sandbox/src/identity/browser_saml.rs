//! A SAML identity provider for browsers: a sign-in page, perhaps a second factor, then a page that posts the SAML response to the
//! listener of a login. It is IdP-initiated: `/saml/login` is a `login_url` as it stands.
//!
//! `acs` in the query says where the listener is, if it is not where the world says; `RelayState` is handed on.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::http::{Answer, Request};
use crate::identity::factor::{Factor, FactorKind, PushOutcome};
use crate::identity::html::{Pen, text};
use crate::identity::saml_response;
use crate::identity::sign_in::{Pending, Progress, Verdict, judge};
use crate::identity::visit::{Content, call, check_fields, check_transport, cookie, field, misuse};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;

/// Its name in the log.
const NAME: &str = "saml-idp";
const LOGIN: &str = "/saml/login";
const SECOND_FACTOR: &str = "/saml/second-factor";
const PUSH: &str = "/saml/push";
const COOKIE: &str = "saml_idp";
const CANCELLED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";

/// How the provider is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BrowserSamlPages {
    /// Where the response is posted, unless the query says where: a URL of loopback.
    pub acs: String,
    /// Paths that show the sign-in page as well, such as those at which products have it. They come before what other
    /// providers have there.
    pub login_pages: Vec<String>,
    /// `RelayState` stands before `SAMLResponse`. The official Python driver reads it only behind.
    pub relay_state_first: bool,
    /// The `RelayState` of logins that bring none; `None`: there is none.
    pub relay_state: Option<String>,
}

impl Default for BrowserSamlPages {
    fn default() -> Self {
        Self {
            acs: "http://localhost:7890/redshift/".to_owned(),
            login_pages: Vec::new(),
            relay_state_first: false,
            relay_state: None,
        }
    }
}

/// The stand-in.
pub(crate) struct BrowserSaml;

/// What it remembers between requests: logins by their session, those at a second factor too.
#[derive(Default)]
struct Memory {
    logins: HashMap<String, Login>,
}

#[derive(Clone)]
struct Login {
    acs: String,
    relay_state: Option<String>,
    pending: Option<Pending>,
}

impl Service for BrowserSaml {
    fn recognise(&self, request: &Request, shared: &Shared) -> Option<Call> {
        let is_page =
            |path: &str| shared.world().identity_pages.browser_saml.login_pages.iter().any(|page| page == path);
        let operation = match (request.path(), request.method.as_str()) {
            (LOGIN, "POST") => "Login",
            (LOGIN, _) => "LoginPage",
            (SECOND_FACTOR, _) => "SecondFactor",
            (PUSH, _) => "PushStatus",
            (path, "GET") if is_page(path) => "LoginPage",
            _ => return None,
        };
        Some(call(NAME, operation, request))
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let world = shared.world().clone();
        shared.with_state(|memory: &mut Memory| {
            Visit { request, call, world: &world, memory }.answer().unwrap_or_else(|refusal| refusal)
        })
    }
}

struct Visit<'a> {
    request: &'a Request,
    call: &'a Call,
    world: &'a World,
    memory: &'a mut Memory,
}

/// Both are answers: the refusals end early.
type Step = Result<Answer, Answer>;

impl Visit<'_> {
    fn answer(&mut self) -> Step {
        check_transport(self.request)?;
        match self.call.operation.as_str() {
            "LoginPage" => self.show_login_page(),
            "Login" => self.log_in(),
            "SecondFactor" => self.second_factor(),
            _ => self.push_status(),
        }
    }

    fn show_login_page(&mut self) -> Step {
        let setup = &self.world.identity_pages.browser_saml;
        let acs = match field(self.call, "acs") {
            "" => setup.acs.clone(),
            acs => acs.to_owned(),
        };
        if !is_loopback(&acs) {
            return Err(misuse(400, "the response would leave this machine: acs must be an http URL of loopback."));
        }
        let given = self.call.parameters.iter().find(|(name, _)| name == "RelayState");
        let relay_state = given.map(|(_, value)| value.clone()).or_else(|| setup.relay_state.clone());
        let session = random::base32::<26>();
        self.memory.logins.insert(session.clone(), Login { acs, relay_state, pending: None });
        let cookie = format!("{COOKIE}={session}; Path=/saml; Secure; HttpOnly; SameSite=None");
        Ok(self.login_page(&session, "").header("Set-Cookie", cookie))
    }

    fn log_in(&mut self) -> Step {
        let session = self.check_session(&[
            ("username", Content::Typed),
            ("password", Content::Typed),
            ("login", Content::Ticked("Sign in")),
            ("cancel", Content::Ticked("Cancel")),
        ])?;
        if !field(self.call, "cancel").is_empty() {
            return Ok(self.cancelled(&session));
        }
        let world = self.world;
        let (verdict, person) = judge(world, field(self.call, "username"), field(self.call, "password"));
        let name = person.map_or("", |person| person.name.as_str());
        Ok(match verdict {
            Verdict::Welcome => self.welcome(&session, name),
            Verdict::SecondFactor(factors) => self.ask_for(&session, name, &factors),
            Verdict::Unknown => self.login_page(&session, "The user name or the password is wrong."),
            Verdict::Locked => self.login_page(&session, "This account is locked."),
            Verdict::PasswordExpired => self.error("The password has expired and must be changed first."),
            Verdict::MustEnroll => self.error("A second factor must be enrolled first."),
        })
    }

    /// Exactly these fields and the session, which the cookie has as well. Gives the session.
    fn check_session(&self, fields: &[(&str, Content)]) -> Result<String, Answer> {
        let session = field(self.call, "session").to_owned();
        let fields: Vec<_> = fields.iter().cloned().chain([("session", Content::Given(session.clone()))]).collect();
        check_fields(self.request, &fields)?;
        match cookie(self.request, COOKIE) {
            Some(brought) if brought == session && self.memory.logins.contains_key(&session) => Ok(session),
            Some(_) => Err(self.error("This sign-in is over. Start anew.")),
            None => Err(misuse(400, &format!("the cookie {COOKIE} did not come back."))),
        }
    }

    fn ask_for(&mut self, session: &str, person: &str, factors: &[Factor]) -> Answer {
        let Some(factor) = factors.iter().find(|factor| !matches!(factor.kind, FactorKind::WebAuthn)) else {
            return self.error("A security key is asked for, and there is none here.");
        };
        if let Some(login) = self.memory.logins.get_mut(session) {
            login.pending = Some(Pending::new(person, factor.clone()));
        }
        self.factor_page(session, factor, "")
    }

    fn pending(&mut self, session: &str) -> Result<Pending, Answer> {
        let pending = self.memory.logins.get_mut(session).and_then(|login| login.pending.as_mut());
        if let Some(pending) = pending {
            return Ok(pending.clone());
        }
        Err(self.error("This sign-in is over. Start anew."))
    }

    fn second_factor(&mut self) -> Step {
        let session = self.check_session(&[("code", Content::Typed), ("verify", Content::Ticked("Verify"))])?;
        let pending = self.pending(&session)?;
        if pending.factor.accepts(field(self.call, "code"), self.world.now()) {
            return Ok(self.welcome(&session, &pending.person));
        }
        Ok(self.factor_page(&session, &pending.factor, "The code is wrong."))
    }

    /// The page reloads itself here until the telephone has been answered.
    fn push_status(&mut self) -> Step {
        let session = cookie(self.request, COOKIE).unwrap_or("").to_owned();
        let mut pending = self.pending(&session)?;
        let progress = pending.poll();
        let (person, factor) = (pending.person.clone(), pending.factor.clone());
        if let Some(login) = self.memory.logins.get_mut(&session) {
            login.pending = Some(pending);
        }
        Ok(match progress {
            Progress::Waiting => self.factor_page(&session, &factor, ""),
            Progress::Done(PushOutcome::Approved) => self.welcome(&session, &person),
            Progress::Done(PushOutcome::Rejected) => self.error("The sign-in was denied on the telephone."),
            Progress::Done(PushOutcome::TimedOut) => self.error("Nobody answered on the telephone."),
        })
    }

    fn welcome(&mut self, session: &str, name: &str) -> Answer {
        match (self.memory.logins.remove(session), self.world.person(name)) {
            (Some(login), Some(person)) => self.response_page(&login, &saml_response(self.world, person)),
            _ => self.error("The account is gone."),
        }
    }

    /// A response that says that nobody signed in.
    fn cancelled(&mut self, session: &str) -> Answer {
        let mut world = self.world.clone();
        world.identity_pages.assertion.status = Some(CANCELLED.to_owned());
        match (self.memory.logins.remove(session), world.people.first()) {
            (Some(login), Some(person)) => self.response_page(&login, &saml_response(&world, person)),
            _ => self.error("The sign-in was cancelled."),
        }
    }

    fn pen(&self) -> Pen<'_> {
        let host = self.request.header("host").unwrap_or("");
        Pen { shape: &self.world.identity_pages.page, host, path: self.request.path() }
    }

    fn login_page(&self, session: &str, reason: &str) -> Answer {
        let pen = self.pen();
        let inside = [
            pen.input("text", "username", "username", Some("")),
            pen.input("password", "password", "password", None),
            pen.input("hidden", "session", "", Some(session)),
            pen.input("submit", "login", "login", Some("Sign in")),
            pen.input("submit", "cancel", "cancel", Some("Cancel")),
        ];
        let form = pen.form_elsewhere("loginForm", LOGIN, &inside.join("\n"));
        let body = format!("<h1>Sign in</h1>\n<p class=\"error\">{}</p>\n{form}", text(reason));
        pen.page(200, "Sign in", &body)
    }

    fn factor_page(&self, session: &str, factor: &Factor, reason: &str) -> Answer {
        let pen = self.pen();
        let question = match &factor.kind {
            FactorKind::Push { number, .. } => {
                let number = number.as_ref().map_or(String::new(), |number| format!(" Choose {}.", text(number)));
                let refresh = pen.tag("meta", &[("http-equiv", "refresh"), ("content", &format!("1; url={PUSH}"))]);
                let body = format!("{refresh}\n<h1>Verify</h1>\n<p>Answer on your telephone.{number}</p>\n");
                return pen.page(200, "Second factor", &body);
            }
            FactorKind::Question { question, .. } => question.clone(),
            _ => format!("Type the code of {}.", factor.vendor),
        };
        let inside = [
            pen.input("text", "code", "code", Some("")),
            pen.input("hidden", "session", "", Some(session)),
            pen.input("submit", "verify", "verify", Some("Verify")),
        ];
        let form = pen.form_elsewhere("factorForm", SECOND_FACTOR, &inside.join("\n"));
        let (question, reason) = (text(&question), text(reason));
        pen.page(200, "Second factor", &format!("<h1>Verify</h1>\n<p>{question}</p>\n<p>{reason}</p>\n{form}"))
    }

    /// Posts the response to the listener, by script.
    fn response_page(&self, login: &Login, response: &str) -> Answer {
        let pen = self.pen();
        let mut inside = vec![pen.input("hidden", "SAMLResponse", "", Some(response))];
        inside.extend(login.relay_state.iter().map(|state| pen.input("hidden", "RelayState", "", Some(state))));
        if self.world.identity_pages.browser_saml.relay_state_first {
            inside.reverse();
        }
        inside.push("<noscript><input type=\"submit\" value=\"Continue\"></noscript>".to_owned());
        let form = pen.form_to("response", Some(&login.acs), &inside.join("\n"));
        pen.page(200, "Signing in", &format!("{form}<script>document.forms[0].submit();</script>\n"))
    }

    fn error(&self, reason: &str) -> Answer {
        self.pen().page(403, "Sign-in failed", &format!("<h1>Sign-in failed</h1>\n<p>{}</p>\n", text(reason)))
    }
}

/// Whether that is an http URL of this machine.
fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    here && url.scheme() == "http"
}
