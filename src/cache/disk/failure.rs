//! The failure of a sign-in, for other processes that waited for it: a wrong password that every one of them tried would lock
//! the account, and a consent that was denied would be asked for once a process. Errors hold no secrets.

use crate::error::{AuthError, Stage, Status};
use serde::{Deserialize, Serialize};

/// An error as it stands in a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    status: i32,
    stage: Option<String>,
    message: String,
    hint: Option<String>,
    code: Option<String>,
    request_id: Option<String>,
    http_status: Option<u16>,
    retryable: bool,
}

impl Failure {
    pub(super) fn of(error: &AuthError) -> Self {
        Self {
            status: error.status().number(),
            stage: error.stage().map(|stage| stage.name().to_owned()),
            message: error.message().to_owned(),
            hint: error.hint_text().map(str::to_owned),
            code: error.code().map(str::to_owned),
            request_id: error.request().map(str::to_owned),
            http_status: error.http(),
            retryable: error.is_retryable(),
        }
    }

    /// `None`: a newer version has a status that is unknown here.
    pub(super) fn error(&self) -> Option<AuthError> {
        let status = Status::from_number(self.status).filter(|status| *status != Status::Ok)?;
        let mut error = match self.stage.as_deref().and_then(Stage::from_name) {
            Some(stage) => AuthError::new(status, stage, &self.message),
            None => AuthError::of_call(status, &self.message),
        };
        error = error.retryable(self.retryable);
        if let Some(hint) = &self.hint {
            error = error.hint(hint);
        }
        if let Some(code) = &self.code {
            error = error.service_code(code);
        }
        if let Some(id) = &self.request_id {
            error = error.request_id(id);
        }
        Some(match self.http_status {
            Some(http_status) => error.http_status(http_status),
            None => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_way_through_a_file() {
        let full = AuthError::new(Status::IdpRejected, Stage::Idp, "no").hint("h").service_code("E1").request_id("r");
        for error in [full.http_status(401).retryable(true), AuthError::of_call(Status::Busy, "later")] {
            let failure = Failure::of(&error);
            let text = serde_json::to_vec(&failure).unwrap();
            let read: Failure = serde_json::from_slice(&text).unwrap();
            assert_eq!(read, failure);
            assert_eq!(format!("{:?}", read.error().unwrap()), format!("{error:?}"));
        }
        assert!(Failure { status: 0, ..Failure::of(&AuthError::invalid_setting("x")) }.error().is_none());
        assert!(Failure { status: 12345, ..Failure::of(&AuthError::invalid_setting("x")) }.error().is_none());
    }
}
