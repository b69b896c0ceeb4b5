//! `External`: a program of the user's that prints a SAML response. It reads the settings as a JSON object on standard
//! input, secrets too: arguments and environment can be seen by other users of the machine.

use super::{Foreseeing, Plugin, Proof, Proving, Way, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::os::children::{Exit, Failure, Finished, Program};
use crate::ports::Ports;
use crate::ports::http::Planned;
use crate::redact;
use crate::secret::{ExposeSecret, SecretString, secret};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use zeroize::Zeroizing;

const NAME: &str = "External";
/// As large as an answer of an identity provider may be.
const OUTPUT_LIMIT: usize = 4 << 20;
/// How much of standard error an error quotes.
const QUOTE: usize = 400;
/// How to find out what is wrong with a program.
const BY_HAND: &str =
    "run it by hand: it is started without arguments and reads the settings as JSON from standard input";

pub(crate) struct External;

impl Plugin for External {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::ExternalProgram]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn way<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Foreseeing<'a> {
        ready(settings.require(Key::ExternalProgram, NAME).map(|path| {
            let name = file_name(path);
            Way::Steps(vec![Planned::by_program(format!("the program {name} prints the SAML response"))])
        }))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }
}

/// The program has the time of the call: it may ask a person. A call that ends takes it along.
async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let path = settings.require(Key::ExternalProgram, NAME)?;
    let input = settings_as_json(settings);
    let program = Program { path: OsStr::new(path), arguments: &[], input: Some(&input), output_limit: OUTPUT_LIMIT };
    ports.progress.now(format_args!("waiting for the program {}", file_name(path)));
    let finished = program.run().await.map_err(|failure| not_run(settings, path, &failure))?;
    ports.log.debug("login", format_args!("the program {} ended: {:?}", file_name(path), finished.exit));
    response(path, &finished).map(Proof::SamlResponse)
}

/// Every setting by its canonical name; keys that are not ours as they were typed.
fn settings_as_json(settings: &Settings) -> Zeroizing<Vec<u8>> {
    let own = settings.values().map(|(key, value)| (key.name(), value));
    let others = settings.others().iter().map(|other| (other.name.as_str(), other.value.expose_secret()));
    let all: BTreeMap<&str, &str> = others.chain(own).collect();
    // With room for all of it, so that growing leaves no half of it behind: JSON makes six bytes of one at most.
    let length = all.iter().map(|(name, value)| 6 * (name.len() + value.len()) + 6).sum::<usize>() + 2;
    let mut json = Zeroizing::new(Vec::with_capacity(length));
    // A map of texts can always be written.
    let _ = serde_json::to_writer(&mut *json, &all);
    json
}

fn not_run(settings: &Settings, path: &str, failure: &Failure) -> AuthError {
    match failure {
        Failure::NotStarted(reason) => settings
            .invalid(Key::ExternalProgram, &format!("names a program that cannot be started ({reason})"))
            .hint("the program must exist, be executable, and begin with a line such as #!/bin/sh if it is a script"),
        Failure::TooMuchOutput(_) => unusable(path, "wrote more than the 4 MiB that a SAML response may have"),
        Failure::Pipe(reason) => AuthError::of_call(Status::System, told(path, &format!("cannot be read: {reason}"))),
    }
}

/// What it printed, if it ended well.
fn response(path: &str, finished: &Finished) -> Result<SecretString, AuthError> {
    let ended = match finished.exit {
        Exit::Code(0) | Exit::Unknown => None,
        Exit::Code(code) => Some(format!("ended with exit code {code}")),
        Exit::Signal(signal) => Some(format!("was ended by signal {signal}")),
    };
    if let Some(ended) = ended {
        let message = told(path, &format!("{ended}{}", said(finished)));
        return Err(AuthError::new(Status::IdpUnexpected, Stage::Idp, message).hint(BY_HAND));
    }
    let output = str::from_utf8(&finished.output).unwrap_or_default().trim_ascii();
    if finished.output.trim_ascii().is_empty() {
        return Err(unusable(path, &format!("printed nothing{}", said(finished))).hint(BY_HAND));
    }
    let base64 = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "+/-_=".contains(c);
    if output.is_empty() || !output.chars().all(base64) {
        return Err(unusable(path, &format!("printed something else than base64{}", said(finished)))
            .hint("it has to print the SAML response in base64, and nothing else, to standard output"));
    }
    Ok(secret(output))
}

fn unusable(path: &str, what: &str) -> AuthError {
    AuthError::new(Status::AssertionInvalid, Stage::Assertion, told(path, what))
}

