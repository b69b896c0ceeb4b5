/* How long things take, each line "milliseconds what". `timing --dlopen FILE` and `timing --login FILE` are single
   measurements in a fresh process; `timing FILE [RUNS]` repeats them in processes of their own. */
#include "support/dsn.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <rs_auth_dl.h>
#include <stdlib.h>
#include <unistd.h>

#define CACHED_CALLS 20000

static rs_auth_api load(const char *library, double *took_ms) {
    rs_auth_api api;
    const char *missing = NULL;
    double before = test_now_ms();
    if (rs_auth_api_load(&api, library, &missing) != 0) FAIL("%s", missing);
    *took_ms = test_now_ms() - before;
    return api;
}

static void log_in(const rs_auth_api *api, const dsn *settings) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    if (api->get_credentials(settings->kv, settings->len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", api->error_message(error));
    }
    api->credentials_free(credentials);
}

/* Static keys, a host that is given: one request. */
static dsn keys(const char *url, const char *id, const char *secret) {
    dsn settings = {.len = 0};
    dsn_set(&settings, "EndPointUrl", url);
    dsn_set(&settings, "Host", "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com");
    dsn_set(&settings, "Database", "dev");
    dsn_set(&settings, "DbUser", "alice");
    dsn_set(&settings, "AccessKeyID", id);
    dsn_set(&settings, "SecretAccessKey", secret);
    return settings;
}

static void login_once(const char *library, const dsn *settings) {
    double loading, before;
    rs_auth_api api = load(library, &loading);
    before = test_now_ms();
    log_in(&api, settings);
    printf("%.4f\n", test_now_ms() - before);
}

static void cached(const char *library, const dsn *settings) {
    double loading, before;
    rs_auth_api api = load(library, &loading);
    int at;
    log_in(&api, settings);
    before = test_now_ms();
    for (at = 0; at < CACHED_CALLS; at++) log_in(&api, settings);
    printf("%.6f\n", (test_now_ms() - before) / CACHED_CALLS);
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Runs this program again, `runs` times, and prints the middle of what it measured. */
static void repeat(const char *self, const char *what, const char *arguments, int runs, const char *title) {
    double *took = malloc((size_t)runs * sizeof *took);
    int at;
    CHECK(took != NULL);
    for (at = 0; at < runs; at++) {
        char command[8192], line[64];
        FILE *output;
        int length = snprintf(command, sizeof command, "'%s' %s %s", self, what, arguments);
        CHECK(length > 0 && (size_t)length < sizeof command);
        output = popen(command, "r");
        CHECK(output != NULL && fgets(line, (int)sizeof line, output) != NULL);
        CHECK(pclose(output) == 0);
        took[at] = strtod(line, NULL);
    }
    qsort(took, (size_t)runs, sizeof *took, ascending);
    printf("%.4f\t%s (median of %d, best %.4f, worst %.4f)\n", took[runs / 2], title, runs, took[0], took[runs - 1]);
    free(took);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--dlopen") == 0) {
        double took;
        (void)load(argv[2], &took);
        printf("%.4f\n", took);
    } else if (argc == 6 && (strcmp(argv[1], "--login") == 0 || strcmp(argv[1], "--cached") == 0)) {
        dsn settings = keys(argv[3], argv[4], argv[5]);
        if (argv[1][2] == 'l') {
            login_once(argv[2], &settings);
        } else {
            cached(argv[2], &settings);
        }
    } else if (argc == 2 || argc == 3) {
        char library[4096], login[4096];
        int runs = argc == 3 ? atoi(argv[2]) : 41;
        CHECK(runs > 0);
        sandbox_start();
        snprintf(library, sizeof library, "'%.4000s'", argv[1]);
        snprintf(login, sizeof login, "'%.2000s' '%s' '%s' '%s'", argv[1], sandbox_get("http_url"),
                 sandbox_get("keys.user.access_key_id"), sandbox_get("keys.user.secret_access_key"));
        repeat(argv[0], "--dlopen", library, runs, "ms to load the library in a fresh process");
        repeat(argv[0], "--login", login, runs, "ms for the first login of a fresh process, static keys, plain loopback");
        repeat(argv[0], "--cached", login, 5, "ms for a cached answer");
    } else {
        fprintf(stderr, "usage: %s library [runs]\n", argv[0]);
        return 2;
    }
    return 0;
}
