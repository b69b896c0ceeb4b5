//! What has to become of a login, by docs/errors.md and the rules on retries: AWS and metadata services are asked three
//! times at most, identity providers once.

use super::request::{Asked, Party};
use super::trouble::{Class, Trouble};
use std::ops::RangeInclusive;

const NETWORK: i32 = 200;
const TLS: i32 = 201;
const IDP_REJECTED: i32 = 300;
const IDP_UNEXPECTED: i32 = 302;
const THROTTLED: i32 = 402;
const SERVICE: i32 = 403;
const NO_AWS_CREDENTIALS: i32 = 404;
const TIMEOUT: i32 = 500;

/// Attempts of the SDK's standard mode, and of ours at metadata services.
const ATTEMPTS: usize = 3;
/// The request and the most redirects that a browser follows.
const VISITS: usize = 21;

/// How a login ends, and how often the request was seen.
#[derive(Clone, Debug)]
pub struct Expected {
    pub status: i32,
    pub stage: &'static str,
    pub requests: RangeInclusive<usize>,
}

impl Expected {
    const fn new(status: i32, stage: &'static str, requests: usize) -> Self {
        Self { status, stage, requests: requests..=requests }
    }

    pub fn is_met_by(&self, status: i32, stage: &str, requests: usize) -> bool {
        self.status == status && self.stage == stage && self.requests.contains(&requests)
    }

    /// Whether the call's own deadline ends it: no answer comes, or only that it is to be asked for later.
    pub fn waits(trouble: &Trouble, asked: &Asked) -> bool {
        trouble.class == Class::Silent || (trouble.class == Class::Throttled && asked.polls())
    }

    /// Of that trouble, which is there for ever.
    pub fn of(trouble: &Trouble, asked: &Asked) -> Self {
        let class = trouble.class;
        if Self::waits(trouble, asked) {
            // The call's own deadline is of no stage.
            let requests = if class == Class::Silent { 1 } else { usize::MAX };
            return Self { requests: 1..=requests, ..Self::new(TIMEOUT, "", 1) };
        }
        if class == Class::Mislabelled {
            return Self::new(0, "", asked.times);
        }
        match asked.party {
            Party::Provider => Self::of_provider(class, asked),
            Party::IdentityCenter => Self::of_identity_center(class, asked),
            Party::Aws(stage) => Self::of_aws(class, stage),
            Party::Renewal => Self::of_renewal(class),
            Party::MetadataToken => Self { status: NO_AWS_CREDENTIALS, ..Self::at_metadata(class) },
            Party::MetadataProbe => Self::new(NO_AWS_CREDENTIALS, "aws", usize::from(class != Class::Refused)),
            Party::Container if class == Class::Throttled => Self::new(THROTTLED, "aws", 1),
            Party::Metadata | Party::Container => Self::at_metadata(class),
        }
    }

    /// Of that trouble, which happens once; `None`: who asks does not ask again.
    pub fn of_once(trouble: &Trouble, asked: &Asked) -> Option<Self> {
        let asks_again = match asked.party {
            Party::Aws(_) => trouble.may_pass(),
            Party::MetadataToken | Party::Metadata | Party::Container => {
                matches!(trouble.class, Class::Broken | Class::OutOfOrder)
            }
            Party::IdentityCenter => asked.registers() && matches!(trouble.class, Class::Broken | Class::OutOfOrder),
            Party::Provider | Party::Renewal | Party::MetadataProbe => false,
        };
        asks_again.then(|| Self::new(0, "", asked.times + 1))
    }

    fn of_provider(class: Class, asked: &Asked) -> Self {
        let (status, requests) = match class {
            Class::Refused => (NETWORK, 0),
            Class::Untrusted => (TLS, 0),
            Class::Broken => (NETWORK, 1),
            Class::Throttled => (THROTTLED, 1),
            Class::RedirectLoop => (IDP_UNEXPECTED, VISITS),
            // Pages may be elsewhere, passwords not; without the cookies of its own host Okta asks for the password again.
            Class::RedirectElsewhere if asked.method == "GET" && asked.service == "okta" => (IDP_REJECTED, 2),
            Class::RedirectElsewhere if asked.method == "GET" => (IDP_UNEXPECTED, 2),
            _ => (IDP_UNEXPECTED, 1),
        };
        Self::new(status, "idp", requests)
    }

    /// A code is good for one exchange: what got lost of it is not asked for again.
    fn of_identity_center(class: Class, asked: &Asked) -> Self {
        let attempts = if asked.registers() { ATTEMPTS } else { 1 };
        let (status, requests) = match class {
            Class::Refused => (NETWORK, 0),
            Class::Untrusted => (TLS, 0),
            Class::Broken => (NETWORK, attempts),
            Class::Throttled => (THROTTLED, 1),
            Class::OutOfOrder => (SERVICE, attempts),
            _ => (IDP_UNEXPECTED, 1),
        };
        Self::new(status, "idp", requests)
    }

    fn of_aws(class: Class, stage: &'static str) -> Self {
        let (status, requests) = match class {
            Class::Refused => (NETWORK, 0),
            Class::Untrusted => (TLS, 0),
            Class::Broken => (NETWORK, ATTEMPTS),
            Class::Throttled => (THROTTLED, ATTEMPTS),
            Class::OutOfOrder => (SERVICE, ATTEMPTS),
            _ => (SERVICE, 1),
        };
        Self::new(status, stage, requests)
    }

    fn of_renewal(class: Class) -> Self {
        let expected = Self::of_aws(class, "aws");
        Self { requests: 1.min(*expected.requests.start())..=*expected.requests.end(), ..expected }
    }

    fn at_metadata(class: Class) -> Self {
        let (status, requests) = match class {
            Class::Refused => (NETWORK, 0),
            Class::Broken => (NETWORK, ATTEMPTS),
            Class::OutOfOrder | Class::Unreadable => (SERVICE, ATTEMPTS),
            _ => (SERVICE, 1),
        };
        Self::new(status, "aws", requests)
    }
}
