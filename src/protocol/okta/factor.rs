//! Second factors, and how people tell them apart.

use super::{SENTENCE_SHOWN, WORD_SHOWN, text};
use crate::redact;
use serde_json::Value;
use url::Url;

/// A second factor that the user has set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// What it is.
    pub kind: FactorKind,
    /// `OKTA`, `GOOGLE`, …
    pub provider: String,
    /// The question, for that kind.
    pub question: Option<String>,
    /// Where it is verified.
    pub verify: Url,
    /// A masked number or address, or the name of a device.
    detail: Option<String>,
}

/// What a second factor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorKind {
    /// A question on the phone, answered there.
    Push,
    /// A code by time.
    Totp,
    /// A code that a token or a program shows.
    Token,
    /// A code by text message.
    Sms,
    /// A code by telephone call.
    Call,
    /// A code by e-mail.
    Email,
    /// A question with an answer that only this person knows.
    Question,
    /// What only a browser can do (security keys, widgets of others), or what is not known here; by Okta's word.
    Browser(String),
}

impl Factor {
    pub(super) fn of(value: &Value, verify: Url) -> Self {
        let word = text(value, "/factorType").unwrap_or_default();
        let kind = match word {
            "push" => FactorKind::Push,
            "token:software:totp" => FactorKind::Totp,
            "token" | "token:hardware" | "token:hotp" => FactorKind::Token,
            "sms" => FactorKind::Sms,
            "call" => FactorKind::Call,
            "email" => FactorKind::Email,
            "question" => FactorKind::Question,
            _ => FactorKind::Browser(redact::head(word, WORD_SHOWN)),
        };
        let profile = |name: &str| text(value, &format!("/profile/{name}"));
        let detail = profile("phoneNumber").or_else(|| profile("email")).or_else(|| profile("name"));
        Self {
            kind,
            provider: redact::head(text(value, "/provider").unwrap_or("?"), WORD_SHOWN),
            question: profile("questionText").map(|question| redact::head(question, SENTENCE_SHOWN)),
            verify,
            detail: detail.or_else(|| profile("authenticatorName")).map(|detail| redact::head(detail, WORD_SHOWN)),
        }
    }

    /// Whether it can be verified without a browser.
    pub fn is_usable(&self) -> bool {
        !matches!(self.kind, FactorKind::Browser(_))
    }

    /// Whether its code is sent when asked for.
    pub fn is_sent(&self) -> bool {
        matches!(self.kind, FactorKind::Sms | FactorKind::Call | FactorKind::Email)
    }

    /// `push (OKTA)`, `sms +1 XXX-XXX-1234`, …
    pub fn label(&self) -> String {
        match (&self.detail, self.is_sent()) {
            (Some(detail), true) => format!("{} {detail}", self.word()),
            _ => format!("{} ({})", self.word(), self.provider),
        }
    }

    fn word(&self) -> &str {
        match &self.kind {
            FactorKind::Push => "push",
            FactorKind::Totp => "totp",
            FactorKind::Token => "token",
            FactorKind::Sms => "sms",
            FactorKind::Call => "call",
            FactorKind::Email => "email",
            FactorKind::Question => "question",
            FactorKind::Browser(word) => word,
        }
    }
}

/// The labels of factors, no two alike: devices of a kind are told apart by name, and then by number.
pub fn labels(factors: &[Factor]) -> Vec<String> {
    let plain: Vec<_> = factors.iter().map(Factor::label).collect();
    let told = |(factor, label): (&Factor, &String)| {
        let alone = plain.iter().filter(|other| *other == label).count() == 1;
        match &factor.detail {
            Some(detail) if !alone && !factor.is_sent() => format!("{label} {detail}"),
            _ => label.clone(),
        }
    };
    let mut labels: Vec<String> = Vec::new();
    for label in factors.iter().zip(&plain).map(told) {
        let mut own = label.clone();
        let mut number = 1;
        while labels.contains(&own) {
            number += 1;
            own = format!("{label} #{number}");
        }
        labels.push(own);
    }
    labels
}
