//! A request that a login makes, as a clean login has shown it.

use rs_auth_sandbox::Record;

/// For whom a request is: it decides what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A page or an interface of an identity provider. Nothing is asked twice: an account may be locked by it.
    Provider,
    /// IAM Identity Center, as the provider of a browser plugin.
    IdentityCenter,
    /// An AWS service, at that stage of a login.
    Aws(&'static str),
    /// The token service of IAM Identity Center, for a profile. A token is good for one renewal: what got lost is not asked
    /// for again with success.
    Renewal,
    /// The session token of the instance metadata service: without it, there is none.
    MetadataToken,
    /// The same, where nobody said that there is one: it is asked for once.
    MetadataProbe,
    /// The rest of the instance metadata service.
    Metadata,
    /// The container credentials service.
    Container,
}

/// A request, and where it stands among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub service: String,
    pub operation: String,
    pub method: String,
    pub path: String,
    pub tls: bool,
    /// How many requests come through the same gate before it.
    pub before: u32,
    /// How often it is made.
    pub times: usize,
    /// Of a request for a token: with what.
    pub grant: Option<String>,
    pub party: Party,
}

/// Those of a login, each operation once, in order; or in none, where they are made side by side.
pub fn all(plugin: &str, records: &[Record], side_by_side: bool) -> Vec<Asked> {
    let mut asked: Vec<Asked> = Vec::new();
    let records: Vec<_> = records.iter().filter(|record| is_ours(record)).collect();
    for (index, record) in records.iter().enumerate() {
        if let Some(known) = asked.iter_mut().find(|known| known.is(record)) {
            known.times += 1;
        } else {
            let before = if side_by_side { &[] } else { &records[..index] };
            let before = before.iter().filter(|other| other.tls == record.tls).count();
            asked.push(Asked {
                service: record.service.clone(),
                operation: record.operation.clone(),
                method: record.method.clone(),
                path: record.target.split('?').next().unwrap().to_owned(),
                tls: record.tls,
                before: before.try_into().unwrap(),
                times: 1,
                grant: record.parameter("grantType").or(record.parameter("grant_type")).map(str::to_owned),
                party: party(plugin, record),
            });
        }
    }
    asked
}

/// Whether the library has sent it, and not the browser.
pub fn is_ours(record: &Record) -> bool {
    !record.header("user-agent").is_some_and(|agent| agent.starts_with("Mozilla"))
}

fn party(plugin: &str, record: &Record) -> Party {
    match (record.service.as_str(), record.operation.as_str()) {
        ("adfs" | "ping" | "okta" | "entra", _) => Party::Provider,
        ("sso-oidc", _) if plugin == "BrowserIdcAuthPlugin" => Party::IdentityCenter,
        ("sso-oidc", _) => Party::Renewal,
        ("sso", _) => Party::Aws("aws"),
        ("sts", _) => Party::Aws("sts"),
        ("redshift", "DescribeAuthenticationProfiles") => Party::Aws("settings"),
        ("redshift" | "redshift-serverless", _) => Party::Aws("redshift"),
        ("imds", "token") if plugin == "Default" => Party::MetadataProbe,
        ("imds", "token") => Party::MetadataToken,
        ("imds", _) => Party::Metadata,
        ("container", _) => Party::Container,
        (service, operation) => panic!("{plugin}: what is {operation} of {service}?"),
    }
}

impl Asked {
    /// Whether it is made until a person has done something, more slowly where the service says so.
    pub fn polls(&self) -> bool {
        let grants = self.grant.as_deref().is_some_and(|grant| grant != "refresh_token");
        self.operation == "PollFactor" || (self.operation == "CreateToken" && grants)
    }

    /// Whether it makes this program known, which may be done twice.
    pub fn registers(&self) -> bool {
        self.operation == "RegisterClient"
    }

    /// What a plugin asks in the same way in all its logins.
    pub fn what(&self) -> (String, String, Option<String>) {
        (self.service.clone(), self.operation.clone(), self.grant.clone())
    }

    /// By which a fault knows it.
    pub fn is(&self, record: &Record) -> bool {
        is_ours(record) && record.service == self.service && record.operation == self.operation
    }
}
