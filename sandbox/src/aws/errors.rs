//! AWS errors and their two spellings: XML for the Query protocol, JSON for AWS JSON 1.1.

use crate::http::{Answer, Request};
use crate::random;
use crate::service::Call;

pub(crate) const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
pub(crate) const REDSHIFT_NAMESPACE: &str = "http://redshift.amazonaws.com/doc/2012-12-01/";

/// An error that a service answers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AwsError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl AwsError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// As the Query protocol has it.
    pub fn xml(&self, namespace: &str) -> Answer {
        let request_id = random::request_id();
        let fault = if self.status < 500 { "Sender" } else { "Receiver" };
        let body = format!(
            "<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    <Type>{fault}</Type>\n    <Code>{}</Code>\n    <Message>{}</Message>\n  \
             </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n",
            escape(&self.code),
            escape(&self.message)
        );
        Answer::with(self.status, "text/xml", body).header("x-amzn-RequestId", request_id)
    }

    /// As AWS JSON 1.1 has it.
    pub fn json(&self) -> Answer {
        let body = serde_json::json!({ "__type": self.code, "message": self.message });
        Answer::json(self.status, &body)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("x-amzn-RequestId", random::request_id())
    }
}

/// Whether the request speaks AWS JSON.
pub(crate) fn is_json(request: &Request) -> bool {
    request.header("x-amz-target").is_some()
}

/// An error in the spelling of the service that was called; JSON with `code` and `message` for those that are not of AWS' API.
pub(crate) fn for_request(request: &Request, call: &Call, status: u16, code: &str, message: &str) -> Answer {
    let error = AwsError::new(status, code, message);
    match call.service {
        _ if is_json(request) => error.json(),
        "sts" => error.xml(STS_NAMESPACE),
        "redshift" => error.xml(REDSHIFT_NAMESPACE),
        crate::idc::NAME => crate::idc::for_oidc(status, code, message),
        crate::idc::PORTAL => crate::idc::for_portal(status, code, message),
        crate::identity::okta::NAME => crate::identity::okta::error(status, code, message, &[]),
        _ => Answer::json(status, &serde_json::json!({ "code": code, "message": message })),
    }
}

/// Text as it stands in XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
