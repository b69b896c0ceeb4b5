/* What a login yields: accessors, key/values, dialects of connection strings, merging. */
#include "support/json.h"
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <ctype.h>
#include <stdlib.h>

static const char *value_of(const rs_auth_dsn_kv *kv, size_t count, const char *key) {
    size_t at;
    for (at = 0; at < count; at++) {
        if (strcmp(kv[at].key, key) == 0) return kv[at].value;
    }
    return NULL;
}

static void key_values(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    const rs_auth_dsn_kv *kv = NULL;
    size_t count;
    sandbox_start();
    settings = sandbox_keys("alice");
    credentials = dsn_login(&settings, NULL);
    count = rs_auth_credentials_kv(credentials, &kv);
    CHECK_TEXT(value_of(kv, count, "UID"), rs_auth_credentials_user(credentials));
    CHECK_TEXT(value_of(kv, count, "PWD"), rs_auth_credentials_password(credentials));
    CHECK_TEXT(value_of(kv, count, "Server"), rs_auth_credentials_host(credentials));
    CHECK_TEXT(value_of(kv, count, "Port"), "5439");
    CHECK_TEXT(value_of(kv, count, "Database"), "dev");
    CHECK_TEXT(value_of(kv, count, "SSLMode"), "verify-ca");
    CHECK_TEXT(value_of(kv, count, "plugin_name"), NULL);
    rs_auth_credentials_free(credentials);
}

static void dialects(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    credentials = dsn_login(&settings, NULL);
    CHECK_CONTAINS(rs_auth_credentials_connection_string(credentials, RS_AUTH_DIALECT_REDSHIFT_ODBC), "UID=IAM:alice;");
    CHECK_CONTAINS(rs_auth_credentials_connection_string(credentials, RS_AUTH_DIALECT_PSQLODBC), "Pwd={");
    CHECK_CONTAINS(rs_auth_credentials_connection_string(credentials, RS_AUTH_DIALECT_LIBPQ), "user='IAM:alice'");
    CHECK_CONTAINS(rs_auth_credentials_connection_string(credentials, RS_AUTH_DIALECT_URL), "postgresql://IAM%3Aalice:");
    CHECK_TEXT(rs_auth_credentials_connection_string(credentials, 0), NULL);
    CHECK_TEXT(rs_auth_credentials_connection_string(credentials, 5), NULL);
    CHECK_TEXT(rs_auth_credentials_connection_string(credentials, -1), NULL);
    rs_auth_credentials_free(credentials);
}

static void lower(char *text) {
    for (; *text != '\0'; text++) *text = (char)tolower((unsigned char)*text);
}

static void merge(void) {
    static const int32_t all[] = {RS_AUTH_DIALECT_REDSHIFT_ODBC, RS_AUTH_DIALECT_PSQLODBC, RS_AUTH_DIALECT_LIBPQ,
                                  RS_AUTH_DIALECT_URL};
    dsn settings;
    rs_auth_credentials *credentials;
    size_t at;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "PWD", "what-the-dsn-had");
    credentials = dsn_login(&settings, NULL);
    for (at = 0; at < sizeof all / sizeof *all; at++) {
        char *text = NULL;
        rs_auth_error *error = NULL;
        CHECK_INT(rs_auth_merge(settings.kv, settings.len, credentials, all[at], &text, &error), RS_AUTH_STATUS_OK);
        lower(text);
        CHECK_CONTAINS(text, "alice");
        CHECK_CONTAINS(text, "sslmode");
        /* What was for the login stays out of what the database sees. */
        CHECK_LACKS(text, "accesskey");
        CHECK_LACKS(text, "endpoint");
        CHECK_LACKS(text, "what-the-dsn-had");
        rs_auth_string_free(text);
    }
    rs_auth_credentials_free(credentials);
}

