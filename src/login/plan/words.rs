//! Requests to AWS in words.

use crate::dsn::location::RegionSource;
use crate::ports::http::{Planned, Purpose, Request};

/// A request that was to be sent to AWS.
pub(super) fn of_aws(request: &Request) -> Planned {
    let operation = operation(request).unwrap_or_default();
    Planned::of(request, purpose(&operation)).to(Purpose::Aws).of_operation(operation)
}

/// By the header of the JSON protocols, else by the form of the query protocol.
fn operation(request: &Request) -> Option<String> {
    if let Some(target) = request.headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let mut form = url::form_urlencoded::parse(&request.body);
    form.find(|(name, _)| name == "Action").map(|(_, action)| action.into_owned())
}

fn purpose(operation: &str) -> &'static str {
    match operation {
        "AssumeRoleWithSAML" => "exchanges the SAML response for keys of a role",
        "AssumeRoleWithWebIdentity" => "exchanges the token for keys of a role",
        "GetClusterCredentials" => "asks for a temporary password of the database user",
        "GetClusterCredentialsWithIAM" => "asks for a temporary password of the IAM identity's database user",
        "GetCredentials" => "asks the serverless service for a temporary user and password",
        "GetIdentityCenterAuthToken" => "exchanges the AWS keys for a token of IAM Identity Center",
        "DescribeClusters" => "asks for host and port of the cluster, side by side with the request before or after it",
        "GetWorkgroup" => "asks for host and port of the workgroup, side by side with the request before or after it",
        "DescribeAuthenticationProfiles" => "reads the authentication profile",
        _ => "asks AWS",
    }
}

/// For hosts of AWS whose region is not known yet.
const STAND_IN: &str = "zz-unknown-1";

pub(super) fn stand_in_region() -> (String, RegionSource) {
    (STAND_IN.to_owned(), RegionSource::Setting)
}

/// A step to a host that has no region yet goes to no known host.
pub(super) fn without_stand_in(step: Planned) -> Planned {
    let is_unknown = step.url.as_ref().and_then(|url| url.host_str()).is_some_and(|host| host.contains(STAND_IN));
    if is_unknown { Planned { url: None, ..step } } else { step }
}
