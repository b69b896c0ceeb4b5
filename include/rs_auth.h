/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * rs_auth: login for Amazon Redshift. Turns the keys and values of a DSN into what a driver needs to connect: a database
 * user with a temporary password, or a token for the server's identity provider authentication.
 *
 * Made by `cargo xtask header` from src/capi. Do not edit.
 *
 * Rules for every function
 *
 *  - Everything here is there since ABI version 1.0, unless its comment says @since.
 *  - Strings in are NUL-terminated UTF-8 and are copied. Bad UTF-8 in an argument is RS_AUTH_STATUS_INVALID_ARGUMENT, in
 *    a value of a DSN RS_AUTH_STATUS_INVALID_SETTING.
 *  - Strings out are borrowed from their object and live until its _free function; NULL means absent. The few strings
 *    that the caller owns say so and are ended by rs_auth_string_free().
 *  - Pointers are checked: NULL where an object is needed is RS_AUTH_STATUS_INVALID_ARGUMENT, or NULL, 0 or -1 from a
 *    function that returns no status.
 *  - Out pointers are set to NULL on entry and written only on success, so that a _free function is always right
 *    afterwards. Every _free function takes NULL. Objects are ended by their own _free function, never by free().
 *    out_error may be NULL itself.
 *  - Credentials, errors and lists are immutable and may be read from any thread. Options may be shared by concurrent
 *    calls, but not changed during one. Cancel tokens may be used from any thread at any time. Logins from any number of
 *    threads are independent of each other.
 *  - Callbacks run on the thread that made the call, while it is inside the call. What they are given is valid during
 *    the callback only. They must not throw, longjmp or log in (RS_AUTH_STATUS_BUSY); they may call accessors.
 *  - Nothing of the library runs between calls: no thread, timer or socket is left when a call returns, except a name
 *    lookup that the C library has not come back from at the time limit. A forked child may call at once, whatever the
 *    parent's other threads were doing, if rs_auth_init() or one login had returned in the parent.
 *  - The library never changes the process's signal dispositions, locale, environment or umask, and raises no SIGPIPE.
 *
 * A login
 *
 *     const rs_auth_dsn_kv dsn[] = {{"IAM", "1"}, {"Host", "..."}, {"Profile", "dev"}, {NULL, NULL}};
 *     rs_auth_credentials *credentials = NULL;
 *     rs_auth_error *error = NULL;
 *     if (rs_auth_get_credentials(dsn, RS_AUTH_NTS, NULL, &credentials, &error) == RS_AUTH_STATUS_OK)
 *         connect_with(rs_auth_credentials_user(credentials), rs_auth_credentials_password(credentials));
 *     else
 *         fprintf(stderr, "%s\n", rs_auth_error_message(error));
 *     rs_auth_credentials_free(credentials);
 *     rs_auth_error_free(error);
 */
#ifndef RS_AUTH_H
#define RS_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Before every function. Define RS_AUTH_STATIC before including this header to link the static library on Windows.
 */
#ifndef RS_AUTH_API
#if defined(_WIN32) && !defined(RS_AUTH_STATIC)
#define RS_AUTH_API __declspec(dllimport)
#elif defined(__GNUC__)
#define RS_AUTH_API __attribute__((visibility("default")))
#else
#define RS_AUTH_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions ---------------------------------------------------------------------------------------------------- */

/**
 * The version of the package that this header belongs to.
 */
#define RS_AUTH_VERSION_MAJOR 1

/**
 * The version of the package that this header belongs to.
 */
#define RS_AUTH_VERSION_MINOR 0

/**
 * The version of the package that this header belongs to.
 */
#define RS_AUTH_VERSION_PATCH 0

/**
 * Version of the binary interface: the number in the library's soname. It changes only when a program that was
 * compiled against an older header could break. See rs_auth_abi_version().
 */
#define RS_AUTH_ABI_VERSION 1

/* ---- Types ------------------------------------------------------------------------------------------------------- */

/**
 * As a length: an array of key/value pairs ends at the first entry whose key is NULL, a string at the first unit that is
 * 0, an array of strings at the first NULL.
 */
#define RS_AUTH_NTS ((size_t)-1)

/**
 * Cancels the calls whose options it was given to. Sticky: cancelled once, it stays so. Its functions may be called
 * from any thread at any time, but not from a signal handler. End it with rs_auth_cancel_token_free().
 */
typedef struct rs_auth_cancel_token rs_auth_cancel_token;

/**
 * The result of a login. Immutable: any thread may read it. Its strings live until rs_auth_credentials_free(), which
 * wipes the secrets.
 */
typedef struct rs_auth_credentials rs_auth_credentials;

/**
 * Why a call failed. Never holds a secret. Immutable: any thread may read it. Its strings live until
 * rs_auth_error_free().
 */
typedef struct rs_auth_error rs_auth_error;

/**
 * Something that a login needs of a person. Borrowed: it and its strings are valid inside the event callback only.
 */
typedef struct rs_auth_event rs_auth_event;

/**
 * An owned, immutable list of keys and values. It may be read from any thread; end it with rs_auth_kv_list_free().
 */
typedef struct rs_auth_kv_list rs_auth_kv_list;

/**
 * What a host wants of a call besides its DSN. Calls may share it at the same time, but it must not be changed or freed
 * during one. End it with rs_auth_options_free().
 */
typedef struct rs_auth_options rs_auth_options;

/**
 * Where a plugin of the host's own puts its answer. Borrowed: valid inside the plugin callback only.
 */
typedef struct rs_auth_plugin_reply rs_auth_plugin_reply;

/**
 * What a plugin of the host's own is asked for. Borrowed: valid inside the plugin callback only.
 */
typedef struct rs_auth_plugin_request rs_auth_plugin_request;

/**
 * The result of a call: RS_AUTH_STATUS_OK or the number of a failure. Numbers are added, never changed or removed;
 * treat a number you do not know as a failure.
 */
typedef int32_t rs_auth_status;

/**
 * One key of a DSN and its value: NUL-terminated UTF-8, borrowed. A NULL value counts as empty, and an empty value as
 * not given. Keys are compared without regard to case, and the spellings of the ODBC, JDBC and Python drivers are all
 * known. The last of several spellings of a key wins, but an empty value does not erase an earlier one. This struct
 * never changes.
 */
typedef struct rs_auth_dsn_kv {
    /**
     * The key.
     */
    const char *key;
    /**
     * Its value, or NULL.
     */
    const char *value;
} rs_auth_dsn_kv;

