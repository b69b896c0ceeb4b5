/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * rs_auth, loaded at run time: nothing to link against but the dynamic loader (-ldl before glibc 2.34).
 *
 * Made by `cargo xtask header` from src/capi. Do not edit.
 *
 *     static rs_auth_api rs_auth;
 *     const char *missing;
 *     if (rs_auth_api_load(&rs_auth, NULL, &missing) != 0)
 *         fprintf(stderr, "rs_auth: %s\n", missing);
 *     else
 *         rs_auth.get_credentials(dsn, RS_AUTH_NTS, NULL, &credentials, &error);
 *
 * Each pointer is the function of rs_auth.h without rs_auth_ in its name. The prototypes themselves are left out, so that
 * a call which would need linking does not compile; a file that wants them too includes rs_auth.h first.
 */
#ifndef RS_AUTH_DL_H
#define RS_AUTH_DL_H

#ifndef RS_AUTH_H
#define RS_AUTH_NO_PROTOTYPES
#include "rs_auth.h"
#undef RS_AUTH_NO_PROTOTYPES
#endif

#include <stddef.h>
#include <string.h>

#ifdef _WIN32
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Every function of rs_auth.h, in its order. New ones are added at the end and may be NULL when an older library was
 * loaded; `size` tells a program that was handed the table how long it is.
 */
