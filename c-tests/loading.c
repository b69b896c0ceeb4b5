/* Loaded at run time, unloaded, loaded again; and the loader of rs_auth_dl.h. */
#include "support/dsn.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <dlfcn.h>
#include <pthread.h>
#include <rs_auth_dl.h>
#include <stdlib.h>

static const char *library(void) { return test_environment("RS_AUTH_LIBRARY"); }

typedef rs_auth_status (*login_function)(const rs_auth_dsn_kv *, size_t, const rs_auth_options *, rs_auth_credentials **,
                                         rs_auth_error **);
typedef void (*free_function)(rs_auth_credentials *);

/* A function by its name; C has no conversion from an object pointer. */
static void look_up(void *handle, const char *name, void *function) {
    void *symbol = dlsym(handle, name);
    if (symbol == NULL) FAIL("%s", dlerror());
    memcpy(function, &symbol, sizeof symbol);
}

static void log_in_through(void *handle, const dsn *settings) {
    login_function login;
    free_function release;
    rs_auth_credentials *credentials = NULL;
    look_up(handle, "rs_auth_get_credentials", &login);
    look_up(handle, "rs_auth_credentials_free", &release);
    CHECK_INT(login(settings->kv, settings->len, NULL, &credentials, NULL), RS_AUTH_STATUS_OK);
    CHECK(credentials != NULL);
    release(credentials);
}

static pthread_barrier_t stage;

static void *outlive(void *argument) {
    void *handle = dlopen(library(), RTLD_NOW | RTLD_LOCAL);
    CHECK(handle != NULL);
    log_in_through(handle, argument);
    CHECK(dlclose(handle) == 0);
    pthread_barrier_wait(&stage); /* has logged in */
    pthread_barrier_wait(&stage); /* everyone has let go of the library */
    return NULL;                  /* what the library keeps for a thread ends here, in the library's code */
}

static void a_hundred_times_with_a_thread_that_outlives_it(void) {
    dsn settings;
    pthread_t thread;
    int round;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    CHECK(pthread_barrier_init(&stage, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, outlive, &settings) == 0);
    pthread_barrier_wait(&stage);
    for (round = 0; round < 100; round++) {
        void *handle = dlopen(library(), RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL) FAIL("round %d: %s", round, dlerror());
        log_in_through(handle, &settings);
        CHECK(dlclose(handle) == 0);
    }
    pthread_barrier_wait(&stage);
    CHECK(pthread_join(thread, NULL) == 0);
}

static void loaded_in_no_time(void) {
    double best = 1e9;
    int round;
    /* The first one is cold; a page of the file may not be in memory yet. Later ones map it again only in a new process,
       so each round is one. */
    for (round = 0; round < 20; round++) {
        char command[4096], line[256];
        FILE *output;
        double took;
        int length = snprintf(command, sizeof command, "'%s' load '%s'", test_environment("RS_AUTH_MEASURE"), library());
        CHECK(length > 0 && (size_t)length < sizeof command);
        output = popen(command, "r");
        CHECK(output != NULL && fgets(line, (int)sizeof line, output) != NULL);
        CHECK(pclose(output) == 0);
        CHECK(sscanf(line, "{\"load_ms\":%lf", &took) == 1 && took > 0);
        if (took < best) best = took;
    }
    printf("dlopen: %.3f ms\n", best);
    CHECK(best < 1.0);
}

static void loader(void) {
    rs_auth_api api;
    const char *missing = NULL;
    dsn settings;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    sandbox_start();
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_api_load(&api, library(), &missing), 0);
    CHECK_TEXT(missing, NULL);
    CHECK_INT(api.size, sizeof api);
    CHECK_INT(api.abi_version(), RS_AUTH_ABI_VERSION);
    CHECK_INT(api.get_credentials(settings.kv, settings.len, NULL, &credentials, &error), RS_AUTH_STATUS_OK);
    CHECK_TEXT(api.credentials_user(credentials), "IAM:alice");
    api.credentials_free(credentials);
}

static void loader_without_a_file(void) {
    rs_auth_api api;
    const char *missing = NULL;
    CHECK(rs_auth_api_load(&api, "/nowhere/librs_auth.so.1", &missing) != 0);
    CHECK_CONTAINS(missing, "/nowhere/librs_auth.so.1");
}

static void loader_with_another_library(void) {
    rs_auth_api api;
    const char *missing = NULL;
    CHECK(rs_auth_api_load(&api, "libm.so.6", &missing) != 0);
    CHECK_CONTAINS(missing, "rs_auth_");
}

TEST_MAIN(TEST_CASE(a_hundred_times_with_a_thread_that_outlives_it), TEST_CASE(loaded_in_no_time), TEST_CASE(loader),
          TEST_CASE(loader_without_a_file), TEST_CASE(loader_with_another_library))
