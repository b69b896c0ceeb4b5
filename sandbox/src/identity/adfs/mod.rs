//! Active Directory Federation Services, version 3 and later: the IdP-initiated sign-on by forms.
//!
//! A sign-in page for a relying party, its form posted back to where it says, then perhaps a second factor, then a page that posts the SAML
//! response to AWS by script. Refusals are pages with status 200, as AD FS writes them; a request that no page can have led to is
//! told so in plain text.

mod pages;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::http::{Answer, Request};
use crate::identity::factor::FactorKind;
use crate::identity::saml_response;
use crate::identity::sign_in::{Pending, Progress, Verdict, judge};
use crate::identity::visit::{Content, call, check_fields, check_transport, cookie, field, misuse};
use crate::identity::{Factor, PushOutcome};
use crate::random;
use crate::service::{Call, Service};
use crate::shared::Shared;
use crate::world::World;
use pages::Pages;

/// Its name in the log.
const NAME: &str = "adfs";
const PAGE: &str = "/adfs/ls/IdpInitiatedSignOn.aspx";

/// Where integrated authentication happens.
pub const INTEGRATED: &str = "/adfs/ls/wia";
/// Two of the names that AD FS knows browsers by (`WIASupportedUserAgents`).
const WINDOWS_BROWSERS: [&str; 2] = ["MSIE 10.0", "Trident/7.0"];

/// How AD FS is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a thing of its own that a server does or does not")]
pub struct AdfsPages {
    /// The identifiers of the relying parties.
    pub relying_parties: Vec<String>,
    /// The form has the field `AuthMethod`, which must come back.
    pub auth_method_field: bool,
    /// The cookies of the sign-in page must come back with its form. The real one can do without them.
    pub cookies_required: bool,
    /// So many redirects lead to the sign-in page. Each sets a cookie that the next request must bring.
    pub redirects: u32,
    /// Browsers that can do integrated authentication are sent to it. Who they are is said by
    /// [`Sandbox::set_negotiate`](crate::Sandbox::set_negotiate) for [`INTEGRATED`].
    pub integrated: bool,
    /// A right password is answered with a redirect and a session cookie, and the SAML response comes after it.
    pub redirect_after_sign_in: bool,
}

impl Default for AdfsPages {
    fn default() -> Self {
        Self {
            relying_parties: [
                "urn:amazon:webservices",
                "urn:amazon:webservices:govcloud",
                "urn:amazon:webservices:cn-north-1",
            ]
            .map(str::to_owned)
            .to_vec(),
            auth_method_field: true,
            cookies_required: false,
            redirects: 0,
            integrated: false,
            redirect_after_sign_in: false,
        }
    }
}

/// The stand-in.
pub(crate) struct Adfs;

/// What it remembers between requests.
#[derive(Default)]
struct Memory {
    /// The ids of the sign-in pages that it showed: `client-request-id` in their actions, `MSISContext` in their cookies.
    shown: HashSet<String>,
    /// Cookies of redirects.
    hops: HashSet<String>,
    /// Sessions by the value of `MSISAuth`, with the person's name.
    sessions: HashMap<String, String>,
    /// Logins that wait for a second factor, by the field `Context`.
    pending: HashMap<String, Pending>,
}

impl Service for Adfs {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        if !request.path().to_ascii_lowercase().starts_with("/adfs/") {
            return None;
        }
        let mut call = call(NAME, "SignInPage", request);
        let operation = match request.method.as_str() {
            "GET" if request.path().eq_ignore_ascii_case(INTEGRATED) => "IntegratedSignIn",
            _ if !is_sign_on(request.path()) => "Unknown",
            "POST" if !field(&call, "Context").is_empty() => "SecondFactor",
            "POST" => "SignIn",
            _ => "SignInPage",
        };
        operation.clone_into(&mut call.operation);
        Some(call)
    }

    fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        let world = shared.world().clone();
        shared.with_state(|memory: &mut Memory| {
            Visit { request, call, world: &world, memory }.answer().unwrap_or_else(|refusal| refusal)
        })
    }
}

