//! The result of a login, for C: the core's credentials, shared with the cache, and the strings C asked for.

use super::boundary;
use super::kv::{self, KvArray, rs_auth_dsn_kv};
use super::once_box::OnceBox;
use super::text::{CText, LazyText};
use crate::cache::shelves::Answer;
use crate::credentials::{AwsKeys, Credentials};
use crate::dsn::dialect::{self, Dialect};
use crate::error::AuthError;
use crate::os::wipe;
use crate::runtime::Outcome;
use crate::secret::{ExposeSecret, SecretString};
use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The result of a login. Immutable: any thread may read it. Its strings live until rs_auth_credentials_free(), which
/// wipes the secrets.
pub struct rs_auth_credentials {
    core: Arc<Answer<Arc<Credentials>>>,
    from_cache: bool,
    texts: Texts,
    kv: OnceBox<KvArray>,
    connection_strings: [OnceBox<Option<CText>>; 4],
}

/// The strings that C asked for. A cached answer costs one allocation: nothing is made before it is asked for.
#[derive(Default)]
struct Texts {
    user: LazyText,
    password: LazyText,
    host: LazyText,
    database: LazyText,
    token: LazyText,
    token_type: LazyText,
    idp_type: LazyText,
    identity_namespace: LazyText,
    provider_name: LazyText,
    idc_client_display_name: LazyText,
    access_key_id: LazyText,
    secret_access_key: LazyText,
    session_token: LazyText,
    role_arn: LazyText,
    plugin: LazyText,
}

impl rs_auth_credentials {
    pub(super) fn new(outcome: Outcome) -> Self {
        Self {
            core: outcome.credentials,
            from_cache: outcome.from_cache,
            texts: Texts::default(),
            kv: OnceBox::default(),
            connection_strings: Default::default(),
        }
    }

    pub(super) fn core(&self) -> &Credentials {
        &self.core
    }
}

/// The dialect with this number.
pub(super) fn dialect_of(number: i32) -> Result<Dialect, AuthError> {
    Dialect::from_number(number)
        .ok_or_else(|| AuthError::invalid_argument(format!("dialect {number} is not one of RS_AUTH_DIALECT_*")))
}

/// A string of the result: `field` says where it stands in the core and `lazy` where its C twin is kept.
fn text(
    credentials: Option<&rs_auth_credentials>,
    lazy: fn(&Texts) -> &LazyText,
    field: fn(&Credentials) -> Option<&str>,
) -> *const c_char {
    boundary::value(ptr::null(), || credentials.map_or(ptr::null(), |it| lazy(&it.texts).of(field(&it.core))))
}

fn exposed(secret: Option<&SecretString>) -> Option<&str> {
    secret.map(ExposeSecret::expose_secret)
}

fn aws(credentials: &Credentials) -> Option<&AwsKeys> {
    credentials.aws.as_ref()
}

/// RS_AUTH_CREDENTIALS_KIND_*: which of the functions below answer. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_kind(credentials: Option<&rs_auth_credentials>) -> i32 {
    credentials.map_or(0, |credentials| credentials.core.kind.number())
}

/// The database user, exactly as the service returned it ("IAM:", "IAMR:" and all). NULL if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_user(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.user, |core| core.user.as_deref())
}

/// The temporary password of the database user. NULL if there is none. A secret.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_password(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.password, |core| exposed(core.password.as_ref()))
}

/// Where to connect: the host of the DSN, or the one that was discovered. NULL if unknown.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_host(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.host, |core| core.host.as_deref())
}

/// The port to connect to. 0: unknown.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_port(credentials: Option<&rs_auth_credentials>) -> u16 {
    credentials.map_or(0, |credentials| credentials.core.port)
}

/// The database. NULL if the DSN names none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_database(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.database, |core| core.database.as_deref())
}

/// The native token. NULL for other kinds. A secret.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_token(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.token, |core| exposed(core.token.as_ref()))
}

/// The type of the native token: ACCESS_TOKEN, EXT_JWT, SUBJECT_TOKEN and so on. NULL if it has none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_token_type(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.token_type, |core| core.token_type.as_deref())
}

/// Which kind of identity provider made the native token: AzureAD, Okta, AwsIdc. NULL for other kinds.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_idp_type(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.idp_type, |core| core.idp_type.as_deref())
}

/// identity_namespace of the DSN, which the server wants with a native token. NULL if the DSN gave none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_identity_namespace(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.identity_namespace, |core| core.identity_namespace.as_deref())
}

