//! `Ping`: `PingFederate` with user and password in its login form.
//!
//! The ODBC driver ignores the form's action and posts to the first URL, which newer releases refuse; here the action holds.

use super::login_form::{self, Login, Provider, provider_url, query_value};
use super::{Foreseeing, Greeting, Plugin, Proof, Proving, Way, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::AuthError;
use crate::ports::Ports;
use crate::ports::web::WebSession;
use url::Url;

pub(crate) struct Ping;

const PROVIDER: Provider = Provider { name: "PingFederate", keys: "idp_host, idp_port and partner_spid" };

impl Plugin for Ping {
    fn name(&self) -> &'static str {
        "Ping"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IdpHost, Key::Uid, Key::Pwd]
    }

    fn yields(&self) -> Kind {
        Kind::DbPassword
    }

    fn names_user(&self) -> bool {
        true
    }

    fn may_need_a_person(&self, settings: &Settings) -> bool {
        Login::of(settings).is_some()
    }

    fn way<'a>(&'a self, settings: &'a Settings, _: &'a Ports) -> Foreseeing<'a> {
        ready(start(settings).map(|start| Way::Steps(login_form::planned(&start))))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        Some(Box::pin(async move { login_form::greet(start(settings)?, &PROVIDER, ports).await }))
    }
}

/// Where a login begins.
fn start(settings: &Settings) -> Result<Url, AuthError> {
    let partner = query_value(settings.text(Key::PartnerSpid).unwrap_or(Key::PartnerSpid.spec().default));
    provider_url(settings, "Ping", &format!("/idp/startSSO.ping?PartnerSpId={partner}"))
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let start = start(settings)?;
    let login = Login::of(settings).ok_or_else(|| Key::Pwd.missing("Ping"))?;
    let mut session = WebSession::new(&ports.http, PROVIDER.name);
    login_form::sign_in(&mut session, start, &login, &PROVIDER, ports).await.map(Proof::SamlResponse)
}
