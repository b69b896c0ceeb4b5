//! `credential_process`: a program that prints AWS keys. Started without a shell, as the AWS CLI does it.

use super::keys;
use crate::credentials::AwsKeys;
use crate::error::{AuthError, Stage, Status};
use crate::os::children::{Exit, Finished, Program};
use crate::ports::clock::Clock;
use crate::redact;
use std::ffi::{OsStr, OsString};
use std::time::Duration;

/// As long as a person may take to touch a key; the call's own deadline holds too.
const TIME_LIMIT: Duration = Duration::from_mins(1);
const OUTPUT_LIMIT: usize = 1 << 20;
/// How much of standard error an error quotes.
const QUOTE: usize = 400;

/// Runs the command line of `profile` and reads the keys it prints.
pub async fn keys_of(command: &str, profile: &str, clock: &Clock) -> Result<AwsKeys, AuthError> {
    let words = split(command).map_err(|problem| {
        AuthError::invalid_setting(format!("credential_process of the AWS profile '{profile}': {problem}"))
    })?;
    let Some((path, arguments)) = words.split_first() else {
        return Err(AuthError::invalid_setting(format!("credential_process of the AWS profile '{profile}' is empty")));
    };
    let failed = |why: String| {
        AuthError::new(
            Status::NoAwsCredentials,
            Stage::Aws,
            format!("credential_process of the AWS profile '{profile}' ({}) {why}", file_name(path)),
        )
    };
    let program = Program { path, arguments, input: None, output_limit: OUTPUT_LIMIT };
    let finished = match tokio::time::timeout(TIME_LIMIT, program.run()).await {
        Ok(Ok(finished)) => finished,
        Ok(Err(failure)) => return Err(failed(format!("failed: {failure}"))),
        Err(_) => {
            return Err(AuthError::new(
                Status::Timeout,
                Stage::Aws,
                format!(
                    "credential_process of the AWS profile '{profile}' ({}) did not end within {} s",
                    file_name(path),
                    TIME_LIMIT.as_secs()
                ),
            ));
        }
    };
    let ended = match finished.exit {
        Exit::Code(0) | Exit::Unknown => None,
        Exit::Code(code) => Some(format!("ended with exit code {code}")),
        Exit::Signal(signal) => Some(format!("was ended by signal {signal}")),
    };
    if let Some(ended) = ended {
        return Err(failed(ended + &said(&finished)));
    }
    let keys = keys::from_process(&finished.output)
        .map_err(|problem| failed(format!("printed something else than keys: {problem}{}", said(&finished))))?;
    if keys.expires_at.is_some_and(|expiry| expiry <= clock.now_ms()) {
        return Err(failed(format!("printed keys that have expired{}", said(&finished))));
    }
    Ok(keys)
}

fn said(finished: &Finished) -> String {
    let text = redact::tail(&String::from_utf8_lossy(&finished.error_tail), QUOTE);
    if text.is_empty() { ", and said nothing on standard error".to_owned() } else { format!("; it said: {text}") }
}

/// The program without its directories. Arguments are not shown: people put secrets there.
fn file_name(path: &OsStr) -> String {
    let path = path.to_string_lossy();
    redact::head(path.rsplit('/').next().unwrap_or_default(), 100)
}

/// Splits a command line into words as the AWS CLI does on Unix (Python's `shlex.split`): blanks separate, quotes of
/// either kind hold together, a backslash takes the next character as it is, inside `"` only before `"` and `\`.
fn split(line: &str) -> Result<Vec<OsString>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take().map(OsString::from)),
            '\'' => quoted_plain(&mut characters, word.get_or_insert_default())?,
            '"' => quoted(&mut characters, word.get_or_insert_default())?,
            '\\' => {
                let next = characters.next().ok_or("a backslash stands at its end")?;
                word.get_or_insert_default().push(next);
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.map(OsString::from));
    Ok(words)
}

fn quoted_plain(characters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    for c in characters {
        match c {
            '\'' => return Ok(()),
            _ => word.push(c),
        }
    }
    Err("a quote is not closed")
}

