//! `AzureAD`: Microsoft Entra ID with user, password and the secret of an application. One request brings a SAML
//! assertion in the place of an access token.

use super::{Foreseeing, Greeting, Plugin, Proof, Proving, Way, entra, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::http::Planned;
use crate::secret::ExposeSecret;

const NAME: &str = "AzureAD";
const TOKEN: &str = "oauth2/token";

pub(crate) struct AzureAd;

impl Plugin for AzureAd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IdpTenant, Key::Uid, Key::Pwd, Key::ClientSecret, Key::ClientId]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn way<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Foreseeing<'a> {
        ready(
            entra::url(settings, NAME, TOKEN)
                .map(|url| Way::Steps(vec![Planned::post(url, "sends user and password for a SAML assertion")])),
        )
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(entra::greet(settings, NAME, ports)))
    }
}

/// The password grant (RFC 6749 section 4.3) of the first version of the token endpoint: the second knows no SAML.
async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let url = entra::url(settings, NAME, TOKEN)?;
    let client_id = settings.require(Key::ClientId, NAME)?;
    let fields = [
        ("grant_type", "password"),
        ("requested_token_type", entra::SAML2),
        ("username", settings.require(Key::Uid, NAME)?),
        ("password", settings.require_secret(Key::Pwd, NAME)?.expose_secret()),
        ("client_secret", settings.require_secret(Key::ClientSecret, NAME)?.expose_secret()),
        ("client_id", client_id),
        ("resource", client_id),
    ];
    ports.progress.now(format_args!("asking {} for a SAML assertion", entra::NAME));
    let answer = entra::token(url, &fields, ports).await?;
    Ok(Proof::SamlResponse(entra::saml_response(&answer)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;
    use crate::plugin::fixture::{Answer, Desk, assertion as response};
    use crate::ports::http::Request;
    use crate::ports::http::fake::answer;
    use base64::Engine;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
    use serde_json::json;

    /// With everything that Python's driver breaks (PY-154).
    const ASSERTION: &str =
        "<Assertion xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">\n'jürgen' \\ ?>~\r\n</Assertion>";

    const SETTINGS: [(&str, &str); 5] = [
        ("idp_tenant", "contoso.example"),
        ("UID", "alice@contoso.example"),
        ("PWD", "p&s=w+ %ü"),
        ("client_secret", "s3cr~t/"),
        ("client_id", "1a2b"),
    ];

    async fn prove(answers: impl IntoIterator<Item = Answer>) -> (Desk, Result<String, AuthError>) {
        let desk = Desk::new(&SETTINGS, answers);
        let proof = desk.prove(&AzureAd).await.map(|proof| match proof {
            Proof::SamlResponse(response) => response.expose_secret().to_owned(),
            other => panic!("{other:?}"),
        });
        (desk, proof)
    }

    #[allow(clippy::unnecessary_wraps)] // it stands beside failures in a script
    fn token(token: &str) -> Answer {
        Ok(answer(200, &[], &json!({"token_type": "Bearer", "expires_in": "3599", "access_token": token}).to_string()))
    }

    /// PY-145.
    #[tokio::test]
    async fn one_request_of_the_drivers_shape() {
        let (desk, _) = prove([token("eA")]).await;
        let [request] = <[Request; 1]>::try_from(desk.requests()).unwrap();
        assert_eq!(request.url.as_str(), "https://login.microsoftonline.com/contoso.example/oauth2/token");
        assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(request.headers["accept"], "application/json");
        let sent: Vec<(String, String)> = url::form_urlencoded::parse(&request.body).into_owned().collect();
        let expected = [
            ("grant_type", "password"),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:saml2"),
            ("username", "alice@contoso.example"),
            ("password", "p&s=w+ %ü"),
            ("client_secret", "s3cr~t/"),
            ("client_id", "1a2b"),
            ("resource", "1a2b"),
        ];
        assert_eq!(sent, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    /// PY-154.
    #[tokio::test]
    async fn the_assertion_keeps_its_bytes() {
        let padded = BASE64_URL_SAFE.encode(ASSERTION);
        for text in [padded.trim_end_matches('=').to_owned(), padded.clone(), padded.replace('=', "&#x3d;")] {
            let (_, response) = prove([token(&text)]).await;
            let xml = String::from_utf8(BASE64_STANDARD.decode(response.unwrap()).unwrap()).unwrap();
            assert!(xml.starts_with("<samlp:Response ") && xml.ends_with(&format!("{ASSERTION}</samlp:Response>")));
        }
    }

    /// PY-146 to PY-148, and what is no answer of Microsoft's.
    #[tokio::test]
    async fn answers_without_an_assertion() {
        let plain = |status, body: &str| Ok(answer(status, &[], body));
        for (given, status, part) in [
            (plain(200, "{}"), Status::IdpUnexpected, "access_token"),
            (token(""), Status::IdpUnexpected, "access_token that is empty"),
            (plain(200, "[]"), Status::IdpUnexpected, "JSON"),
            (plain(200, ""), Status::IdpUnexpected, "JSON"),
            (plain(200, " <html><title>Welcome</title>"), Status::IdpUnexpected, "\"Welcome\""),
            (plain(404, "<html>"), Status::IdpUnexpected, "HTTP 404"),
            (plain(502, "Bad Gateway"), Status::IdpUnexpected, "HTTP 502"),
            (plain(429, ""), Status::Throttled, "HTTP 429"),
            (token("!!"), Status::AssertionInvalid, "access_token is not base64"),
            (Err(crate::ports::http::FailureKind::Dns("no such host".to_owned())), Status::Network, "no such host"),
        ] {
            let (_, error) = prove([given]).await;
            let error = error.unwrap_err();
            assert_eq!(error.status(), status, "{error}");
            assert!(error.message().contains(part), "{part}: {error}");
        }
        let (_, control) = prove([token(response(None).expose_secret())]).await;
        assert!(control.is_ok());
    }

    /// D-13: the ODBC driver reads errors from answers of status 200 only, where there are none.
    #[tokio::test]
    async fn errors_are_read_whatever_the_status() {
        for http_status in [200, 400, 401, 500] {
            let body = json!({"error": "invalid_grant", "error_codes": [50126],
                "error_description": "AADSTS50126: Error validating credentials.\r\nTrace ID: 1\r\nTimestamp: 2"});
            let (_, error) = prove([Ok(answer(http_status, &[], &body.to_string()))]).await;
            let error = error.unwrap_err();
            assert_eq!((error.status(), error.code()), (Status::IdpRejected, Some("AADSTS50126")), "{error}");
            assert!(error.message().contains("Error validating credentials."), "{error}");
            assert_eq!(error.http(), Some(http_status));
        }
    }
}
