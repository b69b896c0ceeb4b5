//! A question on the phone: it is sent, perhaps with a number to tap, and Okta is asked what came of it.

use super::{Answered, SignIn};
use crate::error::{AuthError, Stage, Status};
use crate::options::EventKind;
use crate::ports::http::host_and_port;
use crate::protocol::okta::{Answer, Challenge, Factor, FactorResult, Transaction};
use crate::secret::SecretString;
use std::time::Duration;

impl SignIn<'_> {
    /// Sends the question.
    pub(super) async fn by_push(&mut self, factor: &Factor, state: &SecretString) -> Result<Answered, AuthError> {
        match self.verify(&factor.verify, state, Answer::None).await? {
            Ok(Transaction::FactorChallenged(challenge)) => self.wait_for_phone(Some(factor), *challenge).await,
            answered => Ok(answered),
        }
    }

    /// Asks until the phone has answered. The deadline and the cancel token of the call end it too.
    pub(super) async fn wait_for_phone(
        &mut self,
        factor: Option<&Factor>,
        mut challenge: Challenge,
    ) -> Result<Answered, AuthError> {
        let label = factor.map_or_else(|| "push".to_owned(), Factor::label);
        self.check(&challenge.result, &label)?;
        let text = format!("Okta has sent a request to your phone ({label}): approve it there.");
        self.ports.prompt.tell(EventKind::PushSent, text, None).await?;
        let mut shown = None;
        let mut asked = 0;
        loop {
            if let Some(number) = challenge.number.clone().filter(|number| shown.as_ref() != Some(number)) {
                let text = format!("Tap {number} on your phone to go on.");
                self.ports.prompt.tell(EventKind::ShowNumber, text, Some(number.clone())).await?;
                shown = Some(number);
            }
            let Some(url) = challenge.next.clone().or_else(|| factor.map(|factor| factor.verify.clone())) else {
                return Err(self.unexpected_state("waits for the phone and has no link to ask at"));
            };
            self.ports.progress.now(format_args!("waiting for an approval on the phone ({label})"));
            tokio::time::sleep(pause(asked)).await;
            asked += 1;
            match self.verify(&url, &challenge.state, Answer::None).await? {
                Ok(Transaction::FactorChallenged(next)) => {
                    self.check(&next.result, &label)?;
                    challenge = *next;
                }
                Err(refusal) => match refusal.pause() {
                    Some(seconds) => self.pause(seconds).await,
                    None => return Ok(Err(refusal)),
                },
                answered => return Ok(answered),
            }
        }
    }

    /// Until the rate limit counts anew. The question on the phone stays good meanwhile.
    async fn pause(&self, seconds: i64) {
        self.ports.log.info("okta", format_args!("Okta was asked too often; asking again in {seconds} s"));
        let seconds = u64::try_from(seconds).unwrap_or(1).min(MOST_PAUSE);
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// Whether it is worth asking again.
    fn check(&self, result: &FactorResult, label: &str) -> Result<(), AuthError> {
        let host = host_and_port(&self.org);
        let error =
            |status, what: &str| AuthError::new(status, Stage::Idp, format!("Okta at {host}: {what} ({label})"));
        match result {
            FactorResult::Waiting | FactorResult::Asked => Ok(()),
            FactorResult::Rejected => Err(error(Status::IdpRejected, "the request was rejected on the phone")
                .hint("if that was not you, change the password; otherwise log in again and approve")),
            // Not TIMEOUT, which is the deadline of the call: more time would not help.
            FactorResult::TimedOut => {
                Err(error(Status::MfaRequired, "nobody answered the request on the phone in time")
                    .retryable(true)
                    .hint("have the phone at hand and log in again"))
            }
            FactorResult::Other(word) => {
                Err(self.unexpected_state(&format!("ended the second factor {label} with {word}")))
            }
        }
    }
}

/// Seconds that a rate limit may hold a poll up.
const MOST_PAUSE: u64 = 60;

/// People who have the phone in their hand are quick; those who look for it share Okta's rate limit with everybody else.
fn pause(asked: u32) -> Duration {
    Duration::from_secs(if asked < 5 { 1 } else { 3 })
}