/**
 * Receives log lines on the thread that made the call, while it is inside the call. Secrets never appear in them.
 *
 * @param user_data  what was given to rs_auth_options_set_log_callback().
 * @param level      RS_AUTH_LOG_*.
 * @param target     which part of the library speaks: login, http, cache, aws, ... Valid during the callback only.
 * @param message    the line. Valid during the callback only.
 */
typedef void (*rs_auth_log_callback)(void *user_data, int32_t level, const char *target, const char *message);

/**
 * Receives events on the thread that made the call, while it is inside the call. It may take its time, within the time
 * limit of the call. It must not throw, longjmp or log in.
 *
 * @param user_data  what was given to rs_auth_options_set_event_callback().
 * @param event      valid during the callback only.
 * @return RS_AUTH_EVENT_USE_DEFAULT, RS_AUTH_EVENT_HANDLED or RS_AUTH_EVENT_ABORT.
 */
typedef int32_t (*rs_auth_event_callback)(void *user_data, rs_auth_event *event);

/**
 * A plugin of the host's own. It runs on the thread that made the call, while it is inside the call, and must not
 * throw, longjmp or log in.
 *
 * @param user_data  what was given to rs_auth_options_add_plugin().
 * @param request    finds the values of the DSN. Valid during the callback only.
 * @param reply      takes the answer. Valid during the callback only.
 * @return 0: the reply is set. RS_AUTH_EVENT_ABORT: the call ends with RS_AUTH_STATUS_CANCELLED. Anything else, and 0
 *         with an empty reply: the call ends with RS_AUTH_STATUS_IDP_UNEXPECTED.
 */
typedef int32_t (*rs_auth_plugin_callback)(void *user_data,
                                           const rs_auth_plugin_request *request,
                                           rs_auth_plugin_reply *reply);

/* ---- Numbers: Status numbers ------------------------------------------------------------------------------------- */

/**
 * The call did what it was asked. SQLSTATE 00000.
 */
#define RS_AUTH_STATUS_OK 0

/**
 * The caller broke the contract of this header: NULL where an object is needed, bad UTF-8, an unknown number.
 * A fault of the calling program, not of its user. SQLSTATE HY009.
 */
#define RS_AUTH_STATUS_INVALID_ARGUMENT 1

/**
 * A login was started from inside a callback. SQLSTATE HY010.
 */
#define RS_AUTH_STATUS_BUSY 2

/**
 * Not in this build or not on this platform; the message says what. SQLSTATE HYC00.
 */
#define RS_AUTH_STATUS_NOT_SUPPORTED 3

/**
 * A value of the DSN is malformed, out of range or in conflict with another. SQLSTATE HY024.
 */
#define RS_AUTH_STATUS_INVALID_SETTING 100

/**
 * A key that the chosen way to log in needs is absent; the message names it and its aliases. SQLSTATE HY024.
 */
#define RS_AUTH_STATUS_MISSING_SETTING 101

/**
 * plugin_name names nothing that is known; the message suggests the nearest name. SQLSTATE HY024.
 */
#define RS_AUTH_STATUS_UNKNOWN_PLUGIN 102

/**
 * An AWS profile, an authentication profile or a section of odbc.ini is missing or unusable. SQLSTATE HY024.
 */
#define RS_AUTH_STATUS_PROFILE_NOT_FOUND 103

/**
 * Name lookup, connect, reset or early end of a connection. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_NETWORK 200

/**
 * Certificate or handshake; the message names the issuer that was not trusted. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_TLS 201

/**
 * The proxy refused, or wants credentials. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_PROXY 202

/**
 * The identity provider refused the user or the password. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_IDP_REJECTED 300

/**
 * A second factor is needed and no event callback answered for it. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_MFA_REQUIRED 301

/**
 * The identity provider showed a page or gave an answer of an unknown shape. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_IDP_UNEXPECTED 302

/**
 * The SAML response or JWT is missing, malformed or without roles. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_ASSERTION_INVALID 303

/**
 * preferred_role is not in the assertion; the message lists the roles that are. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_ROLE_NOT_ALLOWED 304

/**
 * There is no way to show a login page here. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_NO_BROWSER 305

/**
 * The loopback port for the answer of a browser could not be bound. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_LISTENER 306

/**
 * AWS refused: access denied, keys that are expired or not valid. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_ACCESS_DENIED 400

/**
 * The cluster, workgroup or custom domain name was not found. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_NOT_FOUND 401

/**
 * Still throttled after several attempts. SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_THROTTLED 402

/**
 * Another error of an AWS service; see rs_auth_error_service_code() and rs_auth_error_request_id(). SQLSTATE 08001.
 */
#define RS_AUTH_STATUS_SERVICE 403

/**
 * No source of AWS credentials had any; the message names each one that was tried, with its reason. SQLSTATE 28000.
 */
#define RS_AUTH_STATUS_NO_AWS_CREDENTIALS 404

/**
 * The time limit of the call passed. SQLSTATE HYT00.
 */
#define RS_AUTH_STATUS_TIMEOUT 500

/**
 * Cancelled by a token, or by the user who closed the prompt. SQLSTATE HY008.
 */
#define RS_AUTH_STATUS_CANCELLED 501

/**
 * A bug of this library. SQLSTATE HY000.
 */
#define RS_AUTH_STATUS_INTERNAL 900

/**
 * The operating system refused a thread, memory or a descriptor. SQLSTATE HY000.
 */
#define RS_AUTH_STATUS_SYSTEM 901

/* ---- Numbers: Credentials ---------------------------------------------------------------------------------------- */

/**
 * A user and a temporary password: rs_auth_credentials_user() and rs_auth_credentials_password().
 */
#define RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD 1

/**
 * A token for the server's own identity provider authentication (authentication code 14, message 'i'):
 * rs_auth_credentials_token() and its companions.
 */
#define RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN 2

/**
 * AWS keys and nothing more, from rs_auth_get_aws_credentials().
 */
#define RS_AUTH_CREDENTIALS_KIND_AWS_KEYS 3

/**
 * The keywords of the Amazon Redshift ODBC driver.
 */
#define RS_AUTH_DIALECT_REDSHIFT_ODBC 1

/**
 * The keywords of the PostgreSQL ODBC driver. It has no way to carry a native token.
 */
#define RS_AUTH_DIALECT_PSQLODBC 2

/**
 * A conninfo string of libpq: key='value' pairs.
 */
#define RS_AUTH_DIALECT_LIBPQ 3

/**
 * A URL of libpq: postgresql://user:password@host:port/database?sslmode=...
 */
#define RS_AUTH_DIALECT_URL 4

/* ---- Numbers: Options and cancel tokens -------------------------------------------------------------------------- */

/**
 * In memory; on disk only what a person had to do by hand (browser, second factor).
 */
#define RS_AUTH_CACHE_DEFAULT 0