typedef struct rs_auth_api {
    size_t size;
    rs_auth_status (*init)(rs_auth_error **out_error);
    rs_auth_status (*get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_options *options,
        rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*get_credentials_from_string)(const char *connection_string, const rs_auth_options *options,
        rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*get_credentials_from_utf16)(const uint16_t *connection_string, size_t len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*get_credentials_from_utf32)(const uint32_t *connection_string, size_t len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*get_aws_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*read_auth_profile)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_options *options,
        rs_auth_kv_list **out_list, rs_auth_error **out_error);
    rs_auth_status (*parse_connection_string)(const char *connection_string, rs_auth_kv_list **out_list,
        rs_auth_error **out_error);
    rs_auth_status (*parse_connection_string_utf16)(const uint16_t *connection_string, size_t len,
        rs_auth_kv_list **out_list, rs_auth_error **out_error);
    size_t (*kv_list_get)(const rs_auth_kv_list *list, const rs_auth_dsn_kv **out_kv);
    void (*kv_list_free)(rs_auth_kv_list *list);
    int32_t (*wants_login)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len);
    rs_auth_status (*merge)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_credentials *credentials,
        int32_t dialect, char **out_string, rs_auth_error **out_error);
    rs_auth_status (*adfs_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*azure_ad_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*browser_azure_ad_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*browser_azure_ad_oauth2_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*browser_saml_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*browser_okta_saml_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*okta_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*ping_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*jwt_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*jwt_iam_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*basic_saml_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*basic_native_saml_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*idp_token_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*browser_idc_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*external_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*iam_keys_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*profile_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*instance_profile_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    rs_auth_status (*default_chain_get_credentials)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len,
        const rs_auth_options *options, rs_auth_credentials **out_credentials, rs_auth_error **out_error);
    int32_t (*credentials_kind)(const rs_auth_credentials *credentials);
    const char *(*credentials_user)(const rs_auth_credentials *credentials);
    const char *(*credentials_password)(const rs_auth_credentials *credentials);
    const char *(*credentials_host)(const rs_auth_credentials *credentials);
    uint16_t (*credentials_port)(const rs_auth_credentials *credentials);
    const char *(*credentials_database)(const rs_auth_credentials *credentials);
    const char *(*credentials_token)(const rs_auth_credentials *credentials);
    const char *(*credentials_token_type)(const rs_auth_credentials *credentials);
    const char *(*credentials_idp_type)(const rs_auth_credentials *credentials);
    const char *(*credentials_identity_namespace)(const rs_auth_credentials *credentials);
    const char *(*credentials_provider_name)(const rs_auth_credentials *credentials);
    const char *(*credentials_idc_client_display_name)(const rs_auth_credentials *credentials);
    const char *(*credentials_aws_access_key_id)(const rs_auth_credentials *credentials);
    const char *(*credentials_aws_secret_access_key)(const rs_auth_credentials *credentials);
    const char *(*credentials_aws_session_token)(const rs_auth_credentials *credentials);
    const char *(*credentials_role_arn)(const rs_auth_credentials *credentials);
    int64_t (*credentials_expires_at_unix_ms)(const rs_auth_credentials *credentials);
    bool (*credentials_from_cache)(const rs_auth_credentials *credentials);
    const char *(*credentials_plugin)(const rs_auth_credentials *credentials);
    size_t (*credentials_kv)(const rs_auth_credentials *credentials, const rs_auth_dsn_kv **out_kv);
    const char *(*credentials_connection_string)(const rs_auth_credentials *credentials, int32_t dialect);
    void (*credentials_free)(rs_auth_credentials *credentials);
    rs_auth_status (*error_status)(const rs_auth_error *error);
    const char *(*error_message)(const rs_auth_error *error);
    const char *(*error_hint)(const rs_auth_error *error);
    const char *(*error_short_text)(const rs_auth_error *error);
    const char *(*error_sqlstate)(const rs_auth_error *error);
    const char *(*error_stage)(const rs_auth_error *error);
    const char *(*error_plugin)(const rs_auth_error *error);
    const char *(*error_service_code)(const rs_auth_error *error);
    const char *(*error_request_id)(const rs_auth_error *error);
    int32_t (*error_http_status)(const rs_auth_error *error);
    bool (*error_is_retryable)(const rs_auth_error *error);
    void (*error_free)(rs_auth_error *error);
    const char *(*status_name)(rs_auth_status status);
    rs_auth_options *(*options_new)(void);
    rs_auth_status (*options_set_timeout_ms)(rs_auth_options *options, uint64_t timeout_ms);
    rs_auth_status (*options_set_accepted_kinds)(rs_auth_options *options, uint32_t kinds);
    rs_auth_status (*options_set_log_callback)(rs_auth_options *options, rs_auth_log_callback callback,
        int32_t max_level, void *user_data);
    rs_auth_status (*options_set_event_callback)(rs_auth_options *options, rs_auth_event_callback callback,
        void *user_data);
    rs_auth_status (*options_set_cancel_token)(rs_auth_options *options, const rs_auth_cancel_token *token);
    rs_auth_status (*options_set_cache)(rs_auth_options *options, int32_t policy);
    rs_auth_status (*options_set_host_keys)(rs_auth_options *options, const char *const *keys, size_t count);
    rs_auth_status (*options_set_cache_scope)(rs_auth_options *options, const char *scope);
    void (*options_free)(rs_auth_options *options);
    rs_auth_cancel_token *(*cancel_token_new)(void);
    void (*cancel_token_cancel)(const rs_auth_cancel_token *token);
    void (*cancel_token_free)(rs_auth_cancel_token *token);
    int32_t (*event_kind)(const rs_auth_event *event);
    const char *(*event_text)(const rs_auth_event *event);
    const char *(*event_url)(const rs_auth_event *event);
    const char *(*event_code)(const rs_auth_event *event);
    size_t (*event_choice_count)(const rs_auth_event *event);
    const char *(*event_choice)(const rs_auth_event *event, size_t index);
    rs_auth_status (*event_answer)(rs_auth_event *event, const char *answer);
    rs_auth_status (*options_add_plugin)(rs_auth_options *options, const char *name, rs_auth_plugin_callback callback,
        void *user_data);
    const char *(*plugin_request_get)(const rs_auth_plugin_request *request, const char *key);
    rs_auth_status (*plugin_reply_set_saml_response)(rs_auth_plugin_reply *reply, const char *base64);
    rs_auth_status (*plugin_reply_set_web_identity_token)(rs_auth_plugin_reply *reply, const char *jwt);
    rs_auth_status (*plugin_reply_set_native_token)(rs_auth_plugin_reply *reply, const char *token,
        const char *token_type, const char *idp_type, int64_t expires_at_unix_ms);
    rs_auth_status (*plugin_reply_set_aws_keys)(rs_auth_plugin_reply *reply, const char *access_key_id,
        const char *secret_access_key, const char *session_token, int64_t expires_at_unix_ms);
    rs_auth_status (*plugin_reply_set_error)(rs_auth_plugin_reply *reply, rs_auth_status status, const char *message);
    rs_auth_status (*explain)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_options *options,
        char **out_json, rs_auth_error **out_error);
    rs_auth_status (*doctor)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_options *options,
        char **out_json, rs_auth_error **out_error);
    void (*string_free)(char *string);
    const char *(*catalogue_json)(void);
    size_t (*plugin_count)(void);
    const char *(*plugin_name)(size_t index);
    rs_auth_status (*forget)(const rs_auth_dsn_kv *dsn_kv, size_t dsn_kv_len, const rs_auth_options *options,
        rs_auth_error **out_error);
    rs_auth_status (*forget_all)(rs_auth_error **out_error);
    uint32_t (*abi_version)(void);
    const char *(*version)(void);
} rs_auth_api;

