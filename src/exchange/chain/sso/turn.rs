//! One process at a time renews a session's token, and one at a time has somebody sign in: refresh tokens are good for one
//! use, and nobody wants two windows.
//!
//! The AWS CLI takes no such lock. What it writes meanwhile is looked at before we write.

use super::Session;
use super::stored::{make_room, path};
use crate::error::AuthError;
use crate::exchange::aws_config::AwsConfig;
use crate::options::EventKind;
use crate::ports::file_lock::FileLock;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(20);
/// A renewal takes three attempts at most. Who holds its lock for longer is stuck, or a fork of somebody who is gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// The turn to renew. `None` where locks do not work, or one is held for too long: the service and the file decide then.
pub async fn to_renew(config: &AwsConfig, session: &Session<'_>) -> Option<FileLock> {
    let end = Instant::now() + PATIENCE;
    loop {
        match attempt(config, session, "lock") {
            Ok(None) if Instant::now() < end => sleep(PAUSE).await,
            Ok(turn) => return turn,
            Err(error) => return unlocked(config, &error),
        }
    }
}

/// The turn to sign in. Waits for somebody who is at it, as long as the call may take.
pub async fn to_sign_in(config: &AwsConfig, session: &Session<'_>) -> Result<Option<FileLock>, AuthError> {
    let mut told = false;
    loop {
        match attempt(config, session, "sign-in.lock") {
            Ok(None) if told => sleep(PAUSE).await,
            Ok(None) => {
                config
                    .ports
                    .progress
                    .now(format_args!("waiting for another process to sign in to IAM Identity Center"));
                let text = "Another process is signing in to IAM Identity Center.".to_owned();
                config.ports.prompt.tell(EventKind::Waiting, text, None).await?;
                told = true;
            }
            Ok(turn) => return Ok(turn),
            Err(error) => return Ok(unlocked(config, &error)),
        }
    }
}

fn attempt(config: &AwsConfig, session: &Session<'_>, kind: &str) -> io::Result<Option<FileLock>> {
    let path = path(config, session, kind);
    make_room(config, &path)?;
    config.ports.files.try_lock(&path)
}

fn unlocked(config: &AwsConfig, error: &io::Error) -> Option<FileLock> {
    config
        .ports
        .log
        .warn("aws", format_args!("no lock beside the token of IAM Identity Center, going on without: {error}"));
    None
}