/**
 * Nothing is read from the cache and nothing stored.
 */
#define RS_AUTH_CACHE_OFF 1

/**
 * In memory only.
 */
#define RS_AUTH_CACHE_MEMORY 2

/**
 * For use after the server refused what was handed out: that alone is ignored and replaced, in memory and on disk;
 * AWS keys and refresh tokens behind it are used first.
 */
#define RS_AUTH_CACHE_REFRESH 3

/**
 * A login failed, or will.
 */
#define RS_AUTH_LOG_ERROR 1

/**
 * Something that the user should change.
 */
#define RS_AUTH_LOG_WARN 2

/**
 * About one line a login.
 */
#define RS_AUTH_LOG_INFO 3

/**
 * Decisions, and the settings they came from.
 */
#define RS_AUTH_LOG_DEBUG 4

/**
 * Each request.
 */
#define RS_AUTH_LOG_TRACE 5

/* ---- Numbers: Events: what a login needs of a person ------------------------------------------------------------- */

/**
 * A login page is to be shown. Accessors: text, url. Default: the system browser; the event comes before the library
 * looks whether there is one.
 */
#define RS_AUTH_EVENT_OPEN_URL 1

/**
 * A person is to open the URL on any device and type the code; the library polls meanwhile. Accessors: text, url, code.
 * Default: the call fails with RS_AUTH_STATUS_NO_BROWSER.
 */
#define RS_AUTH_EVENT_DEVICE_CODE 2

/**
 * A one-time code is needed. Accessor: text. Answer: the code. Default: RS_AUTH_STATUS_MFA_REQUIRED. After a wrong
 * code it is asked again, at most twice; then the call fails with RS_AUTH_STATUS_IDP_REJECTED.
 */
#define RS_AUTH_EVENT_ASK_OTP 3

/**
 * A number is to be shown that the user taps on the phone. Accessors: text, code. Default: the library goes on waiting.
 */
#define RS_AUTH_EVENT_SHOW_NUMBER 4

/**
 * The user is to look at the phone. Accessor: text. Default: the library goes on waiting.
 */
#define RS_AUTH_EVENT_PUSH_SENT 5

/**
 * The assertion allows several roles. Accessors: text, choices (role ARNs in the identity provider's order).
 * Answer: one of the choices. Default: the ARN that sorts first.
 */
#define RS_AUTH_EVENT_PICK_ROLE 6

/**
 * There are several second factors. Accessors: text, choices (in the identity provider's order). Answer: one of the
 * choices. Default: the first factor that needs no answer, else RS_AUTH_STATUS_MFA_REQUIRED.
 */
#define RS_AUTH_EVENT_PICK_FACTOR 7

/**
 * Another thread or process is signing in for the same identity. Accessor: text. Default: the library goes on waiting.
 */
#define RS_AUTH_EVENT_WAITING 8

/**
 * The browser cannot reach this machine. Accessors: text, url. Answer: the URL at which the browser ended.
 * Default: RS_AUTH_STATUS_NO_BROWSER.
 */
#define RS_AUTH_EVENT_PASTE_URL 9

/**
 * Returned by an event callback: the library does what it does without a callback. Return this for kinds you do not
 * know; so is every number taken that is not listed here.
 */
#define RS_AUTH_EVENT_USE_DEFAULT 0

/**
 * Returned by an event callback: done, and answered with rs_auth_event_answer() where the event asks for an answer.
 */
#define RS_AUTH_EVENT_HANDLED 1

/**
 * Returned by an event or plugin callback: the call ends with RS_AUTH_STATUS_CANCELLED.
 */
#define RS_AUTH_EVENT_ABORT 2

/*
 * A program that loads the library at run time includes rs_auth_dl.h, which leaves the prototypes out.
 */
#ifndef RS_AUTH_NO_PROTOTYPES

/* ---- Login ------------------------------------------------------------------------------------------------------- */

/**
 * Does the one-time work (reading the TLS roots) now. Optional: the first login does it otherwise. For hosts that fork
 * while other threads are in their first login. Any thread, any number of times.
 *
 * @param out_error  receives the reason of a failure; may be NULL.
 */
RS_AUTH_API rs_auth_status rs_auth_init(rs_auth_error **out_error);

/**
 * Logs in as a DSN says, and gives what a driver needs to connect.
 *
 * The way is chosen by plugin_name, else AuthType, else by the keys that are there: InstanceProfile, Profile,
 * AccessKeyID with SecretAccessKey, the default chain of AWS. Any thread; calls are independent of each other. The call
 * returns at its time limit at the latest, and nothing of it goes on after it returned.
 *
 * @param dsn_kv           the keys and values of the DSN, unknown keys too; NULL only with length 0.
 * @param dsn_kv_len       how many entries it has, or RS_AUTH_NTS.
 * @param options          callbacks, time limit, cancel token, cache policy; NULL for the defaults.
 * @param out_credentials  receives the result; end it with rs_auth_credentials_free(). NULL after a failure.
 * @param out_error        receives the reason of a failure; end it with rs_auth_error_free(). NULL after a success. May
 *                         be NULL itself.
 * @return RS_AUTH_STATUS_OK, or the number that rs_auth_error_status() gives too.
 */
RS_AUTH_API
rs_auth_status rs_auth_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                       size_t dsn_kv_len,
                                       const rs_auth_options *options,
                                       rs_auth_credentials **out_credentials,
                                       rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() for one string: an ODBC connection string, the name of a DSN ("DSN=..."), or a
 * jdbc:redshift: or redshift:// URL.
 *
 * @param connection_string  NUL-terminated UTF-8.
 * @param options            NULL for the defaults.
 * @param out_credentials    receives the result; end it with rs_auth_credentials_free().
 * @param out_error          receives the reason of a failure; may be NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_get_credentials_from_string(const char *connection_string,
                                                   const rs_auth_options *options,
                                                   rs_auth_credentials **out_credentials,
                                                   rs_auth_error **out_error);

/**
 * rs_auth_get_credentials_from_string() for UTF-16 in native byte order: the SQLWCHAR of unixODBC and Windows.
 *
 * @param connection_string  UTF-16.
 * @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
 * @param options            NULL for the defaults.
 * @param out_credentials    receives the result; end it with rs_auth_credentials_free().
 * @param out_error          receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_INVALID_ARGUMENT with the position of a unit that is not UTF-16.
 */
RS_AUTH_API
rs_auth_status rs_auth_get_credentials_from_utf16(const uint16_t *connection_string,
                                                  size_t len,
                                                  const rs_auth_options *options,
                                                  rs_auth_credentials **out_credentials,
                                                  rs_auth_error **out_error);

