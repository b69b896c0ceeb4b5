//! What every identity provider asks of a request before it looks at what is in it.

use crate::http::{Answer, Request};
use crate::service::Call;

/// The call of that operation: its parameters are the query's and the form's.
pub(crate) fn call(service: &'static str, operation: &str, request: &Request) -> Call {
    let parameters = request.query_pairs().into_iter().chain(request.form()).collect();
    Call { service, operation: operation.to_owned(), parameters }
}

/// The refusal of a request that no page of ours can have led to, in plain words: a mistake of the client, not of its user.
pub(crate) fn misuse(status: u16, reason: &str) -> Answer {
    Answer::text(status, format!("The sandbox refuses this request: {reason}\n"))
}

/// Passwords go by TLS only, and forms as a browser sends them.
pub(crate) fn check_transport(request: &Request) -> Result<(), Answer> {
    if !request.tls {
        return Err(misuse(403, "an identity provider is not to be had by plain http."));
    }
    match request.method.as_str() {
        "GET" => Ok(()),
        "POST" if request.content_type() == "application/x-www-form-urlencoded" => Ok(()),
        "POST" => Err(misuse(415, "a form is sent as application/x-www-form-urlencoded.")),
        _ => Err(misuse(405, "GET and POST are all there is.")),
    }
}

/// One cookie of the request.
pub(crate) fn cookie<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let all = request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case("cookie"));
    all.flat_map(|(_, value)| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// What a field of a form must hold.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Something that the user types.
    Typed,
    /// What the page put there.
    Given(String),
    /// What the page put there, or that: what its script makes of it.
    Either(&'static str, &'static str),
    /// That or nothing at all: a box that may be ticked.
    Ticked(&'static str),
}

/// Whether a form holds exactly the fields that its page had: none left out, none twice, none of another form.
pub(crate) fn check_fields(request: &Request, fields: &[(&str, Content)]) -> Result<(), Answer> {
    let sent = request.form();
    if let Some((name, _)) = sent.iter().find(|(name, _)| !fields.iter().any(|(known, _)| known == name)) {
        return Err(misuse(400, &format!("the form has no field {name}.")));
    }
    for (name, content) in fields {
        let values: Vec<&str> = sent.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        let right = match (content, values.as_slice()) {
            (Content::Typed, [_]) | (Content::Ticked(_), []) => true,
            (Content::Given(value), [sent]) => sent == value,
            (Content::Either(one, other), [sent]) => sent == one || sent == other,
            (Content::Ticked(value), [sent]) => sent == value,
            _ => false,
        };
        if !right {
            let count = values.len();
            return Err(misuse(
                400,
                &format!("the field {name}, sent {count} times, does not hold what the form gave it."),
            ));
        }
    }
    Ok(())
}

/// A field of the call, empty if it is not there.
pub(crate) fn field<'a>(call: &'a Call, name: &str) -> &'a str {
    call.parameters.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}
