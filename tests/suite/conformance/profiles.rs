//! Authentication profiles that stand in Redshift.

use super::case::{Case, case, hold};
use super::respond;
use crate::probe::Dsn;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};
use rs_auth_sandbox::identity::PASSWORD;
use rs_auth_sandbox::world::{AuthenticationProfile, World};

const READ: &str = "DescribeAuthenticationProfiles";
const REDSHIFT: &str = "GetClusterCredentials";

fn base(sandbox: &Sandbox) -> Dsn {
    Dsn::keys(sandbox).set("AuthProfile", "sandbox-python")
}

fn holding(world: &mut World, content: &str) {
    let content = content.to_owned();
    world.authentication_profiles.push(AuthenticationProfile { name: "p".to_owned(), content });
}

/// By the profile that the world of the case holds.
fn by_profile(id: &'static str) -> Case {
    case(id).set("AuthProfile", "p")
}

pub fn cases() -> Vec<Case> {
    let empty = "<DescribeAuthenticationProfilesResponse xmlns=\"http://redshift.amazonaws.com/doc/2012-12-01/\">\
                 <DescribeAuthenticationProfilesResult><AuthenticationProfiles/></DescribeAuthenticationProfilesResult>\
                 </DescribeAuthenticationProfilesResponse>";
    vec![
        by_profile("PY-094")
            .world(|world| holding(world, &format!("{{\"password\": \"{PASSWORD}\"}}")))
            .by(|sandbox, _| {
                super::alice(sandbox).signed(USER_KEY, USER_SECRET).set("PWD", "wrong").set("AuthProfile", "p")
            })
            .field("SignIn", "Password", PASSWORD),
        by_profile("PY-096")
            .world(|world| holding(world, r#"{"region": "us-west-2", "cluster_identifier": "sandbox-west"}"#))
            .without("Host")
            .set("region", "us-east-1")
            .field(REDSHIFT, "ClusterIdentifier", "sandbox-west")
            .pair("Port", "5440"),
        by_profile("PY-097")
            .world(|world| holding(world, "{{{{"))
            .refused(103, ["authentication profile", "JSON"])
            .sent([READ]),
        by_profile("PY-098")
            .world(|world| holding(world, "{}"))
            .sent([READ, REDSHIFT])
            .field(REDSHIFT, "DbUser", "alice")
            .ours("nothing in it, nothing changed"),
        by_profile("PY-099").world(|world| holding(world, "[]")).refused(103, ["authentication profile"]).sent([READ]),
        by_profile("PY-099").fault(READ, respond(200, empty)).refused(103, ["authentication profile"]).sent([READ]),
        by_profile("PY-101")
            .world(|world| {
                holding(
                    world,
                    r#"{"host": "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com", "db_user": "user",
                        "max_prepared_statements": 1000, "region": "us-east-1",
                        "cluster_identifier": "sandbox-cluster", "db_name": "dev"}"#,
                );
            })
            .without("DbUser")
            .without("Database")
            .field(REDSHIFT, "DbUser", "user")
            .field(REDSHIFT, "DbName", "dev")
            .pair("UID", "IAM:user"),
    ]
}

#[test]
fn every_case() {
    hold(base, &cases());
}
