/* A process that logs in for months: it must not grow. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

#define LOGINS 10000
#define CACHED_ANSWERS 100000

/* Without the pages of files: those of the library are read as its code is first run. */
static long resident_bytes(void) {
    char line[256];
    long kilobytes = -1;
    FILE *file = fopen("/proc/self/status", "r");
    CHECK(file != NULL);
    while (fgets(line, (int)sizeof line, file) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0) kilobytes = strtol(line + 8, NULL, 10);
    }
    fclose(file);
    CHECK(kilobytes > 0);
    return kilobytes * 1024;
}

/* One of the logins that take turns. */
typedef struct turn {
    dsn settings;
    rs_auth_status status;
} turn;

typedef struct turns {
    turn each[10];
    size_t count;
} turns;

static void take(turns *all, dsn settings, rs_auth_status status) {
    CHECK(all->count < sizeof all->each / sizeof *all->each);
    all->each[all->count].settings = settings;
    all->each[all->count++].status = status;
}

static void repeat(const turns *all, int times) {
    int at;
    for (at = 0; at < times; at++) {
        const turn *now = &all->each[(size_t)at % all->count];
        if (now->status == RS_AUTH_STATUS_OK) {
            rs_auth_credentials_free(dsn_login(&now->settings, NULL));
        } else {
            rs_auth_error_free(dsn_refused(&now->settings, NULL, now->status));
        }
        /* The sandbox grows: it keeps every request. */
        if (all->count > 1 && at % 500 == 499) sandbox_reset();
    }
}

static void check_growth(const turns *all, int warm_up, int times, long limit) {
    long before, growth;
    double begun;
    int descriptors;
    repeat(all, warm_up);
    descriptors = test_count_descriptors();
    before = resident_bytes();
    begun = test_now_ms();
    repeat(all, times);
    growth = resident_bytes() - before;
    printf("%d calls in %.1f s: %ld bytes more than the %ld before\n", times, (test_now_ms() - begun) / 1e3, growth, before);
    if (growth >= limit) FAIL("%d calls made the process %ld bytes larger", times, growth);
    CHECK_INT(test_count_descriptors(), descriptors);
    CHECK_INT(test_count_threads(), 1);
}

/* By TLS, to a cluster whose name says all there is to know of it. Nothing is stored. */
static dsn place(void) {
    dsn settings = {.len = 0};
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "StsEndpointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "Host", "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com");
    dsn_set(&settings, "Database", "dev");
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

static dsn keys(const char *host) {
    dsn settings = place();
    if (host != NULL) dsn_set(&settings, "Host", host);
    dsn_set(&settings, "AccessKeyID", sandbox_get("keys.user.access_key_id"));
    dsn_set(&settings, "SecretAccessKey", sandbox_get("keys.user.secret_access_key"));
    dsn_set(&settings, "DbUser", "alice");
    return settings;
}

static dsn of_plugin(const char *plugin, const char *key, const char *proof) {
    dsn settings = place();
    dsn_set(&settings, "plugin_name", plugin);
    dsn_set(&settings, "role_arn", "arn:aws:iam::123456789012:role/sandbox-role");
    dsn_set(&settings, key, proof);
    return settings;
}

static dsn person(const char *plugin, const char *password) {
    dsn settings = of_plugin(plugin, "PWD", password);
    dsn_set(&settings, "idp_host", strstr(sandbox_get("https_url"), "://") + 3);
    dsn_set(&settings, "UID", "alice");
    return settings;
}

static void of_logins(void) {
    static const char elsewhere[] = "no-such-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com";
    static turns all;
    const char *password;
    sandbox_start();
    sandbox_accept_token();
    password = sandbox_get("people.alice.password");
    take(&all, keys(NULL), RS_AUTH_STATUS_OK);
    take(&all, of_plugin("JwtIamAuthPlugin", "web_identity_token", SANDBOX_TOKEN), RS_AUTH_STATUS_OK);
    take(&all, keys(elsewhere), RS_AUTH_STATUS_NOT_FOUND);
    take(&all, of_plugin("IdpTokenAuthPlugin", "token", SANDBOX_TOKEN), RS_AUTH_STATUS_OK);
    take(&all, keys(NULL), RS_AUTH_STATUS_OK);
    take(&all, person("ADFS", "not the password"), RS_AUTH_STATUS_IDP_REJECTED);
    take(&all, keys(NULL), RS_AUTH_STATUS_OK);
    take(&all, person("ADFS", password), RS_AUTH_STATUS_OK);
    take(&all, of_plugin("IdpTokenAuthPlugin", "token", SANDBOX_TOKEN), RS_AUTH_STATUS_OK);
    take(&all, person("Ping", password), RS_AUTH_STATUS_OK);
    check_growth(&all, 500, LOGINS, 1024 * 1024);
}

static void of_cached_answers(void) {
    static turns all;
    sandbox_start();
    take(&all, sandbox_keys("alice"), RS_AUTH_STATUS_OK);
    check_growth(&all, 1000, CACHED_ANSWERS, 128 * 1024);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
}

TEST_MAIN(TEST_CASE(of_logins), TEST_CASE(of_cached_answers))
