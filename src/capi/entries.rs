//! One entry point a plugin: `rs_auth_get_credentials` with the plugin named by the function.

use super::constants::rs_auth_status;
use super::credentials::rs_auth_credentials;
use super::error::rs_auth_error;
use super::kv::rs_auth_dsn_kv;
use super::login::login_of_array;
use super::options::rs_auth_options;
use crate::runtime::Wanted;
use std::mem::MaybeUninit;

/// The body of every entry point.
///
/// # Safety
/// As `rs_auth_get_credentials`.
unsafe fn login_with(
    plugin: &'static str,
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: the caller's promise is the same.
    unsafe { login_of_array(dsn_kv, dsn_kv_len, Some(plugin), Wanted::Login, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin ADFS: Active Directory Federation Services: user and password in its
/// login form, or the Kerberos ticket of the session. The name of the function wins over plugin_name, AuthType and
/// IAM of the DSN, here and in the functions below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_adfs_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("ADFS", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin AzureAD: Microsoft Entra ID (Azure AD) with user and password, for SAML.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_azure_ad_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("AzureAD", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BrowserAzureAD: Microsoft Entra ID (Azure AD) in the browser, for SAML.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_browser_azure_ad_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BrowserAzureAD", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BrowserAzureADOAuth2: Microsoft Entra ID (Azure AD) in the browser; its
/// access token is the native token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_browser_azure_ad_oauth2_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BrowserAzureADOAuth2", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BrowserSAML: any SAML identity provider in the browser.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_browser_saml_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BrowserSAML", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BrowserOktaSAML: a SAML identity provider in the browser; its SAML
/// response is the native token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_browser_okta_saml_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BrowserOktaSAML", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin Okta: Okta with user and password, and a second factor where one is
/// asked for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_okta_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("Okta", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin Ping: PingFederate with user and password.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_ping_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("Ping", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin JWT: the caller's web_identity_token is the native token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_jwt_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("JWT", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin JwtIamAuthPlugin: the caller's web_identity_token for
/// AssumeRoleWithWebIdentity.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_jwt_iam_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("JwtIamAuthPlugin", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BasicSAML: the caller brings saml_assertion, for AssumeRoleWithSAML.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_basic_saml_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BasicSAML", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BasicNativeSAML: the caller's saml_assertion is the native token.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_basic_native_saml_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BasicNativeSAML", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin IdpTokenAuthPlugin: a token of IAM Identity Center, or AWS keys that are
/// exchanged for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_idp_token_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("IdpTokenAuthPlugin", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin BrowserIdcAuthPlugin: IAM Identity Center in the browser.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_browser_idc_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("BrowserIdcAuthPlugin", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin External: a program of the user's (external_program) prints the SAML
/// response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_external_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("External", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin Static: AccessKeyID, SecretAccessKey and SessionToken of the DSN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_iam_keys_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("Static", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin Profile: a profile of the AWS configuration files.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_profile_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("Profile", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin InstanceProfile: the role of the EC2 instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_instance_profile_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("InstanceProfile", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}

/// rs_auth_get_credentials() with the plugin Default: the default credentials chain of AWS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_auth_default_chain_get_credentials(
    dsn_kv: *const rs_auth_dsn_kv,
    dsn_kv_len: usize,
    options: Option<&rs_auth_options>,
    out_credentials: Option<&mut MaybeUninit<*mut rs_auth_credentials>>,
    out_error: Option<&mut MaybeUninit<*mut rs_auth_error>>,
) -> rs_auth_status {
    // SAFETY: by the contract of the header.
    unsafe { login_with("Default", dsn_kv, dsn_kv_len, options, out_credentials, out_error) }
}