/**
 * rs_auth_get_credentials_from_string() for UTF-32 in native byte order: the SQLWCHAR of iODBC, which has four bytes.
 *
 * @param connection_string  UTF-32.
 * @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
 * @param options            NULL for the defaults.
 * @param out_credentials    receives the result; end it with rs_auth_credentials_free().
 * @param out_error          receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_INVALID_ARGUMENT with the position of a unit that is not UTF-32.
 */
RS_AUTH_API
rs_auth_status rs_auth_get_credentials_from_utf32(const uint32_t *connection_string,
                                                  size_t len,
                                                  const rs_auth_options *options,
                                                  rs_auth_credentials **out_credentials,
                                                  rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() that stops after the AWS step: the result is of the kind RS_AUTH_CREDENTIALS_KIND_AWS_KEYS.
 * For credential_process, Athena or S3 with the identity of the DSN.
 *
 * @param dsn_kv           the keys and values of the DSN; NULL only with length 0.
 * @param dsn_kv_len       how many entries it has, or RS_AUTH_NTS.
 * @param options          NULL for the defaults; accepted kinds are not looked at.
 * @param out_credentials  receives the result; end it with rs_auth_credentials_free().
 * @param out_error        receives the reason of a failure; may be NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_get_aws_credentials(const rs_auth_dsn_kv *dsn_kv,
                                           size_t dsn_kv_len,
                                           const rs_auth_options *options,
                                           rs_auth_credentials **out_credentials,
                                           rs_auth_error **out_error);

/**
 * Reads the server-side authentication profile that AuthProfile of the DSN names. For a driver that needs Host,
 * Database and so on of it before it logs in; the driver then leaves AuthProfile out of the login.
 *
 * @param dsn_kv      the DSN, with AuthProfile, AccessKeyID and SecretAccessKey.
 * @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
 * @param options     NULL for the defaults.
 * @param out_list    receives the members of the profile; end it with rs_auth_kv_list_free().
 * @param out_error   receives the reason of a failure; may be NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_read_auth_profile(const rs_auth_dsn_kv *dsn_kv,
                                         size_t dsn_kv_len,
                                         const rs_auth_options *options,
                                         rs_auth_kv_list **out_list,
                                         rs_auth_error **out_error);

/* ---- Keys and values --------------------------------------------------------------------------------------------- */

/**
 * Takes an ODBC connection string or a jdbc:redshift: or redshift:// URL apart. The keys of the list stand as they
 * were typed. `DSN=name` is expanded from odbc.ini ($ODBCINI, ~/.odbc.ini, $ODBCSYSINI/odbc.ini, /etc/odbc.ini) by a
 * reader without limits on the length of a line; the string's own keys win over the file's.
 *
 * @param connection_string  NUL-terminated UTF-8.
 * @param out_list           receives the list; end it with rs_auth_kv_list_free().
 * @param out_error          receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_INVALID_SETTING with the position for a malformed string, RS_AUTH_STATUS_PROFILE_NOT_FOUND
 *         for a DSN that no file has.
 */
RS_AUTH_API
rs_auth_status rs_auth_parse_connection_string(const char *connection_string,
                                               rs_auth_kv_list **out_list,
                                               rs_auth_error **out_error);

/**
 * rs_auth_parse_connection_string() for UTF-16 in native byte order (SQLWCHAR).
 *
 * @param connection_string  UTF-16.
 * @param len                its length in code units, or RS_AUTH_NTS: up to the first unit that is 0.
 * @param out_list           receives the list; end it with rs_auth_kv_list_free().
 * @param out_error          receives the reason of a failure; may be NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_parse_connection_string_utf16(const uint16_t *connection_string,
                                                     size_t len,
                                                     rs_auth_kv_list **out_list,
                                                     rs_auth_error **out_error);

/**
 * The entries of a list, in order.
 *
 * @param list    the list; NULL gives 0.
 * @param out_kv  receives a pointer to the first entry, borrowed until rs_auth_kv_list_free(). May be NULL for the
 *                length alone.
 * @return how many entries there are.
 */
RS_AUTH_API size_t rs_auth_kv_list_get(const rs_auth_kv_list *list, const rs_auth_dsn_kv **out_kv);

/**
 * Ends a list and wipes its strings. NULL is allowed.
 */
RS_AUTH_API void rs_auth_kv_list_free(rs_auth_kv_list *list);

/**
 * Does this DSN ask for a login of this library (IAM, a plugin, AuthType, a profile, AWS keys), or is it a plain user
 * with a password? Looked at is what a login would read: odbc.ini for DSN,
 * RS_AUTH_SETTINGS and RS_AUTH_SETTINGS_FILE; no network.
 *
 * @param dsn_kv      the DSN; NULL only with length 0.
 * @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
 * @return 1: call rs_auth_get_credentials(); 0: connect as the DSN says; -1: invalid argument.
 */
RS_AUTH_API int32_t rs_auth_wants_login(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len);

/**
 * The DSN with the result laid over it and every key of this library taken out, quoted for a dialect: what a driver
 * or a driver manager can connect with.
 *
 * @param dsn_kv       the DSN; NULL only with length 0.
 * @param dsn_kv_len   how many entries it has, or RS_AUTH_NTS.
 * @param credentials  the result of a login.
 * @param dialect      RS_AUTH_DIALECT_*.
 * @param out_string   receives the string; end it with rs_auth_string_free(), which wipes the password in it.
 * @param out_error    receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_INVALID_SETTING where the dialect cannot say it.
 */
RS_AUTH_API
rs_auth_status rs_auth_merge(const rs_auth_dsn_kv *dsn_kv,
                             size_t dsn_kv_len,
                             const rs_auth_credentials *credentials,
                             int32_t dialect,
                             char **out_string,
                             rs_auth_error **out_error);

/* ---- One entry point a plugin ------------------------------------------------------------------------------------ */

/**
 * rs_auth_get_credentials() with the plugin ADFS: Active Directory Federation Services: user and password in its
 * login form, or the Kerberos ticket of the session. The name of the function wins over plugin_name, AuthType and
 * IAM of the DSN, here and in the functions below.
 */
RS_AUTH_API
rs_auth_status rs_auth_adfs_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                            size_t dsn_kv_len,
                                            const rs_auth_options *options,
                                            rs_auth_credentials **out_credentials,
                                            rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin AzureAD: Microsoft Entra ID (Azure AD) with user and password, for SAML.
 */
RS_AUTH_API
rs_auth_status rs_auth_azure_ad_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                size_t dsn_kv_len,
                                                const rs_auth_options *options,
                                                rs_auth_credentials **out_credentials,
                                                rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BrowserAzureAD: Microsoft Entra ID (Azure AD) in the browser, for SAML.
 */
RS_AUTH_API
rs_auth_status rs_auth_browser_azure_ad_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                        size_t dsn_kv_len,
                                                        const rs_auth_options *options,
                                                        rs_auth_credentials **out_credentials,
                                                        rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BrowserAzureADOAuth2: Microsoft Entra ID (Azure AD) in the browser; its
 * access token is the native token.
 */
RS_AUTH_API
rs_auth_status rs_auth_browser_azure_ad_oauth2_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                               size_t dsn_kv_len,
                                                               const rs_auth_options *options,
                                                               rs_auth_credentials **out_credentials,
                                                               rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BrowserSAML: any SAML identity provider in the browser.
 */
RS_AUTH_API
rs_auth_status rs_auth_browser_saml_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                    size_t dsn_kv_len,
                                                    const rs_auth_options *options,
                                                    rs_auth_credentials **out_credentials,
                                                    rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BrowserOktaSAML: a SAML identity provider in the browser; its SAML
 * response is the native token.
 */
RS_AUTH_API
rs_auth_status rs_auth_browser_okta_saml_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                         size_t dsn_kv_len,
                                                         const rs_auth_options *options,
                                                         rs_auth_credentials **out_credentials,
                                                         rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin Okta: Okta with user and password, and a second factor where one is
 * asked for.
 */
RS_AUTH_API
rs_auth_status rs_auth_okta_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                            size_t dsn_kv_len,
                                            const rs_auth_options *options,
                                            rs_auth_credentials **out_credentials,
                                            rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin Ping: PingFederate with user and password.
 */
RS_AUTH_API
rs_auth_status rs_auth_ping_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                            size_t dsn_kv_len,
                                            const rs_auth_options *options,
                                            rs_auth_credentials **out_credentials,
                                            rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin JWT: the caller's web_identity_token is the native token.
 */
RS_AUTH_API
rs_auth_status rs_auth_jwt_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                           size_t dsn_kv_len,
                                           const rs_auth_options *options,
                                           rs_auth_credentials **out_credentials,
                                           rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin JwtIamAuthPlugin: the caller's web_identity_token for
 * AssumeRoleWithWebIdentity.
 */
RS_AUTH_API
rs_auth_status rs_auth_jwt_iam_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                               size_t dsn_kv_len,
                                               const rs_auth_options *options,
                                               rs_auth_credentials **out_credentials,
                                               rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BasicSAML: the caller brings saml_assertion, for AssumeRoleWithSAML.
 */
RS_AUTH_API
rs_auth_status rs_auth_basic_saml_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                  size_t dsn_kv_len,
                                                  const rs_auth_options *options,
                                                  rs_auth_credentials **out_credentials,
                                                  rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BasicNativeSAML: the caller's saml_assertion is the native token.
 */
RS_AUTH_API
rs_auth_status rs_auth_basic_native_saml_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                         size_t dsn_kv_len,
                                                         const rs_auth_options *options,
                                                         rs_auth_credentials **out_credentials,
                                                         rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin IdpTokenAuthPlugin: a token of IAM Identity Center, or AWS keys that are
 * exchanged for one.
 */
RS_AUTH_API
rs_auth_status rs_auth_idp_token_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                 size_t dsn_kv_len,
                                                 const rs_auth_options *options,
                                                 rs_auth_credentials **out_credentials,
                                                 rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin BrowserIdcAuthPlugin: IAM Identity Center in the browser.
 */
RS_AUTH_API
rs_auth_status rs_auth_browser_idc_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                   size_t dsn_kv_len,
                                                   const rs_auth_options *options,
                                                   rs_auth_credentials **out_credentials,
                                                   rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin External: a program of the user's (external_program) prints the SAML
 * response.
 */
RS_AUTH_API
rs_auth_status rs_auth_external_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                size_t dsn_kv_len,
                                                const rs_auth_options *options,
                                                rs_auth_credentials **out_credentials,
                                                rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin Static: AccessKeyID, SecretAccessKey and SessionToken of the DSN.
 */
RS_AUTH_API
rs_auth_status rs_auth_iam_keys_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                size_t dsn_kv_len,
                                                const rs_auth_options *options,
                                                rs_auth_credentials **out_credentials,
                                                rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin Profile: a profile of the AWS configuration files.
 */
RS_AUTH_API
rs_auth_status rs_auth_profile_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                               size_t dsn_kv_len,
                                               const rs_auth_options *options,
                                               rs_auth_credentials **out_credentials,
                                               rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin InstanceProfile: the role of the EC2 instance.
 */
RS_AUTH_API
rs_auth_status rs_auth_instance_profile_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                        size_t dsn_kv_len,
                                                        const rs_auth_options *options,
                                                        rs_auth_credentials **out_credentials,
                                                        rs_auth_error **out_error);

