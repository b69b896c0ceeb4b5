/* A wall clock that jumps by hours: somebody set it, or a virtual machine was restored. This program is the clock: it exports
   clock_gettime, which the C library would define, so that it and the library it loads see what the tests say. */
#include "support/dsn.h"
#include "support/http.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <rs_auth_dl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MINUTE 60
#define HOUR (60 * MINUTE)

/* Seconds that the clocks are ahead of the machine's. */
static atomic_long wall, passed;

/* Not marked as throwing nothing, as the header has it for C++: this is C. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += atomic_load(&wall);
    if (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) now->tv_sec += atomic_load(&passed);
    return result;
}

/* Only the wall clock. */
static void jump(long seconds) { atomic_fetch_add(&wall, seconds); }

/* Time itself. */
static void let_pass(long seconds) { atomic_fetch_add(&passed, seconds); }

static rs_auth_api api;
static dsn settings;

static void start(void) {
    const char *missing = NULL;
    if (rs_auth_api_load(&api, test_environment("RS_AUTH_LIBRARY"), &missing) != 0) FAIL("%s", missing);
    sandbox_start();
    settings = sandbox_keys("alice");
}

/* Logs in; tells whether the answer was a stored one. */
static bool log_in(void) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    bool stored;
    if (api.get_credentials(settings.kv, settings.len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", api.error_message(error));
    }
    CHECK_TEXT(api.credentials_user(credentials), "IAM:alice");
    stored = api.credentials_from_cache(credentials);
    api.credentials_free(credentials);
    return stored;
}

/* The password lives 15 minutes. */
static void stored_ones_end_in_time(void) {
    start();
    CHECK(!log_in());
    let_pass(5 * MINUTE);
    CHECK(log_in()); /* the control: this program is the clock */
    let_pass(11 * MINUTE);
    CHECK(!log_in());
}

/* By the new time it is over: nobody can know better. AWS refuses what is signed at a wrong time, and says the right one. */
static void forward(void) {
    start();
    CHECK(!log_in());
    CHECK(log_in());
    jump(3 * HOUR);
    CHECK(!log_in());
    /* What a wrong clock takes for over is not stored, and never handed out for longer than it lives. */
    let_pass(16 * MINUTE);
    CHECK(!log_in());
}

static void back(void) {
    start();
    CHECK(!log_in());
    jump(-3 * HOUR);
    let_pass(5 * MINUTE);
    (void)log_in(); /* a stored one may serve: it lives by the time that has passed */
    let_pass(11 * MINUTE);
    CHECK(!log_in());
}

/* The clock was wrong from the beginning, and the server's is right. */
static void behind_from_the_beginning(void) {
    start();
    jump(-5 * HOUR);
    CHECK(!log_in());
    CHECK(log_in());
    let_pass(16 * MINUTE);
    CHECK(!log_in());
}

static void to_and_fro(void) {
    int round;
    start();
    for (round = 0; round < 3; round++) {
        jump(round % 2 == 0 ? 7 * HOUR : -7 * HOUR);
        (void)log_in();
        let_pass(16 * MINUTE);
        CHECK(!log_in());
    }
}

static void *jump_during_a_login(void *by) {
    sandbox_await_requests("GetClusterCredentials", 1);
    jump(*(long *)by);
    return NULL;
}

/* A time limit is of time that passes, whatever the clock on the wall shows. */
static void limits_do_not_jump(void) {
    static long jumps[] = {5 * HOUR, -5 * HOUR};
    rs_auth_credentials *credentials = NULL;
    rs_auth_options *options;
    pthread_t thread;
    size_t at;
    start();
    dsn_set(&settings, "DisableCache", "1");
    options = api.options_new();
    for (at = 0; at < 2; at++) {
        double begun;
        atomic_store(&wall, 0);
        /* Not cut short … */
        sandbox_fault("GetClusterCredentials", 1, "{\"delay\":{\"ms\":400}}");
        free(http_request(sandbox_get("http_url"), "POST", "/_sandbox/reset", NULL));
        CHECK(pthread_create(&thread, NULL, jump_during_a_login, &jumps[at]) == 0);
        CHECK_INT(api.options_set_timeout_ms(options, 20000), RS_AUTH_STATUS_OK);
        CHECK_INT(api.get_credentials(settings.kv, settings.len, options, &credentials, NULL), RS_AUTH_STATUS_OK);
        CHECK(pthread_join(thread, NULL) == 0);
        api.credentials_free(credentials);
        /* … nor drawn out. */
        atomic_store(&wall, 0);
        sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
        free(http_request(sandbox_get("http_url"), "POST", "/_sandbox/reset", NULL));
        CHECK(pthread_create(&thread, NULL, jump_during_a_login, &jumps[at]) == 0);
        CHECK_INT(api.options_set_timeout_ms(options, 500), RS_AUTH_STATUS_OK);
        begun = test_now_ms();
        CHECK_INT(api.get_credentials(settings.kv, settings.len, options, &credentials, NULL), RS_AUTH_STATUS_TIMEOUT);
        CHECK(test_now_ms() - begun >= 500 && test_now_ms() - begun < 5000);
        CHECK(pthread_join(thread, NULL) == 0);
    }
    api.options_free(options);
}

TEST_MAIN(TEST_CASE(stored_ones_end_in_time), TEST_CASE(forward), TEST_CASE(back), TEST_CASE(behind_from_the_beginning),
          TEST_CASE(to_and_fro), TEST_CASE(limits_do_not_jump))
