//! Seeds: that they are what they say, that they pass, and that what is made of them passes for some seconds.
//!
//! `RS_AUTH_FUZZ_SECONDS` says for how long (1), `RS_AUTH_FUZZ_SEED` where the changes begin (another one each day).

use super::mutate::{Dice, dictionary, mutated};
use super::*;
use crate::dsn::parse;
use crate::protocol::{html_form, jwt, oauth2, saml};
use crate::secret::secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

fn fuzz() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz"))
}

/// Names and contents of a target's seeds, in one order.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(fuzz().join("corpus").join(target)).unwrap().map(|entry| entry.unwrap().path());
    let read =
        |path: std::path::PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap());
    let mut seeds: Vec<_> = files.map(read).collect();
    seeds.sort();
    seeds
}

fn words(target: &str) -> Vec<Vec<u8>> {
    dictionary(&fs::read_to_string(fuzz().join(format!("dictionaries/{target}.dict"))).unwrap())
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
fn every_target_has_its_program_and_its_dictionary() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for (target, _) in TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
        let program = fs::read_to_string(fuzz().join(format!("fuzz_targets/{target}.rs"))).unwrap();
        assert!(program.contains(&format!("rs_auth::fuzzing::{target}(")), "{target}");
        assert!(words(target).len() >= 5, "{target}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len(), "a program without a target");
}

/// Runs a target with changed seeds until the time is over. What fails is told as bytes and as the seed that leads there.
fn smoke(target: &str) {
    let (_, run) = TARGETS.into_iter().find(|(name, _)| *name == target).unwrap();
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let limit = Duration::from_secs(number("RS_AUTH_FUZZ_SECONDS").unwrap_or(1));
    let day = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
    let seed = number("RS_AUTH_FUZZ_SEED").unwrap_or(day);
    let seeds: Vec<Vec<u8>> = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
    let (tokens, mut dice) = (words(target), Dice::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let (begin, mut count) = (Instant::now(), 0_u64);
    while begin.elapsed() < limit {
        let bytes = mutated(&seeds, &tokens, &mut dice, 16 << 10);
        if catch_unwind(AssertUnwindSafe(|| run(&bytes))).is_err() {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            panic!("{target}: input {count} of RS_AUTH_FUZZ_SEED={seed} fails: {hex}");
        }
        count += 1;
    }
    println!("{target}: {count} inputs of RS_AUTH_FUZZ_SEED={seed}");
    assert!(count > 0);
}

/// A test a target, so that they run beside each other.
macro_rules! smoke {
    ($($target:ident)*) => {
        $(mod $target {
            #[test]
            fn stands_changed_seeds() {
                super::smoke(stringify!($target));
            }
        })*

        #[test]
        fn every_target_is_run() {
            assert_eq!(TARGETS.map(|(name, _)| name), [$(stringify!($target)),*]);
        }
    };
}

mod changed {
    use super::{TARGETS, smoke};
    smoke!(aws_answer aws_keys aws_profile c_interface connection_string disk_cache html_form jdbc_url jwt listener
           oauth2 odbc_ini okta pasted_url saml sso_cache);
}

/// Without this, a driver that never calls its target would pass.
#[test]
fn a_target_that_fails_is_told_with_its_input() {
    let seeds = [b"good".to_vec()];
    let mut dice = Dice::new(1);
    let failing = |bytes: &[u8]| assert!(!bytes.contains(&b'}'));
    let found = (0..10_000)
        .map(|_| mutated(&seeds, &[], &mut dice, 64))
        .find(|bytes| catch_unwind(AssertUnwindSafe(|| failing(bytes))).is_err());
    assert!(found.is_some_and(|bytes| bytes.contains(&b'}')));
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
