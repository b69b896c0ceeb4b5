//! The one table of keys: the only place where a key is named.
//!
//! A row: variant, canonical name, aliases (ODBC, JDBC and Python spellings), kind, default, who uses it, help.

use super::Kind::{
    AbsolutePath, Arn, Choice, Endpoint, Flag, Host, HostPort, HttpsUrl, List, Number, Path, Plugin, Regex, Region,
    Secret, SecretSource, Text,
};
use super::keys;

/// Profiles of IAM Identity Center sign in with a browser, too.
const SIGN_INS: &str = "browser plugins, Profile, Default";
const AZURE: &str = "Azure family";
/// SAML has no words for what these say.
const AUTHORIZE: &str = "BrowserAzureAD, BrowserAzureADOAuth2";
const PORT: super::Kind = Number { min: 1, max: 65_535 };
/// The longest span that fits a C `int`, which is what drivers hold seconds in.
const SECONDS: super::Kind = Number { min: 0, max: 2_147_483_647 };

keys! {
    Iam "IAM" ["iamauth"] Flag, "", "all",
        "1: log in through AWS or an identity provider. May be left out where another key says so.";
    AuthType "AuthType" ["auth_type"] Choice(&["Static", "Profile", "Plugin", "InstanceProfile", "Default"]), "", "all",
        "Where the AWS identity comes from. Left out: found from the other keys.";
    PluginName "plugin_name" ["PluginName", "credentials_provider"] Plugin, "", "all",
        "The identity provider plugin, by its ODBC name or its JDBC or Python class name.";
    Host "Host" ["HostName", "Server", "Servername"] Host, "", "all",
        "Host name of the cluster or workgroup. Left out: looked up by ClusterId or Workgroup.";
    Port "Port" ["PortNumber"] PORT, "5439", "all", "Port of the database.";
    Database "Database" ["DB", "dbname", "db_name"] Text, "", "all", "Name of the database.";
    Uid "UID" ["User", "LogonID", "username", "user_name"] Text, "", "all",
        "User name at the identity provider; the database user only where nothing else names one.";
    Pwd "PWD" ["Password"] Secret, "", "all",
        "Password at the identity provider; the secret access key where only AccessKeyID is given.";
    SslMode "SSLMode" ["authmech"] Choice(&["require", "verify-ca", "verify-full"]), "verify-ca", "all",
        "TLS towards the database: require, verify-ca or verify-full.";
    Ssl "SSL" [] Flag, "", "all", "The JDBC and Python switch for TLS. It cannot be off.";
    EncryptionMethod "EncryptionMethod" ["EM"] Number { min: 0, max: 3 }, "", "all",
        "Stands for SSLMode where that is left out: 1 verify-ca, 2 verify-full, 3 require.";
    ClusterId "ClusterId" ["ClusterID", "cluster_identifier", "ClusterIdentifier"] Text, "", "location",
        "Identifier of the cluster. Left out: taken from the host name.";
    Region "Region" [] Region, "", "location", "AWS region. Left out: taken from the host name or the AWS profile.";
    Serverless "Serverless" ["isserverless", "is_serverless"] Flag, "", "location",
        "1: the host is a serverless workgroup, for host names that do not say so.";
    Workgroup "Workgroup" ["serverlessworkgroup", "serverless_work_group"] Text, "", "location",
        "Name of the serverless workgroup. Left out: taken from the host name.";
    ServerlessAcctId "serverless_acct_id" ["serverlessacctid"] Text, "", "location",
        "AWS account of the serverless workgroup.";
    VpcEndpointUrl "vpc_endpoint_url" [] Host, "", "location",
        "Host name of a Redshift-managed VPC endpoint to connect to instead of Host.";
    DbUser "DbUser" ["db_user"] Text, "", "database credentials",
        "Database user to log in as. Left out: the one that the identity provider names.";
    DbGroups "DbGroups" ["db_groups"] List, "", "database credentials",
        "Database groups to join for the session, separated by commas.";
    DbGroupsFilter "dbgroups_filter" ["dbgroupsfilter", "db_groups_filter"] Regex, "", "SAML plugins",
        "Groups of the SAML response that this expression matches as a whole are left out.";
    AutoCreate "AutoCreate" ["auto_create", "UserAutoCreate"] Flag, "", "database credentials",
        "1: create the database user where it does not exist.";
    ForceLowercase "ForceLowercase" ["force_lowercase"] Flag, "", "database credentials",
        "1: turn the database groups to lower case.";
    GroupFederation "group_federation" ["groupfederation"] Flag, "0", "database credentials",
        "1: the database user and its roles come from the IAM identity.";
    IamDuration "IAMDuration" ["iam_duration", "iamduration"] Number { min: 900, max: 3600 }, "", "database credentials",
        "Seconds that the database password shall hold.";
    Duration "duration" [] Number { min: 900, max: 43_200 }, "", "SAML plugins, JwtIamAuthPlugin",
        "Seconds that the session of the assumed role shall hold.";
    AccessKeyId "AccessKeyID" ["access_key_id", "accesskeyid", "aws_access_key_id"] Text, "",
        "Static, IdpTokenAuthPlugin, AuthProfile", "AWS access key id.";
    SecretAccessKey "SecretAccessKey" ["secret_access_key", "aws_secret_access_key"] Secret, "",
        "Static, IdpTokenAuthPlugin, AuthProfile", "AWS secret access key.";
    SessionToken "SessionToken" ["session_token", "aws_session_token"] Secret, "",
        "Static, IdpTokenAuthPlugin, AuthProfile", "Session token that belongs to temporary AWS keys.";
    // The plugin takes endpoints from it.
    Profile "Profile" ["aws_profile"] Text, "", "Profile, BrowserIdcAuthPlugin",
        "Name of a profile in the AWS configuration files.";
    InstanceProfile "InstanceProfile" ["UseInstanceProfile", "instance_profile"] Flag, "0", "InstanceProfile",
        "1: the role of the EC2 instance.";
    AuthProfile "AuthProfile" ["auth_profile"] Text, "", "all",
        "Name of an authentication profile stored in Redshift, whose values are laid over these.";
    EndpointUrl "EndPointUrl" ["endpoint_url"] Endpoint, "", "Redshift, IdpTokenAuthPlugin",
        "Another endpoint for the Redshift and Redshift Serverless services.";
    StsEndpointUrl "StsEndpointUrl" ["sts_endpoint_url"] Endpoint, "", "STS", "Another endpoint for AWS STS.";
    IdcEndpointUrl "IdcEndpointUrl" ["idc_endpoint_url"] Endpoint, "", "BrowserIdcAuthPlugin",
        "Another endpoint for IAM Identity Center.";
    StsConnectionTimeout "StsConnectionTimeout" ["sts_connection_timeout"] SECONDS, "10", "AWS calls",
        "Seconds for connecting to an AWS service; 0: the default.";
    IdpHost "idp_host" [] HostPort, "", "ADFS, Ping, Okta, Azure family", "Host name of the identity provider.";
    IdpPort "idp_port" ["idpport"] PORT, "443", "ADFS, Ping, Okta, Azure family", "Port of the identity provider.";
    PreferredRole "preferred_role" [] Arn, "", "SAML plugins", "The IAM role to take of those that the login offers.";
    RoleArn "role_arn" ["rolearn"] Arn, "", "JwtIamAuthPlugin", "The IAM role to assume.";
    RoleSessionName "role_session_name" ["rolesessionname"] Text, "jwt_redshift_session", "JwtIamAuthPlugin",
        "Name of the session of the assumed role.";
    WebIdentityToken "web_identity_token" ["webidentitytoken", "jwt"] Secret, "", "JWT, JwtIamAuthPlugin",
        "The token (JWT) of the identity provider.";
    WebIdentityTokenSource "web_identity_token_source" [] SecretSource, "", "JWT, JwtIamAuthPlugin",
        "file:/path or env:NAME to read web_identity_token from at each login.";
    TokenSource "token_source" [] SecretSource, "", "IdpTokenAuthPlugin",
        "file:/path or env:NAME to read token from at each login.";
    PasswordSource "password_source" [] SecretSource, "", "all",
        "file:/path or env:NAME to read the password from at each login.";
    SamlAssertion "saml_assertion" ["samlassertion"] Secret, "", "BasicSAML, BasicNativeSAML",
        "The SAML response, base64, where the caller already has it.";
    LoginToRp "login_to_rp" ["loginToRp"] Text, "urn:amazon:webservices", "ADFS",
        "Identifier of the relying party trust.";
    PartnerSpid "partner_spid" ["partner_sp_id"] Text, "urn:amazon:webservices", "Ping",
        "Identifier of the service provider connection.";
    AppId "app_id" [] Text, "", "Okta", "Id of the application at Okta.";
    AppName "app_name" [] Text, "amazon_aws", "Okta", "Name of the application at Okta.";
    TotpSecret "totp_secret" [] Secret, "", "Okta",
        "Secret of a time-based one-time password (base32), for logins that nobody watches.";
    LoginUrl "login_url" [] HttpsUrl, "", "BrowserSAML, BrowserOktaSAML",
        "The page of the identity provider at which the browser starts.";
    ListenPort "listen_port" [] Number { min: 0, max: 65_535 }, "", "browser plugins",
        "Local port that the browser comes back to; 0: any free one.";
    IdpResponseTimeout "idp_response_timeout" ["idc_response_timeout"] Number { min: 10, max: 2_147_483_647 }, "120",
        SIGN_INS, "Seconds to wait for a person to sign in.";
    IdpTenant "idp_tenant" [] Text, "", AZURE, "Tenant at Microsoft Entra ID: its id or its domain.";
    IdpPartition "idp_partition" [] Choice(&["commercial", "us-gov", "cn"]), "commercial", AZURE,
        "The Microsoft cloud of the tenant.";
    ClientId "client_id" [] Text, "", AZURE, "Id of the application at Microsoft Entra ID.";
    ClientSecret "client_secret" [] Secret, "", "AzureAD", "Secret of that application.";
    Scope "scope" [] Text, "", "BrowserAzureADOAuth2", "Scope to ask for besides openid.";
    IssuerUrl "issuer_url" [] HttpsUrl, "", "BrowserIdcAuthPlugin", "Start URL of IAM Identity Center.";
    IdcRegion "idc_region" [] Region, "", "BrowserIdcAuthPlugin", "AWS region of IAM Identity Center.";
    IdcClientDisplayName "idc_client_display_name" [] Text, "rs_auth", "BrowserIdcAuthPlugin",
        "The name that the consent page shows.";
    IdentityNamespace "identity_namespace" [] Text, "", "native tokens",
        "Namespace of the identity provider in Redshift; passed on to the server.";
    ProviderName "provider_name" ["providername"] Text, "", "native tokens",
        "Name of the identity provider in Redshift; passed on to the server.";
    Token "token" [] Secret, "", "IdpTokenAuthPlugin", "The token for the server.";
    TokenType "token_type" [] Text, "ACCESS_TOKEN", "IdpTokenAuthPlugin", "Type of that token: ACCESS_TOKEN or EXT_JWT.";
    ExternalProgram "external_program" [] AbsolutePath, "", "External", "The program that prints the SAML response.";
    SslInsecure "ssl_insecure" [] Flag, "0", "requests to the identity provider",
        "1: do not check the certificate of the identity provider. For trials only.";
    CaFile "CaFile" ["ca_file", "sslrootcert"] Path, "", "all", "File of certificates to trust besides the system's.";
    CaPath "CaPath" ["ca_path"] Path, "", "all", "Directory of certificates to trust besides the system's.";
    HttpsProxyHost "https_proxy_host" [] Host, "", "AWS calls", "Host name of the proxy.";
    HttpsProxyPort "https_proxy_port" [] PORT, "", "AWS calls", "Port of the proxy.";
    HttpsProxyUsername "https_proxy_username" [] Text, "", "AWS calls", "User name for the proxy.";
    HttpsProxyPassword "https_proxy_password" [] Secret, "", "AWS calls", "Password for the proxy.";
    IdpUseHttpsProxy "idp_use_https_proxy" [] Flag, "0", "requests to the identity provider",
        "1: use the same proxy for the identity provider.";
    LoginTimeout "LoginTimeout" ["login_timeout"] SECONDS, "60", "all",
        "Seconds for the whole login; 0: no limit. The wait for a person comes on top of the default.";
    DisableCache "DisableCache" ["iam_disable_cache", "iamdisablecache"] Flag, "0", "all",
        "1: keep nothing and use nothing that was kept.";
    CacheDir "cache_dir" [] Path, "", "browser plugins, MFA", "Directory of the stored logins.";
    LoginHint "login_hint" [] Text, "", AUTHORIZE, "User name to fill in on the login page.";
    Prompt "prompt" [] Text, "", AUTHORIZE, "What the login page shall ask for, such as select_account.";
    BrowserCommand "browser_command" [] Text, "", SIGN_INS, "The browser to start; %s stands for the URL.";
    PageTitle "page_title" [] Text, "", SIGN_INS, "Title of the page that tells how the login ended.";
}
