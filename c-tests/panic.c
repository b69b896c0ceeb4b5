/* A panic inside the library comes back as a status. Needs a library built with --features test-hooks. */
#include "support/test.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <rs_auth_dl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef rs_auth_status (*panicking)(rs_auth_error **out_error);

static void comes_back_as_a_status(void) {
    const char *missing = NULL, *library = test_environment("RS_AUTH_TEST_HOOKS");
    char *path = test_write_file("output", "");
    int kept = dup(STDERR_FILENO), file = open(path, O_WRONLY | O_APPEND), round;
    struct stat about;
    struct sigaction abort_action;
    rs_auth_api api;
    void *handle, *symbol;
    panicking panic_on_demand;
    if (rs_auth_api_load(&api, library, &missing) != 0) FAIL("%s", missing);
    handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    CHECK(handle != NULL);
    symbol = dlsym(handle, "rs_auth_test_panic");
    CHECK(symbol != NULL);
    memcpy(&panic_on_demand, &symbol, sizeof symbol);
    CHECK(kept >= 0 && file >= 0 && dup2(file, STDERR_FILENO) >= 0);
    for (round = 0; round < 3; round++) {
        rs_auth_error *error = NULL;
        CHECK_INT(panic_on_demand(&error), RS_AUTH_STATUS_INTERNAL);
        CHECK_INT(api.error_status(error), RS_AUTH_STATUS_INTERNAL);
        CHECK_TEXT(api.error_sqlstate(error), "HY000");
        /* Where, but not what: the text of a panic may hold a secret. */
        CHECK_CONTAINS(api.error_message(error), ".rs");
        CHECK_LACKS(api.error_message(error), "canary-secret");
        api.error_free(error);
        CHECK_INT(panic_on_demand(NULL), RS_AUTH_STATUS_INTERNAL);
    }
    CHECK(dup2(kept, STDERR_FILENO) >= 0);
    CHECK(fstat(file, &about) == 0);
    CHECK_INT(about.st_size, 0);
    CHECK(sigaction(SIGABRT, NULL, &abort_action) == 0);
    CHECK(abort_action.sa_handler == SIG_DFL);
    free(path);
}

TEST_MAIN(TEST_CASE(comes_back_as_a_status))
