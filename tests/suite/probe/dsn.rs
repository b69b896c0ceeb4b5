//! DSNs for the sandbox's world.

use super::job::{Call, Input};
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};

/// Keys and values, in order.
#[derive(Clone, Debug, Default)]
pub struct Dsn(Vec<(String, String)>);

impl Dsn {
    /// Nothing but `IAM=1`.
    pub fn iam() -> Self {
        Self::default().set("IAM", "1")
    }

    /// A cluster by its host, as alice, without an identity.
    pub fn cluster(sandbox: &Sandbox) -> Self {
        Self::iam()
            .set("Host", "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com")
            .set("Database", "dev")
            .set("DbUser", "alice")
            .at(&sandbox.http_url())
    }

    /// The same with a user's keys: the simplest login there is.
    pub fn keys(sandbox: &Sandbox) -> Self {
        Self::cluster(sandbox).signed(USER_KEY, USER_SECRET)
    }

    /// A workgroup by its host, with a user's keys.
    pub fn workgroup(sandbox: &Sandbox) -> Self {
        let host = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";
        Self::keys(sandbox).without("DbUser").set("Host", host)
    }

    pub fn signed(self, key: &str, secret: &str) -> Self {
        self.set("AccessKeyID", key).set("SecretAccessKey", secret)
    }

    /// All services at this URL.
    pub fn at(self, url: &str) -> Self {
        self.set("EndPointUrl", url).set("StsEndpointUrl", url)
    }

    /// Through the sandbox's proxy, or another one at this port, with the credentials that the sandbox's wants.
    pub fn through_proxy(self, port: u16) -> Self {
        self.set("https_proxy_host", "127.0.0.1")
            .set("https_proxy_port", &port.to_string())
            .set("https_proxy_username", "proxyuser")
            .set("https_proxy_password", "pr0xy:p@ss")
    }

    /// The key with this value, wherever it stood.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
        self
    }

    pub fn without(mut self, key: &str) -> Self {
        self.0.retain(|(name, _)| name != key);
        self
    }

    /// As a connection string.
    pub fn text(&self) -> String {
        self.0.iter().map(|(key, value)| format!("{key}={{{}}};", value.replace('}', "}}"))).collect()
    }

    /// As the body of a section of odbc.ini or of an AWS profile.
    pub fn lines(&self) -> String {
        self.0.iter().map(|(key, value)| format!("{key}={value}\n")).collect()
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// A call with it.
    pub fn call(&self) -> Call {
        let bytes = |(key, value): &(String, String)| (key.clone().into_bytes(), value.clone().into_bytes());
        Call::new(Input::Pairs(self.0.iter().map(bytes).collect()))
    }
}