fn quoted(characters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    while let Some(c) = characters.next() {
        match c {
            '"' => return Ok(()),
            '\\' => match characters.next() {
                Some(next @ ('"' | '\\')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => break,
            },
            _ => word.push(c),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    fn script(directory: &Path, name: &str, body: &str) -> PathBuf {
        let path = directory.join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    async fn run(name: &str, body: &str, command: impl Fn(&str) -> String) -> Result<AwsKeys, AuthError> {
        let directory = tempfile::tempdir().unwrap();
        let path = script(directory.path(), name, body);
        keys_of(&command(path.to_str().unwrap()), "p", &Clock::fixed(1_000_000)).await
    }

    async fn plain(body: &str) -> Result<AwsKeys, AuthError> {
        run("keys", body, str::to_owned).await
    }

    const GOOD: &str = r#"echo '{"Version":1,"AccessKeyId":"AKIA1","SecretAccessKey":"sesame","SessionToken":"tok"}'"#;

    #[tokio::test]
    async fn takes_keys_and_ignores_what_stands_on_standard_error() {
        let keys = plain(&format!("echo noise >&2; {GOOD}")).await.unwrap();
        assert_eq!(keys.access_key_id, "AKIA1");
        assert_eq!(keys.secret_access_key.expose_secret(), "sesame");
        assert_eq!(keys.session_token.unwrap().expose_secret(), "tok");
        assert_eq!(keys.expires_at, None, "no Expiration: the keys last");
    }

    #[tokio::test]
    async fn passes_arguments_as_they_are() {
        let body = r#"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s"}' "$#-$1-$2""#;
        let keys = run("get keys", body, |path| format!("\"{path}\" 'a;b $HOME' --x=\\ y")).await.unwrap();
        assert_eq!(keys.access_key_id, "2-a;b $HOME---x= y");
    }

    #[tokio::test]
    async fn a_failure_tells_code_and_the_end_of_standard_error_without_secrets() {
        let error = plain("echo first >&2; echo 'not signed in, token=abcdef' >&2; exit 3").await.unwrap_err();
        assert_eq!(error.status(), Status::NoAwsCredentials);
        assert_eq!(
            error.message(),
            "credential_process of the AWS profile 'p' (keys) ended with exit code 3; it said: first not signed in, \
             token=[redacted]"
        );
        let error = plain("kill -9 $$").await.unwrap_err();
        assert!(error.message().ends_with("was ended by signal 9, and said nothing on standard error"), "{error}");
    }

    #[tokio::test]
    async fn refuses_junk_expired_keys_and_what_cannot_be_started() {
        for (body, why) in [
            ("echo sesame", "it is not JSON"),
            ("true", "it is not JSON"),
            ("head -c 2000000 /dev/zero", "more than 1048576 bytes"),
            (
                r#"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"sesame","Expiration":"1970-01-01T00:16:40Z"}'"#,
                "keys that have expired",
            ),
        ] {
            let error = plain(body).await.unwrap_err();
            assert!(error.message().contains(why), "{error}");
            assert!(!error.message().contains("sesame"), "{error}");
        }
        // The control: a millisecond later is not expired.
        let fresh =
            r#"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"1970-01-01T00:16:40.001Z"}'"#;
        assert_eq!(plain(fresh).await.unwrap().expires_at, Some(1_000_001));
        let error = keys_of("/nonexistent/program --password x", "p", &Clock::real()).await.unwrap_err();
        assert!(error.message().contains("(program) failed: it could not be started"), "{error}");
        for command in ["'open", "\"open", "end\\", "  "] {
            let error = keys_of(command, "p", &Clock::real()).await.unwrap_err();
            assert_eq!(error.status(), Status::InvalidSetting, "{command}");
        }
    }

    #[tokio::test]
    async fn one_that_hangs_is_gone_when_nobody_waits() {
        let directory = tempfile::tempdir().unwrap();
        let pid_file = directory.path().join("pid");
        let body = format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 1000", pid_file.display());
        let path = script(directory.path(), "hang", &body);
        let clock = Clock::real();
        let started = async {
            while !pid_file.exists() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            _ = keys_of(path.to_str().unwrap(), "p", &clock) => panic!("it cannot end"),
            () = started => {}
        }
        let pid = fs::read_to_string(pid_file).unwrap();
        assert!(!Path::new("/proc").join(pid.trim()).exists());
    }

    #[test]
    fn splits_as_the_aws_cli() {
        for (line, words) in [
            ("a b  c", vec!["a", "b", "c"]),
            ("\ta\n'b c' \"d e\"", vec!["a", "b c", "d e"]),
            (r#"a "" '' b"#, vec!["a", "", "", "b"]),
            (r#"a\ b "c\"d\\e\f" 'g\h'"#, vec!["a b", r#"c"d\e\f"#, r"g\h"]),
            ("a'b c'd", vec!["ab cd"]),
            ("a;b|c $d `e` ~ *", vec!["a;b|c", "$d", "`e`", "~", "*"]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
    }
}
