//! Ready files for the sandbox's world: DSNs in the format of odbc.ini, AWS config and credentials, an environment to source.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::demo_world::{
    CLUSTER_DOMAIN, DENIED_KEY, EXTERNAL_ID, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET,
    WEB_IDENTITY_TOKEN, WORKGROUP_DOMAIN,
};
use crate::sandbox::Sandbox;

/// Where the files are.
#[derive(Clone, Debug, Serialize)]
pub struct DsnFiles {
    /// For `ODBCINI`.
    pub odbc_ini: PathBuf,
    /// The names of the DSNs in it.
    pub dsns: Vec<String>,
    /// For `AWS_CONFIG_FILE`.
    pub aws_config: PathBuf,
    /// For `AWS_SHARED_CREDENTIALS_FILE`.
    pub aws_credentials: PathBuf,
    /// Shell commands that set these and the endpoints.
    pub env_file: PathBuf,
}

/// A DSN: its name, what it shows, its keys.
struct Dsn {
    name: &'static str,
    shows: &'static str,
    keys: Vec<(&'static str, String)>,
}

const CLUSTER_HOST: &str = "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
const WORKGROUP_HOST: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";

impl Sandbox {
    /// Writes the files into a directory that exists. They fit the default world.
    pub fn write_dsn_files(&self, directory: &Path) -> io::Result<DsnFiles> {
        let files = DsnFiles {
            odbc_ini: directory.join("odbc.ini"),
            dsns: self.dsns().iter().map(|dsn| dsn.name.to_owned()).collect(),
            aws_config: directory.join("aws_config"),
            aws_credentials: directory.join("aws_credentials"),
            env_file: directory.join("env.sh"),
        };
        std::fs::write(directory.join("web_identity_token"), WEB_IDENTITY_TOKEN)?;
        std::fs::write(directory.join("credential_process.json"), credential_process_answer())?;
        std::fs::write(&files.odbc_ini, self.odbc_ini())?;
        std::fs::write(&files.aws_config, self.aws_config(directory))?;
        std::fs::write(&files.aws_credentials, aws_credentials())?;
        std::fs::write(&files.env_file, self.environment(&files))?;
        Ok(files)
    }

    fn odbc_ini(&self) -> String {
        let mut text =
            "# Data sources of the sandbox. Add your driver's own line, such as Driver=Amazon Redshift (x64).\n"
                .to_owned();
        for dsn in self.dsns() {
            let _ = write!(text, "\n# {}\n[{}]\nIAM=1\n", dsn.shows, dsn.name);
            for (key, value) in dsn.keys {
                let _ = writeln!(text, "{key}={value}");
            }
        }
        text
    }

