/* What a driver does, written for the first release. Never changed: it stands for binaries that are out there. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

static void log_line(void *user_data, int32_t level, const char *target, const char *message) {
    int *lines = user_data;
    CHECK(level >= RS_AUTH_LOG_ERROR && target != NULL && message != NULL);
    (*lines)++;
}

static void login(void) {
    int lines = 0;
    dsn settings;
    const rs_auth_dsn_kv *kv = NULL;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_cancel_token *token = rs_auth_cancel_token_new();
    rs_auth_credentials *credentials = NULL;
    char *text = NULL;
    sandbox_start();
    CHECK_INT(rs_auth_abi_version(), RS_AUTH_ABI_VERSION);
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 20000), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_options_set_log_callback(options, log_line, RS_AUTH_LOG_TRACE, &lines), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_options_set_cancel_token(options, token), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_options_set_cache(options, RS_AUTH_CACHE_MEMORY), RS_AUTH_STATUS_OK);
    credentials = dsn_login(&settings, options);
    CHECK_INT(rs_auth_credentials_kind(credentials), RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    CHECK(rs_auth_credentials_kv(credentials, &kv) >= 6);
    CHECK_INT(rs_auth_merge(settings.kv, settings.len, credentials, RS_AUTH_DIALECT_LIBPQ, &text, NULL), RS_AUTH_STATUS_OK);
    CHECK_CONTAINS(text, "user='IAM:alice'");
    CHECK(lines > 0);
    rs_auth_string_free(text);
    rs_auth_credentials_free(credentials);
    rs_auth_cancel_token_free(token);
    rs_auth_options_free(options);
}

static void failure(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_NOT_FOUND);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "08001");
    CHECK_CONTAINS(rs_auth_error_message(error), "no-such-cluster");
    CHECK(strlen(rs_auth_error_short_text(error)) <= 250);
    rs_auth_error_free(error);
}

TEST_MAIN(TEST_CASE(login), TEST_CASE(failure))
