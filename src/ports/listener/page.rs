//! The page that tells a person how it went: no script, nothing from elsewhere, readable in light and dark.

use crate::error::AuthError;
use crate::ports::http::{HeaderName, HeaderValue, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper::Response;
use sha2::{Digest, Sha256};

/// What the DSN says of the page.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageTexts {
    /// `page_title`; without it the page is Amazon Redshift's.
    pub(crate) title: Option<String>,
}

/// How it went.
#[derive(Debug, Clone)]
pub(super) enum Page {
    /// The login has ended well.
    Success,
    /// The browser's part is done; the login takes longer than a person should look at a blank page.
    Underway,
    /// It has failed; in plain words, and perhaps what to do about it.
    Failure { message: String, hint: Option<String> },
    /// Nothing for this request here.
    Stray { status: StatusCode, message: &'static str },
}

impl Page {
    /// The page of a failed login.
    pub(super) fn of_error(error: &AuthError) -> Self {
        Self::Failure { message: sentence(error.message()), hint: error.hint_text().map(sentence) }
    }

    /// The page of a login that went away without a word.
    pub(super) fn of_nobody() -> Self {
        Self::Failure { message: "The application has ended the login.".to_owned(), hint: None }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Success | Self::Underway => StatusCode::OK,
            Self::Failure { .. } => StatusCode::BAD_REQUEST,
            Self::Stray { status, .. } => *status,
        }
    }

    /// What happened, in a few words; then what to do.
    fn words(&self) -> (&'static str, &str, Option<&str>) {
        const CLOSE: &str = "You can close this window and go back to your application.";
        match self {
            Self::Success => ("You are signed in", CLOSE, None),
            Self::Underway => ("You have signed in; your application goes on from here", CLOSE, None),
            Self::Failure { message, hint } => ("The login did not succeed", message, hint.as_deref()),
            Self::Stray { message, .. } => ("There is nothing to see here", message, None),
        }
    }

    /// The answer to the browser.
    pub(super) fn response(&self, texts: &PageTexts) -> Response<String> {
        let mut response = Response::new(self.html(texts));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if let Ok(policy) = HeaderValue::from_str(&content_security_policy()) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        secure(&mut response);
        response
    }

    fn html(&self, texts: &PageTexts) -> String {
        let (heading, text, hint) = self.words();
        let title = texts.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
        let title = escape(title.unwrap_or("Amazon Redshift"));
        let kind = match self {
            Self::Success | Self::Underway => "well",
            Self::Failure { .. } | Self::Stray { .. } => "ill",
        };
        let sign = if kind == "well" { "&#10003;" } else { "!" };
        let text = escape(text);
        let hint = hint.map(|hint| format!("\n<p class=\"hint\">{}</p>", escape(hint))).unwrap_or_default();
        let close = match self {
            Self::Failure { .. } => "\n<p>You can close this window; your application has been told as well.</p>",
            _ => "",
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{heading} - {title}</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main class=\"{kind}\">\n<p class=\"title\">{title}</p>\n\
             <div role=\"status\">\n<h1><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {heading}</h1>\n\
             <p>{text}</p>{hint}{close}\n</div>\n</main>\n</body>\n</html>\n"
        )
    }
}

/// Messages and hints begin small, since drivers put words before them; a person reads them alone. What stands first may be
/// the name of a key, which stays as it is.
fn sentence(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    match text.get(..1).zip(text.get(1..)) {
        Some((first, rest)) if word.chars().all(|letter| letter.is_ascii_lowercase()) => {
            format!("{}{rest}{end}", first.to_ascii_uppercase())
        }
        _ => format!("{text}{end}"),
    }
}

/// An answer without a page.
pub(super) fn bare(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    secure(&mut response);
    response
}

fn secure(response: &mut Response<String>) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// Nothing but our own style, known by its hash, and the empty icon that keeps the browser from asking for one.
fn content_security_policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Text as HTML shows it as it is.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

const STYLE: &str = "\
:root{color-scheme:light dark;--back:#f4f6f8;--card:#fff;--text:#1b2430;--soft:#4a5563;--line:#d5dbe3;--well:#0a6b3d;--ill:#a3161f}\
@media (prefers-color-scheme:dark){:root{--back:#12161c;--card:#1c222b;--text:#eef1f5;--soft:#b9c2ce;--line:#39424f;\
--well:#5fd39a;--ill:#ff9a9a}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.5rem;background:var(--back);\
color:var(--text);font:1.0625rem/1.6 system-ui,sans-serif}\
main{width:100%;max-width:36rem;padding:2rem 2.25rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;\
border-top:.375rem solid var(--well);overflow-wrap:anywhere}\
main.ill{border-top-color:var(--ill)}\
h1{margin:.5rem 0 1rem;font-size:1.5rem;line-height:1.3}\
main div>:last-child{margin-bottom:0}\
.title{margin:0;color:var(--soft)}\
.sign{color:var(--well)}\
.ill .sign{color:var(--ill)}\
.hint{color:var(--soft)}\
@media (max-width:30rem){body{padding:.75rem}main{padding:1.25rem}}";
