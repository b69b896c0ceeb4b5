//! Answers as Azure, IAM Identity Center and others write them.

use super::*;
use crate::secret::ExposeSecret;
use proptest::prelude::*;

fn answer(json: &str) -> TokenAnswer {
    read(200, json.as_bytes()).unwrap()
}

#[test]
fn tokens_of_both_versions_of_azure() {
    let first = answer(
        r#"{"token_type":"Bearer","expires_in":"3599","ext_expires_in":"3599","expires_on":"1800000000","resource":"spn:x",
           "access_token":"bXlfYWNjZXNzX3Rva2Vu","issued_token_type":"urn:ietf:params:oauth:token-type:saml2",
           "refresh_token":"canary1","id_token":"canary2"}"#,
    );
    assert_eq!(first.access_token.expose_secret(), "bXlfYWNjZXNzX3Rva2Vu");
    assert_eq!(first.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("canary1"));
    assert_eq!(first.id_token.as_ref().map(ExposeSecret::expose_secret), Some("canary2"));
    assert_eq!((first.expires_in, first.token_type.as_deref()), (Some(3599), Some("Bearer")));
    assert!(!format!("{first:?}").contains("canary") && !format!("{first:?}").contains("bXlf"));
    let second =
        answer("\u{feff}{\"access_token\":\"t\",\"expires_in\":3599,\"scope\":\"a b\",\"refresh_token\":\"\"}");
    assert_eq!((second.expires_in, second.scope.as_deref()), (Some(3599), Some("a b")));
    assert!(second.refresh_token.is_none() && second.id_token.is_none());
    for (expires_in, expected) in
        [("-1", None), ("\"soon\"", None), ("1.5", None), ("null", None), ("\" 60 \"", Some(60))]
    {
        let json = format!(r#"{{"access_token":"t","expires_in":{expires_in}}}"#);
        assert_eq!(answer(&json).expires_in, expected, "{expires_in}");
    }
}

