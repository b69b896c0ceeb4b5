//! `AdfsCredentialsProvider`.

use super::case::{Case, case, hold};
use super::{alice, respond};
use crate::saml_plugins::{REDSHIFT, SIGN_IN, SIGN_IN_PAGE, STS};
use rs_auth_sandbox::FaultAction;
use rs_auth_sandbox::identity::{PASSWORD, PageShape};

/// In a style sheet and in a tag that no browser would write.
const GARBAGE: &str =
    "<style>form { color: { red } } input{}</style><noscript><img {currency: 'x'} a=\"{\" ></noscript>";

fn settings() -> Vec<Case> {
    vec![
        case("PY-125").without("idp_host").refused(101, ["idp_host"]),
        case("PY-125").set("idp_host", "").refused(101, ["idp_host"]),
        case("PY-127").field(SIGN_IN_PAGE, "loginToRp", "urn:amazon:webservices"),
        case("PY-127").set("login_to_rp", "urn:amazon:webservices:govcloud").field(
            SIGN_IN_PAGE,
            "loginToRp",
            "urn:amazon:webservices:govcloud",
        ),
    ]
}

/// Its own page has two forms, the second for other ways to sign in, with fields of the same names.
fn pages() -> Vec<Case> {
    let with_garbage = |field: String| respond(200, format!("{GARBAGE}<form>{field}</form>"));
    vec![
        case("PY-128")
            .world(|world| world.identity_pages.page = PageShape { several_forms: true, ..PageShape::default() })
            .sent([SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT])
            .field(SIGN_IN, "UserName", "alice")
            .field(SIGN_IN, "Password", PASSWORD)
            .field(SIGN_IN, "Kmsi", "true"),
        case("PY-129")
            .world(|world| world.identity_pages.page = PageShape { several_forms: true, ..PageShape::default() })
            .field(SIGN_IN, "AuthMethod", "FormsAuthentication")
            .ours("the form with the password is sent, as in the ODBC driver; the Python driver mixes all of the page"),
        case("PY-132")
            .fault(SIGN_IN, respond(200, "<title>Welcome</title><form id=next><input name=RelayState></form>"))
            .refused(302, ["without a SAML response", "Welcome"])
            .sent([SIGN_IN_PAGE, SIGN_IN]),
        case("PY-133")
            .world(|world| world.identity_pages.page = PageShape { css_braces: true, ..PageShape::default() })
            .sent([SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT]),
        case("PY-133")
            .fault(SIGN_IN, with_garbage("<input type=hidden name=SAMLResponse value=dummy_value>".to_owned()))
            .refused(303, ["the SAML response is not XML", "application's settings"])
            .sent([SIGN_IN_PAGE, SIGN_IN])
            .ours("what is found is read here, before STS is asked"),
        case("PY-134")
            .fault_by(SIGN_IN, move |sandbox| {
                let response = sandbox.assertion_for("alice");
                with_garbage(format!("<input type=hidden name=SAMLResponse value={response}>"))
            })
            .sent([SIGN_IN_PAGE, SIGN_IN, STS, REDSHIFT]),
    ]
}

/// An HTTP error, no answer in time, redirects without end, anything else: at the first request and at the second.
fn failures() -> Vec<Case> {
    let round = || FaultAction::Redirect { location: "http://127.0.0.1/adfs/ls/".to_owned() };
    let both = [("PY-130", SIGN_IN_PAGE, 0), ("PY-131", SIGN_IN, 1)].into_iter().flat_map(|(id, operation, before)| {
        let at = move |case: Case| match before {
            0 => case.sent([SIGN_IN_PAGE]),
            _ => case.sent([SIGN_IN_PAGE, SIGN_IN]),
        };
        [
            at(case(id).fault(operation, respond(404, "")).refused(302, ["HTTP 404"])),
            at(case(id).fault(operation, respond(500, "")).refused(302, ["HTTP 500"])),
            at(case(id).fault(operation, FaultAction::Stall).timeout(700).refused(500, ["AD FS"])),
            at(case(id).fault(operation, round()).refused(302, ["not https"])),
            at(case(id).fault(operation, FaultAction::Reset).refused(200, ["127.0.0.1"])),
        ]
    });
    let endless = case("PY-130")
        .world(|world| world.identity_pages.adfs.redirects = 30)
        .refused(302, ["20 redirects"])
        .sent([SIGN_IN_PAGE; 21]);
    both.chain([endless]).collect()
}

pub fn cases() -> Vec<Case> {
    [settings(), pages(), failures()].into_iter().flatten().collect()
}

#[test]
fn every_case() {
    hold(alice, &cases());
}
