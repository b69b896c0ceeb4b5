//! PingFederate: the IdP-initiated single sign-on by its HTML form adapter, and `PingID` for second factors.
//!
//! A sign-in page for a partner, its form posted to a resume path of its own, then perhaps `PingID`, then a page that posts the SAML
//! response to AWS by script. All of it belongs to the cookie `PF`.

mod pages;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::http::{Answer, Request};
use crate::identity::factor::FactorKind;
use crate::identity::page::ActionStyle;
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
const NAME: &str = "ping";
const START: &str = "/idp/startSSO.ping";
/// What the ODBC driver adds to the URL of the page when it posts the form there.
const SKIP_CHECK: &str = "&skip.simultaneous.authn.req.check=true";

/// How PingFederate is set up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PingPages {
    /// The entity ids of the partners.
    pub partners: Vec<String>,
    /// Where the form goes.
    pub target: PingTarget,
    /// The cookie `PF` must come back.
    pub cookies_required: bool,
    /// The status of the page that says that the partner is unknown.
    pub error_status: u16,
}

/// Where the sign-in form goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PingTarget {
    /// `/idp/…/resumeSAML20/idp/startSSO.ping`
    #[default]
    Resume,
    /// The page's own URL with `&skip.simultaneous.authn.req.check=true`, as the ODBC driver has it.
    SameUrl,
}

impl Default for PingPages {
    fn default() -> Self {
        Self {
            partners: [
                "urn:amazon:webservices",
                "urn:amazon:webservices:govcloud",
                "urn:amazon:webservices:cn-north-1",
            ]
            .map(str::to_owned)
            .to_vec(),
            target: PingTarget::default(),
            cookies_required: true,
            error_status: 200,
        }
    }
}

/// The stand-in.
pub(crate) struct Ping;

/// What it remembers between requests.
#[derive(Default)]
struct Memory {
    /// The `PF` cookie of each sign-in, by the name of its resume path.
    sign_ins: HashMap<String, String>,
    /// Logins that `PingID` has to confirm, by the field `csrfToken`.
    pending: HashMap<String, Pending>,
}

impl Service for Ping {
    fn recognise(&self, request: &Request, _: &Shared) -> Option<Call> {
        let path = request.path();
        if !path.starts_with("/idp/") && !path.starts_with("/pingid/") {
            return None;
        }
        let operation = match request.method.as_str() {
            "POST" if path == START || resume_name(path).is_some() => "SignIn",
            _ if path == START => "SignInPage",
            _ if path == pages::OTP => "OneTimePassword",
            _ if path == pages::POLL => "PushStatus",
            _ if path == pages::PUSHED => "PushResult",
            _ => "Unknown",
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

/// `xY12z` of `/idp/xY12z/resumeSAML20/idp/startSSO.ping`.
fn resume_name(path: &str) -> Option<&str> {
    path.strip_prefix("/idp/")?.strip_suffix(&format!("/resumeSAML20{START}"))
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
            "SignInPage" => self.show_sign_in_page(),
            "SignIn" => self.sign_in(),
            "OneTimePassword" => self.one_time_password(),
            "PushStatus" => Ok(self.push_status()),
            "PushResult" => self.push_result(),
            _ => Err(Answer::text(404, "Not Found\n")),
        }
    }

    fn setup(&self) -> &PingPages {
        &self.world.identity_pages.ping
    }

    fn pages(&self) -> Pages<'_> {
        Pages::new(self.world, self.request)
    }

    fn check_partner(&self) -> Result<(), Answer> {
        if self.setup().partners.iter().any(|partner| partner == field(self.call, "PartnerSpId")) {
            return Ok(());
        }
        Err(self
            .pages()
            .error(self.setup().error_status, "The partner in the request is not known here or is not active."))
    }

    fn show_sign_in_page(&mut self) -> Step {
        self.check_partner()?;
        let name = random::base32::<5>();
        let session = random::base32::<22>();
        self.memory.sign_ins.insert(name.clone(), session.clone());
        Ok(self
            .sign_in_page(&name, "")
            .header("Set-Cookie", format!("PF={session}; Path=/; Secure; HttpOnly; SameSite=None")))
    }

    fn sign_in_page(&self, name: &str, reason: &str) -> Answer {
        let target = match self.setup().target {
            PingTarget::Resume => format!("/idp/{name}/resumeSAML20{START}"),
            PingTarget::SameUrl => {
                let page = self.request.target.replace(SKIP_CHECK, "");
                format!("{page}{SKIP_CHECK}")
            }
        };
        self.pages().sign_in(&target, reason)
    }

