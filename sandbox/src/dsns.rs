//! The data sources of the demo, one for each way to log in.

use crate::demo_world::{
    CLUSTER_DOMAIN, DENIED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET, WORKGROUP_DOMAIN,
};
use crate::identity::PASSWORD;
use crate::sandbox::Sandbox;

/// A data source: its name, what it shows, its keys as lines of an odbc.ini.
pub(crate) struct Dsn {
    pub name: &'static str,
    pub shows: &'static str,
    pub keys: String,
}

const DATABASE: &str = "Database=dev\nRegion=us-east-1\n";
const CLUSTER: &str =
    "Host=sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com\nDatabase=dev\nRegion=us-east-1\n";
const WORKGROUP: &str = "Host=sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com\n\
     Database=dev\nRegion=us-east-1\n";
const ALICE: &str = "DbUser=alice\n";

/// All of them.
pub(crate) fn dsns(sandbox: &Sandbox) -> Vec<Dsn> {
    let user = format!("AccessKeyID={USER_KEY}\nSecretAccessKey={USER_SECRET}\n");
    let session =
        format!("AccessKeyID={SESSION_KEY}\nSecretAccessKey={SESSION_SECRET}\nSessionToken={SESSION_TOKEN}\n");
    let denied = format!("AccessKeyID={DENIED_KEY}\nSecretAccessKey={USER_SECRET}\n");
    let cluster_domain = format!("Host={CLUSTER_DOMAIN}\n");
    let workgroup_domain = format!("Host={WORKGROUP_DOMAIN}\nServerless=1\n");
    let endpoints = format!("EndPointUrl={0}\nStsEndpointUrl={0}\n", sandbox.http_url());
    let by_tls = format!("EndPointUrl={0}\nStsEndpointUrl={0}\n{1}", sandbox.https_url(), ca_file(sandbox));
    let proxy = proxy(sandbox);
    let application = sandbox.with_world(|world| {
        let org = &world.identity_pages.okta;
        format!("app_name={}\napp_id={}\n", org.app_name, org.app_id)
    });
    let identity = identity_provider(sandbox);
    let (tenant, entra_host) = (tenant(sandbox), identity_host(sandbox));
    let (secret, scope) = sandbox.with_world(|world| {
        let entra = &world.entra;
        (format!("client_secret={}\n", entra.client_secret), format!("scope={}\n", entra.scope))
    });
    let login_url = format!("login_url={}/saml/login\n{}", sandbox.https_url(), ca_file(sandbox));

    let dsn = |name, shows, parts: &[&str]| Dsn { name, shows, keys: parts.concat() };
    vec![
        dsn("sandbox-keys", "A user's keys, provisioned cluster", &[CLUSTER, ALICE, &user, &endpoints]),
        dsn("sandbox-session", "Keys with a session token", &[CLUSTER, ALICE, &session, &endpoints]),
        dsn(
            "sandbox-groups",
            "A user that the server creates, in two groups",
            &[CLUSTER, ALICE, &user, "AutoCreate=1\nDbGroups=analysts,readers\n", &endpoints],
        ),
        dsn(
            "sandbox-group-federation",
            "The IAM identity as database user",
            &[CLUSTER, &user, "group_federation=1\n", &endpoints],
        ),
        dsn("sandbox-serverless", "A workgroup", &[WORKGROUP, &user, &endpoints]),
        dsn(
            "sandbox-custom-domain",
            "A cluster by its custom domain name",
            &[&cluster_domain, DATABASE, ALICE, &user, &endpoints],
        ),
        dsn(
            "sandbox-serverless-domain",
            "A workgroup by its custom domain name",
            &[&workgroup_domain, DATABASE, &user, &endpoints],
        ),
        dsn(
            "sandbox-discover",
            "No host: AWS is asked for it",
            &["ClusterId=sandbox-cluster\n", DATABASE, ALICE, &user, &endpoints],
        ),
        dsn(
            "sandbox-profile",
            "An AWS profile that assumes a role",
            &[CLUSTER, ALICE, "Profile=sandbox-role\n", &endpoints],
        ),
        dsn("sandbox-instance", "The role of the EC2 instance", &[CLUSTER, ALICE, "InstanceProfile=1\n", &endpoints]),
        dsn(
            "sandbox-auth-profile",
            "A server-side authentication profile",
            &[CLUSTER, &user, "AuthProfile=sandbox-profile\n", &endpoints],
        ),
        dsn("sandbox-tls", "By TLS, under the sandbox's CA", &[CLUSTER, ALICE, &user, &by_tls]),
        dsn(
            "sandbox-proxy",
            "AWS' own host names, through the proxy, which leads back to the sandbox",
            &[CLUSTER, ALICE, &user, &proxy],
        ),
        dsn(
            "sandbox-adfs",
            "A user of AD FS; the database user is in the assertion",
            &[CLUSTER, "plugin_name=ADFS\n", &identity, &endpoints],
        ),
        dsn("sandbox-ping", "The same user of PingFederate", &[CLUSTER, "plugin_name=Ping\n", &identity, &endpoints]),
        dsn(
            "sandbox-okta",
            "A user of Okta, with an application's embed link",
            &[CLUSTER, "plugin_name=Okta\n", &application, &identity, &endpoints],
        ),
        dsn(
            "sandbox-azure",
            "A user of Microsoft Entra ID, by password",
            &[CLUSTER, "plugin_name=AzureAD\n", &identity, &tenant, &secret, &endpoints],
        ),
        dsn(
            "sandbox-browser-saml",
            "Whoever signs in at a SAML provider in the browser",
            &[CLUSTER, "plugin_name=BrowserSAML\nlisten_port=7890\n", &login_url, &endpoints],
        ),
        dsn(
            "sandbox-browser-azure",
            "Whoever signs in at Microsoft Entra ID in the browser",
            &[CLUSTER, "plugin_name=BrowserAzureAD\n", &entra_host, &tenant, &endpoints],
        ),
        dsn(
            "sandbox-browser-azure-token",
            "The same with a token for the database",
            &[CLUSTER, "plugin_name=BrowserAzureADOAuth2\n", &entra_host, &tenant, &scope, &endpoints],
        ),
        dsn("sandbox-denied", "Refused: the user may not", &[CLUSTER, ALICE, &denied, &endpoints]),
    ]
}

fn ca_file(sandbox: &Sandbox) -> String {
    format!("CaFile={}\n", sandbox.ca_file().display())
}

fn identity_provider(sandbox: &Sandbox) -> String {
    format!("{}UID=alice\nPWD={PASSWORD}\n", identity_host(sandbox))
}

/// Where the identity providers are.
fn identity_host(sandbox: &Sandbox) -> String {
    let port = sandbox.https_url().rsplit_once(':').map_or(String::new(), |(_, port)| port.to_owned());
    format!("idp_host=127.0.0.1\nidp_port={port}\n{}", ca_file(sandbox))
}

fn tenant(sandbox: &Sandbox) -> String {
    sandbox.with_world(|world| format!("idp_tenant={}\nclient_id={}\n", world.entra.tenant, world.entra.client_id))
}

fn proxy(sandbox: &Sandbox) -> String {
    let (user, password) = sandbox.with_world(|world| (world.proxy.user.clone(), world.proxy.password.clone()));
    let port = sandbox.proxy_port();
    format!(
        "https_proxy_host=127.0.0.1\nhttps_proxy_port={port}\nhttps_proxy_username={user}\nhttps_proxy_password={password}\n{}",
        ca_file(sandbox)
    )
}