/**
 * rs_auth_get_credentials() with the plugin Default: the default credentials chain of AWS.
 */
RS_AUTH_API
rs_auth_status rs_auth_default_chain_get_credentials(const rs_auth_dsn_kv *dsn_kv,
                                                     size_t dsn_kv_len,
                                                     const rs_auth_options *options,
                                                     rs_auth_credentials **out_credentials,
                                                     rs_auth_error **out_error);

/* ---- Credentials ------------------------------------------------------------------------------------------------- */

/**
 * RS_AUTH_CREDENTIALS_KIND_*: which of the functions below answer. 0 for NULL.
 */
RS_AUTH_API int32_t rs_auth_credentials_kind(const rs_auth_credentials *credentials);

/**
 * The database user, exactly as the service returned it ("IAM:", "IAMR:" and all). NULL if there is none.
 */
RS_AUTH_API const char *rs_auth_credentials_user(const rs_auth_credentials *credentials);

/**
 * The temporary password of the database user. NULL if there is none. A secret.
 */
RS_AUTH_API const char *rs_auth_credentials_password(const rs_auth_credentials *credentials);

/**
 * Where to connect: the host of the DSN, or the one that was discovered. NULL if unknown.
 */
RS_AUTH_API const char *rs_auth_credentials_host(const rs_auth_credentials *credentials);

/**
 * The port to connect to. 0: unknown.
 */
RS_AUTH_API uint16_t rs_auth_credentials_port(const rs_auth_credentials *credentials);

/**
 * The database. NULL if the DSN names none.
 */
RS_AUTH_API const char *rs_auth_credentials_database(const rs_auth_credentials *credentials);

/**
 * The native token. NULL for other kinds. A secret.
 */
RS_AUTH_API const char *rs_auth_credentials_token(const rs_auth_credentials *credentials);

