//! What comes from outside, a function a format: any bytes in, nothing out, and no panic. The fuzz targets call these,
//! and a test runs every file of their corpora through them.

#![allow(clippy::missing_panics_doc)] // a panic is a finding

use crate::dsn::parse;
use crate::protocol::{html_form, jwt, oauth2, saml};
use crate::secret::{ExposeSecret, SecretString, secret};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use url::Url;

/// A login page.
pub fn html_form(bytes: &[u8]) {
    let page = html_form::read(bytes);
    assert!(page.notice().is_none_or(|notice| notice.chars().count() <= 201));
    assert!(page.value("SAMLResponse").is_none_or(|value| !value.expose_secret().trim().is_empty()));
    let _ = (page.title(), page.form_names(), format!("{page:?}"));
    let Ok(url) = Url::parse("https://idp.example.com/adfs/ls/?x=y") else { return };
    for form in page.forms().iter().chain(page.password_form()) {
        let _ = (form.fill("user", &secret("password")), form.fields());
        if let Ok(target) = form.target(&url) {
            assert_eq!(target.origin(), url.origin());
        }
    }
}

/// The XML of a SAML response, or its base64.
pub fn saml(bytes: &[u8]) {
    let xml = secret(BASE64_STANDARD.encode(bytes));
    for response in [xml, text(bytes)] {
        let assertion = saml::read(&response).ok();
        assert!(saml::read(&saml::transportable(&response)).ok() == assertion);
        let _ = saml::wrap(&response).map(|wrapped| saml::read(&wrapped).is_ok());
        let _ = format!("{assertion:?}");
    }
}

/// A token.
pub fn jwt(bytes: &[u8]) {
    if let Ok(claims) = jwt::read(&text(bytes)) {
        assert!(claims.db_user().is_none_or(|user| !user.is_empty()));
        let _ = (claims.expires_at_ms(), format!("{claims:?}"));
    }
}

/// The answer of a token endpoint.
pub fn oauth2(bytes: &[u8]) {
    for http_status in [200, 400, 503] {
        let answer = oauth2::read(http_status, bytes);
        let is_error = oauth2::ErrorAnswer::read(bytes).is_some();
        assert!(!(is_error && answer.is_ok()));
    }
}

/// A connection string, a URL or a file of settings.
pub fn connection_string(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = (parse::any(&text), parse::settings_file(&text));
}

fn text(bytes: &[u8]) -> SecretString {
    secret(String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    type Target = (&'static str, fn(&[u8]));
    const TARGETS: [Target; 5] = [
        ("html_form", html_form),
        ("saml", saml),
        ("jwt", jwt),
        ("oauth2", oauth2),
        ("connection_string", connection_string),
    ];

    fn fuzz() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"))
    }

    /// Names and contents of a target's seeds.
    fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
        let files = fs::read_dir(fuzz().join("corpus").join(target)).unwrap().map(|entry| entry.unwrap().path());
        files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect()
    }

    #[test]
    fn every_seed_passes_its_target() {
        for (target, run) in TARGETS {
            let seeds = corpus(target);
            assert!(seeds.len() >= 4, "{target}");
            for (name, bytes) in seeds {
                assert!(bytes.len() < 64 << 10, "{target}/{name} is no small seed");
                // Cut anywhere, too: networks and buffers do that.
                for end in (0..bytes.len()).step_by(97).chain([bytes.len()]) {
                    run(&bytes[..end]);
                }
            }
        }
    }

    #[test]
    fn every_target_has_its_program() {
        let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
        for (target, _) in TARGETS {
            assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
            let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{target}.rs"))).unwrap();
            assert!(program.contains(&format!("rs_auth::fuzzing::{target}(")), "{target}");
        }
    }

    /// A seed that is not what its name says would lead a fuzzer nowhere.
    #[test]
    fn seeds_are_what_their_names_say() {
        for (name, bytes) in corpus("html_form") {
            let page = html_form::read(&bytes);
            assert_eq!(page.password_form().is_some(), name.contains("sign_in") || name.contains("factor"), "{name}");
            assert_eq!(page.value("SAMLResponse").is_some(), name.contains("response"), "{name}");
            assert_eq!(page.notice().is_some(), name.contains("refused"), "{name}");
        }
        for (name, bytes) in corpus("saml") {
            let read = saml::read(&secret(BASE64_STANDARD.encode(&bytes)));
            assert_eq!(read.is_err(), name.contains("refused") || name.contains("encrypted"), "{name}");
            assert!(read.is_err() || read.is_ok_and(|assertion| !assertion.roles.is_empty()), "{name}");
        }
        for (name, bytes) in corpus("jwt") {
            let user = jwt::read(&text(&bytes)).ok().and_then(|claims| claims.db_user().map(str::to_owned));
            assert_eq!(user.is_none(), name.contains("without") || name.contains("opaque"), "{name}");
        }
        for (name, bytes) in corpus("oauth2") {
            assert_eq!(oauth2::read(200, &bytes).is_err(), name.contains("refused"), "{name}");
        }
        for (name, bytes) in corpus("connection_string") {
            let text = String::from_utf8(bytes).unwrap();
            let read = if name.contains("file") { parse::settings_file(&text) } else { parse::any(text.trim_end()) };
            assert_eq!(read.is_err(), name.contains("broken"), "{name}");
        }
    }
}