fn told(path: &str, what: &str) -> String {
    format!("the program {} (external_program) {what}", file_name(path))
}

fn said(finished: &Finished) -> String {
    let text = redact::tail(&String::from_utf8_lossy(&finished.error_tail), QUOTE);
    if text.is_empty() { ", and said nothing on standard error".to_owned() } else { format!("; it said: {text}") }
}

/// The program without its directories.
fn file_name(path: &str) -> String {
    redact::head(path.rsplit('/').next().unwrap_or_default(), 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::fixture::Desk;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use tempfile::TempDir;

    /// A desk with this shell script as its program.
    fn desk(body: &str, more: &[(&str, &str)]) -> (TempDir, Desk) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sso");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let pairs = [("external_program", path.to_str().unwrap())];
        let desk = Desk::new(&[&pairs, more].concat(), []);
        (directory, desk)
    }

    async fn run(body: &str) -> Result<String, AuthError> {
        let (_directory, desk) = desk(body, &[]);
        desk.prove(&External).await.map(|proof| match proof {
            Proof::SamlResponse(response) => response.expose_secret().to_owned(),
            other => panic!("{other:?}"),
        })
    }

    #[tokio::test]
    async fn what_it_prints_is_the_response() {
        assert_eq!(
            run("cat >/dev/null; echo noise >&2; printf ' Zm9v\\r\\nYmFy\\n\\n'").await.unwrap(),
            "Zm9v\r\nYmFy"
        );
        assert_eq!(run("echo PHg-_w").await.unwrap(), "PHg-_w", "it need not read its input");
    }

    #[tokio::test]
    async fn it_reads_the_settings_and_nothing_stands_in_its_arguments() {
        let more = [("pwd", "se\"cret\u{1}"), ("cluster_identifier", "c1"), ("MyKey", "mine"), ("Empty", "")];
        let (_directory, desk) = desk("[ $# = 0 ] && base64 -w0", &more);
        let Proof::SamlResponse(echo) = desk.prove(&External).await.unwrap() else { panic!("no response") };
        let json = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, echo.expose_secret()).unwrap();
        let read: BTreeMap<String, String> = serde_json::from_slice(&json).unwrap();
        let path = desk.settings.text(Key::ExternalProgram).unwrap();
        let expected = [("ClusterId", "c1"), ("MyKey", "mine"), ("PWD", "se\"cret\u{1}"), ("external_program", path)];
        assert_eq!(read.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_failure_tells_code_and_the_end_of_standard_error_without_secrets() {
        let error = run("echo no ticket >&2; echo password=hunter2 >&2; echo Zm9v; exit 3").await.unwrap_err();
        assert_eq!((error.status(), error.stage()), (Status::IdpUnexpected, Some(Stage::Idp)));
        assert_eq!(
            error.message(),
            "the program sso (external_program) ended with exit code 3; it said: no ticket password=[redacted]"
        );
        let error = run("kill -9 $$").await.unwrap_err();
        assert!(error.message().ends_with("was ended by signal 9, and said nothing on standard error"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_response_is_refused() {
        for (body, part) in [
            ("echo hunter2 >/dev/null", "printed nothing"),
            ("echo", "printed nothing"),
            ("echo '<samlp:Response>'", "something else than base64"),
            ("printf 'Zm9v\\377'", "something else than base64"),
            ("head -c 4194305 /dev/zero | tr '\\0' A", "4 MiB"),
        ] {
            let error = run(body).await.unwrap_err();
            assert_eq!(error.status(), Status::AssertionInvalid, "{error}");
            assert!(error.message().contains(part) && error.message().contains("external_program"), "{error}");
        }
        assert_eq!(run("head -c 4194304 /dev/zero | tr '\\0' A").await.unwrap().len(), 4 << 20);
    }

    #[tokio::test]
    async fn what_cannot_be_started_is_a_fault_of_the_setting() {
        let (directory, desk) = desk("echo Zm9v", &[]);
        desk.prove(&External).await.unwrap();
        let path = directory.path().join("sso");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = desk.prove(&External).await.unwrap_err();
        assert_eq!(error.status(), Status::InvalidSetting);
        assert!(error.message().starts_with("external_program names a program that cannot be started"), "{error}");
        fs::remove_file(path).unwrap();
        let missing = desk.prove(&External).await.unwrap_err();
        assert!(missing.message().contains("No such file"), "{missing}");
        assert!(missing.hint_text().unwrap().contains("executable"));
    }
}