/**
 * The type of the native token: ACCESS_TOKEN, EXT_JWT, SUBJECT_TOKEN and so on. NULL if it has none.
 */
RS_AUTH_API const char *rs_auth_credentials_token_type(const rs_auth_credentials *credentials);

/**
 * Which kind of identity provider made the native token: AzureAD, Okta, AwsIdc. NULL for other kinds.
 */
RS_AUTH_API const char *rs_auth_credentials_idp_type(const rs_auth_credentials *credentials);

/**
 * identity_namespace of the DSN, which the server wants with a native token. NULL if the DSN gave none.
 */
RS_AUTH_API const char *rs_auth_credentials_identity_namespace(const rs_auth_credentials *credentials);

/**
 * provider_name of the DSN, which the server wants with a native token. NULL if the DSN gave none.
 */
RS_AUTH_API const char *rs_auth_credentials_provider_name(const rs_auth_credentials *credentials);

/**
 * idc_client_display_name of the DSN. NULL if the DSN gave none.
 */
RS_AUTH_API const char *rs_auth_credentials_idc_client_display_name(const rs_auth_credentials *credentials);

/**
 * The AWS access key id of the login. NULL for native tokens.
 */
RS_AUTH_API const char *rs_auth_credentials_aws_access_key_id(const rs_auth_credentials *credentials);

/**
 * The AWS secret access key of the login. NULL for native tokens. A secret.
 */
RS_AUTH_API const char *rs_auth_credentials_aws_secret_access_key(const rs_auth_credentials *credentials);

/**
 * The AWS session token of the login. NULL for native tokens and for long-term keys. A secret.
 */
RS_AUTH_API const char *rs_auth_credentials_aws_session_token(const rs_auth_credentials *credentials);

/**
 * The ARN of the role that was assumed. NULL if none was.
 */
RS_AUTH_API const char *rs_auth_credentials_role_arn(const rs_auth_credentials *credentials);

/**
 * When the password, token or keys end, in milliseconds since 1970-01-01T00:00Z. -1: unknown.
 */
RS_AUTH_API int64_t rs_auth_credentials_expires_at_unix_ms(const rs_auth_credentials *credentials);

/**
 * Whether the result came from the cache. After the server refused such a result, log in again with
 * RS_AUTH_CACHE_REFRESH.
 */
RS_AUTH_API bool rs_auth_credentials_from_cache(const rs_auth_credentials *credentials);

/**
 * The canonical name of the plugin that was used. NULL for NULL.
 */
RS_AUTH_API const char *rs_auth_credentials_plugin(const rs_auth_credentials *credentials);

/**
 * The result as keywords of the Amazon Redshift ODBC driver, to lay over the DSN: UID, PWD, Server, Port, Database,
 * SSLMode; for native tokens plugin_name, idp_type, token_type, token, identity_namespace, provider_name, Server, Port,
 * Database, SSLMode; nothing for AWS keys. What is absent is left out.
 *
 * @param credentials  the result; NULL gives 0.
 * @param out_kv       receives a pointer to the first entry, borrowed until rs_auth_credentials_free(). May be NULL for
 *                     the length alone.
 * @return how many entries there are.
 */
RS_AUTH_API
size_t rs_auth_credentials_kv(const rs_auth_credentials *credentials,
                              const rs_auth_dsn_kv **out_kv);

/**
 * The result alone as a connection string. rs_auth_merge() makes one of the DSN and the result.
 *
 * @param credentials  the result.
 * @param dialect      RS_AUTH_DIALECT_*.
 * @return borrowed until rs_auth_credentials_free(). NULL where the dialect cannot carry this kind of result, and for
 *         unknown numbers.
 */
RS_AUTH_API
const char *rs_auth_credentials_connection_string(const rs_auth_credentials *credentials,
                                                  int32_t dialect);

/**
 * Ends a result and wipes its secrets. NULL is allowed.
 */
RS_AUTH_API void rs_auth_credentials_free(rs_auth_credentials *credentials);

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

/**
 * The status that the call returned. RS_AUTH_STATUS_INVALID_ARGUMENT for NULL.
 */
RS_AUTH_API rs_auth_status rs_auth_error_status(const rs_auth_error *error);

/**
 * What went wrong: one paragraph in plain words.
 */
RS_AUTH_API const char *rs_auth_error_message(const rs_auth_error *error);

/**
 * What to do about it. NULL if nothing better is known than the message.
 */
RS_AUTH_API const char *rs_auth_error_hint(const rs_auth_error *error);

/**
 * Cause, code and hint in at most 250 bytes, cut between characters: for drivers with small diagnostic buffers.
 */
RS_AUTH_API const char *rs_auth_error_short_text(const rs_auth_error *error);

/**
 * The SQLSTATE of the status: five characters, for SQLGetDiagRec.
 */
RS_AUTH_API const char *rs_auth_error_sqlstate(const rs_auth_error *error);

/**
 * Where in the login it went wrong: settings, idp, browser, assertion, aws (the credentials chain and the metadata
 * services), sts, redshift or cache. NULL if it belongs to none of them.
 */
RS_AUTH_API const char *rs_auth_error_stage(const rs_auth_error *error);

/**
 * The canonical name of the plugin that was at work. NULL if none was.
 */
RS_AUTH_API const char *rs_auth_error_plugin(const rs_auth_error *error);

/**
 * The service's own code, for example AccessDenied, AADSTS50076, invalid_grant or E0000004. NULL if it gave none.
 */
RS_AUTH_API const char *rs_auth_error_service_code(const rs_auth_error *error);

/**
 * The request id to quote to AWS. NULL if there is none.
 */
RS_AUTH_API const char *rs_auth_error_request_id(const rs_auth_error *error);

/**
 * The HTTP status of the answer that was the cause. 0: none.
 */
RS_AUTH_API int32_t rs_auth_error_http_status(const rs_auth_error *error);

/**
 * Whether the same call may succeed when it is made again unchanged.
 */
RS_AUTH_API bool rs_auth_error_is_retryable(const rs_auth_error *error);

/**
 * Ends an error. NULL is allowed.
 */
RS_AUTH_API void rs_auth_error_free(rs_auth_error *error);

/**
 * The name of a status, for example "RS_AUTH_STATUS_TIMEOUT"; "RS_AUTH_STATUS_UNKNOWN" for a number that this build
 * does not know. A static string: never freed.
 */
RS_AUTH_API const char *rs_auth_status_name(rs_auth_status status);

/* ---- Options and cancel tokens ----------------------------------------------------------------------------------- */

/**
 * New options with the defaults: no callbacks, the time limit of the DSN, every kind of result, RS_AUTH_CACHE_DEFAULT.
 *
 * @return to be ended with rs_auth_options_free(). NULL only for want of memory.
 */
