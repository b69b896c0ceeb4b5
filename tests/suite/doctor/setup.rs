//! Logins that work, each with everything that it needs; to be broken in one place.

use super::database::{Answer, Database};
use crate::probe::{Dsn, Machine};
use rs_auth_sandbox::identity::{EntraTenant, OktaOrg, PASSWORD};
use rs_auth_sandbox::{Sandbox, TlsDefect};

/// A login with its world.
pub struct Setup {
    pub sandbox: Sandbox,
    pub database: Database,
    pub machine: Machine,
    pub dsn: Dsn,
    pub timeout: u64,
}

pub fn port_of(url: &str) -> u16 {
    url.rsplit_once(':').unwrap().1.parse().unwrap()
}

impl Setup {
    fn new(dsn: impl FnOnce(&Sandbox) -> Dsn) -> Self {
        let sandbox = Sandbox::start();
        let database = Database::start(Answer::TlsOf(port_of(&sandbox.https_url())));
        let dsn = dsn(&sandbox)
            .set("Host", "127.0.0.1")
            .set("Port", &database.port().to_string())
            .set("ClusterId", "sandbox-cluster")
            .set("Region", "us-east-1")
            .set("CaFile", &sandbox.ca_file().display().to_string());
        Self { sandbox, database, machine: Machine::new(), dsn, timeout: 20_000 }
    }

    /// A user's keys, at AWS by TLS.
    pub fn keys() -> Self {
        Self::new(|sandbox| Dsn::keys(sandbox).at(&sandbox.https_url()))
    }

    fn at_provider(plugin: &str) -> Self {
        Self::new(|sandbox| {
            let https = sandbox.https_url();
            Dsn::cluster(sandbox)
                .at(&https)
                .without("DbUser")
                .set("plugin_name", plugin)
                .set("idp_host", "127.0.0.1")
                .set("idp_port", &port_of(&https).to_string())
                .set("UID", "alice")
                .set("PWD", PASSWORD)
        })
    }

    pub fn adfs() -> Self {
        Self::at_provider("ADFS")
    }

    pub fn ping() -> Self {
        Self::at_provider("Ping")
    }

    pub fn okta() -> Self {
        Self::at_provider("Okta").set("app_id", &OktaOrg::default().app_id)
    }

    pub fn azure() -> Self {
        let entra = EntraTenant::default();
        Self::at_provider("AzureAD")
            .set("idp_tenant", "contoso.example")
            .set("client_id", &entra.client_id)
            .set("client_secret", &entra.client_secret)
    }

    /// A user's keys, at the names of AWS, to which only the proxy leads.
    pub fn proxied() -> Self {
        let setup = Self::new(|sandbox| Dsn::keys(sandbox).without("EndPointUrl").without("StsEndpointUrl"));
        let port = setup.sandbox.proxy_port();
        Self { dsn: setup.dsn.clone().through_proxy(port), ..setup }
    }

    pub fn set(self, key: &str, value: &str) -> Self {
        Self { dsn: self.dsn.clone().set(key, value), ..self }
    }

    pub fn without(self, key: &str) -> Self {
        Self { dsn: self.dsn.clone().without(key), ..self }
    }

    pub fn at(self, url: &str) -> Self {
        Self { dsn: self.dsn.clone().at(url), ..self }
    }

    pub fn env(self, name: &str, value: &str) -> Self {
        Self { machine: self.machine.env(name, value), ..self }
    }

    /// AWS behind that TLS.
    pub fn behind(self, defect: TlsDefect) -> Self {
        let url = self.sandbox.bad_tls(defect);
        self.at(&url)
    }

    /// The database behind that TLS.
    pub fn database_behind(self, defect: TlsDefect) -> Self {
        self.database.answers(Answer::TlsOf(port_of(&self.sandbox.bad_tls(defect))));
        self
    }

    pub fn database_answers(self, answer: Answer) -> Self {
        self.database.answers(answer);
        self
    }

    pub fn script(self, fault: rs_auth_sandbox::Fault) -> Self {
        self.sandbox.script(rs_auth_sandbox::Fault { times: 0, ..fault });
        self
    }

    pub fn world(self, change: impl FnOnce(&mut rs_auth_sandbox::World)) -> Self {
        self.sandbox.with_world(change);
        self
    }

    pub fn within(self, ms: u64) -> Self {
        Self { timeout: ms, ..self }
    }

    pub fn call(&self) -> crate::probe::Call {
        self.dsn.call().timeout(self.timeout)
    }
}
