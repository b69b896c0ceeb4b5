//! The pages that a person sees.

use super::super::page::{Page, escape};
use super::*;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

fn texts(title: &str) -> PageTexts {
    PageTexts { title: Some(title.to_owned()) }
}

#[tokio::test]
async fn the_browser_waits_until_the_login_has_ended() {
    let failure = AuthError::new(Status::AccessDenied, Stage::Sts, "the role <x> may not").hint("ask \"them\"");
    for (ended, parts) in [
        (Some(Ok(())), ["You are signed in", "close this window"]),
        (Some(Err(&failure)), ["<p>The role &lt;x&gt; may not.</p>", "Ask &quot;them&quot;."]),
        (None, ["The application has ended the login", "close this window"]),
    ] {
        let (listener, _) = listener();
        let port = listener.port();
        let login = async {
            let answer = wait(&listener, &code()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
            if let Some(ended) = ended {
                answer.done(ended).await;
            }
        };
        let began = std::time::Instant::now();
        let ((), page) = tokio::join!(login, send(port, post(port, &good_code())));
        assert!(began.elapsed() >= Duration::from_millis(200));
        assert!(parts.iter().all(|part| page.contains(part)), "{page}");
    }
}

#[tokio::test]
async fn a_login_that_takes_its_time_does_not_leave_the_page_blank() {
    let (mut listener, _) = listener();
    listener.limits.hold = Duration::from_millis(200);
    let port = listener.port();
    let login = async { wait(&listener, &code()).await.unwrap() };
    let (_answer, page) = tokio::join!(login, send(port, post(port, &good_code())));
    assert!(page.contains("your application goes on from here"), "{page}");
}

#[test]
fn a_page_is_whole_and_takes_nothing_from_elsewhere() {
    for page in [Page::Success, Page::Underway, Page::of_nobody()] {
        let response = page.response(&texts("Sales <DWH> & \"more\""));
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        let html = response.body();
        for part in [
            "<html lang=\"en\">",
            "Sales &lt;DWH&gt; &amp; &quot;more&quot;</title>",
            "role=\"status\"",
            "prefers-color-scheme:dark",
            "<h1>",
            "width=device-width",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        for none in ["http:", "https:", "<script", "url(", "@import", "<DWH>", " style="] {
            assert!(!html.contains(none), "{none} in {html}");
        }
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains(&format!("'sha256-{hash}'")), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
    let plain = Page::Success.response(&PageTexts::default());
    assert!(plain.body().contains("Amazon Redshift</title>"));
}

#[test]
fn a_failure_is_told_in_sentences() {
    for (message, told) in [
        ("the role may not", "The role may not."),
        ("Do it again.", "Do it again."),
        ("is it right?", "Is it right?"),
        ("login_url is missing", "login_url is missing."),
        ("ödes", "ödes."),
    ] {
        let page = Page::of_error(&AuthError::new(Status::IdpRejected, Stage::Idp, message));
        let html = page.response(&PageTexts::default()).into_body();
        assert!(html.contains(&format!("<p>{told}</p>")), "{html}");
    }
}

/// WCAG 2.2, 1.4.6: at least 7 to 1 for text, in both colour schemes.
#[test]
fn the_colours_can_be_told_apart() {
    let html = Page::Success.response(&PageTexts::default()).into_body();
    let roots: Vec<_> = html.split(":root{").skip(1).map(|rest| rest.split_once('}').unwrap().0).collect();
    assert_eq!(roots.len(), 2, "light and dark");
    for root in roots {
        let colour = |name: &str| {
            let value = root.split_once(&format!("--{name}:#")).unwrap().1;
            luminance(value.split(';').next().unwrap())
        };
        for (text, least) in [("text", 7.0), ("soft", 7.0), ("well", 4.5), ("ill", 4.5)] {
            let (one, other) = (colour(text), colour("card"));
            let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(contrast >= least, "{text}: {contrast}");
        }
    }
}

/// Of `rrggbb` or `rgb`, as WCAG defines it.
fn luminance(hex: &str) -> f64 {
    let long: String = if hex.len() == 3 { hex.chars().flat_map(|c| [c, c]).collect() } else { hex.to_owned() };
    let part = |at: usize| {
        let part = f64::from(u8::from_str_radix(&long[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn text_is_shown_as_it_is() {
    assert_eq!(escape("<a href='x'>&\"\u{7}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot; ");
}
