//! The system browser: whether one can be shown here, known at once, and how it is started.

mod choice;
mod command;
mod url;

pub(crate) use choice::{NoBrowser, Opener};
pub(crate) use url::check;

use crate::log::Log;
use crate::os::opener::{self, Started};
use crate::os::privileges;
use crate::ports::env::Env;
use crate::ports::files::Files;
use std::fmt;
use std::sync::Arc;

/// Starts a program with a URL and looks whether it fails. The future may be dropped at any time.
type Run = dyn Fn(Opener) -> super::BoxFuture<'static, Started> + Send + Sync;

/// The way to a browser. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Browser {
    run: Arc<Run>,
    /// Set-uid: nothing of the environment is believed.
    raised: bool,
    /// Why none is to be opened.
    refused: Option<&'static str>,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser")
    }
}

impl Browser {
    /// The machine's own.
    pub(crate) fn real() -> Self {
        let run = |program: Opener| -> super::BoxFuture<'static, Started> {
            Box::pin(async move { opener::start(&program.program, &program.arguments).await })
        };
        Self { run: Arc::new(run), raised: privileges::raised(), refused: None }
    }

    /// Opens nothing, for that reason.
    pub(crate) fn refusing(reason: &'static str) -> Self {
        Self { refused: Some(reason), ..Self::real() }
    }

    /// Whether there is a program to open a page with, and somewhere to show it.
    pub(crate) fn can_be_shown(&self, command: Option<&str>, env: &Env, files: &Files) -> bool {
        choice::openers("https://localhost/", command, env, files, self.raised).is_ok()
    }

    /// Opens `url`, which has passed [`check`]. One program after the other is tried until one does not fail.
    pub(crate) async fn open(
        &self,
        url: &str,
        command: Option<&str>,
        env: &Env,
        files: &Files,
        log: &Log,
    ) -> Result<(), NoBrowser> {
        if let Some(reason) = self.refused {
            return Err(NoBrowser(reason.to_owned()));
        }
        let mut failures = Vec::new();
        for program in choice::openers(url, command, env, files, self.raised)? {
            let (name, exit_counts) = (program.name(), program.exit_counts);
            let failure = match (self.run)(program).await {
                Started::Failed(code) if exit_counts => format!("{name} failed (exit code {code})"),
                Started::Missing(reason) => format!("{name} cannot be started ({reason})"),
                Started::Failed(_) | Started::Well => {
                    log.info("browser", format_args!("{name} shows the page to sign in at"));
                    return Ok(());
                }
            };
            log.debug("browser", format_args!("{failure}"));
            failures.push(failure);
        }
        Err(NoBrowser(failures.join(", ")))
    }
}

/// Browsers for tests.
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code))] // tests use more of it than fuzzing
pub mod fake {
    use super::{Browser, Opener, Started};
    use std::sync::{Arc, Mutex};

    /// What was started.
    pub type Runs = Arc<Mutex<Vec<Opener>>>;

    /// One whose programs end as `ended` says, and those that were started.
    pub fn browser(ended: impl Fn(&Opener) -> Started + Send + Sync + 'static) -> (Browser, Runs) {
        let runs = Runs::default();
        let seen = Arc::clone(&runs);
        let run = move |program: Opener| -> crate::ports::BoxFuture<'static, Started> {
            let started = ended(&program);
            seen.lock().unwrap().push(program);
            Box::pin(std::future::ready(started))
        };
        (Browser { run: Arc::new(run), raised: false, refused: None }, runs)
    }

    impl Browser {
        /// The same in a program with more rights than its caller has.
        pub fn raised(self) -> Self {
            Self { raised: true, ..self }
        }
    }
}

#[cfg(test)]
mod tests;
