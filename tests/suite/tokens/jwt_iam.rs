//! `JwtIamAuthPlugin`: what its token must be and may say.

use super::{ROLE, dsn, fresh, jwt, known, now};
use crate::probe::{Dsn, Machine};
use crate::sent::{count, operations, parameters, the};
use rs_auth_sandbox::Sandbox;
use serde_json::{Value, json};

const CALL: &str = "AssumeRoleWithWebIdentity";

fn with(sandbox: &Sandbox, token: &str) -> Dsn {
    known(sandbox, token.trim(), false);
    dsn(sandbox, "JwtIamAuthPlugin").set("role_arn", ROLE).set("web_identity_token", token)
}

/// A token with these claims that holds.
fn saying(sandbox: &Sandbox, mut claims: Value) -> Dsn {
    claims["exp"] = json!(now() + 600);
    with(sandbox, &jwt(&claims))
}

/// D-16: base64url; the first claim that says something names the user, whom the database creates.
#[test]
fn the_user_is_in_its_claims() {
    let sandbox = Sandbox::start();
    for (claims, user) in [
        (json!({"DbUser": "d", "upn": "u", "preferred_username": "p", "email": "e"}), "d"),
        (json!({"upn": "u", "preferred_username": "p", "email": "e"}), "u"),
        (json!({"DbUser": "", "preferred_username": "p", "email": "e"}), "p"),
        (json!({"upn": 7, "email": "e@example.com"}), "e@example.com"),
    ] {
        let (outcome, sent) = Machine::new().recorded(&sandbox, [saying(&sandbox, claims).call()]).remove(0);
        assert_eq!((outcome.status, outcome.user.as_str()), (0, format!("IAMA:{user}").as_str()), "{}", outcome.told());
        let asked = parameters(the(&sent, "GetClusterCredentials"));
        assert_eq!((asked["DbUser"], asked["AutoCreate"]), (user, "true"));
    }
}

#[test]
fn without_a_user_sts_is_not_asked() {
    let sandbox = Sandbox::start();
    let nobody = saying(&sandbox, json!({"sub": "s"}));
    let outcome = Machine::new().one(nobody.clone().set("UID", "idp-user").call());
    assert_eq!((outcome.status, count(&sandbox)), (101, 0), "{}", outcome.told());
    assert!(outcome.message.contains("DbUser") && outcome.message.contains("preferred_username"), "{}", outcome.told());
    let host = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";
    for control in [
        nobody.clone().set("DbUser", "bob").call(),
        nobody.clone().set("group_federation", "1").call(),
        nobody.clone().set("Host", host).call(),
        nobody.call().entry("aws"),
    ] {
        let outcome = Machine::new().one(control);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
}

#[test]
fn what_is_no_jwt_is_refused_before_sts() {
    let sandbox = Sandbox::start();
    for (token, part) in [
        ("sesame", "1 parts"),
        ("sesame.b", "2 parts"),
        ("a.b.sesame.d.e", "5 parts"),
        ("a.sesame!.c", "not base64url"),
        ("a.c2VzYW1l.c", "no JSON object"),
    ] {
        let outcome = Machine::new().one(with(&sandbox, token).call().log(5));
        assert_eq!((outcome.status, outcome.stage.as_str()), (303, "assertion"), "{}", outcome.told());
        assert!(outcome.message.starts_with("web_identity_token is not a JWT"), "{}", outcome.told());
        assert!(outcome.message.contains(part) && !format!("{outcome:?}").contains("sesame"), "{}", outcome.told());
    }
    assert_eq!(count(&sandbox), 0);
    assert_eq!(Machine::new().one(with(&sandbox, &fresh()).call()).status, 0);
}

#[test]
fn the_session_has_the_name_that_is_given() {
    let sandbox = Sandbox::start();
    for (given, name) in [("", "jwt_redshift_session"), ("reports", "reports")] {
        let dsn = with(&sandbox, &fresh()).set("role_session_name", given);
        let (outcome, sent) = Machine::new().recorded(&sandbox, [dsn.call()]).remove(0);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(the(&sent, CALL).parameter("RoleSessionName"), Some(name));
    }
}

#[test]
fn a_line_break_of_a_file_is_no_part_of_it() {
    let sandbox = Sandbox::start();
    let token = fresh();
    let machine = Machine::new().file("token", &format!("{token}\n\n"));
    let source = format!("file:{}", machine.path("token").display());
    let dsn = with(&sandbox, &token).without("web_identity_token").set("web_identity_token_source", &source);
    let (outcome, sent) = machine.recorded(&sandbox, [dsn.call()]).remove(0);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(the(&sent, CALL).parameter("WebIdentityToken"), Some(token.as_str()));
}

#[test]
fn another_token_is_another_identity() {
    let sandbox = Sandbox::start();
    let [one, other] = ["a", "b"].map(|user| saying(&sandbox, json!({ "DbUser": user })));
    let results = Machine::new().recorded(&sandbox, [one.call(), other.call()]);
    let users: Vec<_> = results.iter().map(|(outcome, _)| outcome.user.as_str()).collect();
    assert_eq!(users, ["IAMA:a", "IAMA:b"]);
    assert!(results.iter().all(|(_, sent)| operations(sent) == [CALL, "GetClusterCredentials"]));
}

#[test]
fn a_role_that_takes_no_tokens() {
    let sandbox = Sandbox::start();
    let role = "arn:aws:iam::123456789012:role/sandbox-second-role";
    let outcome = Machine::new().one(with(&sandbox, &fresh()).set("role_arn", role).call());
    assert_eq!((outcome.status, outcome.code.as_str()), (400, "AccessDenied"), "{}", outcome.told());
    assert!(outcome.message.contains(role) && outcome.hint.contains("trust policy"), "{}", outcome.told());
    let malformed = Machine::new().one(with(&sandbox, &fresh()).set("role_arn", "sandbox-role").call());
    assert_eq!(malformed.status, 100, "{}", malformed.told());
}
