//! What Microsoft refuses, with the numbers, words and statuses that it has for it.

use serde_json::json;

use crate::http::Answer;
use crate::random;
use crate::world::World;

/// One refusal.
pub(super) struct Refusal {
    status: u16,
    number: u32,
    error: &'static str,
    text: String,
    suberror: Option<&'static str>,
}

impl Refusal {
    pub fn new(status: u16, number: u32, error: &'static str, text: impl Into<String>) -> Self {
        Self { status, number, error, text: text.into(), suberror: None }
    }

    fn grant(number: u32, text: impl Into<String>) -> Self {
        Self::new(400, number, "invalid_grant", text)
    }

    fn suberror(self, word: &'static str) -> Self {
        Self { suberror: Some(word), ..self }
    }

    pub fn unknown_tenant(tenant: &str) -> Self {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check \
             with your subscription administrator, this may happen if there are no active subscriptions for the tenant."
        );
        Self::new(400, 90002, "invalid_request", text)
    }

    pub fn missing(name: &str) -> Self {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Self::new(400, 900_144, "invalid_request", text)
    }

    pub fn unsupported_grant(grant: &str) -> Self {
        Self::new(
            400,
            70003,
            "unsupported_grant_type",
            format!("The app requested an unsupported grant type '{grant}'."),
        )
    }

    pub fn unknown_application(id: &str, tenant: &str) -> Self {
        let text = format!(
            "Application with identifier '{id}' was not found in the directory '{tenant}'. This can happen if the application has not been \
             installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your \
             authentication request to the wrong tenant."
        );
        Self::new(400, 700_016, "unauthorized_client", text)
    }

    pub fn secret_missing() -> Self {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        Self::new(401, 7_000_218, "invalid_client", text)
    }

    pub fn wrong_secret(id: &str) -> Self {
        let text = format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret \
             ID, for a secret added to app '{id}'."
        );
        Self::new(401, 7_000_215, "invalid_client", text)
    }

    pub fn unknown_resource(resource: &str, tenant: &str) -> Self {
        let text = format!(
            "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not \
             been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your \
             authentication request to the wrong tenant."
        );
        Self::new(400, 500_011, "invalid_resource", text)
    }

    /// The real one would give a JWT, with which no login here can go on.
    pub fn token_type(asked: &str) -> Self {
        let text = format!("The requested token type '{asked}' is not supported.");
        Self::new(400, 900_382, "invalid_request", text)
    }

    pub fn unknown_user(tenant: &str) -> Self {
        Self::grant(
            50034,
            format!(
                "The user account {{EmailHidden}} does not exist in the {tenant} directory. To sign into this application, the account must \
                 be added to the directory."
            ),
        )
    }

    pub fn wrong_password() -> Self {
        Self::grant(50126, "Error validating credentials due to invalid username or password.")
    }

    pub fn locked() -> Self {
        Self::grant(
            50053,
            "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        )
    }

    pub fn password_expired() -> Self {
        Self::grant(50055, "The password is expired.").suberror("user_password_expired")
    }

    pub fn disabled() -> Self {
        Self::grant(50057, "The user account is disabled.")
    }

    pub fn second_factor(resource: &str) -> Self {
        let text = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor \
             authentication to access '{resource}'."
        );
        Self::new(400, 50076, "interaction_required", text).suberror("basic_action")
    }

    pub fn must_enroll(resource: &str) -> Self {
        let text = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in \
             multi-factor authentication to access '{resource}'."
        );
        Self::new(400, 50079, "interaction_required", text).suberror("basic_action")
    }

    pub fn blocked() -> Self {
        let text =
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.";
        Self::grant(53003, text).suberror("message_only")
    }

    pub fn no_consent(client: &str) -> Self {
        Self::grant(
            65001,
            format!(
                "The user or administrator has not consented to use the application with ID '{client}' named 'Redshift'. Send an interactive \
                 authorization request for this user and resource."
            ),
        )
        .suberror("consent_required")
    }

    pub fn answer(&self, world: &World) -> Answer {
        let (trace, correlation) = (random::request_id(), random::request_id());
        let now = world.now();
        let timestamp = format!("{} {}Z", now.date(), crate::clock::iso(now).get(11..19).unwrap_or_default());
        let description = format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}",
            self.number, self.text
        );
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.number),
        });
        if let Some(word) = self.suberror {
            body["suberror"] = json!(word);
        }
        Answer::json(self.status, &body)
    }
}
