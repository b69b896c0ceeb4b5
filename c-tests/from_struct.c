/* A driver that keeps its settings in a struct of fixed members: how it hands them over. docs/integrate/odbc.md shows it. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <rs_auth.h>
#include <stddef.h>
#include <stdlib.h>

/* ANCHOR: struct */
/* A part of such a struct: one member of each kind. */
typedef struct iam_properties {
    char plugin_name[129];
    char access_key_id[256], secret_access_key[256];
    char cluster_id[256], db_user[129], database[129], endpoint_url[256], region[129];
    char *web_identity_token;
    bool auto_create, disable_cache;
    long idp_port;
} iam_properties;

/* The member of a key, and how it is kept. */
typedef struct member {
    const char *key;
    enum { TEXT, POINTER, FLAG, NUMBER } kind;
    size_t offset;
} member;

#define MEMBER(key, kind, name) {key, kind, offsetof(iam_properties, name)}
static const member members[] = {
    MEMBER("plugin_name", TEXT, plugin_name),
    MEMBER("AccessKeyID", TEXT, access_key_id),
    MEMBER("SecretAccessKey", TEXT, secret_access_key),
    MEMBER("ClusterId", TEXT, cluster_id),
    MEMBER("DbUser", TEXT, db_user),
    MEMBER("Database", TEXT, database),
    MEMBER("EndPointUrl", TEXT, endpoint_url),
    MEMBER("Region", TEXT, region),
    MEMBER("web_identity_token", POINTER, web_identity_token),
    MEMBER("AutoCreate", FLAG, auto_create),
    MEMBER("DisableCache", FLAG, disable_cache),
    MEMBER("idp_port", NUMBER, idp_port),
};
#define MEMBERS (sizeof members / sizeof *members)

/* What the struct cannot say apart is left to the library: empty texts, false and 0 count as not given there. */
static void to_dsn(const iam_properties *from, rs_auth_dsn_kv pairs[MEMBERS], char numbers[MEMBERS][24]) {
    size_t at;
    for (at = 0; at < MEMBERS; at++) {
        const char *place = (const char *)from + members[at].offset;
        pairs[at].key = members[at].key;
        pairs[at].value = NULL;
        switch (members[at].kind) {
        case TEXT: pairs[at].value = place; break;
        case POINTER: memcpy(&pairs[at].value, place, sizeof pairs[at].value); break;
        case FLAG: pairs[at].value = *(const bool *)place ? "1" : NULL; break;
        case NUMBER: {
            long number;
            memcpy(&number, place, sizeof number);
            if (number == 0) break;
            snprintf(numbers[at], sizeof numbers[at], "%ld", number);
            pairs[at].value = numbers[at];
        }
        }
    }
}
/* ANCHOR_END: struct */

static iam_properties of_the_sandbox(void) {
    iam_properties properties = {0};
    sandbox_start();
    snprintf(properties.access_key_id, sizeof properties.access_key_id, "%s", sandbox_get("keys.user.access_key_id"));
    snprintf(properties.secret_access_key, sizeof properties.secret_access_key, "%s", sandbox_get("keys.user.secret_access_key"));
    snprintf(properties.cluster_id, sizeof properties.cluster_id, "sandbox-cluster");
    snprintf(properties.db_user, sizeof properties.db_user, "alice");
    snprintf(properties.database, sizeof properties.database, "dev");
    snprintf(properties.endpoint_url, sizeof properties.endpoint_url, "%s", sandbox_get("http_url"));
    snprintf(properties.region, sizeof properties.region, "%s", sandbox_get("region"));
    return properties;
}

static void logs_in(void) {
    iam_properties properties = of_the_sandbox();
    rs_auth_dsn_kv pairs[MEMBERS];
    char numbers[MEMBERS][24];
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    to_dsn(&properties, pairs, numbers);
    if (rs_auth_get_credentials(pairs, MEMBERS, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", rs_auth_error_message(error));
    }
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    rs_auth_credentials_free(credentials);
}

/* Whether a report says that the call has given a value for the key. */
static bool is_given(const char *report, const char *key) {
    char entry[64];
    const char *from, *end, *given;
    snprintf(entry, sizeof entry, "\"key\":\"%s\"", key);
    from = strstr(report, "\"settings\":[");
    from = from != NULL ? strstr(from, entry) : NULL;
    if (from == NULL) return false; /* the method does not read it */
    end = strstr(from + 1, "\"key\":");
    given = strstr(from, "\"kind\":\"argument\"");
    return given != NULL && (end == NULL || given < end);
}

static char *explained(const iam_properties *properties) {
    rs_auth_dsn_kv pairs[MEMBERS];
    char numbers[MEMBERS][24], *report = NULL;
    to_dsn(properties, pairs, numbers);
    CHECK_INT(rs_auth_explain(pairs, MEMBERS, NULL, &report, NULL), RS_AUTH_STATUS_OK);
    return report;
}

/* Every member arrives under a key that the library knows, and what is empty does not. */
static void every_member_arrives(void) {
    iam_properties properties = of_the_sandbox();
    char token[] = SANDBOX_TOKEN, *report;
    size_t at;
    snprintf(properties.plugin_name, sizeof properties.plugin_name, "JwtIamAuthPlugin");
    properties.web_identity_token = token;
    properties.auto_create = properties.disable_cache = true;
    properties.idp_port = 8443;
    report = explained(&properties);
    CHECK_CONTAINS(report, "\"unknown_keys\":[]");
    CHECK_CONTAINS(report, "\"value\":\"8443\"");
    for (at = 0; at < MEMBERS; at++) CHECK(is_given(report, members[at].key));
    rs_auth_string_free(report);
    memset(&properties, 0, sizeof properties);
    report = explained(&properties);
    for (at = 0; at < MEMBERS; at++) CHECK(!is_given(report, members[at].key));
    rs_auth_string_free(report);
}

TEST_MAIN(TEST_CASE(logs_in), TEST_CASE(every_member_arrives))
