//! Signing in on Microsoft's pages: password, perhaps a second factor, perhaps consent.

use super::Visit;
use super::memory::{Decision, Flow, Purpose};
use super::refusal::Refusal;
use crate::http::Answer;
use crate::identity::factor::FactorKind;
use crate::identity::sign_in::{Pending, Verdict, judge};
use crate::identity::visit::{Content, check_fields, cookie, misuse};
use crate::random;

/// The cookie that the pages of one sign-in share.
const COOKIE: &str = "esctx";

/// Both are answers: the refusals end early.
type Step = Result<Answer, Answer>;

impl Visit<'_> {
    /// The first page of a sign-in.
    pub(super) fn start(&mut self, flow: Flow) -> Answer {
        let token = random::base32::<40>();
        let hint = match &flow.purpose {
            Purpose::Code(authorization) => authorization.login_hint.clone(),
            Purpose::Device(_) => String::new(),
        };
        self.memory.flows.insert(token.clone(), flow);
        let cookie = format!("{COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=None");
        self.pages().sign_in(&self.tenant, &token, &hint, "").header("Set-Cookie", cookie)
    }

    /// The token of the sign-in that this form belongs to: exactly these fields, and the cookie.
    fn flow(&self, fields: &[(&str, Content)]) -> Result<(String, Flow), Answer> {
        let token = self.field("flowToken").to_owned();
        let fields: Vec<_> = fields.iter().cloned().chain([("flowToken", Content::Given(token.clone()))]).collect();
        check_fields(self.request, &fields)?;
        match (cookie(self.request, COOKIE), self.memory.flows.get(&token)) {
            (None, _) => Err(misuse(400, &format!("the cookie {COOKIE} did not come back."))),
            (Some(brought), Some(flow)) if brought == token => Ok((token, flow.clone())),
            _ => Err(self.pages().refused(self.known().error_page_status, &Refusal::session_over())),
        }
    }

    pub(super) fn sign_in(&mut self) -> Step {
        let (token, mut flow) = self.flow(&[
            ("login", Content::Typed),
            ("passwd", Content::Typed),
            ("signIn", Content::Ticked("Sign in")),
            ("cancel", Content::Ticked("Cancel")),
        ])?;
        if !self.field("cancel").is_empty() {
            return Ok(self.decline(&token, flow));
        }
        let (world, login) = (self.world, self.field("login").to_owned());
        let again = |visit: &Self, reason: &str| visit.pages().sign_in(&visit.tenant, &token, &login, reason);
        let refused = |visit: &Self, refusal: &Refusal| visit.pages().refused(visit.known().error_page_status, refusal);
        let (verdict, person) = judge(world, &login, self.field("passwd"));
        let name = person.map(|person| person.name.clone()).unwrap_or_default();
        match verdict {
            Verdict::Unknown => Err(again(self, "Your account or password is incorrect.")),
            Verdict::Locked => {
                Err(again(self, "Your account has been locked. Contact your support person to unlock it."))
            }
            Verdict::PasswordExpired => Err(refused(self, &Refusal::password_expired())),
            Verdict::MustEnroll => Err(refused(self, &Refusal::must_enroll(&self.known().client_id))),
            Verdict::SecondFactor(factors) => {
                let typed = |kind: &FactorKind| !matches!(kind, FactorKind::Push { .. } | FactorKind::WebAuthn);
                let Some(factor) = factors.into_iter().find(|factor| typed(&factor.kind)) else {
                    return Err(refused(self, &Refusal::second_factor(&self.known().client_id)));
                };
                let page = self.pages().second_factor(&token, &factor, "");
                flow.pending = Some(Pending::new(&name, factor));
                self.memory.flows.insert(token, flow);
                Ok(page)
            }
            Verdict::Welcome => Ok(self.signed_in(&token, flow, &name)),
        }
    }

    pub(super) fn second_factor(&mut self) -> Step {
        let (token, flow) = self.flow(&[("otc", Content::Typed), ("verify", Content::Ticked("Verify"))])?;
        let Some(pending) = flow.pending.clone() else {
            return Err(misuse(400, "no second factor was asked for."));
        };
        if !pending.factor.accepts(self.field("otc"), self.world.now()) {
            let reason = "You didn't enter the expected verification code. Please try again.";
            return Err(self.pages().second_factor(&token, &pending.factor, reason));
        }
        Ok(self.signed_in(&token, flow, &pending.person))
    }

    /// Whoever it is has shown it. Perhaps they are asked for consent now.
    fn signed_in(&mut self, token: &str, flow: Flow, name: &str) -> Answer {
        let known = self.known();
        if known.blocked.iter().any(|blocked| blocked == name) {
            return self.pages().refused(known.error_page_status, &Refusal::blocked());
        }
        let asks = matches!(&flow.purpose, Purpose::Code(authorization) if authorization.asks_consent);
        if asks || !known.consented && !self.memory.consents.contains(name) {
            let page = self.pages().consent(token);
            self.memory.flows.insert(token.to_owned(), Flow { person: Some(name.to_owned()), ..flow });
            return page;
        }
        self.finish(token, &flow, name)
    }

    pub(super) fn consent(&mut self) -> Step {
        let (token, flow) =
            self.flow(&[("accept", Content::Ticked("Accept")), ("cancel", Content::Ticked("Cancel"))])?;
        let Some(name) = flow.person.clone() else { return Err(misuse(400, "nobody has signed in yet.")) };
        if self.field("accept").is_empty() {
            return Ok(self.decline(&token, flow));
        }
        self.memory.consents.insert(name.clone());
        Ok(self.finish(&token, &flow, &name))
    }

    fn finish(&mut self, token: &str, flow: &Flow, name: &str) -> Answer {
        self.memory.flows.remove(token);
        match &flow.purpose {
            Purpose::Code(authorization) => self.send_code(authorization, name),
            Purpose::Device(code) => {
                if let Some(device) = self.memory.devices.get_mut(code) {
                    device.decision = Decision::Approved(name.to_owned());
                }
                self.pages().device_done("You have signed in on your device. You may now close this window.")
            }
        }
    }

    fn decline(&mut self, token: &str, flow: Flow) -> Answer {
        self.memory.flows.remove(token);
        match flow.purpose {
            Purpose::Code(authorization) => self.send_back(&authorization, Refusal::declined().fields(self.world)),
            Purpose::Device(code) => {
                if let Some(device) = self.memory.devices.get_mut(&code) {
                    device.decision = Decision::Declined;
                }
                self.pages().device_done("You cancelled the sign-in. You may now close this window.")
            }
        }
    }
}