    fn dsns(&self) -> Vec<Dsn> {
        let user = || vec![("AccessKeyID", USER_KEY.to_owned()), ("SecretAccessKey", USER_SECRET.to_owned())];
        let endpoints = || vec![("EndPointUrl", self.http_url()), ("StsEndpointUrl", self.http_url())];
        let database = || vec![("Database", "dev".to_owned()), ("Region", "us-east-1".to_owned())];
        let cluster = || vec![("Host", CLUSTER_HOST.to_owned()), ("DbUser", "alice".to_owned())];
        let one = |key, value: &str| vec![(key, value.to_owned())];
        let dsn = |name, shows, parts: Vec<Vec<(&'static str, String)>>| Dsn { name, shows, keys: parts.concat() };
        let proxy = self.with_world(|world| world.proxy.clone());
        vec![
            dsn("sandbox-keys", "A user's keys, provisioned cluster", vec![cluster(), database(), user(), endpoints()]),
            dsn(
                "sandbox-session",
                "Keys with a session token",
                vec![
                    cluster(),
                    database(),
                    one("AccessKeyID", SESSION_KEY),
                    one("SecretAccessKey", SESSION_SECRET),
                    one("SessionToken", SESSION_TOKEN),
                    endpoints(),
                ],
            ),
            dsn(
                "sandbox-groups",
                "A user that the server creates, in two groups",
                vec![
                    cluster(),
                    database(),
                    user(),
                    one("AutoCreate", "1"),
                    one("DbGroups", "analysts,readers"),
                    endpoints(),
                ],
            ),
            dsn(
                "sandbox-group-federation",
                "The IAM identity as database user",
                vec![one("Host", CLUSTER_HOST), database(), user(), one("group_federation", "1"), endpoints()],
            ),
            dsn(
                "sandbox-serverless",
                "A workgroup",
                vec![one("Host", WORKGROUP_HOST), database(), user(), endpoints()],
            ),
            dsn(
                "sandbox-custom-domain",
                "A cluster by its custom domain name",
                vec![one("Host", CLUSTER_DOMAIN), one("DbUser", "alice"), database(), user(), endpoints()],
            ),
            dsn(
                "sandbox-serverless-domain",
                "A workgroup by its custom domain name",
                vec![one("Host", WORKGROUP_DOMAIN), one("Serverless", "1"), database(), user(), endpoints()],
            ),
            dsn(
                "sandbox-discover",
                "No host: AWS is asked for it",
                vec![one("ClusterId", "sandbox-cluster"), one("DbUser", "alice"), database(), user(), endpoints()],
            ),
            dsn(
                "sandbox-profile",
                "An AWS profile that assumes a role",
                vec![cluster(), database(), one("Profile", "sandbox-role"), endpoints()],
            ),
            dsn(
                "sandbox-instance",
                "The role of the EC2 instance",
                vec![cluster(), database(), one("InstanceProfile", "1"), endpoints()],
            ),
            dsn(
                "sandbox-auth-profile",
                "A server-side authentication profile",
                vec![one("Host", CLUSTER_HOST), database(), user(), one("AuthProfile", "sandbox-profile"), endpoints()],
            ),
            dsn(
                "sandbox-tls",
                "By TLS, under the sandbox's CA",
                vec![
                    cluster(),
                    database(),
                    user(),
                    vec![("EndPointUrl", self.https_url()), ("StsEndpointUrl", self.https_url())],
                    vec![("CaFile", self.ca_file().display().to_string())],
                ],
            ),
            dsn(
                "sandbox-proxy",
                "AWS' own host names, through the proxy, which leads back to the sandbox",
                vec![
                    cluster(),
                    database(),
                    user(),
                    one("https_proxy_host", "127.0.0.1"),
                    vec![("https_proxy_port", self.proxy_port().to_string())],
                    vec![("https_proxy_username", proxy.user), ("https_proxy_password", proxy.password)],
                    vec![("CaFile", self.ca_file().display().to_string())],
                ],
            ),
            dsn(
                "sandbox-denied",
                "Refused: the user may not",
                vec![
                    cluster(),
                    database(),
                    one("AccessKeyID", DENIED_KEY),
                    one("SecretAccessKey", USER_SECRET),
                    endpoints(),
                ],
            ),
        ]
    }

    fn aws_config(&self, directory: &Path) -> String {
        let role = |name: &str| self.with_world(|world| world.role_arn(name));
        let directory = directory.display();
        let profiles = [
            ("default".to_owned(), String::new()),
            ("profile sandbox-keys".to_owned(), String::new()),
            ("profile sandbox-session".to_owned(), String::new()),
            (
                "profile sandbox-role".to_owned(),
                format!(
                    "role_arn = {}\nsource_profile = sandbox-keys\nrole_session_name = sandbox\n",
                    role("sandbox-role")
                ),
            ),
            (
                "profile sandbox-second-role".to_owned(),
                format!("role_arn = {}\nsource_profile = sandbox-role\n", role("sandbox-second-role")),
            ),
            (
                "profile sandbox-partner".to_owned(),
                format!(
                    "role_arn = {}\nsource_profile = sandbox-keys\nexternal_id = {EXTERNAL_ID}\n",
                    role("sandbox-partner")
                ),
            ),
            (
                "profile sandbox-from-instance".to_owned(),
                format!("role_arn = {}\ncredential_source = Ec2InstanceMetadata\n", role("sandbox-role")),
            ),
            (
                "profile sandbox-web-identity".to_owned(),
                format!(
                    "role_arn = {}\nweb_identity_token_file = {directory}/web_identity_token\nrole_session_name = sandbox\n",
                    role("sandbox-role")
                ),
            ),
            (
                "profile sandbox-process".to_owned(),
                format!("credential_process = /bin/cat \"{directory}/credential_process.json\"\n"),
            ),
        ];
        profiles
            .iter()
            .map(|(name, keys)| format!("[{name}]\nregion = us-east-1\nendpoint_url = {}\n{keys}\n", self.http_url()))
            .collect()
    }

    fn environment(&self, files: &DsnFiles) -> String {
        format!(
            "export ODBCINI='{}'\nexport AWS_CONFIG_FILE='{}'\nexport AWS_SHARED_CREDENTIALS_FILE='{}'\n\
             export AWS_EC2_METADATA_SERVICE_ENDPOINT='{}'\nexport AWS_ENDPOINT_URL='{}'\n\
             export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n\
             unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_EC2_METADATA_DISABLED\n\
             # The container's keys in place of the instance's:\n\
             # export AWS_CONTAINER_CREDENTIALS_FULL_URI='{}' AWS_CONTAINER_AUTHORIZATION_TOKEN='{}'\n",
            files.odbc_ini.display(),
            files.aws_config.display(),
            files.aws_credentials.display(),
            self.imds_url(),
            self.http_url(),
            self.container_url(),
            self.container_token(),
        )
    }
}

fn aws_credentials() -> String {
    let user = format!("aws_access_key_id = {USER_KEY}\naws_secret_access_key = {USER_SECRET}\n");
    format!(
        "[default]\n{user}\n[sandbox-keys]\n{user}\n[sandbox-session]\naws_access_key_id = {SESSION_KEY}\n\
         aws_secret_access_key = {SESSION_SECRET}\naws_session_token = {SESSION_TOKEN}\n"
    )
}

fn credential_process_answer() -> String {
    serde_json::json!({ "Version": 1, "AccessKeyId": USER_KEY, "SecretAccessKey": USER_SECRET }).to_string()
}
