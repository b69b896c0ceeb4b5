//! Second factors: which one, and what is typed for it.

use super::{Answered, SignIn};
use crate::error::{AuthError, Stage, Status};
use crate::options::{Event, EventKind};
use crate::ports::http::host_and_port;
use crate::ports::prompt::Answered as Reply;
use crate::protocol::okta::{self, Answer, Challenge, Factor, FactorKind, FactorResult, Transaction, labels};
use crate::secret::{ExposeSecret, SecretString, secret};
use url::Url;

/// A wrong answer may be mended twice.
const MOST_ANSWERS: usize = 3;

impl SignIn<'_> {
    /// Verifies one of the user's factors.
    pub(super) async fn verify_one_of(
        &mut self,
        factors: Vec<Factor>,
        state: SecretString,
    ) -> Result<Answered, AuthError> {
        if self.totp.is_some() {
            if let Some(factor) = with_codes_by_time(&factors) {
                return self.by_totp_secret(factor, &state).await;
            }
            self.ports
                .log
                .warn("okta", format_args!("totp_secret is of no use: the user has no factor with codes by time"));
        }
        let usable: Vec<Factor> = factors.iter().filter(|factor| factor.is_usable()).cloned().collect();
        let factor = match usable.as_slice() {
            [] => return Err(self.only_in_a_browser(&factors)),
            [only] => only,
            _ => self.pick(&usable).await?,
        };
        self.ports.log.info("okta", format_args!("the second factor is {}", factor.label()));
        match factor.kind {
            FactorKind::Push => self.by_push(factor, &state).await,
            _ => self.by_answer(factor, state, &usable).await,
        }
    }

    /// Goes on where Okta has begun with a factor by itself.
    pub(super) async fn go_on_with(&mut self, challenge: Challenge) -> Result<Answered, AuthError> {
        match challenge.factor.clone() {
            Some(factor) if challenge.result == FactorResult::Asked && factor.is_usable() => {
                let known = [factor.clone()];
                self.by_typing(&factor, &factor.verify, &challenge.state, &known).await
            }
            factor => self.wait_for_phone(factor.as_ref(), challenge).await,
        }
    }

    /// Posts to a factor's link.
    pub(super) async fn verify(
        &mut self,
        url: &Url,
        state: &SecretString,
        answer: Answer<'_>,
    ) -> Result<Answered, AuthError> {
        self.ports.progress.now(format_args!("waiting for Okta to take the second factor"));
        self.post(url.clone(), okta::continuation(state, answer)).await
    }

    /// Unattended.
    async fn by_totp_secret(&mut self, factor: &Factor, state: &SecretString) -> Result<Answered, AuthError> {
        let now = u64::try_from(self.ports.clock.now_ms() / 1000).unwrap_or_default();
        let code = secret(self.totp.as_ref().map(|key| key.code(now)).unwrap_or_default());
        self.ports.log.info("okta", format_args!("totp_secret answers the second factor {}", factor.label()));
        match self.verify(&factor.verify, state, Answer::Code(&code)).await? {
            Err(refusal) if refusal.is_wrong_answer() => {
                let used = refusal.is_used_code();
                let error = refusal.into_error(&host_and_port(&self.org)).retryable(used);
                Err(error.hint(if used {
                    "another login has used the code of these 30 s: try again when there is a new one"
                } else {
                    "totp_secret must be that of this factor, and the clock of this machine must be right"
                }))
            }
            answered => Ok(answered),
        }
    }

    /// A person's choice; without one the first factor that needs no answer.
    async fn pick<'f>(&self, factors: &'f [Factor]) -> Result<&'f Factor, AuthError> {
        let choices = labels(factors);
        let text = "Choose how to confirm the sign-in at Okta.".to_owned();
        self.ports.progress.now(format_args!("waiting for somebody to choose a second factor"));
        let picked = self.ports.prompt.pick(EventKind::PickFactor, text, choices.clone()).await?;
        let Some(picked) = picked else {
            let first = factors.iter().find(|factor| factor.kind == FactorKind::Push);
            return first.ok_or_else(|| self.nobody_answers(factors));
        };
        let is_picked = |choice: &String| choice.eq_ignore_ascii_case(picked.expose_secret().trim());
        let index = choices.iter().position(is_picked);
        index.and_then(|index| factors.get(index)).ok_or_else(|| {
            let message = format!("the choice of a second factor was none of: {}", choices.join(", "));
            AuthError::new(Status::MfaRequired, Stage::Idp, message)
                .hint("the application must answer PICK_FACTOR with one of the choices, as it is spelled")
        })
    }

    /// By a code or an answer, which some factors send first.
    async fn by_answer(&mut self, factor: &Factor, state: SecretString, all: &[Factor]) -> Result<Answered, AuthError> {
        if !factor.is_sent() {
            return self.by_typing(factor, &factor.verify, &state, all).await;
        }
        // No message to a telephone whose code nobody can type.
        if !self.ports.prompt.has_somebody() {
            return Err(self.nobody_answers(all));
        }
        match self.verify(&factor.verify, &state, Answer::None).await? {
            Ok(Transaction::FactorChallenged(challenge)) => {
                let next = challenge.next.unwrap_or_else(|| factor.verify.clone());
                self.by_typing(factor, &next, &challenge.state, all).await
            }
            answered => Ok(answered),
        }
    }

    async fn by_typing(
        &mut self,
        factor: &Factor,
        url: &Url,
        state: &SecretString,
        all: &[Factor],
    ) -> Result<Answered, AuthError> {
        for attempt in 0..MOST_ANSWERS {
            let typed = self.ask(factor, attempt > 0, all).await?;
            let answer = if factor.kind == FactorKind::Question { Answer::Words(&typed) } else { Answer::Code(&typed) };
            match self.verify(url, state, answer).await? {
                Err(refusal) if refusal.is_wrong_answer() => {}
                answered => return Ok(answered),
            }
        }
        let message = format!("Okta refused {MOST_ANSWERS} answers to the second factor {}", factor.label());
        Err(AuthError::new(Status::IdpRejected, Stage::Idp, message)
            .service_code("E0000068")
            .hint("too many wrong answers lock the account: make sure that the code is of this factor"))
    }

    async fn ask(&self, factor: &Factor, again: bool, all: &[Factor]) -> Result<SecretString, AuthError> {
        let what = match &factor.question {
            Some(question) => format!("Answer the security question of Okta: {question}"),
            None => format!("Enter the code of {} for Okta.", factor.label()),
        };
        let text = if again { format!("That was not accepted. {what}") } else { what };
        self.ports.progress.now(format_args!("waiting for somebody to answer the second factor"));
        let event = Event { kind: EventKind::AskOtp, text, url: None, code: None, choices: Vec::new() };
        let Reply::Handled(Some(typed)) = self.ports.prompt.ask(event).await? else {
            return Err(self.nobody_answers(all));
        };
        if factor.kind == FactorKind::Question {
            return Ok(typed);
        }
        // Codes are shown in groups. An empty one would have the next message sent.
        let code: String = typed.expose_secret().split_whitespace().collect();
        if code.is_empty() { Err(self.nobody_answers(all)) } else { Ok(secret(code)) }
    }

    fn nobody_answers(&self, factors: &[Factor]) -> AuthError {
        let message = format!(
            "Okta at {} asks for a second factor, and nobody answered. The user has: {}",
            host_and_port(&self.org),
            labels(factors).join(", ")
        );
        AuthError::new(Status::MfaRequired, Stage::Idp, message).hint(
            "let the application answer (event callback), give totp_secret for codes by time, or use \
             plugin_name=BrowserSAML",
        )
    }

    fn only_in_a_browser(&self, factors: &[Factor]) -> AuthError {
        let message = format!(
            "Okta at {} asks for a second factor that only a browser can give: {}",
            host_and_port(&self.org),
            labels(factors).join(", ")
        );
        AuthError::new(Status::MfaRequired, Stage::Idp, message)
            .hint("use plugin_name=BrowserSAML, or set up another factor")
    }
}

/// Google Authenticator's before Okta Verify's: the secret of that one is seldom shown to anybody.
fn with_codes_by_time(factors: &[Factor]) -> Option<&Factor> {
    let all = || factors.iter().filter(|factor| factor.kind == FactorKind::Totp);
    all().find(|factor| factor.provider.eq_ignore_ascii_case("google")).or_else(|| all().next())
}
