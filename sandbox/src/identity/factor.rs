//! Second factors, and when an answer to one is right.

use aws_lc_rs::hmac;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A second factor that a person has enrolled.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Factor {
    /// By which requests name it.
    pub id: String,
    /// What it is.
    pub kind: FactorKind,
    /// Whose it is, as the provider's API names it: `OKTA`, `GOOGLE`, …
    pub provider: String,
    /// The same for people: `Okta Verify`, …
    pub vendor: String,
}

/// What a second factor is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FactorKind {
    /// A question on the telephone, to be answered there.
    Push {
        /// The number that must be chosen on the telephone and is shown at the login.
        #[serde(default)]
        number: Option<String>,
        /// So often the answer is still awaited.
        #[serde(default)]
        waits: u32,
        /// Then this comes.
        #[serde(default)]
        outcome: PushOutcome,
    },
    /// Codes by time (RFC 6238).
    Totp {
        /// The shared secret in base 32.
        seed: String,
    },
    /// A code by text message.
    Sms {
        /// The code.
        code: String,
    },
    /// A code by telephone call.
    Call {
        /// The code.
        code: String,
    },
    /// A question that only this person can answer.
    Question {
        /// The question.
        question: String,
        /// The answer, in any case.
        answer: String,
    },
    /// A security key, for browsers only.
    WebAuthn,
}

impl Default for FactorKind {
    fn default() -> Self {
        Self::Push { number: None, waits: 0, outcome: PushOutcome::Approved }
    }
}

/// What the person does with a question on the telephone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushOutcome {
    /// Says yes.
    #[default]
    Approved,
    /// Says no.
    Rejected,
    /// Says nothing.
    TimedOut,
}

impl Factor {
    /// Whether that code or answer is right at that time. Nothing typed is right for a push or a security key.
    #[must_use]
    pub fn accepts(&self, typed: &str, now: OffsetDateTime) -> bool {
        match &self.kind {
            FactorKind::Totp { seed } => {
                let now = u64::try_from(now.unix_timestamp()).unwrap_or(0);
                // One step of tolerance to either side (RFC 6238 section 5.2).
                [now, now.saturating_sub(30), now + 30].iter().any(|at| totp(seed, *at).as_deref() == Some(typed))
            }
            FactorKind::Sms { code } | FactorKind::Call { code } => code == typed,
            FactorKind::Question { answer, .. } => answer.eq_ignore_ascii_case(typed.trim()),
            FactorKind::Push { .. } | FactorKind::WebAuthn => false,
        }
    }
}

/// The six digits of that base 32 seed at that time (RFC 6238 with HMAC-SHA-1 and 30 s); `None` if it is no base 32.
#[must_use]
pub fn totp(seed: &str, unix_seconds: u64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &from_base32(seed)?);
    let tag = hmac::sign(&key, &(unix_seconds / 30).to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation, RFC 4226 section 5.3.
    let offset = usize::from(tag[tag.len() - 1] & 15);
    let word = u32::from_be_bytes([tag[offset] & 0x7f, tag[offset + 1], tag[offset + 2], tag[offset + 3]]);
    Some(format!("{:06}", word % 1_000_000))
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for character in text.chars().filter(|c| !matches!(c, ' ' | '-' | '=')) {
        let value = match character.to_ascii_uppercase() {
            letter @ 'A'..='Z' => u32::from(letter) - u32::from('A'),
            digit @ '2'..='7' => u32::from(digit) - u32::from('2') + 26,
            _ => return None,
        };
        bits = bits << 5 | value;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap_or(0));
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight digits; the seed is "12345678901234567890".
        let seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        for (time, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(totp(seed, time).as_deref(), Some(code));
        }
        assert_eq!(totp("not base 32!", 0), None);
    }

    #[test]
    fn a_code_is_right_for_its_time_only() {
        let factor = Factor { kind: FactorKind::Totp { seed: "GEZDGNBVGY3TQOJQ".to_owned() }, ..Factor::default() };
        let code = totp("GEZDGNBVGY3TQOJQ", 1_000_020).unwrap();
        let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        assert!(factor.accepts(&code, at(1_000_020)));
        assert!(factor.accepts(&code, at(1_000_050)));
        assert!(!factor.accepts(&code, at(1_000_090)));
    }
}
