//! The AWS Query protocol: a form in, XML out. Parameters are checked against what the API's model says, and nothing else is accepted.

use std::collections::BTreeMap;

use crate::aws::auth::{Caller, Dialect, authenticate, region_of_host};
use crate::aws::errors::{AwsError, escape};
use crate::http::{Answer, Request};
use crate::random;
use crate::service::Call;
use crate::shared::Shared;
use crate::world::World;

/// The shape of a parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Text,
    Number,
    Boolean,
    /// `Name.Member.N`, with this member name.
    List(&'static str),
    /// `Name.member.N.Field`, read no further.
    Structures,
}

/// One parameter of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub name: &'static str,
    pub kind: Kind,
    pub required: bool,
}

pub(crate) const fn required(name: &'static str) -> Rule {
    Rule { name, kind: Kind::Text, required: true }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Rule {
    Rule { name, kind, required: false }
}

/// One operation of a service.
pub(crate) struct Operation {
    pub name: &'static str,
    pub rules: &'static [Rule],
    /// Whether it must be signed. `AssumeRoleWithSAML` brings its own proof.
    pub signed: bool,
    /// Gives the inside of `<…Result>`.
    pub run: fn(&Parameters, &mut Ask<'_>) -> Result<String, AwsError>,
}

/// What an operation works with beside its parameters.
pub(crate) struct Ask<'a> {
    pub world: &'a mut World,
    pub caller: Option<Caller>,
    pub region: String,
}

/// A service of this protocol.
pub(crate) struct QueryApi {
    /// Its name in signatures.
    pub service: &'static str,
    pub version: &'static str,
    pub namespace: &'static str,
    pub operations: &'static [Operation],
    /// How it says that a parameter is missing.
    pub missing: fn(&str) -> AwsError,
    /// How it says that a value is no number, or no boolean.
    pub malformed: fn(&str, &str) -> AwsError,
}

impl QueryApi {
    /// Takes a request that names this version of the API, or is signed for this service.
    pub fn recognise(&self, request: &Request) -> Option<Call> {
        if request.header("x-amz-target").is_some() {
            return None;
        }
        let parameters = if request.method == "GET" { request.query_pairs() } else { request.form() };
        let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let signed_for_it = || {
            let scope = format!("/{}/aws4_request", self.service);
            request.header("authorization").is_some_and(|header| header.contains(&scope))
        };
        let operation = value("Action").unwrap_or("").to_owned();
        let mine = value("Version").map_or_else(signed_for_it, |version| version == self.version);
        mine.then_some(Call { service: self.service, operation, parameters })
    }

    pub fn answer(&self, request: &Request, call: &Call, shared: &Shared) -> Answer {
        match self.result(request, call, &mut shared.world()) {
            Ok(inside) => {
                let (request_id, name, namespace) = (random::request_id(), &call.operation, self.namespace);
                let body = format!(
                    "<{name}Response xmlns=\"{namespace}\">\n<{name}Result>\n{inside}</{name}Result>\n<ResponseMetadata><RequestId>{request_id}\
                     </RequestId></ResponseMetadata>\n</{name}Response>\n"
                );
                Answer::with(200, "text/xml", body).header("x-amzn-RequestId", request_id)
            }
            Err(error) => error.xml(self.namespace),
        }
    }

    fn result(&self, request: &Request, call: &Call, world: &mut World) -> Result<String, AwsError> {
        if call.operation.is_empty() {
            return Err(AwsError::new(400, "MissingAction", "The request must contain the parameter Action"));
        }
        let version = call.parameters.iter().find(|(key, _)| key == "Version").map_or("", |(_, value)| value);
        let operation =
            self.operations.iter().find(|operation| operation.name == call.operation && version == self.version);
        let Some(operation) = operation else {
            let message = format!("Could not find operation {} for version {version}", call.operation);
            return Err(AwsError::new(400, "InvalidAction", message));
        };
        let caller =
            if operation.signed { Some(authenticate(request, self.service, Dialect::Query, world)?) } else { None };
        let parameters = Parameters::read(&call.parameters, operation.rules, self)?;
        let region = match &caller {
            Some(caller) => caller.region.clone(),
            None => region_of_host(request.header("host").unwrap_or("")).unwrap_or(&world.region).to_owned(),
        };
        (operation.run)(&parameters, &mut Ask { world, caller, region })
    }
}

impl Ask<'_> {
    /// Who signed. Only operations that need no signature have nobody.
    pub fn caller(&self) -> Result<&Caller, AwsError> {
        self.caller
            .as_ref()
            .ok_or_else(|| AwsError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"))
    }

    /// Refuses an action that the caller is denied.
    pub fn authorize(&self, action: &str, resource: &str) -> Result<(), AwsError> {
        self.caller()?.authorize(action, resource, &self.world.account, Dialect::Query)
    }
}

/// Parameters that were found right.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    values: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

impl Parameters {
    fn read(pairs: &[(String, String)], rules: &[Rule], api: &QueryApi) -> Result<Self, AwsError> {
        let mut found = Self::default();
        for (name, value) in pairs.iter().filter(|(name, _)| name != "Action" && name != "Version") {
            let Some(rule) = rules.iter().find(|rule| rule.names(name)) else {
                return Err(malformed_input(format!("Unexpected parameter: {name}")));
            };
            found.take(rule, name, value, api)?;
        }
        for rule in rules.iter().filter(|rule| rule.required) {
            if !found.values.contains_key(rule.name) && !found.lists.contains_key(rule.name) {
                return Err((api.missing)(rule.name));
            }
        }
        Ok(found)
    }

    fn take(&mut self, rule: &Rule, name: &str, value: &str, api: &QueryApi) -> Result<(), AwsError> {
        match rule.kind {
            Kind::List(_) => {
                let list = self.lists.entry(rule.name).or_default();
                // `Name=` is how an empty list is sent.
                if name != rule.name {
                    let number = name.rsplit('.').next().and_then(|number| number.parse::<usize>().ok());
                    if number != Some(list.len() + 1) {
                        return Err(malformed_input(format!("Unexpected list element: {name}")));
                    }
                    list.push(value.to_owned());
                } else if !value.is_empty() {
                    return Err(malformed_input(format!("{name} is a list")));
                }
            }
            Kind::Structures => {}
            Kind::Number if value.parse::<i64>().is_err() => return Err((api.malformed)(rule.name, value)),
            Kind::Boolean if !matches!(value, "true" | "false") => return Err((api.malformed)(rule.name, value)),
            Kind::Text | Kind::Number | Kind::Boolean => {
                if self.values.insert(rule.name, value.to_owned()).is_some() {
                    return Err(malformed_input(format!("Duplicate parameter: {name}")));
                }
            }
        }
        Ok(())
    }

    /// A text parameter, if it was sent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A required text parameter.
    pub fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or("")
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    pub fn boolean(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    pub fn list(&self, name: &str) -> &[String] {
        self.lists.get(name).map_or(&[], Vec::as_slice)
    }
}

impl Rule {
    /// Whether a parameter as sent is this one, or part of it.
    fn names(&self, sent: &str) -> bool {
        let Some(rest) = sent.strip_prefix(self.name) else { return false };
        if rest.is_empty() {
            return true;
        }
        match self.kind {
            Kind::List(member) => rest
                .strip_prefix('.')
                .and_then(|rest| rest.strip_prefix(member))
                .and_then(|rest| rest.strip_prefix('.'))
                .is_some_and(|number| number.parse::<usize>().is_ok()),
            Kind::Structures => rest.starts_with(".member."),
            _ => false,
        }
    }
}

fn malformed_input(message: String) -> AwsError {
    AwsError::new(400, "MalformedInput", message)
}

/// `<name>text</name>`
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>\n", escape(text))
}
