//! Ready files for the sandbox's world: DSNs in the format of odbc.ini, AWS config and credentials, an environment to source.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::demo_world::{
    EXTERNAL_ID, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET, WEB_IDENTITY_TOKEN,
};
use crate::dsns::dsns;
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

impl Sandbox {
    /// Writes the files into a directory that exists. They fit the default world.
    pub fn write_dsn_files(&self, directory: &Path) -> io::Result<DsnFiles> {
        let files = DsnFiles {
            odbc_ini: directory.join("odbc.ini"),
            dsns: dsns(self).iter().map(|dsn| dsn.name.to_owned()).collect(),
            aws_config: directory.join("aws_config"),
            aws_credentials: directory.join("aws_credentials"),
            env_file: directory.join("env.sh"),
        };
        std::fs::write(directory.join("web_identity_token"), WEB_IDENTITY_TOKEN)?;
        std::fs::write(directory.join("credential_process.json"), credential_process_answer())?;
        std::fs::write(&files.odbc_ini, odbc_ini(self))?;
        std::fs::write(&files.aws_config, aws_config(self, directory))?;
        std::fs::write(&files.aws_credentials, aws_credentials())?;
        std::fs::write(&files.env_file, environment(self, &files))?;
        Ok(files)
    }
}

fn odbc_ini(sandbox: &Sandbox) -> String {
    let mut text =
        "# Data sources of the sandbox. Add your driver's own line, such as Driver=Amazon Redshift (x64).\n".to_owned();
    for dsn in dsns(sandbox) {
        let _ = write!(text, "\n# {}\n[{}]\nIAM=1\n{}", dsn.shows, dsn.name, dsn.keys);
    }
    text
}

fn aws_config(sandbox: &Sandbox, directory: &Path) -> String {
    let role = |name: &str| sandbox.with_world(|world| format!("role_arn = {}\n", world.role_arn(name)));
    let directory = directory.display();
    let sections = [
        ("default", String::new()),
        ("profile sandbox-keys", String::new()),
        ("profile sandbox-session", String::new()),
        ("profile sandbox-role", role("sandbox-role") + "source_profile = sandbox-keys\nrole_session_name = sandbox\n"),
        ("profile sandbox-second-role", role("sandbox-second-role") + "source_profile = sandbox-role\n"),
        (
            "profile sandbox-partner",
            role("sandbox-partner") + &format!("source_profile = sandbox-keys\nexternal_id = {EXTERNAL_ID}\n"),
        ),
        ("profile sandbox-from-instance", role("sandbox-role") + "credential_source = Ec2InstanceMetadata\n"),
        (
            "profile sandbox-web-identity",
            role("sandbox-role")
                + &format!("web_identity_token_file = {directory}/web_identity_token\nrole_session_name = sandbox\n"),
        ),
        ("profile sandbox-process", format!("credential_process = /bin/cat \"{directory}/credential_process.json\"\n")),
    ];
    let mut text = String::new();
    for (name, keys) in sections {
        let url = sandbox.http_url();
        let _ = write!(text, "[{name}]\nregion = us-east-1\nendpoint_url = {url}\n{keys}\n");
    }
    text
}

fn environment(sandbox: &Sandbox, files: &DsnFiles) -> String {
    format!(
        "export ODBCINI='{}'\nexport AWS_CONFIG_FILE='{}'\nexport AWS_SHARED_CREDENTIALS_FILE='{}'\n\
         export AWS_EC2_METADATA_SERVICE_ENDPOINT='{}'\nexport AWS_ENDPOINT_URL='{}'\n\
         export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n\
         unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_EC2_METADATA_DISABLED\n\
         # The container's keys in place of the instance's:\n\
         # export AWS_CONTAINER_CREDENTIALS_FULL_URI='{}' AWS_CONTAINER_AUTHORIZATION_TOKEN='{}'\n\
         # The scripted browser, which signs in as alice, in place of a real one:\n\
         # export BROWSER='rs-auth-sandbox browse %s'\n\
         export RS_AUTH_BROWSE_CA='{}'\n",
        files.odbc_ini.display(),
        files.aws_config.display(),
        files.aws_credentials.display(),
        sandbox.imds_url(),
        sandbox.http_url(),
        sandbox.container_url(),
        sandbox.container_token(),
        sandbox.ca_file().display(),
    )
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
