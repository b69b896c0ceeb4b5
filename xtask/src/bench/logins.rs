//! The logins that are measured, ours and the official Python driver's, at the same servers.

use crate::run::{Outcome, target};
use crate::sandbox::Sandbox;
use serde_json::{Map, Value, json};
use std::net::TcpListener;
use std::path::Path;

/// The sandbox with the identity provider, STS and Redshift on addresses of their own.
pub struct Servers {
    pub sandbox: Sandbox,
    /// What runs as the browser.
    browser: String,
    identity: String,
    sts: String,
    redshift: String,
    world: Value,
}

/// A login of both.
pub struct Login {
    pub name: &'static str,
    /// The round trips that cannot but follow each other, to servers that were never spoken to. What does not wait for an
    /// answer (a connection to the next server, say) is not in it.
    pub chain: &'static [&'static str],
    /// Ours.
    pub dsn: Vec<(&'static str, String)>,
    /// The properties of the Python driver's, where it has such a login.
    pub peer: Option<Value>,
}

/// The first login of the list: a user's keys, by plain HTTP.
pub const KEYS: &str = "static keys, http";
pub const KEYS_TLS: &str = "static keys";
pub const OKTA: &str = "Okta";
pub const ADFS: &str = "AD FS";

const CONNECT: &str = "TCP";
const TLS: &str = "TLS 1.3";
const HOST: &str = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
const PASSWORD: &str = "Sandbox-Passw0rd";
/// A token whose claims hold until 2100; the sandbox is told to take it.
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.\
    eyJzdWIiOiJhIiwiZW1haWwiOiJhbGljZUBleGFtcGxlLmNvbSIsImV4cCI6NDEwMjQ0NDgwMH0.YSBzaWduYXR1cmUgb2Ygbm9ib2R5IGF0IGFsbA";

impl Servers {
    /// Starts them, with their files in a directory of that name.
    pub fn start(program: &Path, name: &str) -> Outcome<Self> {
        let sandbox = Sandbox::start(program, &target().join("bench").join(name))?;
        let another = || -> Outcome<String> {
            let opened = sandbox.control("POST", "listen", &json!({ "tls": true }))?;
            Ok(opened["url"].as_str().unwrap_or_default().to_owned())
        };
        let token = json!({ "token": TOKEN, "subject": "s", "issuer": "https://idp.example.com", "audience": "a", "expired": false });
        sandbox.control("PATCH", "world", &json!({ "web_identity_tokens": [token] }))?;
        Ok(Self {
            browser: format!("'{}' browse %s", program.display()),
            identity: sandbox.get("/https_url")?.to_owned(),
            sts: another()?,
            redshift: another()?,
            world: sandbox.control("GET", "world", &Value::Null)?,
            sandbox,
        })
    }

    /// How far away they are from now on.
    pub fn set_round_trip(&self, ms: u32) -> Outcome {
        self.sandbox.control("POST", "round_trip", &json!({ "ms": ms })).map(|_| ())
    }

    /// Connections and requests since the last look. The two questions are connections too, and none of theirs.
    pub fn traffic(&self) -> Outcome<(u64, u64)> {
        let requests = self.sandbox.control("GET", "requests", &Value::Null)?;
        let connections = self.sandbox.control("GET", "connections", &Value::Null)?;
        self.sandbox.control("POST", "reset", &Value::Null)?;
        let count = connections["count"].as_u64().unwrap_or_default();
        Ok((count.saturating_sub(2), requests.as_array().map_or(0, Vec::len) as u64))
    }

