//! The messages of IAM Identity Center: its OIDC service, JSON both ways
//! (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>), and the portal that gives a role's keys.

mod answer;
mod authorize;
mod call;
mod fault;
mod kept;

pub use answer::{Answer, Client, DeviceAnswer, TokenAnswer, read_client, read_device, read_role_keys, read_token};
pub use authorize::authorize_url;
pub use call::{Call, Codes, Grant, Registration, create_token, get_role_credentials, start_device_authorization};
pub use fault::{Fault, What, refuses_client};
pub use kept::Renewal;

/// As messages call it.
pub const NAME: &str = "IAM Identity Center";
/// The scope of Redshift's tokens.
pub const SCOPE: &str = "redshift:connect";
