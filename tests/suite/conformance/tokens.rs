//! `IdpTokenAuthPlugin` and `BasicJwtCredentialsProvider`.

use super::case::{Case, case, hold};
use crate::probe::Dsn;
use crate::tokens::dsn;
use rs_auth_sandbox::Sandbox;

fn base(sandbox: &Sandbox) -> Dsn {
    dsn(sandbox, "redshift_connector.plugin.IdpTokenAuthPlugin").without("IAM").set("token", "t")
}

pub fn cases() -> Vec<Case> {
    vec![
        case("PY-193").without("token").set("token_type", "EXT_JWT").refused(101, ["token is missing"]),
        case("PY-193")
            .pair("token_type", "ACCESS_TOKEN")
            .sent([])
            .ours("ACCESS_TOKEN is what a token is unless the DSN says otherwise, as the manual of that driver has it"),
        case("PY-193")
            .without("token")
            .refused(404, ["AccessKeyID", "token"])
            .ours("the keys of the AWS chain take the way of PY-195, as in release 2.2.0"),
        case("PY-194").set("token_type", "EXT_JWT").pair("token", "t").pair("token_type", "EXT_JWT").sent([]),
        case("PY-210")
            .set("plugin_name", "BasicJwtCredentialsProvider")
            .without("token")
            .set("web_identity_token", "J")
            .pair("token", "J")
            .pair("idp_type", "AzureAD")
            .sent([]),
        case("PY-211").set("plugin_name", "BasicJwtCredentialsProvider").refused(101, ["web_identity_token", "jwt"]),
    ]
}

#[test]
fn every_case() {
    hold(base, &cases());
}
