//! The steps of an examination, in the order of the report, whatever order they are taken in.

use crate::error::{AuthError, Status};
use crate::ports::http::der::Certificate;
use std::cell::{RefCell, RefMut};
use std::time::{Duration, Instant};

/// What a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Settings,
    Dns,
    Tcp,
    Proxy,
    Tls,
    IdentityProvider,
    Sts,
    Redshift,
    Aws,
    Clock,
    Login,
    DatabaseDns,
    DatabaseTcp,
    DatabaseTls,
}

impl Kind {
    /// The word in the step's id.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::IdentityProvider => "identity_provider",
            Self::Sts => "sts",
            Self::Redshift => "redshift",
            Self::Aws => "aws",
            Self::Clock => "clock",
            Self::Login => "login",
            Self::DatabaseDns => "database_dns",
            Self::DatabaseTcp => "database_tcp",
            Self::DatabaseTls => "database_tls",
        }
    }

    /// The stage that it is part of.
    pub(super) fn stage(self) -> &'static str {
        match self {
            Self::DatabaseDns | Self::DatabaseTcp | Self::DatabaseTls => "database",
            Self::Sts | Self::Redshift | Self::Aws => "aws",
            other => other.name(),
        }
    }
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    /// A login may work all the same.
    Warn,
    Fail,
    /// It did not have its turn.
    Skip,
}

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// The host, or the key.
    pub(super) subject: Option<String>,
    /// A login does without it.
    is_optional: bool,
    begun: Option<Instant>,
    pub(super) took: Option<Duration>,
    /// `None`: not over.
    pub(super) verdict: Option<Verdict>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// What it failed with.
    pub(super) error: Option<AuthError>,
    pub(super) addresses: Vec<String>,
    pub(super) tls_version: Option<String>,
    pub(super) certificates: Vec<Certificate>,
}

impl Step {
    /// As others refer to it.
    pub(super) fn id(&self) -> String {
        match &self.subject {
            Some(subject) => format!("{} {subject}", self.kind.name()),
            None => self.kind.name().to_owned(),
        }
    }
}

/// All steps.
#[derive(Debug, Default)]
pub(super) struct Board(RefCell<Vec<Step>>);

impl Board {
    /// A step that is to be taken.
    pub(super) fn plan(&self, kind: Kind, subject: Option<String>) -> Slot<'_> {
        let mut steps = self.0.borrow_mut();
        steps.push(Step {
            kind,
            subject,
            is_optional: false,
            begun: None,
            took: None,
            verdict: None,
            message: String::new(),
            hint: None,
            error: None,
            addresses: Vec::new(),
            tls_version: None,
            certificates: Vec::new(),
        });
        Slot { board: self, index: steps.len().saturating_sub(1) }
    }

    /// The time is over: what is under way has failed for that, and the rest has not had its turn.
    pub(super) fn close(&self, limit: Duration, doing: &str) {
        let limit = limit.as_secs_f32();
        for step in self.0.borrow_mut().iter_mut().filter(|step| step.verdict.is_none()) {
            let Some(begun) = step.begun else {
                step.verdict = Some(Verdict::Skip);
                step.message = format!("it did not have its turn within the {limit} s of the call");
                continue;
            };
            let message = match step.kind {
                Kind::Login => {
                    format!("the login did not end within the {limit} s of the call: it stopped while {doing}")
                }
                _ => format!("it did not end within the {limit} s of the call"),
            };
            let hint = "allow more time with the timeout of the options, and look at what the step waits for";
            step.took = Some(begun.elapsed());
            step.end(AuthError::of_call(Status::Timeout, message).hint(hint));
        }
    }

    /// The steps, to look at.
    pub(super) fn steps(&self) -> RefMut<'_, Vec<Step>> {
        self.0.borrow_mut()
    }
}

impl Step {
    fn end(&mut self, error: AuthError) {
        self.verdict = Some(if self.is_optional { Verdict::Warn } else { Verdict::Fail });
        error.message().clone_into(&mut self.message);
        self.hint = error.hint_text().map(str::to_owned);
        self.error = Some(error);
    }
}

/// A step's place on the board.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'a> {
    board: &'a Board,
    index: usize,
}

impl Slot<'_> {
    fn change(&self, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.board.0.borrow_mut().get_mut(self.index) {
            change(step);
        }
    }

    /// A login does without it: if it fails, that is a warning.
    pub(super) fn optional_if(self, is_optional: bool) -> Self {
        self.change(|step| step.is_optional = is_optional);
        self
    }

    /// It has its turn now.
    pub(super) fn begin(&self) {
        self.change(|step| step.begun = Some(Instant::now()));
    }

    fn end(&self, finish: impl FnOnce(&mut Step)) {
        self.change(|step| {
            step.took = step.begun.map(|begun| begun.elapsed());
            finish(step);
        });
    }

    pub(super) fn pass(&self, message: impl Into<String>) {
        self.end(|step| {
            step.verdict = Some(Verdict::Pass);
            step.message = message.into();
        });
    }

    pub(super) fn warn(&self, message: impl Into<String>, hint: Option<&str>) {
        self.end(|step| {
            step.verdict = Some(Verdict::Warn);
            step.message = message.into();
            step.hint = hint.map(str::to_owned);
        });
    }

    pub(super) fn fail(&self, error: AuthError) {
        self.end(|step| step.end(error));
    }

    pub(super) fn skip(&self, message: impl Into<String>, hint: Option<&str>) {
        self.change(|step| {
            step.verdict = Some(Verdict::Skip);
            step.message = message.into();
            step.hint = hint.map(str::to_owned);
        });
    }

    /// Steps behind one that did not succeed.
    pub(super) fn skip_because_of(&self, earlier: &Slot<'_>) {
        let reason = earlier.id();
        self.skip(format!("not tried: see {reason}"), None);
    }

    pub(super) fn addresses(&self, addresses: impl IntoIterator<Item = impl ToString>) {
        self.change(|step| step.addresses = addresses.into_iter().map(|address| address.to_string()).collect());
    }

    pub(super) fn shown(&self, certificates: Vec<Certificate>, version: Option<String>) {
        self.change(|step| (step.certificates, step.tls_version) = (certificates, version));
    }

    pub(super) fn id(&self) -> String {
        self.board.0.borrow().get(self.index).map(Step::id).unwrap_or_default()
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.board.0.borrow().get(self.index)?.verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_over_in_time_says_so() {
        let board = Board::default();
        let [done, running, optional, waiting] =
            [Kind::Dns, Kind::Login, Kind::Tcp, Kind::Tls].map(|kind| board.plan(kind, None));
        let optional = optional.optional_if(true);
        [done, running, optional].iter().for_each(Slot::begin);
        done.pass("well");
        board.close(Duration::from_millis(1500), "waiting for AD FS");
        let verdicts = [done, running, optional, waiting].map(|slot| slot.verdict());
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Fail, Verdict::Warn, Verdict::Skip].map(Some));
        let steps = board.steps();
        assert!(steps[1].message.ends_with("1.5 s of the call: it stopped while waiting for AD FS"));
        assert_eq!(steps[1].error.as_ref().unwrap().status(), Status::Timeout);
        assert!(steps[3].took.is_none() && steps[1].took.is_some());
    }
}
