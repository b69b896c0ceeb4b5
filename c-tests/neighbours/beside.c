/* OpenSSL, libcurl and libpq beside the library, in whatever order they came into the process: each makes a TLS connection
   before, during and after a login, and none calls a function of another's. */
#include "neighbours.h"
#include "ssl_request.h"
#include "support/dsn.h"
#include "support/http.h"
#include "support/json.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <dlfcn.h>
#include <pthread.h>
#include <rs_auth_dl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { KINDS = 3, LOGINS = 8 };
static const char *const names[KINDS] = {"neighbour_openssl", "neighbour_curl", "neighbour_libpq"};
static neighbour *neighbours[KINDS];
static const char *ports[KINDS], *ca_file;
static rs_auth_api api;
static dsn settings;

#ifdef LINKED
static void load_both(void) {}
#else
/* Everybody may see the symbols of both, as in a host that was linked with them. BESIDE_FIRST says who comes first. */
static void load_both(void) {
    const char *paths[] = {test_environment("RS_AUTH_LIBRARY"), test_environment("RS_AUTH_NEIGHBOURS")};
    int theirs_first = strcmp(test_environment("BESIDE_FIRST"), "theirs") == 0, at;
    for (at = 0; at < 2; at++) {
        const char *path = paths[theirs_first ? 1 - at : at];
        if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) == NULL) FAIL("%s", dlerror());
    }
}
#endif

/* C has no conversion from an object pointer to a function. */
static void find_everybody(void) {
    const char *missing = NULL;
    int at;
    load_both();
    if (rs_auth_api_load(&api, test_environment("RS_AUTH_LIBRARY"), &missing) != 0) FAIL("%s", missing);
    for (at = 0; at < KINDS; at++) {
        void *symbol = dlsym(RTLD_DEFAULT, names[at]);
        if (symbol == NULL) FAIL("%s", dlerror());
        memcpy(&neighbours[at], &symbol, sizeof symbol);
    }
}

/* Everybody is to connect to `origin`, an https one. */
static void aim_at(const char *origin) {
    settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", origin);
    ca_file = sandbox_get("ca_file");
    dsn_set(&settings, "CaFile", ca_file);
    dsn_set(&settings, "DisableCache", "1");
    ports[0] = ports[1] = strrchr(origin, ':') + 1;
    ports[2] = ssl_request_start(ports[0]);
}

static void log_in(void) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    if (api.get_credentials(settings.kv, settings.len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", api.error_message(error));
    }
    CHECK_TEXT(api.credentials_user(credentials), "IAM:alice");
    api.credentials_free(credentials);
}

static void everybody_connects(void) {
    char why[512];
    int at;
    for (at = 0; at < KINDS; at++) {
        const char *failure = neighbours[at](ports[at], ca_file, why, sizeof why);
        if (failure != NULL) FAIL("%s: %s", names[at], failure);
    }
}

static atomic_int stop, connections[KINDS];

static void *connect_again_and_again(void *number) {
    int kind = (int)(intptr_t)number;
    char why[512];
    while (!atomic_load(&stop)) {
        const char *failure = neighbours[kind](ports[kind], ca_file, why, sizeof why);
        if (failure != NULL) FAIL("%s: %s", names[kind], failure);
        atomic_fetch_add(&connections[kind], 1);
    }
    return NULL;
}

static void before_during_and_after_a_login(void) {
    pthread_t threads[KINDS];
    int at;
    find_everybody();
    sandbox_start();
    aim_at(sandbox_get("https_url"));
    everybody_connects();
    log_in();
    everybody_connects();
    for (at = 0; at < KINDS; at++) {
        CHECK(pthread_create(&threads[at], NULL, connect_again_and_again, (void *)(intptr_t)at) == 0);
    }
    for (at = 0; at < LOGINS; at++) log_in();
    /* Until each of them has made connections among logins. */
    for (at = 0; at < KINDS; at++) {
        while (atomic_load(&connections[at]) < 3) log_in();
    }
    atomic_store(&stop, 1);
    for (at = 0; at < KINDS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    everybody_connects();
    log_in();
}

/* The control: that they verify what they see. */
static void an_authority_that_nobody_knows(void) {
    static const char *const words[KINDS] = {"certificate verify failed", "libcurl", "certificate verify failed"};
    rs_auth_credentials *credentials = NULL;
    char *answer, *origin, why[512];
    int at;
    find_everybody();
    sandbox_start();
    answer = http_request(sandbox_get("http_url"), "POST", "/_sandbox/bad_tls", "{\"unknown_authority\":{\"name\":\"Other\"}}");
    origin = json_text(answer, "url");
    aim_at(origin);
    for (at = 0; at < KINDS; at++) {
        const char *failure = neighbours[at](ports[at], ca_file, why, sizeof why);
        if (failure == NULL) FAIL("%s believes anybody", names[at]);
        CHECK_CONTAINS(failure, words[at]);
    }
    CHECK_INT(api.get_credentials(settings.kv, settings.len, NULL, &credentials, NULL), RS_AUTH_STATUS_TLS);
    free(answer);
    free(origin);
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_ours(const char *path) { return strncmp(base_name(path), "librs_auth.so", 13) == 0; }

static bool is_theirs(const char *path) {
    static const char *const libraries[] = {"libneighbours", "libssl.", "libcrypto.", "libcurl.", "libpq."};
    size_t at;
    for (at = 0; at < sizeof libraries / sizeof *libraries; at++) {
        if (strncmp(base_name(path), libraries[at], strlen(libraries[at])) == 0) return true;
    }
    return false;
}

/* ld.so(8), LD_DEBUG=bindings: one line for every reference, "binding file A [0] to B [0]: normal symbol `name' …". */
static void no_symbol_of_one_is_anothers(void) {
    char output[512], path[1024], *line = NULL;
    size_t room = 0;
    int ours = 0, theirs = 0;
    FILE *file;
    pid_t pid;
    snprintf(output, sizeof output, "%s/bindings", test_directory());
    pid = test_fork();
    if (pid == 0) {
        CHECK(setenv("LD_DEBUG", "bindings", 1) == 0 && setenv("LD_BIND_NOW", "1", 1) == 0);
        CHECK(setenv("LD_DEBUG_OUTPUT", output, 1) == 0);
        execl("/proc/self/exe", "beside", "everybody_is_found", NULL);
        _Exit(127);
    }
    CHECK_INT(test_wait(pid), 0);
    snprintf(path, sizeof path, "%s.%d", output, (int)pid);
    file = fopen(path, "r");
    CHECK(file != NULL);
    while (getline(&line, &room, file) != -1) {
        char from[512], to[512];
        const char *at = strstr(line, "binding file ");
        if (at == NULL || sscanf(at, "binding file %511s [%*d] to %511s", from, to) != 2) continue;
        ours += is_ours(from);
        theirs += is_theirs(from) && is_theirs(to);
        if ((is_ours(from) && is_theirs(to)) || (is_theirs(from) && is_ours(to))) FAIL("%s", line);
    }
    fclose(file);
    free(line);
    /* The control: there were references to look at. */
    printf("%d references of the library's, %d among the others\n", ours, theirs);
    CHECK(ours > 50);
    CHECK(theirs > 500);
}

static void everybody_is_found(void) { find_everybody(); }

TEST_MAIN(TEST_CASE(before_during_and_after_a_login), TEST_CASE(an_authority_that_nobody_knows),
          TEST_CASE(no_symbol_of_one_is_anothers), TEST_CASE(everybody_is_found))
