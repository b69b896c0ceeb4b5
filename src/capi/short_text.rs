//! An error in at most 250 bytes. ODBC drivers cut the text of a diagnostic record at 255 or 256 bytes.

use crate::error::AuthError;

const MOST: usize = 250;
/// What the hint may take of that when the cause is long.
const MOST_OF_HINT: usize = 110;

/// Cause, code and hint. The cause is shortened first, for the code and the hint are what the user acts on.
pub(super) fn short_text(error: &AuthError) -> String {
    let code = error.code().map(|code| format!(" [{}]", cut(code, 60))).unwrap_or_default();
    let mut hint = error.hint_text().map(|hint| format!(" {hint}")).unwrap_or_default();
    if error.message().len() + code.len() + hint.len() > MOST {
        let left_by_cause = MOST.saturating_sub(error.message().len() + code.len());
        hint = cut(&hint, left_by_cause.max(MOST_OF_HINT));
    }
    let cause = cut(error.message(), MOST.saturating_sub(code.len() + hint.len()));
    format!("{cause}{code}{hint}")
}

/// At most `most` bytes of the text, cut between characters and marked where it was cut.
fn cut(text: &str, most: usize) -> String {
    const MARK: &str = "...";
    if text.len() <= most {
        return text.to_owned();
    }
    let kept = text.floor_char_boundary(most.saturating_sub(MARK.len()));
    format!("{}{MARK}", text.get(..kept).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn a_short_error_stands_whole() {
        let error = AuthError::of_call(Status::AccessDenied, "AWS refused the call.")
            .service_code("AccessDenied")
            .hint("Allow redshift:GetClusterCredentials.");
        assert_eq!(short_text(&error), "AWS refused the call. [AccessDenied] Allow redshift:GetClusterCredentials.");
        assert_eq!(short_text(&AuthError::of_call(Status::Timeout, "late")), "late");
    }

    #[test]
    fn a_long_cause_leaves_room_for_code_and_hint() {
        let error = AuthError::of_call(Status::Service, "ä".repeat(400)).service_code("Code").hint("Do this.");
        let text = short_text(&error);
        assert!(text.len() <= MOST && text.len() > MOST - 4, "{} bytes", text.len());
        assert!(text.ends_with("... [Code] Do this."), "{text}");
    }

    #[test]
    fn everything_long_is_cut_within_the_limit() {
        for length in 0..400 {
            let error = AuthError::of_call(Status::Service, "é".repeat(length))
                .service_code("ü".repeat(length))
                .hint("ß".repeat(length));
            assert!(short_text(&error).len() <= MOST, "{length}");
        }
    }
}
