/* A host that gives no more memory (RLIMIT_AS): a login that finds too little for itself does not begin. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEGABYTE ((long)1024 * 1024)

/* All that is mapped: the first number of /proc/self/statm is in pages. */
static long mapped(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;
    CHECK(file != NULL && fscanf(file, "%ld", &pages) == 1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* A login of a process that may map `left` bytes more, and one afterwards without the limit: exit code 0 if the first
   succeeded, 77 if the system refused it. */
static int log_in_with(long left, const dsn *settings) {
    pid_t pid;
    pid = test_fork();
    if (pid == 0) {
        struct rlimit before, limit;
        rs_auth_credentials *credentials = NULL;
        rs_auth_error *error = NULL;
        rs_auth_status got;
        CHECK(getrlimit(RLIMIT_AS, &before) == 0);
        limit = before;
        limit.rlim_cur = (rlim_t)(mapped() + left);
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        got = rs_auth_get_credentials(settings->kv, settings->len, NULL, &credentials, &error);
        CHECK(setrlimit(RLIMIT_AS, &before) == 0);
        if (got != RS_AUTH_STATUS_OK) {
            printf("%ld MB left: %s: %s\n", left / MEGABYTE, rs_auth_status_name(got), rs_auth_error_message(error));
            CHECK_INT(got, RS_AUTH_STATUS_SYSTEM);
            rs_auth_error_free(error);
        }
        rs_auth_credentials_free(credentials);
        /* With memory again. */
        rs_auth_credentials_free(dsn_login(settings, NULL));
        fflush(NULL);
        _Exit(got == RS_AUTH_STATUS_OK ? 0 : 77);
    }
    return test_wait(pid);
}

static void too_little_memory(void) {
    /* Around what a login takes, and around that with the 64 MB that malloc reserves for a new thread, where it can. */
    static const long ranges[][2] = {{0, 24}, {64, 84}, {128, 148}};
    int refused = 0, succeeded = 0;
    dsn settings;
    size_t range;
    long left;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "DisableCache", "1");
    for (range = 0; range < 3; range++) {
        for (left = ranges[range][0]; left <= ranges[range][1]; left += range == 0 ? 2 : 5) {
            int status = log_in_with(left * MEGABYTE, &settings);
            if (!WIFEXITED(status)) FAIL("%ld MB left: signal %d", left, WTERMSIG(status));
            CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
            refused += WEXITSTATUS(status) == 77;
            succeeded += WEXITSTATUS(status) == 0;
        }
    }
    printf("%d refused, %d succeeded\n", refused, succeeded);
    CHECK(refused > 3 && succeeded > 3);
}

TEST_MAIN(TEST_CASE(too_little_memory))
