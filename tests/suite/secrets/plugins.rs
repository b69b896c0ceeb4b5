//! Every plugin with a login that makes all the requests it knows, and the secrets of that login.

use super::{browsers, odd_secret, secret};
use crate::probe::{Call, Dsn, HostPlugin, Machine};
use crate::tokens;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::identity::{EntraTenant, FactorKind, OktaEngine, OktaOrg};
use rs_auth_sandbox::world::{AccessKey, World};

const ASK_OTP: i32 = 3;
const CACHE_OFF: i32 = 1;
const KEY: &str = "ASIACANARIES";
/// Looks like nothing that is logged, and is not in any wardrobe: a code is short.
const CODE: &str = "73495816";
const SEED: &str = "CANARYSEEDCANARYSEED234567CANARY";
const WORKGROUP: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";

/// The requests after a SAML response.
const SAML: [&str; 2] = ["AssumeRoleWithSAML", "GetClusterCredentials"];

/// A plugin, by the name of the login.
pub struct Login {
    pub name: &'static str,
    /// What goes wrong here: the requests that it makes, but for those that others make in the same way.
    pub operations: &'static [&'static str],
    scene: fn() -> Scene,
}

/// A login, ready to be made as often as one likes.
pub struct Scene {
    pub sandbox: Sandbox,
    pub machine: Machine,
    pub dsn: Dsn,
    pub typed: Option<String>,
    pub host: Option<HostPlugin>,
    /// What else a call has.
    pub more: Box<dyn Fn(Call) -> Call>,
    /// What is made ready before each login, with nothing scripted.
    pub before: Box<dyn Fn(&Sandbox)>,
    /// What is planted.
    pub secrets: Vec<String>,
}

impl Login {
    /// Which of several requests of a kind goes wrong first: nobody knows a code before it is typed.
    pub fn nth(&self) -> u32 {
        if self.name == "Okta, text message" { 2 } else { 1 }
    }

    pub fn scene(&self) -> Scene {
        (self.scene)()
    }

    /// How it ends when nothing goes wrong: the codes of browsers are made up, as nobody could plant another one.
    pub fn status(&self) -> i32 {
        match self.name {
            "Okta, engine" => 300,
            name if name.ends_with(browsers::ALONE) || name.ends_with(browsers::RENEWED) => 305,
            name if name.ends_with(browsers::MADE_UP) => 300,
            _ => 0,
        }
    }
}

impl Scene {
    pub fn new(dsn: impl FnOnce(&Sandbox) -> Dsn) -> Self {
        Self::in_world(|_| {}, dsn)
    }

    fn in_world(change: impl FnOnce(&mut World), dsn: impl FnOnce(&Sandbox) -> Dsn) -> Self {
        let sandbox = Sandbox::builder()
            .with_world(|world| {
                plant(world);
                change(world);
            })
            .start();
        let dsn = dsn(&sandbox);
        let (more, before) = (Box::new(|call| call), Box::new(|_: &Sandbox| ()));
        let (typed, host, secrets) = (None, None, Vec::new());
        Self { sandbox, machine: Machine::new(), dsn, typed, host, more, before, secrets }
    }

    pub fn with(mut self, secrets: impl IntoIterator<Item = String>) -> Self {
        self.secrets.extend(secrets);
        self
    }

    /// With `proof` as that key of a plugin.
    pub fn given(plugin: &str, key: &str, proof: &str) -> Self {
        let dsn = |sandbox: &Sandbox| tokens::dsn(sandbox, plugin).set("role_arn", tokens::ROLE).set(key, proof);
        Self::new(dsn).with([proof.to_owned()])
    }

    /// With a key that a login at Okta may have.
    pub fn at_okta_with(key: &str, value: &str) -> Self {
        let scene = okta("totp", |_| {}).with([value.to_owned()]);
        Self { dsn: scene.dsn.clone().set(key, value), ..scene }
    }

    /// With a program of the user's, which has the response for alice in a file beside it.
    pub fn of_program(script: &str) -> Self {
        let scene = Self::new(|sandbox| tokens::dsn(sandbox, "External").set("PWD", &odd_secret("password")));
        let response = response(&scene.sandbox);
        let machine = scene.machine.file("response", &response).program("sso", &format!("#!/bin/sh\n{script}\n"));
        let program = machine.path("sso");
        let dsn = scene.dsn.set("external_program", &program.display().to_string());
        Self { machine, dsn, secrets: vec![odd_secret("password"), response], ..scene }
    }

    /// What a person types when asked.
    fn typing(self, text: &str) -> Self {
        Self { typed: Some(text.to_owned()), ..self }.with([text.to_owned()])
    }