RS_AUTH_API rs_auth_options *rs_auth_options_new(void);

/**
 * Limits the whole call, from entry to return. Where this is not set, LoginTimeout of the DSN holds, and without it 60
 * seconds, plus idp_response_timeout where a person signs in.
 *
 * @param options     the options.
 * @param timeout_ms  milliseconds; 0: no limit.
 */
RS_AUTH_API rs_auth_status rs_auth_options_set_timeout_ms(rs_auth_options *options, uint64_t timeout_ms);

/**
 * Says which kinds of result the host can use. A login that would yield another kind fails with
 * RS_AUTH_STATUS_INVALID_SETTING before any request is made or any browser opened. rs_auth_get_aws_credentials() does
 * not look at it.
 *
 * @param options  the options.
 * @param kinds    bits 1 << RS_AUTH_CREDENTIALS_KIND_*. An empty mask and unknown bits are
 *                 RS_AUTH_STATUS_INVALID_ARGUMENT.
 */
RS_AUTH_API rs_auth_status rs_auth_options_set_accepted_kinds(rs_auth_options *options, uint32_t kinds);

/**
 * Sends the log lines of calls with these options to a callback.
 *
 * @param options    the options.
 * @param callback   runs on the thread that made the call; NULL takes the setting back.
 * @param max_level  the finest level wanted: RS_AUTH_LOG_ERROR ... RS_AUTH_LOG_TRACE.
 * @param user_data  handed to the callback as it is.
 */
RS_AUTH_API
rs_auth_status rs_auth_options_set_log_callback(rs_auth_options *options,
                                                rs_auth_log_callback callback,
                                                int32_t max_level,
                                                void *user_data);

/**
 * Sends what a login needs of a person (a browser page, a one-time code, a choice) to a callback.
 *
 * @param options    the options.
 * @param callback   runs on the thread that made the call; NULL takes the setting back.
 * @param user_data  handed to the callback as it is.
 */
RS_AUTH_API
rs_auth_status rs_auth_options_set_event_callback(rs_auth_options *options,
                                                  rs_auth_event_callback callback,
                                                  void *user_data);

/**
 * Lets a token cancel calls with these options. The options keep a reference of their own: the token may be freed
 * before them.
 *
 * @param options  the options.
 * @param token    the token; NULL takes the setting back.
 */
RS_AUTH_API
rs_auth_status rs_auth_options_set_cancel_token(rs_auth_options *options,
                                                const rs_auth_cancel_token *token);

/**
 * Sets what may be stored and served. DisableCache in the DSN beats every policy.
 *
 * @param options  the options.
 * @param policy   RS_AUTH_CACHE_*.
 */
RS_AUTH_API rs_auth_status rs_auth_options_set_cache(rs_auth_options *options, int32_t policy);

/**
 * Names keys of the host's own in its DSN: no warning that they are unknown. Replaces what was set before.
 *
 * @param options  the options.
 * @param keys     NUL-terminated UTF-8 strings, copied; NULL only with 0.
 * @param count    how many, or RS_AUTH_NTS: up to the first NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_options_set_host_keys(rs_auth_options *options,
                                             const char *const *keys,
                                             size_t count);

/**
 * Sets the scope of the cache: results are never shared between scopes. A server that logs in for many end users takes
 * one scope for each.
 *
 * @param options  the options.
 * @param scope    NUL-terminated UTF-8, copied; NULL takes the setting back.
 */
RS_AUTH_API rs_auth_status rs_auth_options_set_cache_scope(rs_auth_options *options, const char *scope);

/**
 * Ends options. NULL is allowed.
 */
RS_AUTH_API void rs_auth_options_free(rs_auth_options *options);

/**
 * A new token, not cancelled.
 *
 * @return to be ended with rs_auth_cancel_token_free(). NULL only for want of memory.
 */
RS_AUTH_API rs_auth_cancel_token *rs_auth_cancel_token_new(void);

/**
 * Cancels every call that has the token in its options: within 50 ms it returns RS_AUTH_STATUS_CANCELLED. A call that
 * is made later does so without any request. A login that is finished already beats a late cancel. Any thread, any
 * number of times, from callbacks too; not from a signal handler. NULL is ignored.
 */
RS_AUTH_API void rs_auth_cancel_token_cancel(const rs_auth_cancel_token *token);

/**
 * Ends the caller's reference to a token. Options that have it keep it alive. NULL is allowed.
 */
RS_AUTH_API void rs_auth_cancel_token_free(rs_auth_cancel_token *token);

/* ---- Events: what a login needs of a person ---------------------------------------------------------------------- */

/**
 * RS_AUTH_EVENT_OPEN_URL ... RS_AUTH_EVENT_PASTE_URL, or a number of a newer library. 0 for NULL.
 */
RS_AUTH_API int32_t rs_auth_event_kind(const rs_auth_event *event);

/**
 * What to tell the person.
 */
RS_AUTH_API const char *rs_auth_event_text(const rs_auth_event *event);

/**
 * The URL to open. NULL if the event has none.
 */
RS_AUTH_API const char *rs_auth_event_url(const rs_auth_event *event);

/**
 * The code to type, or the number to tap. NULL if the event has none.
 */
RS_AUTH_API const char *rs_auth_event_code(const rs_auth_event *event);

/**
 * How many choices there are; 0 for events without.
 */
RS_AUTH_API size_t rs_auth_event_choice_count(const rs_auth_event *event);

/**
 * One of the choices, counted from 0. NULL past the end.
 */
RS_AUTH_API const char *rs_auth_event_choice(const rs_auth_event *event, size_t index);

/**
 * Answers an event that asks for something. The last answer counts, and only if the callback then returns
 * RS_AUTH_EVENT_HANDLED.
 *
 * @param event   the event.
 * @param answer  NUL-terminated UTF-8, copied.
 */
RS_AUTH_API rs_auth_status rs_auth_event_answer(rs_auth_event *event, const char *answer);

/* ---- A plugin of the host's own ---------------------------------------------------------------------------------- */

/**
 * Adds a plugin of the host's own: a DSN whose plugin_name is this name is answered by the callback. Such names are
 * looked up before those of the library. Its answers are cached only for the same callback and user data.
 *
 * @param options    the options.
 * @param name       NUL-terminated UTF-8, copied; compared without regard to case.
 * @param callback   replaces an earlier one of that name; NULL takes it back.
 * @param user_data  handed to the callback as it is.
 */
RS_AUTH_API
rs_auth_status rs_auth_options_add_plugin(rs_auth_options *options,
                                          const char *name,
                                          rs_auth_plugin_callback callback,
                                          void *user_data);

