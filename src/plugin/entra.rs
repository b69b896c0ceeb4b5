//! Where Microsoft Entra ID is: what its plugins share.

use super::login_form::{self, Provider, provider_url, query_value};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::http::{DATA_LIMIT, HeaderValue, Purpose, Request, header};
use crate::ports::web::{Visited, WebSession};
use crate::protocol::html_form;
use crate::protocol::oauth2::{self, ErrorAnswer, TokenAnswer};
use crate::protocol::saml;
use crate::secret::{ExposeSecret, SecretString, secret};
use url::Url;

/// As messages call it.
pub(super) const NAME: &str = "Microsoft Entra ID";
/// The type of token that the first version of the token endpoint knows for a SAML assertion.
pub(super) const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";

const PROVIDER: Provider = Provider { name: NAME, keys: "idp_tenant, idp_partition and idp_host" };

/// The URL of `path` of the tenant: at the host of its national cloud, or at `idp_host`, which stands in for it.
pub(super) fn url(settings: &Settings, plugin: &str, path: &str) -> Result<Url, AuthError> {
    let tenant = settings.require(Key::IdpTenant, plugin)?.trim();
    // Only these two would not stay the one segment of the path that they are.
    if matches!(tenant, "" | "." | "..") {
        return Err(settings.invalid(Key::IdpTenant, "must be a tenant's id or its domain"));
    }
    let path = format!("/{}/{path}", query_value(tenant));
    if settings.given(Key::IdpHost) {
        return provider_url(settings, plugin, &path);
    }
    let host = match settings.choice(Key::IdpPartition)? {
        Some("us-gov") => "login.microsoftonline.us",
        Some("cn") => "login.chinacloudapi.cn",
        _ => "login.microsoftonline.com",
    };
    Url::parse(&format!("https://{host}{path}")).map_err(|_| settings.invalid(Key::IdpTenant, "does not make a URL"))
}

/// Asks a token endpoint.
pub(super) async fn token(url: Url, fields: &[(&str, &str)], ports: &Ports) -> Result<TokenAnswer, AuthError> {
    let answered = post(url, fields, ports).await?;
    oauth2::read(answered.status().as_u16(), &answered.response.body)
}

/// Whether the tenant is there, by what OpenID Connect makes it tell of itself (OpenID Connect Discovery 1.0 section 4).
pub(super) async fn greet(settings: &Settings, plugin: &str, ports: &Ports) -> Result<String, AuthError> {
    let url = url(settings, plugin, "v2.0/.well-known/openid-configuration")?;
    let answered = WebSession::new(&ports.http, NAME).get(url).await?;
    let body = &answered.response.body;
    if ErrorAnswer::read(body).is_some() {
        oauth2::read(answered.status().as_u16(), body)?;
    }
    let answered = answered.require_success(&format!("check {}", PROVIDER.keys))?;
    if oauth2::names_token_endpoint(&answered.response.body) {
        return Ok(format!("{NAME} knows the tenant"));
    }
    let page = html_form::read(&answered.response.body);
    Err(login_form::unexpected(&answered, &page, &PROVIDER, "does not tell what a tenant tells of itself"))
}

/// Posts fields for JSON. The answer may be an error that says what it is; errors come with every status.
pub(super) async fn post(url: Url, fields: &[(&str, &str)], ports: &Ports) -> Result<Visited, AuthError> {
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
    let request = Request::form(url, Purpose::IdentityProvider, fields.iter().copied())
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .limit(DATA_LIMIT);
    let answered = WebSession::new(&ports.http, NAME).send(request).await?;
    let explained = ErrorAnswer::read(&answered.response.body).is_some();
    let answered = if explained { answered } else { answered.require_success(&format!("check {}", PROVIDER.keys))? };
    if answered.response.body.trim_ascii_start().starts_with(b"<") {
        let page = html_form::read(&answered.response.body);
        let what = "answered with a web page in the place of JSON";
        return Err(login_form::unexpected(&answered, &page, &PROVIDER, what));
    }
    Ok(answered)
}

/// The SAML response around the assertion that came as access token.
pub(super) fn saml_response(answer: &TokenAnswer) -> Result<SecretString, AuthError> {
    match answer.access_token.expose_secret() {
        // Padding as a reference of HTML, which the ODBC driver has met.
        text if text.contains("&#x3d;") => saml::wrap(&secret(text.replace("&#x3d;", "="))),
        _ => saml::wrap(&answer.access_token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsn::settings::Source;
    use crate::error::Status;

    fn of(pairs: &[(&str, &str)]) -> Result<String, AuthError> {
        let tenant = [("idp_tenant", "contoso.example")];
        let settings = Settings::from_pairs(tenant.iter().chain(pairs).copied(), Source::Argument);
        url(&settings, "AzureAD", "oauth2/token").map(String::from)
    }

    /// PY-149 to PY-152.
    #[test]
    fn the_host_is_that_of_the_partition() {
        for (partition, host) in [
            ("", "login.microsoftonline.com"),
            ("commercial", "login.microsoftonline.com"),
            ("COMMERCIAL", "login.microsoftonline.com"),
            ("Commercial   ", "login.microsoftonline.com"),
            ("us-gov", "login.microsoftonline.us"),
            ("US-GOV", "login.microsoftonline.us"),
            ("Us-gov   ", "login.microsoftonline.us"),
            ("cn", "login.chinacloudapi.cn"),
            ("CN", "login.chinacloudapi.cn"),
            ("Cn   ", "login.chinacloudapi.cn"),
        ] {
            assert_eq!(
                of(&[("idp_partition", partition)]).unwrap(),
                format!("https://{host}/contoso.example/oauth2/token"),
                "{partition}"
            );
        }
        let error = of(&[("idp_partition", "random_partition")]).unwrap_err();
        assert!(error.message().contains("must be one of commercial, us-gov, cn"), "{error}");
    }

    #[test]
    fn a_host_of_the_settings_stands_in_for_it() {
        for (pairs, start) in [
            (&[("idp_host", "127.0.0.1:8443")][..], "https://127.0.0.1:8443/"),
            (&[("idp_host", "login.example"), ("idp_port", "8443")], "https://login.example:8443/"),
            (&[("idp_host", "login.example"), ("idp_partition", "cn")], "https://login.example/"),
            (&[("idp_port", "8443")], "https://login.microsoftonline.com/"),
        ] {
            assert!(of(pairs).unwrap().starts_with(start), "{pairs:?}: {:?}", of(pairs));
        }
    }

    #[test]
    fn the_tenant_is_one_segment_whatever_stands_in_it() {
        for (tenant, segment) in [("a/../b?c#d", "a%2F..%2Fb%3Fc%23d"), (" a b% ", "a%20b%25"), ("…", "%E2%80%A6")] {
            assert_eq!(
                of(&[("idp_tenant", tenant)]).unwrap(),
                format!("https://login.microsoftonline.com/{segment}/oauth2/token")
            );
        }
        for tenant in [".", "..", " .. ", "  "] {
            assert_eq!(of(&[("idp_tenant", tenant)]).unwrap_err().status(), Status::InvalidSetting, "{tenant}");
        }
    }
}
