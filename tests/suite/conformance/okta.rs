//! `OktaCredentialsProvider`.

use super::case::{Case, case, hold};
use super::respond;
use crate::okta::{APP, AUTHENTICATE, METADATA, dsn};
use rs_auth_sandbox::FaultAction;

pub fn cases() -> Vec<Case> {
    let failures = [("PY-140", AUTHENTICATE), ("PY-140", APP)].into_iter().flat_map(|(id, operation)| {
        let at = move |case: Case| match operation {
            AUTHENTICATE => case.sent([AUTHENTICATE]),
            _ => case.sent([AUTHENTICATE, APP]),
        };
        let elsewhere = FaultAction::Redirect { location: "http://127.0.0.1/".to_owned() };
        [
            at(case(id).fault(operation, respond(502, "")).refused(302, ["HTTP 502"])),
            at(case(id).fault(operation, FaultAction::Stall).timeout(700).refused(500, ["Okta"])),
            at(case(id).fault(operation, elsewhere).refused(302, ["not https"])),
            at(case(id).fault(operation, FaultAction::Reset).refused(200, ["127.0.0.1"])),
        ]
    });
    let status = case("PY-138")
        .world(|world| world.identity_pages.okta.status = Some("FAILURE".to_owned()))
        .refused(302, ["FAILURE"])
        .sent([AUTHENTICATE, METADATA])
        .ours("the org is asked once whether it lets such logins in at all, for the hint");
    let relay = |body: &str| respond(200, body);
    let pages = ["", "<html></html>", "<input type=hidden name=RelayState value=''>"]
        .map(|body| case("PY-142").fault(APP, relay(body)).refused(302, ["without a SAML response"]))
        .map(|case| case.sent([AUTHENTICATE, APP, METADATA]));
    failures.chain([status]).chain(pages).collect()
}

#[test]
fn every_case() {
    hold(dsn, &cases());
}