/**
 * The value of a key of the DSN, in any spelling; keys that the library does not know are found too.
 *
 * @param request  the request.
 * @param key      NUL-terminated UTF-8.
 * @return valid until the callback returns. NULL if the DSN has no such key, or an empty value.
 */
RS_AUTH_API const char *rs_auth_plugin_request_get(const rs_auth_plugin_request *request, const char *key);

/**
 * Answers with a SAML response, which the library exchanges for AWS keys.
 *
 * @param reply   the reply.
 * @param base64  the response in base64, as an identity provider posts it; copied.
 */
RS_AUTH_API
rs_auth_status rs_auth_plugin_reply_set_saml_response(rs_auth_plugin_reply *reply,
                                                      const char *base64);

/**
 * Answers with a JWT, which the library exchanges for AWS keys (AssumeRoleWithWebIdentity; the DSN needs role_arn).
 *
 * @param reply  the reply.
 * @param jwt    the token; copied.
 */
RS_AUTH_API
rs_auth_status rs_auth_plugin_reply_set_web_identity_token(rs_auth_plugin_reply *reply,
                                                           const char *jwt);

/**
 * Answers with a token for the server: the login is done.
 *
 * @param reply               the reply.
 * @param token               the token; copied.
 * @param token_type          its type, for example ACCESS_TOKEN; may be NULL.
 * @param idp_type            the kind of identity provider, for example AzureAD, Okta, AwsIdc; may be NULL.
 * @param expires_at_unix_ms  when it ends, in milliseconds since 1970; -1: unknown.
 */
RS_AUTH_API
rs_auth_status rs_auth_plugin_reply_set_native_token(rs_auth_plugin_reply *reply,
                                                     const char *token,
                                                     const char *token_type,
                                                     const char *idp_type,
                                                     int64_t expires_at_unix_ms);

/**
 * Answers with AWS keys, which the library exchanges for database credentials.
 *
 * @param reply               the reply.
 * @param access_key_id       copied.
 * @param secret_access_key   copied.
 * @param session_token       copied; NULL for long-term keys.
 * @param expires_at_unix_ms  when they end, in milliseconds since 1970; -1: unknown.
 */
RS_AUTH_API
rs_auth_status rs_auth_plugin_reply_set_aws_keys(rs_auth_plugin_reply *reply,
                                                 const char *access_key_id,
                                                 const char *secret_access_key,
                                                 const char *session_token,
                                                 int64_t expires_at_unix_ms);

/**
 * Answers with a failure: the call ends with this status and message.
 *
 * @param reply    the reply.
 * @param status   RS_AUTH_STATUS_*, but not RS_AUTH_STATUS_OK.
 * @param message  one paragraph for the user, without secrets; copied.
 */
RS_AUTH_API
rs_auth_status rs_auth_plugin_reply_set_error(rs_auth_plugin_reply *reply,
                                              rs_auth_status status,
                                              const char *message);

/* ---- Understanding a DSN, caches, versions ----------------------------------------------------------------------- */

/**
 * Says what a login would do, without doing it: offline, no network, no secrets. JSON: every value that would be used
 * and where it came from, unknown keys with the nearest known name, the plugin, the requests.
 *
 * @param dsn_kv      the DSN; NULL only with length 0.
 * @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
 * @param options     NULL for the defaults.
 * @param out_json    receives the report; end it with rs_auth_string_free().
 * @param out_error   receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_OK for any DSN that can be read: its faults stand in the report.
 */
RS_AUTH_API
rs_auth_status rs_auth_explain(const rs_auth_dsn_kv *dsn_kv,
                               size_t dsn_kv_len,
                               const rs_auth_options *options,
                               char **out_json,
                               rs_auth_error **out_error);

/**
 * Checks step by step what stands in the way of a login, and logs in for real, past the cache. It opens no browser
 * without an event callback. Its own time limit is 20 seconds unless the options set one. The report is JSON.
 *
 * @param dsn_kv      the DSN; NULL only with length 0.
 * @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
 * @param options     NULL for the defaults.
 * @param out_json    receives the report; end it with rs_auth_string_free().
 * @param out_error   receives the reason of a failure; may be NULL.
 * @return RS_AUTH_STATUS_OK whenever a report was made, whatever it says. RS_AUTH_STATUS_CANCELLED without one.
 */
RS_AUTH_API
rs_auth_status rs_auth_doctor(const rs_auth_dsn_kv *dsn_kv,
                              size_t dsn_kv_len,
                              const rs_auth_options *options,
                              char **out_json,
                              rs_auth_error **out_error);

/**
 * Wipes and ends a string that this library made for the caller. NULL is allowed.
 */
RS_AUTH_API void rs_auth_string_free(char *string);

/**
 * Every plugin and every key with type, default, aliases, secrecy and help, as JSON: for DSN dialogs. A static string:
 * never freed.
 */
RS_AUTH_API const char *rs_auth_catalogue_json(void);

/**
 * How many plugins are built in.
 */
RS_AUTH_API size_t rs_auth_plugin_count(void);

/**
 * The canonical name of a plugin, counted from 0. NULL past the end. A static string: never freed.
 */
RS_AUTH_API const char *rs_auth_plugin_name(size_t index);

/**
 * Forgets what is stored for this DSN, in memory and on disk.
 *
 * @param dsn_kv      the DSN; an empty one is RS_AUTH_STATUS_INVALID_ARGUMENT.
 * @param dsn_kv_len  how many entries it has, or RS_AUTH_NTS.
 * @param options     those of the login (the cache scope counts); NULL for the defaults.
 * @param out_error   receives the reason of a failure; may be NULL.
 */
RS_AUTH_API
rs_auth_status rs_auth_forget(const rs_auth_dsn_kv *dsn_kv,
                              size_t dsn_kv_len,
                              const rs_auth_options *options,
                              rs_auth_error **out_error);

/**
 * Forgets everything that is stored for this user of the operating system, in memory and on disk.
 *
 * @param out_error  receives the reason of a failure; may be NULL.
 */
RS_AUTH_API rs_auth_status rs_auth_forget_all(rs_auth_error **out_error);

/**
 * RS_AUTH_ABI_VERSION of the library that is loaded; compare it with that of the header.
 */
RS_AUTH_API uint32_t rs_auth_abi_version(void);

/**
 * The version of the library that is loaded, for a log: "1.0.0 (git abcdef, aws-lc ...)". A static string: never freed.
 */
RS_AUTH_API const char *rs_auth_version(void);

#endif /* RS_AUTH_NO_PROTOTYPES */

#ifdef __cplusplus
} /* extern C */
#endif

#endif /* RS_AUTH_H */
