//! `ADFS`: Active Directory Federation Services, with user and password in its login form, or with the Kerberos ticket of
//! the session.

use super::login_form::{self, Login, Provider, provider_url, query_value};
use super::{Foreseeing, Greeting, Plugin, Proof, Proving, Way, ready};
use crate::credentials::Kind;
use crate::dsn::keys::Key;
use crate::dsn::settings::Settings;
use crate::error::{AuthError, Stage, Status};
use crate::ports::Ports;
use crate::ports::http::{HeaderValue, PAGE_LIMIT, Planned, Purpose, Request, StatusCode, header, host_and_port};
use crate::ports::web::{Visited, WebSession};
use crate::protocol::html_form;
use crate::secret::SecretString;
use url::Url;

pub(crate) struct Adfs;

const PROVIDER: Provider = Provider { name: "AD FS", keys: "idp_host, idp_port and loginToRp" };

/// AD FS offers integrated authentication to browsers that it knows only (`WIASupportedUserAgents`): this has what its old
/// and its new list look for. Not for logins with a password, which it would lead away from the form.
const KNOWN_BROWSER: &str = concat!(
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; WOW64; Trident/7.0) rs_auth/",
    env!("CARGO_PKG_VERSION")
);

/// One answer ends a Kerberos exchange, two at most one by NTLM.
const MOST_CHALLENGES: usize = 3;

impl Plugin for Adfs {
    fn name(&self) -> &'static str {
        "ADFS"
    }

    fn required(&self) -> &'static [Key] {
        &[Key::IdpHost]
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
        ready(start(settings).map(|start| {
            Way::Steps(match Login::of(settings) {
                Some(_) => login_form::planned(&start),
                None => vec![
                    Planned::get(start.clone(), "asks for integrated authentication"),
                    Planned::get(start, "shows the Kerberos ticket of the session").repeatedly(),
                ],
            })
        }))
    }

    fn prove<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Proving<'a> {
        Box::pin(prove(settings, ports))
    }

    fn greet<'a>(&'a self, settings: &'a Settings, ports: &'a Ports) -> Option<Greeting<'a>> {
        // Integrated authentication shows no form.
        Login::of(settings)?;
        Some(Box::pin(async move { login_form::greet(start(settings)?, &PROVIDER, ports).await }))
    }
}

/// Where a login begins.
fn start(settings: &Settings) -> Result<Url, AuthError> {
    let party = query_value(settings.text(Key::LoginToRp).unwrap_or(Key::LoginToRp.spec().default));
    provider_url(settings, "ADFS", &format!("/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp={party}"))
}

async fn prove(settings: &Settings, ports: &Ports) -> Result<Proof, AuthError> {
    let start = start(settings)?;
    let mut session = WebSession::new(&ports.http, PROVIDER.name);
    let response = match Login::of(settings) {
        Some(login) => login_form::sign_in(&mut session, start, &login, &PROVIDER, ports).await,
        None => integrated(&mut session, start, ports).await,
    };
    response.map(Proof::SamlResponse)
}

/// Windows integrated authentication: `Negotiate` (RFC 4559) with the ticket of the session.
async fn integrated(session: &mut WebSession, start: Url, ports: &Ports) -> Result<SecretString, AuthError> {
    let host = start.host_str().unwrap_or_default().to_owned();
    let ready = ports.negotiate.ready().await;
    ready.map_err(|why| why.without_password(&host))?;
    ports.log.info("login", format_args!("AD FS without UID and PWD: integrated authentication"));
    ports.progress.now(format_args!("asking AD FS for integrated authentication"));
    let mut visited = session.send(request(start, None)).await?;
    // The ticket is for the host that asks for it, which may be another one after a redirect.
    let asking = visited.url.host_str().unwrap_or_default().to_owned();
    let mut handshake = ports.negotiate.with(&asking);
    let mut tickets = 0;
    while visited.status() == StatusCode::UNAUTHORIZED && tickets < MOST_CHALLENGES {
        ports.progress.now(format_args!("asking Kerberos for a ticket for HTTP/{asking}"));
        let authorization = handshake.authorization(&visited.response.headers).await;
        let authorization = authorization.map_err(|why| match tickets {
            0 => why.without_password(&asking),
            _ => not_accepted(&visited),
        })?;
        let Some(authorization) = authorization else { break };
        tickets += 1;
        ports.progress.now(format_args!("waiting for AD FS to check the ticket"));
        visited = session.send(request(visited.url.clone(), Some(authorization))).await?;
    }
    if visited.status() == StatusCode::UNAUTHORIZED {
        return Err(if tickets == 0 { wants_password() } else { not_accepted(&visited) });
    }
    handshake.confirm(&visited.response.headers).await.map_err(|_| not_the_server(&visited))?;
    let page = html_form::read(&visited.response.body);
    match page.value("SAMLResponse") {
        Some(response) => Ok(response),
        None if page.password_form().is_some() => Err(wants_password()),
        None => Err(login_form::unexpected(
            &visited.require_success("check idp_host, idp_port and loginToRp")?,
            &page,
            &PROVIDER,
            "answered the login with a page without a SAML response",
        )),
    }
}

fn request(url: Url, authorization: Option<HeaderValue>) -> Request {
    let request = Request::get(url, Purpose::IdentityProvider)
        .header(header::USER_AGENT, HeaderValue::from_static(KNOWN_BROWSER))
        .limit(PAGE_LIMIT);
    match authorization {
        Some(value) => request.header(header::AUTHORIZATION, value),
        None => request,
    }
}

/// TLS has named the server, and its Kerberos proof is another's.
fn not_the_server(visited: &Visited) -> AuthError {
    let message =
        format!("AD FS at {} does not prove that the Kerberos ticket was for it", host_and_port(&visited.url));
    AuthError::new(Status::IdpRejected, Stage::Idp, message)
        .hint("Somebody may stand between: look into its certificate.")
}

fn not_accepted(visited: &Visited) -> AuthError {
    let message =
        format!("AD FS at {} does not accept the Kerberos ticket of this session", host_and_port(&visited.url));
    AuthError::new(Status::IdpRejected, Stage::Idp, message).http_status(visited.status().as_u16()).hint(
        "Give UID and PWD, or have its operator look into the service principal name HTTP/<host> and into \
             ExtendedProtectionTokenCheck, which must not be Require.",
    )
}

fn wants_password() -> AuthError {
    AuthError::missing_setting(
        "UID and PWD are missing, and AD FS asks for them: it offers no integrated authentication here.",
    )
    .hint(
        "Give UID and PWD. Integrated authentication is for machines inside the network of AD FS, and for browsers in its \
         WIASupportedUserAgents: MSIE 10.0 or Trident/7.0 has to be among them.",
    )
}
