//! The rows of the matrix: a login of each plugin, and more than one where its requests differ.

use super::scene::Scene;
use crate::secrets::{odd_secret, secret};
use crate::tokens;
use rs_auth_sandbox::identity::{EntraTenant, OktaOrg};
use rs_auth_sandbox::{DevicePage, Sandbox};
use serde_json::json;

const CODE: &str = "73495816";
const SEED: &str = "CANARYSEEDCANARYSEED234567CANARY";
const WORKGROUP: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";

/// A row.
pub struct Row {
    pub name: &'static str,
    /// Its canonical name.
    pub plugin: &'static str,
    pub scene: fn() -> Scene,
}

macro_rules! rows {
    ($($plugin:literal $(: $how:literal)?, $scene:expr;)*) => {
        &[$(Row { name: concat!($plugin $(, ": ", $how)?), plugin: $plugin, scene: || $scene }),*]
    };
}

/// All of them.
pub const ROWS: &[Row] = rows!(
    "ADFS", Scene::new().of_plugin("ADFS").of_user("alice");
    "ADFS": "code", Scene::new().of_plugin("ADFS").of_user("sms").typing(CODE);
    "AzureAD", tenant(Scene::new().of_plugin("AzureAD").of_user("alice"))
        .planted("client_secret", &odd_secret("client secret"));
    "BrowserAzureAD", tenant(Scene::new().of_plugin("BrowserAzureAD").of_user("alice").with_browser());
    "BrowserAzureADOAuth2", tenant(Scene::new().of_plugin("BrowserAzureADOAuth2").of_user("alice").with_browser())
        .set("scope", &EntraTenant::default().scope);
    "BrowserAzureADOAuth2": "device", tenant(Scene::new().of_plugin("BrowserAzureADOAuth2").of_user("alice").with_device())
        .set("scope", &EntraTenant::default().scope);
    "BrowserSAML", login_url(Scene::new().of_plugin("BrowserSAML").with_browser());
    "BrowserOktaSAML", login_url(Scene::new().of_plugin("BrowserOktaSAML").with_browser());
    "Okta", okta("alice");
    "Okta": "code", okta("totp").planted("totp_secret", SEED);
    "Okta": "push", okta("push");
    "Ping", Scene::new().of_plugin("Ping").of_user("alice");
    "Ping": "code", Scene::new().of_plugin("Ping").of_user("sms").typing(CODE);
    "JWT", Scene::new().bringing("JWT", "web_identity_token", jwt);
    "JwtIamAuthPlugin", Scene::new().bringing("JwtIamAuthPlugin", "web_identity_token", jwt);
    "BasicSAML", Scene::new().bringing("BasicSAML", "saml_assertion", response);
    "BasicSAML": "workgroup", Scene::new().bringing("BasicSAML", "saml_assertion", response).set("Host", WORKGROUP);
    "BasicNativeSAML", Scene::new().bringing("BasicNativeSAML", "saml_assertion", response);
    "IdpTokenAuthPlugin", Scene::new().bringing("IdpTokenAuthPlugin", "token", jwt);
    "IdpTokenAuthPlugin": "keys", Scene::new().of_plugin("IdpTokenAuthPlugin").without("IAM").signed();
    "BrowserIdcAuthPlugin", identity_center();
    "External", external();
    "Static", Scene::new().signed();
    "Static": "group federation", Scene::new().signed().without("DbUser").set("group_federation", "1");
    "Static": "discovery", finding(Scene::new().signed().set("ClusterId", "sandbox-cluster"));
    "Static": "workgroup", finding(Scene::new().signed().set("Workgroup", "sandbox-workgroup").set("Serverless", "1"));
    "Static": "AuthProfile", Scene::new().signed().set("AuthProfile", "sandbox-profile").set("Region", "us-east-1");
    "Profile", role_of_a_role();
    "Profile": "web identity", web_identity();
    "Profile": "IAM Identity Center", sso();
    "Profile": "device code", sso_by_device();
    "InstanceProfile", on_instance().set("InstanceProfile", "1");
    "Default": "container", container();
    "Default": "instance", on_instance().set("AuthType", "Default");
);

fn tenant(scene: Scene) -> Scene {
    let entra = EntraTenant::default();
    scene.set("idp_tenant", &entra.tenant).set("client_id", &entra.client_id)
}

fn login_url(scene: Scene) -> Scene {
    let port = crate::browser::free_port();
    let acs = format!("http://localhost:{port}/redshift/");
    scene.sandbox.with_world(|world| world.identity_pages.browser_saml.acs = acs);
    let url = format!("{}/saml/login", scene.gate.url());
    scene.set("login_url", &url).set("listen_port", &port.to_string())
}