static void merge_refuses_an_unknown_dialect(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    rs_auth_error *error = NULL;
    char poison, *text = &poison;
    sandbox_start();
    settings = sandbox_keys("alice");
    credentials = dsn_login(&settings, NULL);
    CHECK_INT(rs_auth_merge(settings.kv, settings.len, credentials, 99, &text, &error), RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK(text == NULL && error != NULL);
    rs_auth_error_free(error);
    rs_auth_credentials_free(credentials);
}

static void versions(void) {
    char expected[64];
    CHECK_INT(rs_auth_abi_version(), RS_AUTH_ABI_VERSION);
    snprintf(expected, sizeof expected, "%d.%d.%d ", RS_AUTH_VERSION_MAJOR, RS_AUTH_VERSION_MINOR, RS_AUTH_VERSION_PATCH);
    CHECK_INT(strncmp(rs_auth_version(), expected, strlen(expected)), 0);
}

static void catalogue(void) {
    static const char *const aws[] = {"Static", "Profile", "InstanceProfile", "Default"};
    size_t count = rs_auth_plugin_count(), at, other, found = 0;
    const char *json = rs_auth_catalogue_json();
    for (at = 0; at < count; at++) {
        CHECK(rs_auth_plugin_name(at) != NULL);
        CHECK_CONTAINS(json, rs_auth_plugin_name(at));
        for (other = 0; other < at; other++) CHECK(strcmp(rs_auth_plugin_name(at), rs_auth_plugin_name(other)) != 0);
        for (other = 0; other < 4; other++) found += strcmp(rs_auth_plugin_name(at), aws[other]) == 0;
    }
    CHECK_INT(found, 4);
    CHECK_TEXT(rs_auth_plugin_name(count), NULL);
    CHECK_TEXT(rs_auth_plugin_name((size_t)-1), NULL);
    CHECK_CONTAINS(json, "AccessKeyID");
}

static void explanation(void) {
    rs_auth_dsn_kv settings[] = {
        {"plugin_name", "Okta"}, {"Server", "h.example"}, {"PWD", "hunter2secret"}, {"Prot", "1"}};
    char *report = NULL, *host;
    rs_auth_error *error = NULL;
    CHECK_INT(rs_auth_explain(settings, 4, NULL, &report, &error), RS_AUTH_STATUS_OK);
    CHECK(error == NULL);
    host = json_text(report, "place.host");
    CHECK_TEXT(host, "h.example");
    CHECK_CONTAINS(report, "did you mean Port?");
    CHECK_CONTAINS(report, "idp_host is missing");
    CHECK(strstr(report, "hunter2secret") == NULL);
    free(host);
    rs_auth_string_free(report);
    report = (char *)&settings;
    CHECK_INT(rs_auth_explain(NULL, 1, NULL, &report, NULL), RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK(report == NULL);
}

/* Nobody listens at that port, and there is nothing else to ask. */
static void examination(void) {
    rs_auth_dsn_kv settings[] = {
        {"plugin_name", "Okta"}, {"Server", "127.0.0.1"}, {"Port", "1"}, {"UID", "u"}, {"PWD", "hunter2secret"}};
    char *report = NULL, *cause;
    rs_auth_error *error = NULL;
    CHECK_INT(rs_auth_doctor(settings, 5, NULL, &report, &error), RS_AUTH_STATUS_OK);
    CHECK(error == NULL);
    cause = json_text(report, "cause.message");
    CHECK_CONTAINS(cause, "idp_host is missing");
    CHECK_CONTAINS(report, "no connection to 127.0.0.1:1");
    CHECK(strstr(report, "hunter2secret") == NULL);
    free(cause);
    rs_auth_string_free(report);
    report = (char *)&settings;
    CHECK_INT(rs_auth_doctor(NULL, 1, NULL, &report, NULL), RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK(report == NULL);
}

TEST_MAIN(TEST_CASE(key_values), TEST_CASE(dialects), TEST_CASE(merge), TEST_CASE(merge_refuses_an_unknown_dialect),
          TEST_CASE(versions), TEST_CASE(catalogue), TEST_CASE(explanation), TEST_CASE(examination))
