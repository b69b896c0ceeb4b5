//! The application: its embed link, opened with the session token, shows the page that holds the SAML response.

use super::login_form;
use super::{PROVIDER, SignIn};
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::http::host_and_port;
use crate::ports::web::Visited;
use crate::protocol::html_form::{self, Page};
use crate::secret::{ExposeSecret, SecretString};
use url::Url;

/// `/home/{app_name}/{app_id}`. The id is what follows the name in the link that administrators are shown: it has two
/// parts there (`0oa2hylwrpM8UGehd1t7/272`), so its slash stays one.
pub(super) fn embed_link(settings: &Settings, org: &Url) -> Result<Url, AuthError> {
    let name = settings.text(Key::AppName).unwrap_or(Key::AppName.spec().default).trim();
    let id = settings.require(Key::AppId, "Okta")?.trim();
    let invalid = |key| {
        settings
            .invalid(key, "must be as it stands in the application's embed link, https://…/home/<app_name>/<app_id>")
    };
    if id.contains([':', '?', '#']) || id.split('/').any(is_no_segment) {
        return Err(invalid(Key::AppId));
    }
    if is_no_segment(name) {
        return Err(invalid(Key::AppName));
    }
    let mut url = org.clone();
    url.path_segments_mut().map_err(|()| invalid(Key::AppId))?.clear().push("home").push(name).extend(id.split('/'));
    Ok(url)
}

/// What would lead to another page than the one that is meant.
fn is_no_segment(text: &str) -> bool {
    matches!(text, "" | "." | "..")
}

impl SignIn<'_> {
    /// Opens the application.
    pub(super) async fn saml_response(&mut self, session_token: &SecretString) -> Result<SecretString, AuthError> {
        self.ports.progress.now(format_args!("waiting for the application's page at Okta"));
        let mut url = self.app.clone();
        url.query_pairs_mut().append_pair("onetimetoken", session_token.expose_secret());
        let visited = self.web.get(url).await?;
        let page = html_form::read(&visited.response.body);
        if visited.status().is_success()
            && let Some(response) = page.value("SAMLResponse")
        {
            return Ok(response);
        }
        let error = self.without_response(visited, &page)?;
        Err(self.hint_at_engine(error).await)
    }

    /// Why there is none. `Err`: for a reason that no engine has anything to do with.
    fn without_response(&self, visited: Visited, page: &Page) -> Result<AuthError, AuthError> {
        let host = host_and_port(&self.org);
        let status = visited.status().as_u16();
        let error = |kind, what: &str| AuthError::new(kind, Stage::Idp, format!("Okta at {host} {what}"));
        match status {
            403 => {
                let notice = page.notice().map(|notice| format!(": {notice}")).unwrap_or_default();
                let what = format!("does not let the user into the application{notice}");
                return Err(error(Status::IdpRejected, &what)
                    .http_status(status)
                    .hint("have an administrator assign the application to the user; check app_id and app_name"));
            }
            404 => {
                let error = error(Status::IdpUnexpected, "has no such application").http_status(status);
                return Err(error.hint("check app_id and app_name: they stand in the application's embed link"));
            }
            _ => {}
        }
        let path = visited.url.path();
        if path.starts_with("/login/step-up") {
            return Ok(error(Status::MfaRequired, "asks for a second factor for this application alone")
                .hint("use plugin_name=BrowserSAML, or have the factor asked for by the org's sign-on policy"));
        }
        if path.starts_with("/login/") || page.password_form().is_some() {
            let what = "shows its sign-in page in place of the application: the session is not enough for it";
            return Ok(error(Status::IdpRejected, what)
                .http_status(status)
                .hint("check the application's sign-on policy; plugin_name=BrowserSAML copes with any policy"));
        }
        let visited = visited.require_success("check app_id and app_name")?;
        let what = "answered with a page without a SAML response";
        Ok(login_form::unexpected(&visited, page, &PROVIDER, what)
            .hint("check app_id and app_name: the application must be one that signs in at AWS by SAML"))
    }
}
