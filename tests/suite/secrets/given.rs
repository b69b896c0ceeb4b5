//! What a caller gives and nobody can use, and a program that repeats what it has read.

use super::plugins::Scene;
use super::requests::{in_parallel, planted};
use super::{odd_secret, secret, seen};
use crate::tokens::jwt;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

/// Logs in and searches everything for what was given. Gives the status.
fn silent(name: &str, scene: &Scene) -> i32 {
    let path = scene.machine.path("log");
    let steps = [
        crate::probe::Step::SetEnv("RS_AUTH_LOG_FILE".to_owned(), Some(path.display().to_string())),
        scene.call().into(),
    ];
    let outcome = crate::probe::only(scene.machine.run(steps));
    for text in [seen(&outcome), std::fs::read_to_string(path).unwrap()] {
        assert!(!text.is_empty() && !outcome.lines.is_empty(), "{name}: nothing was logged");
        assert_eq!(planted(scene).found_in(&text), None, "{name}: {text}");
    }
    outcome.status
}

/// Proofs that are none, with a canary wherever a parser may stop.
#[test]
fn proofs_that_nobody_can_use() {
    let xml = |text: &str| BASE64_STANDARD.encode(text);
    let canary = secret("proof");
    let proofs = [
        odd_secret("proof"),
        canary.clone(),
        format!("{canary}.{canary}.{canary}"),
        format!("a.{}.c", BASE64_STANDARD.encode(format!("{{\"exp\": \"{canary}\"}}"))),
        format!("a.{}.c", BASE64_STANDARD.encode(format!("{{\"exp\": 1, {canary}"))),
        jwt(&json!({ "email": canary, "exp": 1 })),
        xml(&format!("<Response><{canary}></Response>")),
        xml(&format!("<Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'>{canary}")),
        xml(&format!("<a:Assertion xmlns:a='urn:oasis:names:tc:SAML:2.0:assertion'>&{canary};</a:Assertion>")),
        xml(&format!("<!DOCTYPE {canary} [<!ENTITY x '{canary}'>]><x/>")),
    ];
    let plugins = [
        ("JWT", "web_identity_token"),
        ("JwtIamAuthPlugin", "web_identity_token"),
        ("BasicSAML", "saml_assertion"),
        ("BasicNativeSAML", "saml_assertion"),
        ("IdpTokenAuthPlugin", "token"),
    ];
    let cases: Vec<_> =
        plugins.into_iter().flat_map(|plugin| proofs.iter().map(move |proof| (plugin, proof))).collect();
    in_parallel(cases, |((plugin, key), proof)| {
        let scene = Scene::given(plugin, key, proof);
        silent(&format!("{plugin} with {proof}"), &scene);
    });
}

/// It reads every setting, secrets too.
#[test]
fn programs_that_repeat_what_they_read() {
    let scripts = [
        ("cat >&2; exit 3", 302),
        ("cat >&2", 303),
        ("cat", 303),
        ("cat | tee /dev/stderr", 303),
        ("tr -d '\\n' | base64 -w 0 >&2; exit 1", 302),
        ("od -An -tx1 | tr -d ' \\n' >&2; kill -9 $$", 302),
        ("cat; cat response", 303),
        ("cat > /dev/null; (cat response; cat response) >&2; exit 1", 302),
        ("cat >&2; cat response", 0),
    ];
    in_parallel(scripts.to_vec(), |(script, status)| {
        let scene = Scene::of_program(&format!("cd \"$(dirname \"$0\")\"\n{script}"));
        assert_eq!(silent(script, &scene), status, "{script}");
    });
}

/// Keys that are secret take anything, and no fault of theirs shows it.
#[test]
fn secrets_that_are_of_no_use_to_their_key() {
    for (key, value) in [("totp_secret", odd_secret("seed")), ("https_proxy_password", odd_secret("proxy"))] {
        let scene = Scene::at_okta_with(key, &value);
        silent(key, &scene);
    }
}