    /// The login, which nothing is remembered of.
    pub fn call(&self) -> Call {
        let call = self.dsn.call().log(super::TRACE).cache(CACHE_OFF);
        let call = match &self.typed {
            Some(text) => (0..4).fold(call, |call, _| call.answering(ASK_OTP, text)),
            None => call,
        };
        let call = match &self.host {
            Some(plugin) => call.plugin(plugin.clone()),
            None => call,
        };
        (self.more)(call)
    }
}

/// A world whose own secrets sing too.
pub fn plant(world: &mut World) {
    world.keys.push(AccessKey::of_role(KEY, &secret("key"), &secret("session"), "sandbox-role", "s"));
    world.database_password = Some(odd_secret("database"));
    world.proxy.password = secret("proxy");
    world.entra.client_secret = odd_secret("client secret");
    for person in &mut world.people {
        person.password = odd_secret("password");
        for factor in &mut person.factors {
            match &mut factor.kind {
                FactorKind::Totp { seed } => SEED.clone_into(seed),
                FactorKind::Sms { code } | FactorKind::Call { code } => CODE.clone_into(code),
                FactorKind::Question { answer, .. } => *answer = odd_secret("answer"),
                FactorKind::Push { .. } | FactorKind::WebAuthn => {}
            }
        }
    }
}

fn at_provider(sandbox: &Sandbox, plugin: &str, user: &str) -> Dsn {
    let https = sandbox.https_url();
    let (_, port) = https.rsplit_once(':').unwrap();
    tokens::dsn(sandbox, plugin)
        .set("idp_host", "127.0.0.1")
        .set("idp_port", port)
        .set("UID", user)
        .set("PWD", &odd_secret("password"))
        .set("CaFile", &sandbox.ca_file().display().to_string())
}

fn signing_in(plugin: &'static str, user: &'static str) -> Scene {
    Scene::new(|sandbox| at_provider(sandbox, plugin, user)).with([odd_secret("password")])
}

fn okta(user: &str, change: impl FnOnce(&mut OktaOrg)) -> Scene {
    let dsn = |sandbox: &Sandbox| at_provider(sandbox, "Okta", user).set("app_id", &OktaOrg::default().app_id);
    Scene::in_world(|world| change(&mut world.identity_pages.okta), dsn).with([odd_secret("password")])
}

fn okta_by_seed() -> Scene {
    let mut scene = okta("totp", |_| {}).with([SEED.to_owned()]);
    scene.dsn = scene.dsn.set("totp_secret", SEED);
    scene
}

fn azure() -> Scene {
    let dsn = |sandbox: &Sandbox| {
        at_provider(sandbox, "AzureAD", "alice")
            .set("idp_tenant", "contoso.example")
            .set("client_id", &EntraTenant::default().client_id)
            .set("client_secret", &odd_secret("client secret"))
    };
    Scene::new(dsn).with([odd_secret("client secret"), odd_secret("password")])
}

/// A login with something that the caller has: made of the sandbox, given by that key.
fn bringing(plugin: &'static str, key: &'static str, proof: fn(&Sandbox) -> String) -> Scene {
    let mut scene = Scene::new(|sandbox| tokens::dsn(sandbox, plugin).set("role_arn", tokens::ROLE));
    let proof = proof(&scene.sandbox);
    scene.dsn = scene.dsn.set(key, &proof);
    scene.with([proof])
}

fn jwt(sandbox: &Sandbox) -> String {
    let token = tokens::fresh();
    tokens::known(sandbox, &token, false);
    token
}

pub fn response(sandbox: &Sandbox) -> String {
    sandbox.assertion_for("alice")
}

fn basic_saml_to_workgroup() -> Scene {
    let mut scene = bringing("BasicSAML", "saml_assertion", response);
    scene.dsn = scene.dsn.set("Host", WORKGROUP);
    scene
}

fn signed(dsn: Dsn) -> Dsn {
    dsn.signed(KEY, &secret("key")).set("SessionToken", &secret("session"))
}

fn identity_center() -> Scene {
    let dsn = |sandbox: &Sandbox| signed(tokens::dsn(sandbox, "IdpTokenAuthPlugin").without("IAM"));
    Scene::new(dsn).with([secret("key"), secret("session")])
}

fn auth_profile() -> Scene {
    let dsn = |sandbox: &Sandbox| {
        signed(Dsn::cluster(sandbox)).set("AuthProfile", "sandbox-profile").set("Region", "us-east-1")
    };
    Scene::new(dsn).with([secret("key"), secret("session")])
}

