//! What a person copies from a browser that cannot reach this machine.

use super::super::read_pasted;
use super::*;

fn read(text: &str, expected: &Expected) -> Result<String, AuthError> {
    read_pasted(&secret_text(text), PATH, expected).map(|value| value.expose_secret().to_owned())
}

#[test]
fn the_url_at_which_the_browser_ended() {
    let query = good_code();
    for url in [
        format!("http://localhost:7890/redshift/?{query}"),
        format!("  http://127.0.0.1:1/redshift?{query}#x\n"),
        format!("http://[::1]:7890/redshift/?{query}"),
    ] {
        assert_eq!(read(&url, &code()).unwrap(), "c+d e%", "{url}");
    }
}

#[test]
fn something_else_is_refused_and_said_why() {
    for (text, part) in [
        ("hello", "is no URL"),
        ("https://sso.example.com/redshift/?code=c", "not the address of this machine"),
        ("http://example.com/redshift/?code=c", "is not http://localhost/redshift/"),
        ("http://localhost:7890/other/?code=c", "is not http://localhost/redshift/"),
        ("http://localhost:7890/redshift/?code=stolen&state=x", "another sign-in"),
        ("http://localhost:7890/redshift/", "no state"),
    ] {
        let error = read(text, &code()).unwrap_err();
        assert_eq!((error.status(), error.stage()), (Status::IdpUnexpected, Some(Stage::Browser)));
        assert!(error.message().contains(part) && !error.message().contains("stolen"), "{error}");
    }
    let refused = format!("http://localhost:1{PATH}?error=access_denied&state={}", state().as_str());
    assert_eq!(read(&refused, &code()).unwrap_err().status(), Status::IdpRejected);
}

#[test]
fn a_saml_response_as_it_was_posted() {
    for text in ["SAMLResponse=good%2B&RelayState=x", "good+", "http://localhost:7890/redshift/?SAMLResponse=good%2B"] {
        assert_eq!(read(text, &saml()).unwrap(), "good+", "{text}");
    }
    assert_eq!(read("anything", &saml()).unwrap_err().status(), Status::AssertionInvalid);
    assert_eq!(read("what is this?", &saml()).unwrap_err().status(), Status::IdpUnexpected);
}