    /// What a login of either finds in its environment: nothing of who runs this, and the authority of the sandbox.
    pub fn environment(&self) -> Outcome<Vec<(&'static str, String)>> {
        let ca = self.sandbox.get("/ca_file")?.to_owned();
        let home = target().join("bench/home").display().to_string();
        Ok(vec![
            ("HOME", home.clone()),
            ("XDG_CACHE_HOME", home),
            ("ODBCINI", "/nonexistent".into()),
            ("ODBCSYSINI", "/nonexistent".into()),
            ("AWS_CONFIG_FILE", "/nonexistent".into()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_DEFAULT_REGION", "us-east-1".into()),
            ("AWS_ENDPOINT_URL_STS", self.sts.clone()),
            ("AWS_CA_BUNDLE", ca.clone()),
            ("REQUESTS_CA_BUNDLE", ca.clone()),
            ("BROWSER", self.browser.replace('\'', "")),
            ("RS_AUTH_BROWSE_CA", ca),
            // The driver takes one connection, and would take the one that Chromium opens and does not use.
            ("RS_AUTH_BROWSE_NO_PRECONNECT", "1".into()),
        ])
    }

    /// Names that the Python driver has built in, and where they are.
    pub fn hosts(&self) -> Value {
        let address = self.identity.trim_start_matches("https://");
        json!({ "login.microsoftonline.com:443": address })
    }

    /// All of them.
    pub fn logins(&self) -> Outcome<Vec<Login>> {
        let key = |name: &str| self.sandbox.get(&format!("/keys/user/{name}")).map(str::to_owned);
        let (id, secret) = (key("access_key_id")?, key("secret_access_key")?);
        let keys = [("AccessKeyID", id.clone()), ("SecretAccessKey", secret.clone()), ("DbUser", "alice".into())];
        let peer_keys = json!({ "access_key_id": id, "secret_access_key": secret, "db_user": "alice" });
        let http = self.sandbox.get("/http_url")?.to_owned();
        let mut plain = self.login(KEYS, &[CONNECT, REDSHIFT], keys.to_vec(), Some(peer_keys.clone()));
        replace(&mut plain, &http);
        Ok(vec![
            plain,
            self.login(KEYS_TLS, &[CONNECT, TLS, REDSHIFT], keys.to_vec(), Some(peer_keys)),
            self.form(ADFS, "ADFS", "AdfsCredentialsProvider"),
            self.form("Ping", "Ping", "PingCredentialsProvider"),
            self.okta(),
            self.azure()?,
            self.web_identity()?,
            self.browser()?,
        ])
    }

    fn login(
        &self,
        name: &'static str,
        chain: &'static [&'static str],
        keys: Vec<(&'static str, String)>,
        peer: Option<Value>,
    ) -> Login {
        let ca = self.sandbox.get("/ca_file").unwrap_or_default().to_owned();
        let mut dsn = vec![
            ("Host", HOST.to_owned()),
            ("Port", "5439".into()),
            ("Database", "dev".into()),
            ("Region", "us-east-1".into()),
            ("EndPointUrl", self.redshift.clone()),
            ("StsEndpointUrl", self.sts.clone()),
            ("CaFile", ca),
        ];
        dsn.extend(keys);
        let peer = peer.map(|properties| {
            let mut all = json!({
                "iam": true, "ssl": true, "host": HOST, "port": 5439, "db_name": "dev", "region": "us-east-1",
                "cluster_identifier": "sandbox-cluster", "endpoint_url": self.redshift,
            });
            if let (Value::Object(all), Value::Object(properties)) = (&mut all, properties) {
                all.extend(properties);
            }
            all
        });
        Login { name, chain, dsn, peer }
    }

    /// A page with a form, and its answer.
    fn form(&self, name: &'static str, plugin: &str, peer: &str) -> Login {
        let port = self.port();
        let number: u16 = port.parse().unwrap_or_default();
        self.login(
            name,
            &[CONNECT, TLS, "sign-in page", "the form", STS, REDSHIFT],
            person(plugin, vec![("idp_host", "127.0.0.1".into()), ("idp_port", port)]),
            Some(peer_person(peer, json!({ "idp_host": "127.0.0.1", "idpPort": number }))),
        )
    }

    fn okta(&self) -> Login {
        let org = &self.world["identity_pages"]["okta"];
        let text = |name: &str| org[name].as_str().unwrap_or_default().to_owned();
        let (name, id, port) = (text("app_name"), text("app_id"), self.port());
        // It ignores the port, but takes the host as it is.
        let host = format!("127.0.0.1:{port}");
        self.login(
            OKTA,
            &[CONNECT, TLS, "authn", "the application's page", STS, REDSHIFT],
            person(
                "Okta",
                vec![
                    ("idp_host", "127.0.0.1".into()),
                    ("idp_port", port),
                    ("app_name", name.clone()),
                    ("app_id", id.clone()),
                ],
            ),
            Some(peer_person("OktaCredentialsProvider", json!({ "idp_host": host, "app_name": name, "app_id": id }))),
        )
    }

    fn azure(&self) -> Outcome<Login> {
        let entra = |name: &str| self.sandbox.get(&format!("/entra/{name}")).map(str::to_owned);
        let (tenant, client, secret) = (entra("tenant")?, entra("client_id")?, entra("client_secret")?);
        let peer = json!({ "idp_tenant": tenant, "client_id": client, "client_secret": secret });
        Ok(self.login(
            "AzureAD",
            &[CONNECT, TLS, "token", STS, REDSHIFT],
            person(
                "AzureAD",
                vec![
                    ("idp_host", "127.0.0.1".into()),
                    ("idp_port", self.port()),
                    ("idp_tenant", tenant),
                    ("client_id", client),
                    ("client_secret", secret),
                ],
            ),
            Some(peer_person("AzureCredentialsProvider", peer)),
        ))
    }

    /// The Python driver has none.
    fn web_identity(&self) -> Outcome<Login> {
        let role = self.sandbox.get("/roles/sandbox-role")?.to_owned();
        Ok(self.login(
            "JWT, web identity",
            &[CONNECT, TLS, "AssumeRoleWithWebIdentity", REDSHIFT],
            vec![
                ("plugin_name", "JwtIamAuthPlugin".into()),
                ("web_identity_token", TOKEN.into()),
                ("role_arn", role),
                ("DbUser", "alice".into()),
            ],
            None,
        ))
    }

    /// What the browser does is in it: it is as far from the provider as the login is.
    fn browser(&self) -> Outcome<Login> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| format!("a free port: {error}"))?.port();
        let url = format!("{}/saml/login?acs=http://localhost:{port}/redshift/", self.identity);
        let peer = json!({
            "credentials_provider": "BrowserSamlCredentialsProvider", "login_url": url, "listen_port": port,
            "idp_response_timeout": 60,
        });
        Ok(self.login(
            "BrowserSAML",
            &[CONNECT, TLS, "sign-in page", "the form", STS, REDSHIFT],
            vec![
                ("plugin_name", "BrowserSAML".into()),
                ("login_url", url),
                ("listen_port", port.to_string()),
                ("browser_command", self.browser.clone()),
            ],
            Some(peer),
        ))
    }

    fn port(&self) -> String {
        self.identity.rsplit_once(':').map(|(_, port)| port.to_owned()).unwrap_or_default()
    }
}

const STS: &str = "AssumeRoleWithSAML";
const REDSHIFT: &str = "GetClusterCredentials";

/// All AWS services at this URL.
fn replace(login: &mut Login, url: &str) {
    for (key, value) in &mut login.dsn {
        if key.ends_with("EndPointUrl") || *key == "StsEndpointUrl" {
            url.clone_into(value);
        }
    }
    if let Some(peer) = login.peer.as_mut().and_then(Value::as_object_mut) {
        peer.insert("endpoint_url".into(), url.into());
    }
}

fn person(plugin: &str, more: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let mut keys = vec![("plugin_name", plugin.to_owned()), ("UID", "alice".into()), ("PWD", PASSWORD.into())];
    keys.extend(more);
    keys
}

fn peer_person(provider: &str, more: Value) -> Value {
    let mut all = Map::new();
    all.insert("credentials_provider".into(), provider.into());
    all.insert("user_name".into(), "alice".into());
    all.insert("password".into(), PASSWORD.into());
    if let Value::Object(more) = more {
        all.extend(more);
    }
    Value::Object(all)
}
