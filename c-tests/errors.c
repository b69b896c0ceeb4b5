/* Why a login failed: status, SQLSTATE, texts, what AWS said. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

/* What holds for every error, whatever its status. */
static void check_shape(const rs_auth_error *error) {
    const char *brief = rs_auth_error_short_text(error);
    CHECK(rs_auth_error_message(error) != NULL && *rs_auth_error_message(error) != '\0');
    CHECK(brief != NULL && *brief != '\0' && strlen(brief) <= 250);
    CHECK_INT(strlen(rs_auth_error_sqlstate(error)), 5);
    CHECK(rs_auth_error_stage(error) != NULL);
}

static void access_denied(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    dsn_set(&settings, "SecretAccessKey", "not/the/secret/0123456789");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_ACCESS_DENIED);
    check_shape(error);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "28000");
    CHECK_TEXT(rs_auth_error_stage(error), "redshift");
    CHECK_TEXT(rs_auth_error_plugin(error), "Static");
    CHECK(rs_auth_error_service_code(error) != NULL);
    CHECK(rs_auth_error_request_id(error) != NULL);
    CHECK_INT(rs_auth_error_http_status(error) / 100, 4);
    CHECK(!rs_auth_error_is_retryable(error));
    CHECK_LACKS(rs_auth_error_message(error), "not/the/secret");
    rs_auth_error_free(error);
}

static void not_found(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_NOT_FOUND);
    check_shape(error);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "08001");
    CHECK_CONTAINS(rs_auth_error_message(error), "no-such-cluster");
    CHECK_CONTAINS(rs_auth_error_service_code(error), "ClusterNotFound");
    rs_auth_error_free(error);
}

static void throttled(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    sandbox_fault("GetClusterCredentials", 0, "{\"error\":{\"code\":\"Throttling\",\"message\":\"Rate exceeded\",\"status\":400}}");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_THROTTLED);
    check_shape(error);
    CHECK(rs_auth_error_is_retryable(error));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 3);
    rs_auth_error_free(error);
}

static void network(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", "http://127.0.0.1:1");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_NETWORK);
    check_shape(error);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "08001");
    CHECK_INT(rs_auth_error_http_status(error), 0);
    CHECK_TEXT(rs_auth_error_request_id(error), NULL);
    rs_auth_error_free(error);
}

static void untrusted_certificate(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_TLS);
    check_shape(error);
    rs_auth_error_free(error);
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    rs_auth_credentials_free(dsn_login(&settings, NULL));
}

static void settings_faults(void) {
    static const struct {
        const char *key, *value;
        rs_auth_status status;
        const char *named;
    } faults[] = {
        {"SSLMode", "disable", RS_AUTH_STATUS_INVALID_SETTING, "SSLMode"},
        {"Port", "70000", RS_AUTH_STATUS_INVALID_SETTING, "Port"},
        {"AutoCreate", "perhaps", RS_AUTH_STATUS_INVALID_SETTING, "AutoCreate"},
        {"IAMDuration", "5", RS_AUTH_STATUS_INVALID_SETTING, "IAMDuration"},
        {"EndPointUrl", "not a url", RS_AUTH_STATUS_INVALID_SETTING, "EndPointUrl"},
        {"SecretAccessKey", "", RS_AUTH_STATUS_MISSING_SETTING, "SecretAccessKey"},
        {"DbUser", "", RS_AUTH_STATUS_MISSING_SETTING, "DbUser"},
        {"plugin_name", "Otka", RS_AUTH_STATUS_UNKNOWN_PLUGIN, "Okta"},
    };
    dsn right;
    size_t at;
    sandbox_start();
    right = sandbox_keys("alice");
    for (at = 0; at < sizeof faults / sizeof *faults; at++) {
        dsn wrong = right;
        rs_auth_error *error;
        dsn_set(&wrong, faults[at].key, faults[at].value);
        error = dsn_refused(&wrong, NULL, faults[at].status);
        check_shape(error);
        CHECK_TEXT(rs_auth_error_sqlstate(error), "HY024");
        CHECK_TEXT(rs_auth_error_stage(error), "settings");
        if (strstr(rs_auth_error_message(error), faults[at].named) == NULL) {
            CHECK_CONTAINS(rs_auth_error_hint(error), faults[at].named);
        }
        rs_auth_error_free(error);
    }
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 0);
    rs_auth_credentials_free(dsn_login(&right, NULL));
}

static void short_text_is_cut_at_a_character(void) {
    /* A message of any length, of characters of two bytes, shifted by one so that one cut falls inside a character. */
    size_t shift, at;
    for (shift = 0; shift < 2; shift++) {
        char name[1001];
        rs_auth_dsn_kv kv = {"plugin_name", name};
        rs_auth_credentials *credentials = NULL;
        rs_auth_error *error = NULL;
        const unsigned char *text;
        for (at = 0; at < shift; at++) name[at] = 'x';
        for (; at + 2 < sizeof name; at += 2) memcpy(name + at, "\xC3\xA9", 2);
        name[at] = '\0';
        CHECK_INT(rs_auth_get_credentials(&kv, 1, NULL, &credentials, &error), RS_AUTH_STATUS_UNKNOWN_PLUGIN);
        check_shape(error);
        text = (const unsigned char *)rs_auth_error_short_text(error);
        for (at = 0; text[at] != '\0'; at++) {
            if (text[at] == 0xC3) CHECK_INT(text[at + 1], 0xA9);
        }
        rs_auth_error_free(error);
    }
}

static void status_names(void) {
    CHECK_TEXT(rs_auth_status_name(RS_AUTH_STATUS_OK), "RS_AUTH_STATUS_OK");
    CHECK_TEXT(rs_auth_status_name(500), "RS_AUTH_STATUS_TIMEOUT");
    CHECK_TEXT(rs_auth_status_name(RS_AUTH_STATUS_INTERNAL), "RS_AUTH_STATUS_INTERNAL");
    /* A later library may return what this program does not know, and the other way round. */
    CHECK(rs_auth_status_name(12345) != NULL);
    CHECK(rs_auth_status_name(-1) != NULL);
}

static void error_may_be_refused(void) {
    const rs_auth_dsn_kv kv[] = {{"plugin_name", "Otka"}};
    rs_auth_credentials *credentials = NULL;
    CHECK_INT(rs_auth_get_credentials(kv, 1, NULL, &credentials, NULL), RS_AUTH_STATUS_UNKNOWN_PLUGIN);
}

TEST_MAIN(TEST_CASE(access_denied), TEST_CASE(not_found), TEST_CASE(throttled), TEST_CASE(network),
          TEST_CASE(untrusted_certificate), TEST_CASE(settings_faults), TEST_CASE(short_text_is_cut_at_a_character),
          TEST_CASE(status_names), TEST_CASE(error_may_be_refused))
