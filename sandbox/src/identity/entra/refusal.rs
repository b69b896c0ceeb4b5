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

    pub fn suberror(self, word: &'static str) -> Self {
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

    pub fn no_redirect_uri() -> Self {
        Self::new(400, 900_971, "invalid_request", "No reply address provided.")
    }

    pub fn unknown_redirect_uri(uri: &str, client: &str) -> Self {
        let text = format!(
            "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application \
             '{client}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal."
        );
        Self::new(400, 50011, "invalid_request", text)
    }

    pub fn other_redirect_uri(brought: &str, asked: &str) -> Self {
        let text = format!(
            "The reply address '{brought}' does not match the reply address '{asked}' provided when requesting Authorization code."
        );
        Self::grant(50011, text)
    }

    pub fn response_type(asked: &str) -> Self {
        let text = format!("The provided value for the input parameter 'response_type' is not allowed: '{asked}'.");
        Self::new(400, 70005, "unsupported_response_type", text)
    }

    pub fn response_mode(asked: &str) -> Self {
        let text = format!("'{asked}' is not a supported value for the input parameter 'response_mode'.");
        Self::new(400, 70007, "invalid_request", text)
    }

    pub fn unknown_scope(scope: &str) -> Self {
        let text = format!(
            "The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."
        );
        Self::new(400, 70011, "invalid_scope", text)
    }

    pub fn empty_scope() -> Self {
        let text = "Provided value for the input parameter scope cannot be empty when requesting an access token using the provided \
                    authorization code. Specify a valid scope.";
        Self::new(400, 28003, "invalid_request", text)
    }

    pub fn no_challenge() -> Self {
        Self::new(400, 50147, "invalid_request", "Missing code challenge parameter.")
    }

    pub fn challenge_size() -> Self {
        Self::new(400, 501_491, "invalid_request", "Invalid size of Code_Challenge parameter.")
    }

    pub fn challenge_method() -> Self {
        Self::new(400, 50149, "invalid_request", "Invalid Code_Challenge_method parameter.")
    }

    pub fn wrong_verifier() -> Self {
        Self::grant(
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        )
    }

    pub fn verifier_mismatch() -> Self {
        let text =
            "The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.";
        Self::grant(50148, text)
    }

    pub fn silent() -> Self {
        Self::new(400, 50058, "login_required", "A silent sign-in request was sent but no user is signed in.")
    }

    pub fn prompt(asked: &str) -> Self {
        let text = format!("Unsupported 'prompt' value: '{asked}'.");
        Self::new(400, 90023, "invalid_request", text)
    }

    pub fn session_over() -> Self {
        let text = "The session is not valid due to password expiration, recent password change or because it is over. Sign in again.";
        Self::new(400, 50133, "invalid_request", text)
    }

    pub fn declined() -> Self {
        Self::new(400, 65004, "access_denied", "User declined to consent to access the app.")
    }

    pub fn malformed_grant() -> Self {
        Self::grant(70000, "Provided grant is invalid or malformed.")
    }

    pub fn code_redeemed() -> Self {
        let text = "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh \
                    token.";
        Self::grant(54005, text)
    }

    pub fn code_expired() -> Self {
        let text = "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive \
                    authorization request for this user and resource.";
        Self::grant(70008, text)
    }

    pub fn refresh_expired(issued: i64, expires: i64) -> Self {
        let seconds = expires - issued;
        let (days, rest) = (seconds / 86400, seconds % 86400);
        let issued = time::OffsetDateTime::from_unix_timestamp(issued).map(crate::clock::iso).unwrap_or_default();
        let (hours, minutes, seconds) = (rest / 3600, rest / 60 % 60, rest % 60);
        let text = format!(
            "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for \
             {days}.{hours:02}:{minutes:02}:{seconds:02}."
        );
        Self::grant(700_082, text).suberror("bad_token")
    }

    pub fn revoked() -> Self {
        let text = "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed \
                    or reset their password.";
        Self::grant(50173, text).suberror("bad_token")
    }

    pub fn device_pending() -> Self {
        let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
        Self::new(400, 70016, "authorization_pending", text)
    }

    /// RFC 8628, 3.5. Microsoft documents no number for it.
    pub fn slow_down() -> Self {
        let text = "OAuth 2.0 device flow error. The device asks too often. Wait longer between two requests.";
        Self::new(400, 70016, "slow_down", text)
    }

    pub fn device_expired() -> Self {
        let text =
            "The provided value for the input parameter 'device_code' is not valid. This device code has expired.";
        Self::new(400, 70020, "expired_token", text)
    }

    /// Microsoft documents the word, not the number.
    pub fn device_declined() -> Self {
        Self::new(400, 65004, "authorization_declined", "User declined to consent to access the app.")
    }

    pub fn unknown_device_code() -> Self {
        let text = "Invalid verification code due to User typing in wrong user code for device code flow.";
        Self::new(400, 70018, "bad_verification_code", text)
    }

    /// As a page shows it.
    pub fn line(&self) -> String {
        format!("AADSTS{}: {}", self.number, self.text)
    }

    /// The error as an authorization endpoint sends it to the application.
    pub fn fields(&self, world: &World) -> Vec<(&'static str, String)> {
        let told = self.told(world);
        let uri = format!("https://login.microsoftonline.com/error?code={}", self.number);
        vec![("error", self.error.to_owned()), ("error_description", told.description), ("error_uri", uri)]
    }

    fn told(&self, world: &World) -> Told {
        let (trace, correlation) = (random::request_id(), random::request_id());
        let now = world.now();
        let timestamp = format!("{} {}Z", now.date(), crate::clock::iso(now).get(11..19).unwrap_or_default());
        let line = self.line();
        let description =
            format!("{line}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}");
        Told { trace, correlation, timestamp, description }
    }

    /// The error as a token endpoint answers it.
    pub fn answer(&self, world: &World) -> Answer {
        let Told { trace, correlation, timestamp, description } = self.told(world);
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

/// What goes with each telling of a refusal.
struct Told {
    trace: String,
    correlation: String,
    timestamp: String,
    description: String,
}
