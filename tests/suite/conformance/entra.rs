//! `AzureCredentialsProvider`.

use super::case::{Case, case, hold};
use crate::azure::dsn;
use rs_auth_sandbox::world::World;

const REDSHIFT: &str = "GetClusterCredentials";
/// What the Python driver's way through the text form of bytes spoils.
const AWKWARD: &str = "j\u{fc}rgen's \\n \"x\" \u{2603}";

fn awkward(world: &mut World) {
    world.person_mut("alice").unwrap().db_groups = Some(vec![AWKWARD.to_owned()]);
}

pub fn cases() -> Vec<Case> {
    vec![
        case("PY-154")
            .world(awkward)
            .field(REDSHIFT, "DbGroups.DbGroup.1", AWKWARD)
            .ours("the assertion keeps its bytes, which are signed"),
    ]
}

#[test]
fn every_case() {
    hold(dsn, &cases());
}