    /// The form must have been one of ours, posted to where it says. Gives the name of its resume path.
    fn check_origin(&self) -> Result<String, Answer> {
        let session = cookie(self.request, "PF");
        let brought = session.and_then(|session| self.memory.sign_ins.iter().find(|(_, pf)| *pf == session));
        if session.is_some() && brought.is_none() {
            return Err(misuse(400, "the cookie PF is not one that was set here."));
        }
        if brought.is_none() && self.setup().cookies_required {
            return Err(misuse(400, "the cookie PF did not come back."));
        }
        if let Some(name) = resume_name(self.request.path()) {
            let known = self.memory.sign_ins.contains_key(name) && brought.is_none_or(|(own, _)| own == name);
            return if known {
                Ok(name.to_owned())
            } else {
                Err(self.pages().error(200, "This sign-in is over. Start anew."))
            };
        }
        let own_url = self.world.identity_pages.page.action == ActionStyle::Absent;
        let same_url = self.setup().target == PingTarget::SameUrl && self.request.target.ends_with(SKIP_CHECK);
        if !own_url && !same_url {
            return Err(misuse(400, "the form was not posted to its action."));
        }
        self.check_partner()?;
        Ok(brought.map(|(name, _)| name.clone()).unwrap_or_default())
    }

    fn sign_in(&mut self) -> Step {
        let name = self.check_origin()?;
        check_fields(
            self.request,
            &[
                ("pf.username", Content::Typed),
                ("pf.pass", Content::Typed),
                // The page's script says here that the button was clicked. Without scripts it stays empty.
                ("pf.ok", Content::Either("", "clicked")),
                ("pf.cancel", Content::Given(String::new())),
                ("pf.adapterId", Content::Given(pages::ADAPTER.to_owned())),
                ("pf.rememberUsername", Content::Ticked("on")),
            ],
        )?;
        let world = self.world;
        let (verdict, person) = judge(world, field(self.call, "pf.username"), field(self.call, "pf.pass"));
        let login = person.map_or("", |person| person.name.as_str());
        match verdict {
            Verdict::Welcome => Ok(self.welcome(login)),
            Verdict::SecondFactor(factors) => Ok(self.ask_for(login, &factors)),
            Verdict::Unknown => Err(self.sign_in_page(&name, "We did not recognize this name or password.")),
            Verdict::Locked => Err(self.sign_in_page(&name, "This account is locked. Ask your administrator.")),
            Verdict::PasswordExpired => Err(self.pages().password_expired()),
            Verdict::MustEnroll => Err(self.pages().must_enroll()),
        }
    }

    fn ask_for(&mut self, person: &str, factors: &[Factor]) -> Answer {
        let usable =
            factors.iter().find(|factor| !matches!(factor.kind, FactorKind::WebAuthn | FactorKind::Question { .. }));
        let Some(factor) = usable else { return self.pages().browser_only() };
        self.ask(Pending::new(person, factor.clone()), "")
    }

    fn ask(&mut self, pending: Pending, reason: &str) -> Answer {
        let (token, factor) = (random::request_id(), pending.factor.clone());
        self.memory.pending.insert(token.clone(), pending);
        self.pages().second_factor(&token, &factor, reason)
    }

    fn take_pending(&mut self) -> Result<Pending, Answer> {
        let pending = self.memory.pending.remove(field(self.call, "csrfToken"));
        pending.ok_or_else(|| self.pages().error(200, "This authentication is over. Start anew."))
    }

    fn one_time_password(&mut self) -> Step {
        let token = field(self.call, "csrfToken").to_owned();
        check_fields(self.request, &[("otp", Content::Typed), ("csrfToken", Content::Given(token))])?;
        let pending = self.take_pending()?;
        if pending.factor.accepts(field(self.call, "otp"), self.world.now()) {
            return Ok(self.welcome(&pending.person));
        }
        Err(self.ask(pending, "The passcode is wrong."))
    }

    /// What the page's script asks for again and again.
    fn push_status(&mut self) -> Answer {
        let Some(pending) = self.memory.pending.get_mut(field(self.call, "csrfToken")) else {
            return Answer::json(404, &json!({ "status": "UNKNOWN" }));
        };
        let status = match pending.poll() {
            Progress::Waiting => "ASYNC_AUTH_WAIT",
            Progress::Done(PushOutcome::Approved) => "OK",
            Progress::Done(PushOutcome::Rejected) => "DENIED",
            Progress::Done(PushOutcome::TimedOut) => "TIMEOUT",
        };
        Answer::json(200, &json!({ "status": status }))
    }

    /// The page's script posts here when the status is no longer that it waits.
    fn push_result(&mut self) -> Step {
        let token = field(self.call, "csrfToken").to_owned();
        check_fields(self.request, &[("csrfToken", Content::Given(token))])?;
        let mut pending = self.take_pending()?;
        match pending.poll() {
            Progress::Done(PushOutcome::Approved) => Ok(self.welcome(&pending.person)),
            Progress::Waiting => Ok(self.ask(pending, "")),
            Progress::Done(PushOutcome::Rejected) => {
                Err(self.pages().error(200, "The sign-in was denied on the telephone."))
            }
            Progress::Done(PushOutcome::TimedOut) => Err(self.pages().error(200, "Nobody answered on the telephone.")),
        }
    }

    fn welcome(&self, name: &str) -> Answer {
        match self.world.person(name) {
            Some(person) => self.pages().response(person, &saml_response(self.world, person)),
            None => self.pages().error(200, "The account is gone."),
        }
    }
}
