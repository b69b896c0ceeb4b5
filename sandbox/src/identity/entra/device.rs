//! Devices without a browser (RFC 8628): they show a code, ask again and again, and get tokens once somebody has typed it elsewhere.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Visit;
use super::memory::{Decision, Device, Flow, Purpose, Version};
use super::refusal::Refusal;
use crate::http::Answer;
use crate::identity::visit::{Content, check_fields};
use crate::random;

/// Clocks and timers of clients are not that exact.
const TOLERANCE: Duration = Duration::from_millis(100);

impl Visit<'_> {
    pub(super) fn device_code(&mut self) -> Answer {
        if let Err(refusal) = self.check_device_request() {
            return refusal.answer(self.world);
        }
        let (code, user_code) = (super::issue::opaque::<180>(), random::base32::<9>());
        let known = self.known();
        let (seconds, interval) = (known.device_code_seconds, known.device_interval_seconds);
        let page = format!("https://{}/common/oauth2/deviceauth", self.request.header("host").unwrap_or(""));
        let device = Device {
            user_code: user_code.clone(),
            scope: self.field("scope").to_owned(),
            expires: self.now() + seconds,
            asked: None,
            decision: Decision::Pending,
        };
        self.memory.devices.insert(code.clone(), device);
        let message = format!(
            "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
        );
        let body = json!({
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": seconds,
            "interval": interval,
            "message": message,
        });
        Answer::json(200, &body).header("Cache-Control", "no-store, no-cache")
    }

    fn check_device_request(&self) -> Result<(), Refusal> {
        self.check_tenant()?;
        self.check_client()?;
        let scope = self.required("scope")?;
        self.known().unknown_scope(scope).map_or(Ok(()), |scope| Err(Refusal::unknown_scope(scope)))
    }

    pub(super) fn device_grant(&mut self) -> Result<Answer, Refusal> {
        self.required("device_code")?;
        self.check_client()?;
        let (code, now) = (self.field("device_code").to_owned(), self.now());
        let (slows_down, interval) =
            (self.known().slows_down, Duration::from_secs(self.known().device_interval_seconds));
        let Some(device) = self.memory.devices.get_mut(&code) else { return Err(Refusal::unknown_device_code()) };
        let before = device.asked.replace(Instant::now());
        if slows_down && before.is_some_and(|before| before.elapsed() + TOLERANCE < interval) {
            return Err(Refusal::slow_down());
        }
        if device.expires <= now {
            return Err(Refusal::device_expired());
        }
        let (scope, decision) = (device.scope.clone(), device.decision.clone());
        let name = match decision {
            Decision::Pending => return Err(Refusal::device_pending()),
            Decision::Declined => return Err(Refusal::device_declined()),
            Decision::Approved(name) => name,
        };
        let person = self.person_in_good_standing(&name)?;
        self.memory.devices.remove(&code);
        let refreshes = scope.split_whitespace().any(|one| one == "offline_access");
        let refresh = refreshes.then(|| self.new_refresh_token(Version::V2, &name, &scope));
        Ok(self.issue(Version::V2, person, &scope, None, refresh.as_deref()))
    }

    /// The page for the code of a device, and what is typed there.
    pub(super) fn device_auth(&mut self) -> Answer {
        if self.request.method != "POST" {
            return self.pages().device_code("");
        }
        if let Err(refusal) =
            check_fields(self.request, &[("user_code", Content::Typed), ("next", Content::Ticked("Next"))])
        {
            return refusal;
        }
        let (typed, now) = (self.field("user_code").trim().to_owned(), self.now());
        let fits = |device: &Device| device.user_code.eq_ignore_ascii_case(&typed) && device.expires > now;
        let found = self.memory.devices.iter().find(|(_, device)| fits(device) && device.decision == Decision::Pending);
        match found.map(|(code, _)| code.clone()) {
            Some(code) => self.start(Flow { purpose: Purpose::Device(code), person: None, pending: None }),
            None => self.pages().device_code("That code didn't work. Check the code and try again."),
        }
    }
}