/// PY-147, PY-148, and answers that are none.
#[test]
fn an_answer_without_a_token_names_what_is_missing() {
    for (http_status, body, status, told) in [
        (200, r#"{"id_token":"canary"}"#, Status::IdpUnexpected, "has no access_token"),
        (200, r#"{"access_token":null}"#, Status::IdpUnexpected, "has no access_token"),
        (200, r#"{"access_token":""}"#, Status::IdpUnexpected, "access_token that is empty"),
        (200, r#"{"access_token":[1]}"#, Status::IdpUnexpected, "access_token that is no text"),
        (200, "<html>canary</html>", Status::IdpUnexpected, "no JSON object"),
        (200, "[]", Status::IdpUnexpected, "no JSON object"),
        (200, "", Status::IdpUnexpected, "no JSON object"),
        (302, "", Status::IdpUnexpected, "HTTP status 302"),
        (404, "canary", Status::IdpUnexpected, "HTTP status 404"),
        (401, r#"{"access_token":"canary"}"#, Status::IdpUnexpected, "HTTP status 401"),
        (429, "{}", Status::Throttled, "HTTP status 429"),
        (503, "canary", Status::Service, "HTTP status 503"),
    ] {
        let error = read(http_status, body.as_bytes()).unwrap_err();
        assert!(error.message().contains(told), "{body}: {}", error.message());
        assert_eq!((error.status(), error.stage(), error.http()), (status, Some(Stage::Idp), Some(http_status)));
        assert_eq!(error.is_retryable(), http_status >= 429, "{http_status}");
        assert!(!error.message().contains("canary"));
    }
}

#[test]
fn errors_of_azure_are_told_with_their_number() {
    let body = r#"{"error":"interaction_required","error_description":"AADSTS50076: Due to a configuration change made by
        your administrator, you must use multi-factor authentication to access 'x'.\r\nTrace ID: 01234567-89ab\r\nCorrelation
        ID: y","error_codes":[50076,50158],"suberror":"basic_action","claims":"{\"access_token\":{}}"}"#
        .replace("\n        ", " ");
    let answer = ErrorAnswer::read(body.as_bytes()).unwrap();
    assert_eq!((answer.codes.as_slice(), answer.suberror.as_deref()), (&[50076, 50158][..], Some("basic_action")));
    assert!(answer.asks_for_claims && !answer.is_definite_refusal());
    let error = read(400, body.as_bytes()).unwrap_err();
    assert_eq!((error.status(), error.code()), (Status::MfaRequired, Some("AADSTS50076")));
    assert_eq!(
        error.message(),
        "the identity provider refused: interaction_required: AADSTS50076: Due to a configuration change made by your \
         administrator, you must use multi-factor authentication to access 'x'."
    );
    assert!(error.hint_text().unwrap().contains("browser plugin"));
}

#[test]
fn each_number_has_its_status() {
    for (code, status, hint) in [
        (50076, Status::MfaRequired, "browser"),
        (50079, Status::MfaRequired, "browser"),
        (50158, Status::MfaRequired, "browser"),
        (50126, Status::IdpRejected, "PWD"),
        (50034, Status::IdpRejected, "UID"),
        (50053, Status::IdpRejected, "locked"),
        (50055, Status::IdpRejected, "expired"),
        (53000, Status::IdpRejected, "conditional access"),
        (53003, Status::IdpRejected, "conditional access"),
        (65001, Status::IdpRejected, "consent"),
        (700_016, Status::IdpRejected, "client_id"),
        (7_000_215, Status::IdpRejected, "client_secret"),
        (90002, Status::IdpRejected, "idp_tenant"),
        (9_002_326, Status::IdpRejected, "single-page"),
    ] {
        for body in [
            format!(r#"{{"error":"invalid_grant","error_description":"AADSTS{code}: x"}}"#),
            format!(r#"{{"error":"invalid_grant","error_codes":["{code}"]}}"#),
        ] {
            // Also in an answer that calls itself a success.
            for http_status in [200, 400, 401] {
                let error = read(http_status, body.as_bytes()).unwrap_err();
                assert_eq!((error.status(), error.http()), (status, Some(http_status)), "{body}");
                assert_eq!(error.code(), Some(format!("AADSTS{code}").as_str()));
                assert!(error.hint_text().unwrap().contains(hint), "{code}: {:?}", error.hint_text());
            }
        }
    }
}

#[test]
fn words_of_the_standard_have_a_meaning_too() {
    for (error, http_status, status, definite, retryable) in [
        ("invalid_grant", 400, Status::IdpRejected, true, false),
        ("invalid_client", 401, Status::IdpRejected, true, false),
        ("expired_token", 400, Status::IdpRejected, true, false),
        ("access_denied", 400, Status::IdpRejected, false, false),
        ("something_new", 400, Status::IdpRejected, false, false),
        ("consent_required", 400, Status::MfaRequired, false, false),
        ("slow_down", 400, Status::Throttled, false, true),
        ("temporarily_unavailable", 400, Status::Service, false, true),
        ("something_new", 500, Status::Service, false, true),
        ("something_new", 429, Status::Throttled, false, true),
    ] {
        let answer = ErrorAnswer::read(format!(r#"{{"error":"{error}"}}"#).as_bytes()).unwrap();
        assert_eq!(answer.is_definite_refusal(), definite, "{error}");
        let told = answer.into_error(Some(http_status));
        assert_eq!((told.status(), told.is_retryable()), (status, retryable), "{error} {http_status}");
        assert_eq!(told.code(), Some(error));
    }
    let redirect = ErrorAnswer::of_redirect("access_denied", Some("AADSTS65004: User declined\nto consent"));
    let error = redirect.into_error(None);
    assert_eq!((error.status(), error.code(), error.http()), (Status::IdpRejected, Some("AADSTS65004"), None));
    assert!(error.message().ends_with("access_denied: AADSTS65004: User declined to consent"));
}

#[test]
fn errors_show_no_secrets() {
    let body = r#"{"error":"invalid_client","error_description":"bad client_secret=canary1 eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxIn0"}"#;
    let error = read(401, body.as_bytes()).unwrap_err();
    assert!(error.message().contains("invalid_client") && !error.message().contains("canary1"));
    assert!(!error.message().contains("eyJ"), "{}", error.message());
    assert!(ErrorAnswer::read(br#"{"error":{"code":1}}"#).is_none());
    assert!(ErrorAnswer::read(br#"{"error":" "}"#).is_none());
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), http_status: u16) {
        let _ = (read(http_status, &bytes).is_ok(), ErrorAnswer::read(&bytes));
    }

    #[test]
    fn descriptions_of_any_kind_do_not_panic(error in "\\PC{0,40}", description in "(AADSTS)?[0-9]{0,30}\\PC{0,80}", code: u64) {
        let body = serde_json::json!({"error": error, "error_description": description, "error_codes": [code]}).to_string();
        let _ = read(400, body.as_bytes()).map_err(|error| error.code().map(str::to_owned));
    }
}