/// http.sys compares paths in any case, and the page has a short name as well.
fn is_sign_on(path: &str) -> bool {
    path.eq_ignore_ascii_case(PAGE) || path.eq_ignore_ascii_case(&PAGE[..PAGE.len() - ".aspx".len()])
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
        if self.call.operation == "Unknown" {
            return Err(Answer::text(404, "Not Found\n"));
        }
        if !self.setup().relying_parties.iter().any(|party| party == field(self.call, "loginToRp")) {
            return Err(self
                .pages()
                .error("MSIS7007", "The relying party in the request is not known here or is switched off."));
        }
        match self.call.operation.as_str() {
            "IntegratedSignIn" => self.integrated_sign_in(),
            "SignInPage" if self.may_be_integrated() => Ok(self.redirect_to_integrated()),
            "SignInPage" => self.show_sign_in_page(),
            "SignIn" => self.sign_in(),
            _ => self.second_factor(),
        }
    }

    fn setup(&self) -> &AdfsPages {
        &self.world.identity_pages.adfs
    }

    fn pages(&self) -> Pages<'_> {
        Pages::new(self.world, self.request)
    }

    fn may_be_integrated(&self) -> bool {
        let browser = self.request.header("user-agent").unwrap_or_default();
        self.setup().integrated && WINDOWS_BROWSERS.iter().any(|name| browser.contains(name))
    }

    /// With the port spelled out, as the real one does.
    fn redirect_to_integrated(&self) -> Answer {
        let host = self.pages().host().to_owned();
        let host = if host.contains(':') { host } else { format!("{host}:443") };
        Answer::new(302).header("Location", format!("https://{host}{INTEGRATED}?{}", self.request.query()))
    }

    /// Behind the gate that asks for a ticket: whose it is, without the realm, is the user.
    fn integrated_sign_in(&mut self) -> Step {
        let user = self.request.user.as_ref().ok_or_else(|| misuse(401, "nobody said who this is."))?;
        let name = user.name.split('@').next().unwrap_or_default().to_owned();
        if self.world.person(&name).is_none() {
            return Err(self.pages().error("MSIS7065", "There is no account of that name."));
        }
        Ok(self.let_in(&name))
    }

    fn show_sign_in_page(&mut self) -> Step {
        if let Some(session) = cookie(self.request, "MSISAuth") {
            let person = self.memory.sessions.get(session).cloned();
            return person
                .map(|person| self.welcome(&person))
                .ok_or_else(|| self.pages().error("MSIS7001", "The session has ended."));
        }
        let hop: u32 = field(self.call, "hop").parse().unwrap_or(0);
        if hop > 0
            && !cookie(self.request, &format!("MSISLoop{hop}")).is_some_and(|cookie| self.memory.hops.contains(cookie))
        {
            return Err(misuse(400, "the cookie of the redirect is missing."));
        }
        if hop < self.setup().redirects {
            return Ok(self.redirect(hop + 1));
        }
        let id = random::request_id();
        self.memory.shown.insert(id.clone());
        Ok(self.pages().sign_in(&self.own_target(), &id, ""))
    }

    /// To the same page, one step further.
    fn redirect(&mut self, hop: u32) -> Answer {
        let cookie = random::request_id();
        self.memory.hops.insert(cookie.clone());
        Answer::new(302)
            .header("Location", format!("{}&hop={hop}", self.own_target()))
            .header("Set-Cookie", format!("MSISLoop{hop}={cookie}; path=/adfs; HttpOnly; Secure"))
    }

    /// Path and query of this request without what the redirects or the page's own action added.
    fn own_target(&self) -> String {
        let query = self.request.query().split('&');
        let own = query.filter(|pair| !pair.starts_with("hop=") && !pair.starts_with("client-request-id="));
        format!("{}?{}", self.request.path(), own.collect::<Vec<_>>().join("&"))
    }

    fn sign_in(&mut self) -> Step {
        self.check_origin()?;
        let mut fields =
            vec![("UserName", Content::Typed), ("Password", Content::Typed), ("Kmsi", Content::Ticked("true"))];
        if self.setup().auth_method_field {
            fields.push(("AuthMethod", Content::Given("FormsAuthentication".to_owned())));
        }
        check_fields(self.request, &fields)?;
        let world = self.world;
        let (verdict, person) = judge(world, field(self.call, "UserName"), field(self.call, "Password"));
        let name = person.map_or("", |person| person.name.as_str());
        match verdict {
            Verdict::Welcome => Ok(self.let_in(name)),
            Verdict::SecondFactor(factors) => Ok(self.ask_for(name, &factors)),
            Verdict::Unknown => Err(self.again("The user ID or the password is wrong.")),
            Verdict::Locked => Err(self.again("This account is locked out. Try later.")),
            Verdict::PasswordExpired => Err(self.pages().update_password()),
            Verdict::MustEnroll => Err(self.pages().must_enroll()),
        }
    }

    /// The form must have been one of ours, posted to where it says.
    fn check_origin(&self) -> Result<(), Answer> {
        use crate::identity::page::ActionStyle;
        let id = field(self.call, "client-request-id");
        let brings_id = self.world.identity_pages.page.action != ActionStyle::Absent;
        if brings_id && !self.memory.shown.contains(id) {
            return Err(misuse(400, "the form was not posted to its action."));
        }
        if !brings_id && !id.is_empty() {
            return Err(misuse(400, "the form has no action, so that it goes to the page's own URL."));
        }
        match cookie(self.request, "MSISContext") {
            Some(cookie) if self.memory.shown.contains(cookie) => Ok(()),
            None if !self.setup().cookies_required => Ok(()),
            Some(_) => Err(misuse(400, "the cookie MSISContext is not one that was set here.")),
            None => Err(misuse(400, "the cookie MSISContext did not come back.")),
        }
    }

    /// The sign-in page once more, with a reason.
    fn again(&mut self, reason: &str) -> Answer {
        let id = random::request_id();
        self.memory.shown.insert(id.clone());
        self.pages().sign_in(&self.own_target(), &id, reason)
    }

    fn ask_for(&mut self, person: &str, factors: &[Factor]) -> Answer {
        let usable =
            factors.iter().find(|factor| !matches!(factor.kind, FactorKind::WebAuthn | FactorKind::Question { .. }));
        let Some(factor) = usable else { return self.pages().browser_only() };
        let context = random::base64::<192>();
        self.memory.pending.insert(context.clone(), Pending::new(person, factor.clone()));
        self.pages().second_factor(&self.own_target(), &context, factor, "")
    }

    fn second_factor(&mut self) -> Step {
        let context = field(self.call, "Context").to_owned();
        let Some(mut pending) = self.memory.pending.remove(&pages::context_key(&context)) else {
            return Err(self
                .pages()
                .error("MSIS7042", "The context of the second factor is not known or was used up."));
        };
        let given = |name: &'static str, value: &str| (name, Content::Given(value.to_owned()));
        let mut fields = vec![given("AuthMethod", pages::SECOND_FACTOR), given("Context", &context)];
        if !pages::is_push(&pending.factor) {
            fields.push(("VerificationCode", Content::Typed));
        }
        check_fields(self.request, &fields)?;
        let person = pending.person.clone();
        if !pages::is_push(&pending.factor) {
            return if pending.factor.accepts(field(self.call, "VerificationCode"), self.world.now()) {
                Ok(self.let_in(&person))
            } else {
                Err(self.ask_again(pending, "The verification code is wrong."))
            };
        }
        match pending.poll() {
            Progress::Waiting => Ok(self.ask_again(pending, "")),
            Progress::Done(PushOutcome::Approved) => Ok(self.let_in(&person)),
            Progress::Done(PushOutcome::Rejected) => {
                Err(self.pages().error("MSIS7043", "The sign-in was denied on the telephone."))
            }
            Progress::Done(PushOutcome::TimedOut) => {
                Err(self.pages().error("MSIS7043", "Nobody answered on the telephone."))
            }
        }
    }

    fn ask_again(&mut self, pending: Pending, reason: &str) -> Answer {
        let (context, factor) = (random::base64::<192>(), pending.factor.clone());
        self.memory.pending.insert(context.clone(), pending);
        self.pages().second_factor(&self.own_target(), &context, &factor, reason)
    }

    /// The SAML response, or a redirect to it.
    fn let_in(&mut self, person: &str) -> Answer {
        if !self.setup().redirect_after_sign_in {
            return self.welcome(person);
        }
        let session = random::request_id();
        self.memory.sessions.insert(session.clone(), person.to_owned());
        Answer::new(302)
            .header("Location", format!("https://{}{}", self.pages().host(), self.own_target()))
            .header("Set-Cookie", format!("MSISAuth={session}; path=/adfs; HttpOnly; Secure"))
    }

    fn welcome(&self, name: &str) -> Answer {
        match self.world.person(name) {
            Some(person) => self.pages().response(person, &saml_response(self.world, person)),
            None => self.pages().error("MSIS7001", "The account is gone."),
        }
    }
}