/* dlopen or LoadLibraryW; NULL on failure, with the reason. The path is UTF-8. */
static inline void *rs_auth_api_open_(const char *path, const char **reason)
{
#ifdef _WIN32
    wchar_t wide[32768];
    HMODULE library = NULL;
    if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, 32768) > 0)
        library = LoadLibraryW(wide);
    *reason = library ? NULL : "LoadLibraryW cannot load the library";
    return (void *)library;
#else
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    *reason = library ? NULL : dlerror();
    return library;
#endif
}

/**
 * Loads the library and fills the table. The library is never unloaded.
 *
 * @param api      filled; all zero after a failure.
 * @param path     the library, UTF-8; NULL: librs_auth.so.1 (rs_auth.dll) where the loader looks for libraries.
 * @param missing  receives after a failure the name of the function that the library lacks, or the loader's reason, which
 *                 is valid until this thread's next call of the loader. NULL after a success. May be NULL itself.
 * @return 0: loaded.
 */
static inline int rs_auth_api_load(rs_auth_api *api, const char *path, const char **missing)
{
    /* Name and place of each function, and whether every library of this ABI version has it. */
    static const struct {
        const char *name;
        size_t place;
        int needed;
    } functions[] = {
        {"rs_auth_init", offsetof(rs_auth_api, init), 1},
        {"rs_auth_get_credentials", offsetof(rs_auth_api, get_credentials), 1},
        {"rs_auth_get_credentials_from_string", offsetof(rs_auth_api, get_credentials_from_string), 1},
        {"rs_auth_get_credentials_from_utf16", offsetof(rs_auth_api, get_credentials_from_utf16), 1},
        {"rs_auth_get_credentials_from_utf32", offsetof(rs_auth_api, get_credentials_from_utf32), 1},
        {"rs_auth_get_aws_credentials", offsetof(rs_auth_api, get_aws_credentials), 1},
        {"rs_auth_read_auth_profile", offsetof(rs_auth_api, read_auth_profile), 1},
        {"rs_auth_parse_connection_string", offsetof(rs_auth_api, parse_connection_string), 1},
        {"rs_auth_parse_connection_string_utf16", offsetof(rs_auth_api, parse_connection_string_utf16), 1},
        {"rs_auth_kv_list_get", offsetof(rs_auth_api, kv_list_get), 1},
        {"rs_auth_kv_list_free", offsetof(rs_auth_api, kv_list_free), 1},
        {"rs_auth_wants_login", offsetof(rs_auth_api, wants_login), 1},
        {"rs_auth_merge", offsetof(rs_auth_api, merge), 1},
        {"rs_auth_adfs_get_credentials", offsetof(rs_auth_api, adfs_get_credentials), 1},
        {"rs_auth_azure_ad_get_credentials", offsetof(rs_auth_api, azure_ad_get_credentials), 1},
        {"rs_auth_browser_azure_ad_get_credentials", offsetof(rs_auth_api, browser_azure_ad_get_credentials), 1},
        {"rs_auth_browser_azure_ad_oauth2_get_credentials", offsetof(rs_auth_api, browser_azure_ad_oauth2_get_credentials), 1},
        {"rs_auth_browser_saml_get_credentials", offsetof(rs_auth_api, browser_saml_get_credentials), 1},
        {"rs_auth_browser_okta_saml_get_credentials", offsetof(rs_auth_api, browser_okta_saml_get_credentials), 1},
        {"rs_auth_okta_get_credentials", offsetof(rs_auth_api, okta_get_credentials), 1},
        {"rs_auth_ping_get_credentials", offsetof(rs_auth_api, ping_get_credentials), 1},
        {"rs_auth_jwt_get_credentials", offsetof(rs_auth_api, jwt_get_credentials), 1},
        {"rs_auth_jwt_iam_get_credentials", offsetof(rs_auth_api, jwt_iam_get_credentials), 1},
        {"rs_auth_basic_saml_get_credentials", offsetof(rs_auth_api, basic_saml_get_credentials), 1},
        {"rs_auth_basic_native_saml_get_credentials", offsetof(rs_auth_api, basic_native_saml_get_credentials), 1},
        {"rs_auth_idp_token_get_credentials", offsetof(rs_auth_api, idp_token_get_credentials), 1},
        {"rs_auth_browser_idc_get_credentials", offsetof(rs_auth_api, browser_idc_get_credentials), 1},
        {"rs_auth_external_get_credentials", offsetof(rs_auth_api, external_get_credentials), 1},
        {"rs_auth_iam_keys_get_credentials", offsetof(rs_auth_api, iam_keys_get_credentials), 1},
        {"rs_auth_profile_get_credentials", offsetof(rs_auth_api, profile_get_credentials), 1},
        {"rs_auth_instance_profile_get_credentials", offsetof(rs_auth_api, instance_profile_get_credentials), 1},
        {"rs_auth_default_chain_get_credentials", offsetof(rs_auth_api, default_chain_get_credentials), 1},
        {"rs_auth_credentials_kind", offsetof(rs_auth_api, credentials_kind), 1},
        {"rs_auth_credentials_user", offsetof(rs_auth_api, credentials_user), 1},
        {"rs_auth_credentials_password", offsetof(rs_auth_api, credentials_password), 1},
        {"rs_auth_credentials_host", offsetof(rs_auth_api, credentials_host), 1},
        {"rs_auth_credentials_port", offsetof(rs_auth_api, credentials_port), 1},
        {"rs_auth_credentials_database", offsetof(rs_auth_api, credentials_database), 1},
        {"rs_auth_credentials_token", offsetof(rs_auth_api, credentials_token), 1},
        {"rs_auth_credentials_token_type", offsetof(rs_auth_api, credentials_token_type), 1},
        {"rs_auth_credentials_idp_type", offsetof(rs_auth_api, credentials_idp_type), 1},
        {"rs_auth_credentials_identity_namespace", offsetof(rs_auth_api, credentials_identity_namespace), 1},
        {"rs_auth_credentials_provider_name", offsetof(rs_auth_api, credentials_provider_name), 1},
        {"rs_auth_credentials_idc_client_display_name", offsetof(rs_auth_api, credentials_idc_client_display_name), 1},
        {"rs_auth_credentials_aws_access_key_id", offsetof(rs_auth_api, credentials_aws_access_key_id), 1},
        {"rs_auth_credentials_aws_secret_access_key", offsetof(rs_auth_api, credentials_aws_secret_access_key), 1},
        {"rs_auth_credentials_aws_session_token", offsetof(rs_auth_api, credentials_aws_session_token), 1},
        {"rs_auth_credentials_role_arn", offsetof(rs_auth_api, credentials_role_arn), 1},
        {"rs_auth_credentials_expires_at_unix_ms", offsetof(rs_auth_api, credentials_expires_at_unix_ms), 1},
        {"rs_auth_credentials_from_cache", offsetof(rs_auth_api, credentials_from_cache), 1},
        {"rs_auth_credentials_plugin", offsetof(rs_auth_api, credentials_plugin), 1},
        {"rs_auth_credentials_kv", offsetof(rs_auth_api, credentials_kv), 1},
        {"rs_auth_credentials_connection_string", offsetof(rs_auth_api, credentials_connection_string), 1},
        {"rs_auth_credentials_free", offsetof(rs_auth_api, credentials_free), 1},
        {"rs_auth_error_status", offsetof(rs_auth_api, error_status), 1},
        {"rs_auth_error_message", offsetof(rs_auth_api, error_message), 1},
        {"rs_auth_error_hint", offsetof(rs_auth_api, error_hint), 1},
        {"rs_auth_error_short_text", offsetof(rs_auth_api, error_short_text), 1},
        {"rs_auth_error_sqlstate", offsetof(rs_auth_api, error_sqlstate), 1},
        {"rs_auth_error_stage", offsetof(rs_auth_api, error_stage), 1},
        {"rs_auth_error_plugin", offsetof(rs_auth_api, error_plugin), 1},
        {"rs_auth_error_service_code", offsetof(rs_auth_api, error_service_code), 1},
        {"rs_auth_error_request_id", offsetof(rs_auth_api, error_request_id), 1},
        {"rs_auth_error_http_status", offsetof(rs_auth_api, error_http_status), 1},
        {"rs_auth_error_is_retryable", offsetof(rs_auth_api, error_is_retryable), 1},
        {"rs_auth_error_free", offsetof(rs_auth_api, error_free), 1},
        {"rs_auth_status_name", offsetof(rs_auth_api, status_name), 1},
        {"rs_auth_options_new", offsetof(rs_auth_api, options_new), 1},
        {"rs_auth_options_set_timeout_ms", offsetof(rs_auth_api, options_set_timeout_ms), 1},
        {"rs_auth_options_set_accepted_kinds", offsetof(rs_auth_api, options_set_accepted_kinds), 1},
        {"rs_auth_options_set_log_callback", offsetof(rs_auth_api, options_set_log_callback), 1},
        {"rs_auth_options_set_event_callback", offsetof(rs_auth_api, options_set_event_callback), 1},
        {"rs_auth_options_set_cancel_token", offsetof(rs_auth_api, options_set_cancel_token), 1},
        {"rs_auth_options_set_cache", offsetof(rs_auth_api, options_set_cache), 1},
        {"rs_auth_options_set_host_keys", offsetof(rs_auth_api, options_set_host_keys), 1},
        {"rs_auth_options_set_cache_scope", offsetof(rs_auth_api, options_set_cache_scope), 1},
        {"rs_auth_options_free", offsetof(rs_auth_api, options_free), 1},
        {"rs_auth_cancel_token_new", offsetof(rs_auth_api, cancel_token_new), 1},
        {"rs_auth_cancel_token_cancel", offsetof(rs_auth_api, cancel_token_cancel), 1},
        {"rs_auth_cancel_token_free", offsetof(rs_auth_api, cancel_token_free), 1},
        {"rs_auth_event_kind", offsetof(rs_auth_api, event_kind), 1},
        {"rs_auth_event_text", offsetof(rs_auth_api, event_text), 1},
        {"rs_auth_event_url", offsetof(rs_auth_api, event_url), 1},
        {"rs_auth_event_code", offsetof(rs_auth_api, event_code), 1},
        {"rs_auth_event_choice_count", offsetof(rs_auth_api, event_choice_count), 1},
        {"rs_auth_event_choice", offsetof(rs_auth_api, event_choice), 1},
        {"rs_auth_event_answer", offsetof(rs_auth_api, event_answer), 1},
        {"rs_auth_options_add_plugin", offsetof(rs_auth_api, options_add_plugin), 1},
        {"rs_auth_plugin_request_get", offsetof(rs_auth_api, plugin_request_get), 1},
        {"rs_auth_plugin_reply_set_saml_response", offsetof(rs_auth_api, plugin_reply_set_saml_response), 1},
        {"rs_auth_plugin_reply_set_web_identity_token", offsetof(rs_auth_api, plugin_reply_set_web_identity_token), 1},
        {"rs_auth_plugin_reply_set_native_token", offsetof(rs_auth_api, plugin_reply_set_native_token), 1},
        {"rs_auth_plugin_reply_set_aws_keys", offsetof(rs_auth_api, plugin_reply_set_aws_keys), 1},
        {"rs_auth_plugin_reply_set_error", offsetof(rs_auth_api, plugin_reply_set_error), 1},
        {"rs_auth_explain", offsetof(rs_auth_api, explain), 1},
        {"rs_auth_doctor", offsetof(rs_auth_api, doctor), 1},
        {"rs_auth_string_free", offsetof(rs_auth_api, string_free), 1},
        {"rs_auth_catalogue_json", offsetof(rs_auth_api, catalogue_json), 1},
        {"rs_auth_plugin_count", offsetof(rs_auth_api, plugin_count), 1},
        {"rs_auth_plugin_name", offsetof(rs_auth_api, plugin_name), 1},
        {"rs_auth_forget", offsetof(rs_auth_api, forget), 1},
        {"rs_auth_forget_all", offsetof(rs_auth_api, forget_all), 1},
        {"rs_auth_abi_version", offsetof(rs_auth_api, abi_version), 1},
        {"rs_auth_version", offsetof(rs_auth_api, version), 1},
    };
    const size_t count = sizeof functions / sizeof functions[0];
    const char *reason = NULL;
    void *library;
    size_t index;
    if (missing)
        *missing = NULL;
    if (!api) {
        if (missing)
            *missing = "api is NULL";
        return -1;
    }
    memset(api, 0, sizeof *api);
#if defined(_WIN32)
    library = rs_auth_api_open_(path ? path : "rs_auth.dll", &reason);
#elif defined(__APPLE__)
    library = rs_auth_api_open_(path ? path : "librs_auth.1.dylib", &reason);
#else
    library = rs_auth_api_open_(path ? path : "librs_auth.so.1", &reason);
#endif
    for (index = 0; library && !reason && index < count; index++) {
#ifdef _WIN32
        FARPROC function = GetProcAddress((HMODULE)library, functions[index].name);
#else
        void *function = dlsym(library, functions[index].name);
#endif
        if (!function && functions[index].needed)
            reason = functions[index].name;
        memcpy((char *)api + functions[index].place, &function, sizeof function);
    }
    if (reason) {
        memset(api, 0, sizeof *api);
        if (missing)
            *missing = reason;
        return -1;
    }
    api->size = sizeof *api;
    return 0;
}

#ifdef __cplusplus
} /* extern C */
#endif

#endif /* RS_AUTH_DL_H */