fn of_host(plugin: fn(&Sandbox) -> HostPlugin) -> Scene {
    let mut scene = Scene::new(|sandbox| Dsn::cluster(sandbox).set("plugin_name", "desk"));
    let plugin = plugin(&scene.sandbox);
    let (HostPlugin::Keys(_, secret) | HostPlugin::Token(secret) | HostPlugin::Saml(secret)) = plugin.clone() else {
        unreachable!("each proves something")
    };
    scene.host = Some(plugin);
    scene.with([secret])
}

fn host_keys() -> Scene {
    let scene = of_host(|_| HostPlugin::Keys("AKIACANARIES".to_owned(), secret("user's key")));
    let key = AccessKey::of_user("AKIACANARIES", &secret("user's key"), "sandbox-user");
    scene.sandbox.with_world(|world| world.keys.push(key));
    scene
}

macro_rules! logins {
    ($($name:literal [$($operation:expr),*] $scene:expr;)*) => {
        &[$(Login { name: $name, operations: &[$($operation),*], scene: || $scene }),*]
    };
}

/// All of them.
pub const LOGINS: &[Login] = logins!(
    "ADFS" ["SignInPage", "SignIn", SAML[0], SAML[1]] signing_in("ADFS", "alice");
    "ADFS, code" ["SecondFactor"] signing_in("ADFS", "sms").typing(CODE);
    "Ping" ["SignInPage", "SignIn", SAML[0], SAML[1]] signing_in("Ping", "alice");
    "Ping, code" ["OneTimePassword"] signing_in("Ping", "sms").typing(CODE);
    "Okta" ["Authenticate", "App", SAML[0], SAML[1]] okta("alice", |_| {});
    "Okta, code by time" ["VerifyFactor"] okta_by_seed();
    "Okta, text message" ["VerifyFactor"] okta("sms", |_| {}).typing(CODE);
    "Okta, question" ["VerifyFactor"] okta("question", |_| {}).typing(&odd_secret("answer"));
    "Okta, push" ["PollFactor"] okta("push", |_| {});
    "Okta, engine" ["OrgMetadata"] okta("alice", |org| org.engine = OktaEngine::IdentityEngineOnly);
    "AzureAD" ["Token", SAML[0], SAML[1]] azure();
    "JWT" [] bringing("JWT", "web_identity_token", jwt);
    "JwtIamAuthPlugin" ["AssumeRoleWithWebIdentity", SAML[1]] bringing("JwtIamAuthPlugin", "web_identity_token", jwt);
    "BasicSAML" [SAML[0], SAML[1]] bringing("BasicSAML", "saml_assertion", response);
    "BasicSAML, workgroup" ["GetCredentials"] basic_saml_to_workgroup();
    "BasicNativeSAML" [] bringing("BasicNativeSAML", "saml_assertion", response);
    "IdpTokenAuthPlugin" [] bringing("IdpTokenAuthPlugin", "token", jwt);
    "IdpTokenAuthPlugin, keys" ["GetIdentityCenterAuthToken"] identity_center();
    "External" [SAML[0], SAML[1]] Scene::of_program("cat >&2; cat \"$(dirname \"$0\")/response\"");
    "a host's own, keys" [SAML[1]] host_keys();
    "a host's own, token" [] of_host(|_| HostPlugin::Token(tokens::fresh()));
    "a host's own, response" [SAML[0], SAML[1]] of_host(|sandbox| HostPlugin::Saml(response(sandbox)));
    "AuthProfile" ["DescribeAuthenticationProfiles"] auth_profile();
    "BrowserSAML" [SAML[0], SAML[1]] browsers::pasting_response("BrowserSAML");
    "BrowserOktaSAML" [] browsers::pasting_response("BrowserOktaSAML");
    "BrowserAzureAD, made up" ["Token"] browsers::pasting_code("BrowserAzureAD");
    "BrowserAzureADOAuth2, made up" ["Token"] browsers::pasting_code("BrowserAzureADOAuth2");
    "BrowserIdcAuthPlugin, alone" ["RegisterClient"] browsers::alone("BrowserIdcAuthPlugin");
    "BrowserIdcAuthPlugin, made up" ["CreateToken"] browsers::pasting_code("BrowserIdcAuthPlugin");
    "BrowserAzureADOAuth2, alone" ["DeviceCode"] browsers::alone("BrowserAzureADOAuth2");
    "BrowserAzureADOAuth2, device code, made up" ["Token"] browsers::device();
    "BrowserAzureAD, renewed" ["Token"] browsers::renewed("BrowserAzureAD");
    "BrowserAzureADOAuth2, renewed" ["Token"] browsers::renewed("BrowserAzureADOAuth2");
);
