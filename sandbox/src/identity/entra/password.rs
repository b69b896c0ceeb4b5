//! The password grant of the first version, which brings a SAML assertion.

use super::Visit;
use super::memory::Version;
use super::refusal::Refusal;
use crate::http::Answer;
use crate::identity::sign_in::{Verdict, judge};

impl Visit<'_> {
    /// In the order in which Microsoft finds fault: form, application, secret, user.
    pub(super) fn password_grant(&self) -> Result<Answer, Refusal> {
        for name in ["resource", "username", "password"] {
            self.required(name)?;
        }
        self.check_client()?;
        let (client_id, known) = (self.field("client_id"), self.known());
        match self.field("client_secret") {
            "" => return Err(Refusal::secret_missing()),
            secret if secret != known.client_secret => return Err(Refusal::wrong_secret(client_id)),
            _ => {}
        }
        self.check_resource()?;
        self.check_token_type()?;
        let login = self.field("username");
        let Some(person) = self.world.person(login) else {
            return Err(Refusal::unknown_user(&self.tenant));
        };
        match judge(self.world, login, self.field("password")).0 {
            Verdict::Unknown if person.is_disabled() => Err(Refusal::disabled()),
            Verdict::Unknown => Err(Refusal::wrong_password()),
            Verdict::Locked => Err(Refusal::locked()),
            Verdict::PasswordExpired => Err(Refusal::password_expired()),
            Verdict::MustEnroll => Err(Refusal::must_enroll(&known.client_id)),
            Verdict::SecondFactor(_) => Err(Refusal::second_factor(&known.client_id)),
            Verdict::Welcome if known.blocked.contains(&person.name) => Err(Refusal::blocked()),
            Verdict::Welcome if !known.consented => Err(Refusal::no_consent(&known.client_id)),
            Verdict::Welcome => Ok(self.issue(Version::V1, person, "", None, None)),
        }
    }
}
