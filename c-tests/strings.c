/* A DSN as one string: connection string, URL, UTF-16 and UTF-32, DSN name; and taken apart. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

/* UTF-16 and UTF-32 of ASCII text, which the caller frees. */
static uint16_t *wide(const char *text) {
    size_t length = strlen(text), at;
    uint16_t *units = malloc((length + 1) * sizeof *units);
    CHECK(units != NULL);
    for (at = 0; at <= length; at++) units[at] = (uint16_t)(unsigned char)text[at];
    return units;
}

static uint32_t *wider(const char *text) {
    size_t length = strlen(text), at;
    uint32_t *units = malloc((length + 1) * sizeof *units);
    CHECK(units != NULL);
    for (at = 0; at <= length; at++) units[at] = (uint32_t)(unsigned char)text[at];
    return units;
}

static void check_user(rs_auth_status status, rs_auth_credentials *credentials, rs_auth_error *error, const char *user) {
    if (status != RS_AUTH_STATUS_OK) FAIL("%s", rs_auth_error_message(error));
    CHECK_TEXT(rs_auth_credentials_user(credentials), user);
    rs_auth_credentials_free(credentials);
}

static void connection_string(void) {
    dsn settings;
    char *text;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    settings = sandbox_keys("dora");
    text = dsn_text(&settings);
    status = rs_auth_get_credentials_from_string(text, NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:dora");
    free(text);
}

static void utf16(void) {
    dsn settings;
    char *text;
    uint16_t *units, *longer;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    settings = sandbox_keys("dora");
    text = dsn_text(&settings);
    units = wide(text);
    status = rs_auth_get_credentials_from_utf16(units, RS_AUTH_NTS, NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:dora");
    /* With a length nothing behind it is read. */
    longer = malloc((strlen(text) + 1) * sizeof *longer);
    CHECK(longer != NULL);
    memcpy(longer, units, strlen(text) * sizeof *units);
    longer[strlen(text)] = 0xD800;
    status = rs_auth_get_credentials_from_utf16(longer, strlen(text), NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:dora");
    /* Half of a surrogate pair is no text. */
    status = rs_auth_get_credentials_from_utf16(longer, strlen(text) + 1, NULL, &credentials, &error);
    CHECK_INT(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK(credentials == NULL && error != NULL);
    rs_auth_error_free(error);
    free(longer);
    free(units);
    free(text);
}

static void utf32(void) {
    dsn settings;
    char *text;
    uint32_t *units;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    settings = sandbox_keys("dora");
    text = dsn_text(&settings);
    units = wider(text);
    status = rs_auth_get_credentials_from_utf32(units, RS_AUTH_NTS, NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:dora");
    units[0] = 0x110000; /* past the end of Unicode */
    status = rs_auth_get_credentials_from_utf32(units, strlen(text), NULL, &credentials, &error);
    CHECK_INT(status, RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK(credentials == NULL);
    rs_auth_error_free(error);
    free(units);
    free(text);
}

static void jdbc_url(void) {
    char url[1024];
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    snprintf(url, sizeof url,
             "jdbc:redshift:iam://sandbox-cluster:us-east-1/dev?AccessKeyID=%s&SecretAccessKey=%s&DbUser=dora&EndPointUrl=%s",
             sandbox_get("keys.user.access_key_id"), sandbox_get("keys.user.secret_access_key"), sandbox_get("http_url"));
    status = rs_auth_get_credentials_from_string(url, NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:dora");
}

static void dsn_name(void) {
    dsn settings;
    char text[4096];
    size_t at, length;
    char *path;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    settings = sandbox_keys("erin");
    length = (size_t)snprintf(text, sizeof text, "[Warehouse]\n");
    for (at = 0; at < settings.len; at++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "%s = %s\n", settings.kv[at].key, settings.kv[at].value);
    }
    path = test_write_file("odbc.ini", text);
    setenv("ODBCINI", path, 1);
    status = rs_auth_get_credentials_from_string("DSN=Warehouse", NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:erin");
    /* What stands in the string wins over the file. */
    status = rs_auth_get_credentials_from_string("DSN=Warehouse;DbUser=frank", NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:frank");
    status = rs_auth_get_credentials_from_string("DSN=Elsewhere", NULL, &credentials, &error);
    CHECK_INT(status, RS_AUTH_STATUS_PROFILE_NOT_FOUND);
    CHECK_CONTAINS(rs_auth_error_message(error), "Elsewhere");
    rs_auth_error_free(error);
    free(path);
}

static void nts_array(void) {
    dsn settings;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    sandbox_start();
    settings = sandbox_keys("gina");
    settings.kv[settings.len].key = NULL;
    status = rs_auth_get_credentials(settings.kv, RS_AUTH_NTS, NULL, &credentials, &error);
    check_user(status, credentials, error, "IAM:gina");
}

static void parse(void) {
    rs_auth_kv_list *list = NULL;
    const rs_auth_dsn_kv *kv = NULL;
    rs_auth_error *error = NULL;
    CHECK_INT(rs_auth_parse_connection_string("Server=a.example ; pwd={x;}}y};;Empty=", &list, &error), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_kv_list_get(list, &kv), 3);
    CHECK_TEXT(kv[0].key, "Server");
    CHECK_TEXT(kv[0].value, "a.example");
    CHECK_TEXT(kv[1].key, "pwd");
    CHECK_TEXT(kv[1].value, "x;}y");
    CHECK_TEXT(kv[2].key, "Empty");
    rs_auth_kv_list_free(list);
}

static void parse_faults(void) {
    static const char *const faults[] = {"Server=a;nonsense", "Server={a", "redshift://h/db?a=%zz", "redshift://h:port/db"};
    size_t at;
    for (at = 0; at < sizeof faults / sizeof *faults; at++) {
        rs_auth_kv_list *list = (rs_auth_kv_list *)(uintptr_t)1;
        rs_auth_error *error = NULL;
        CHECK_INT(rs_auth_parse_connection_string(faults[at], &list, &error), RS_AUTH_STATUS_INVALID_SETTING);
        CHECK(list == NULL);
        CHECK(rs_auth_error_message(error) != NULL);
        CHECK_TEXT(rs_auth_error_stage(error), "settings");
        rs_auth_error_free(error);
    }
}

static void parse_utf16(void) {
    uint16_t text[] = {'U', 'I', 'D', '=', 0xD83D, 0xDE00, ';', 0}; /* an emoji: two code units */
    rs_auth_kv_list *list = NULL;
    const rs_auth_dsn_kv *kv = NULL;
    CHECK_INT(rs_auth_parse_connection_string_utf16(text, RS_AUTH_NTS, &list, NULL), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_kv_list_get(list, &kv), 1);
    CHECK_TEXT(kv[0].value, "\xF0\x9F\x98\x80");
    rs_auth_kv_list_free(list);
}

static void bad_utf8(void) {
    const rs_auth_dsn_kv value[] = {{"AccessKeyID", "AKIA"}, {"UID", "Andr\xE9"}};
    const rs_auth_dsn_kv key[] = {{"U\xE9", "x"}};
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    CHECK_INT(rs_auth_get_credentials(value, 2, NULL, &credentials, &error), RS_AUTH_STATUS_INVALID_SETTING);
    CHECK_CONTAINS(rs_auth_error_message(error), "UID");
    rs_auth_error_free(error);
    CHECK(rs_auth_get_credentials(key, 1, NULL, &credentials, &error) != RS_AUTH_STATUS_OK);
    rs_auth_error_free(error);
    CHECK_INT(rs_auth_get_credentials_from_string("UID=Andr\xE9", NULL, &credentials, &error), RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK_CONTAINS(rs_auth_error_message(error), "connection_string");
    rs_auth_error_free(error);
}

TEST_MAIN(TEST_CASE(connection_string), TEST_CASE(utf16), TEST_CASE(utf32), TEST_CASE(jdbc_url), TEST_CASE(dsn_name),
          TEST_CASE(nts_array), TEST_CASE(parse), TEST_CASE(parse_faults), TEST_CASE(parse_utf16), TEST_CASE(bad_utf8))