/// provider_name of the DSN, which the server wants with a native token. NULL if the DSN gave none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_provider_name(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.provider_name, |core| core.provider_name.as_deref())
}

/// idc_client_display_name of the DSN. NULL if the DSN gave none.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_idc_client_display_name(
    credentials: Option<&rs_auth_credentials>,
) -> *const c_char {
    text(credentials, |texts| &texts.idc_client_display_name, |core| core.idc_client_display_name.as_deref())
}

/// The AWS access key id of the login. NULL for native tokens.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_aws_access_key_id(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.access_key_id, |core| aws(core).map(|keys| keys.access_key_id.as_str()))
}

/// The AWS secret access key of the login. NULL for native tokens. A secret.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_aws_secret_access_key(
    credentials: Option<&rs_auth_credentials>,
) -> *const c_char {
    text(
        credentials,
        |texts| &texts.secret_access_key,
        |core| aws(core).map(|keys| keys.secret_access_key.expose_secret()),
    )
}

/// The AWS session token of the login. NULL for native tokens and for long-term keys. A secret.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_aws_session_token(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(
        credentials,
        |texts| &texts.session_token,
        |core| aws(core).and_then(|keys| exposed(keys.session_token.as_ref())),
    )
}

/// The ARN of the role that was assumed. NULL if none was.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_role_arn(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.role_arn, |core| aws(core).and_then(|keys| keys.role_arn.as_deref()))
}

/// When the password, token or keys end, in milliseconds since 1970-01-01T00:00Z. -1: unknown.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_expires_at_unix_ms(credentials: Option<&rs_auth_credentials>) -> i64 {
    credentials.and_then(|credentials| credentials.core.expires_at).unwrap_or(-1)
}

/// Whether the result came from the cache. After the server refused such a result, log in again with
/// RS_AUTH_CACHE_REFRESH.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_from_cache(credentials: Option<&rs_auth_credentials>) -> bool {
    credentials.is_some_and(|credentials| credentials.from_cache)
}

/// The canonical name of the plugin that was used. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_plugin(credentials: Option<&rs_auth_credentials>) -> *const c_char {
    text(credentials, |texts| &texts.plugin, |core| Some(&core.plugin))
}

/// The result as keywords of the Amazon Redshift ODBC driver, to lay over the DSN: UID, PWD, Server, Port, Database,
/// SSLMode; for native tokens plugin_name, idp_type, token_type, token, identity_namespace, provider_name, Server, Port,
/// Database, SSLMode; nothing for AWS keys. What is absent is left out.
///
/// @param credentials  the result; NULL gives 0.
/// @param out_kv       receives a pointer to the first entry, borrowed until rs_auth_credentials_free(). May be NULL for
///                     the length alone.
/// @return how many entries there are.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_kv(
    credentials: Option<&rs_auth_credentials>,
    out_kv: Option<&mut MaybeUninit<*const rs_auth_dsn_kv>>,
) -> usize {
    boundary::value(0, || {
        let made = |it: &rs_auth_credentials| {
            let pairs = dialect::kv(&it.core);
            KvArray::new(pairs.iter().map(|(key, value)| (*key, value.expose_secret())))
        };
        kv::lend(credentials.map(|it| it.kv.get_or_make(|| wipe::after(|| made(it)))), out_kv)
    })
}

/// The result alone as a connection string. rs_auth_merge() makes one of the DSN and the result.
///
/// @param credentials  the result.
/// @param dialect      RS_AUTH_DIALECT_*.
/// @return borrowed until rs_auth_credentials_free(). NULL where the dialect cannot carry this kind of result, and for
///         unknown numbers.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_connection_string(
    credentials: Option<&rs_auth_credentials>,
    dialect: i32,
) -> *const c_char {
    boundary::value(ptr::null(), || {
        let (Some(it), Ok(named)) = (credentials, dialect_of(dialect)) else {
            return ptr::null();
        };
        let slot = usize::try_from(dialect).ok().and_then(|number| it.connection_strings.get(number.checked_sub(1)?));
        let string = || dialect::connection_string(&it.core, named).map(|string| CText::new(&Zeroizing::new(string)));
        let made = || wipe::after(string);
        slot.and_then(|slot| slot.get_or_make(made).as_ref()).map_or(ptr::null(), CText::as_ptr)
    })
}

/// Ends a result and wipes its secrets. NULL is allowed.
#[unsafe(no_mangle)]
pub extern "C" fn rs_auth_credentials_free(credentials: Option<Box<rs_auth_credentials>>) {
    boundary::value((), || drop(credentials));
}
