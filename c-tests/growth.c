/* A process that logs in for months: it must not grow. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

/* RS_AUTH_GROWTH=10000: so many logins, and a hundred times as many cached answers. */
static int logins(void) {
    const char *wanted = getenv("RS_AUTH_GROWTH");
    return wanted != NULL ? atoi(wanted) : 1000;
}

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

static void repeat(const dsn *settings, const dsn *wrong, int times) {
    int at;
    for (at = 0; at < times; at++) {
        rs_auth_credentials_free(dsn_login(settings, NULL));
        if (wrong != NULL && at % 10 == 0) rs_auth_error_free(dsn_refused(wrong, NULL, RS_AUTH_STATUS_NOT_FOUND));
    }
}

static void check_growth(const dsn *settings, const dsn *wrong, int warm_up, int times, long limit) {
    long before, growth;
    int descriptors;
    repeat(settings, wrong, warm_up);
    descriptors = test_count_descriptors();
    before = resident_bytes();
    repeat(settings, wrong, times);
    growth = resident_bytes() - before;
    printf("%d calls: %ld bytes more than the %ld before\n", times, growth, before);
    if (growth >= limit) FAIL("%d calls made the process %ld bytes larger", times, growth);
    CHECK_INT(test_count_descriptors(), descriptors);
    CHECK_INT(test_count_threads(), 1);
}

static void of_logins(void) {
    dsn settings, wrong;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    wrong = settings;
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    check_growth(&settings, &wrong, 300, logins(), 1024 * 1024);
}

static void of_cached_answers(void) {
    dsn settings;
    sandbox_start();
    settings = sandbox_keys("alice");
    check_growth(&settings, NULL, 1000, logins() * 100, 128 * 1024);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
}

TEST_MAIN(TEST_CASE(of_logins), TEST_CASE(of_cached_answers))
