//! Whether someone gets in, as far as it is the same at every provider.

use crate::identity::factor::{Factor, FactorKind, PushOutcome};
use crate::identity::person::{AccountState, Person};
use crate::world::World;

/// What a login name and a password lead to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// In.
    Welcome,
    /// One of these factors is asked for next.
    SecondFactor(Vec<Factor>),
    /// Not in. Nobody is told whether it is the name or the password, or that the account is switched off.
    Unknown,
    Locked,
    PasswordExpired,
    MustEnroll,
}

/// The verdict, and who it is about.
pub(crate) fn judge<'a>(world: &'a World, login: &str, password: &str) -> (Verdict, Option<&'a Person>) {
    let Some(person) = world.person(login).filter(|person| person.password == password) else {
        return (Verdict::Unknown, None);
    };
    let verdict = match person.state {
        AccountState::Locked => Verdict::Locked,
        AccountState::PasswordExpired => Verdict::PasswordExpired,
        AccountState::MustEnroll => Verdict::MustEnroll,
        AccountState::Disabled => Verdict::Unknown,
        AccountState::Active | AccountState::PasswordWarning if person.factors.is_empty() => Verdict::Welcome,
        AccountState::Active | AccountState::PasswordWarning => Verdict::SecondFactor(person.factors.clone()),
    };
    (verdict, Some(person))
}

/// A login that waits for its second factor.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// The person's name.
    pub person: String,
    pub factor: Factor,
    /// How often the answer was asked for.
    pub polls: u32,
}

/// How a question on the telephone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Waiting,
    Done(PushOutcome),
}

impl Pending {
    pub fn new(person: &str, factor: Factor) -> Self {
        Self { person: person.to_owned(), factor, polls: 0 }
    }

    /// Asks once more. A factor that is no push is not waited for.
    pub fn poll(&mut self) -> Progress {
        self.polls += 1;
        match &self.factor.kind {
            FactorKind::Push { waits, .. } if self.polls <= *waits => Progress::Waiting,
            FactorKind::Push { outcome, .. } => Progress::Done(*outcome),
            _ => Progress::Done(PushOutcome::TimedOut),
        }
    }
}