fn okta(user: &str) -> Scene {
    Scene::new().of_plugin("Okta").of_user(user).set("app_id", &OktaOrg::default().app_id)
}

fn jwt(sandbox: &Sandbox) -> String {
    let token = tokens::fresh();
    tokens::known(sandbox, &token, false);
    token
}

fn response(sandbox: &Sandbox) -> String {
    sandbox.assertion_for("alice")
}

fn identity_center() -> Scene {
    let scene = Scene::new().of_plugin("BrowserIdcAuthPlugin").without("IAM").with_browser();
    let (start, url) = (start_url(&scene), scene.gate.url());
    scene.set("issuer_url", &start).set("idc_region", "us-east-1").set("IdcEndpointUrl", &url)
}

fn start_url(scene: &Scene) -> String {
    scene.sandbox.with_world(|world| world.identity_center.start_url.clone())
}

fn external() -> Scene {
    let scene =
        Scene::new().of_plugin("External").program("sso", "cat > /dev/null; cat \"$(dirname \"$0\")/response\"");
    let response = response(&scene.sandbox);
    let program = scene.machine.path("sso").display().to_string();
    let mut scene = scene.machine(|machine, _| machine.file("response", &response)).set("external_program", &program);
    scene.secrets.push(response);
    scene
}

/// Host and port are found by a request of their own, beside that for credentials.
fn finding(scene: Scene) -> Scene {
    let mut scene = scene.without("Host").set("Region", "us-east-1");
    scene.side_by_side = true;
    scene
}

fn with_profile(text: impl FnOnce(&Scene) -> String) -> Scene {
    let scene = Scene::new();
    let text = text(&scene);
    let scene = scene.machine(|machine, _| machine.file(".aws/config", &text));
    scene.set("Profile", "p")
}

fn role_of_a_role() -> Scene {
    let mut scene = with_profile(|_| {
        format!(
            "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/sandbox-second-role\nsource_profile = base\n\
             [profile base]\naws_access_key_id = ASIACANARIES\naws_secret_access_key = {}\naws_session_token = {}\n",
            secret("key"),
            secret("session")
        )
    });
    scene.secrets = vec![secret("key"), secret("session")];
    scene
}

fn web_identity() -> Scene {
    let mut scene = with_profile(|scene| {
        let file = scene.machine.path("token").display().to_string();
        format!("[profile p]\nrole_arn = {}\nweb_identity_token_file = {file}\n", tokens::ROLE)
    });
    let token = jwt(&scene.sandbox);
    scene.secrets.push(token.clone());
    scene.machine(|machine, _| machine.file("token", &token))
}

/// A profile whose token has ended and is renewed by each login.
fn sso() -> Scene {
    let mut scene = with_profile(|scene| {
        format!(
            "[profile p]\nregion = us-east-1\nendpoint_url = {}\nsso_session = corp\nsso_account_id = 123456789012\n\
             sso_role_name = Analyst\n[sso-session corp]\nsso_region = us-east-1\nsso_start_url = {}\n",
            scene.gate.url(),
            start_url(scene)
        )
    });
    scene.before = |scene| {
        let signed_in = scene.sandbox.with_world(|world| world.sign_in_at_identity_center("alice"));
        let path = scene.machine.path(crate::sso::FILE);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, crate::sso::file(&scene.sandbox, &signed_in, -60)).unwrap();
    };
    scene
}

/// The same without any token: a person approves a device.
fn sso_by_device() -> Scene {
    let mut scene = sso().with_device();
    let page = DevicePage { person: Some("alice".to_owned()), ..DevicePage::default() };
    scene.sandbox.with_world(|world| world.identity_center.device = page);
    // Whoever has never signed in has no such directory. What an earlier login registered would spare a request.
    scene.before = |scene| {
        drop(std::fs::remove_dir_all(scene.machine.path(crate::sso::FILE).parent().unwrap()));
    };
    scene
}

fn on_instance() -> Scene {
    Scene::new().machine(|machine, scene| {
        let machine = machine.without_env("AWS_EC2_METADATA_DISABLED");
        machine.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", scene.metadata.url())
    })
}

fn container() -> Scene {
    let token = json!({ "token": secret("container") }).to_string();
    let scene = Scene::in_world(|world| world.container_token.clone_from(&token));
    let mut scene = scene.set("AuthType", "Default").machine(|machine, scene| {
        let container = scene.sandbox.container_url();
        let path = container.splitn(4, '/').nth(3).unwrap();
        let machine = machine.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/{path}", scene.metadata.url()));
        machine.env("AWS_CONTAINER_AUTHORIZATION_TOKEN", &token)
    });
    scene.secrets.push(token);
    scene
}
