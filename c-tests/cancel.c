/* Cancel and deadline reach a call wherever it waits, within 50 ms. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ROUNDS 7
#define LIMIT_MS 50.0

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Of several rounds the middle one: a machine may be busy once. */
static void check_delays(double *delays) {
    qsort(delays, ROUNDS, sizeof *delays, ascending);
    printf("delay: median %.1f ms, worst %.1f ms\n", delays[ROUNDS / 2], delays[ROUNDS - 1]);
    if (delays[ROUNDS / 2] > LIMIT_MS) FAIL("the call came back %.1f ms late", delays[ROUNDS / 2]);
}

typedef struct canceller {
    const rs_auth_cancel_token *token;
    int calls; /* cancelled once the sandbox had so many */
    double at_ms;
} canceller;

static void *cancel_when_waiting(void *argument) {
    canceller *self = argument;
    sandbox_await_requests("GetClusterCredentials", self->calls);
    test_sleep_ms(20);
    self->at_ms = test_now_ms();
    rs_auth_cancel_token_cancel(self->token);
    return NULL;
}

static void cancel_while_aws_is_silent(void) {
    dsn settings;
    double delays[ROUNDS];
    int round;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "\"stall\"");
    settings = sandbox_keys("alice");
    dsn_set(&settings, "Host", "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com");
    for (round = 0; round < ROUNDS; round++) {
        rs_auth_options *options = rs_auth_options_new();
        rs_auth_cancel_token *token = rs_auth_cancel_token_new();
        canceller other = {token, round + 1, 0};
        rs_auth_error *error;
        pthread_t thread;
        CHECK_INT(rs_auth_options_set_cancel_token(options, token), RS_AUTH_STATUS_OK);
        CHECK(pthread_create(&thread, NULL, cancel_when_waiting, &other) == 0);
        error = dsn_refused(&settings, options, RS_AUTH_STATUS_CANCELLED);
        delays[round] = test_now_ms();
        CHECK(pthread_join(thread, NULL) == 0);
        delays[round] -= other.at_ms;
        CHECK_TEXT(rs_auth_error_sqlstate(error), "HY008");
        rs_auth_error_free(error);
        rs_auth_options_free(options);
        rs_auth_cancel_token_free(token);
    }
    check_delays(delays);
}

static void deadline_while_aws_is_silent(void) {
    dsn settings;
    double delays[ROUNDS];
    int round;
    rs_auth_options *options = rs_auth_options_new();
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "\"stall\"");
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 200), RS_AUTH_STATUS_OK);
    for (round = 0; round < ROUNDS; round++) {
        double before = test_now_ms();
        rs_auth_error *error = dsn_refused(&settings, options, RS_AUTH_STATUS_TIMEOUT);
        delays[round] = test_now_ms() - before - 200;
        CHECK(delays[round] > -5);
        CHECK_TEXT(rs_auth_error_sqlstate(error), "HYT00");
        rs_auth_error_free(error);
    }
    check_delays(delays);
    rs_auth_options_free(options);
}

static void deadline_in_the_middle_of_an_answer(void) {
    dsn settings;
    double delays[ROUNDS];
    int round;
    rs_auth_options *options = rs_auth_options_new();
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "\"stall_in_body\"");
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 200), RS_AUTH_STATUS_OK);
    for (round = 0; round < ROUNDS; round++) {
        double before = test_now_ms();
        rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_TIMEOUT));
        delays[round] = test_now_ms() - before - 200;
    }
    check_delays(delays);
    rs_auth_options_free(options);
}

static void deadline_of_the_dsn(void) {
    dsn settings;
    double before, took;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "\"stall\"");
    settings = sandbox_keys("alice");
    dsn_set(&settings, "LoginTimeout", "1");
    before = test_now_ms();
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_TIMEOUT));
    took = test_now_ms() - before;
    if (took < 990 || took > 1500) FAIL("LoginTimeout=1 took %.0f ms", took);
}

static void cancelled_before_the_call(void) {
    dsn settings;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_cancel_token *token = rs_auth_cancel_token_new();
    sandbox_start();
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_cancel_token(options, token), RS_AUTH_STATUS_OK);
    rs_auth_cancel_token_cancel(token);
    /* The options have a reference of their own. */
    rs_auth_cancel_token_free(token);
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_CANCELLED));
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_CANCELLED));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 0);
    /* Without the token the same call goes through. */
    CHECK_INT(rs_auth_options_set_cancel_token(options, NULL), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, options));
    rs_auth_options_free(options);
}

static void cancel_one_of_two_that_wait_for_the_same(void) {
    dsn settings;
    canceller other = {NULL, 1, 0};
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_cancel_token *token = rs_auth_cancel_token_new();
    pthread_t thread;
    rs_auth_credentials *credentials;
    sandbox_start();
    /* The first call is silent for ever, the second one is answered. */
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_cancel_token(options, token), RS_AUTH_STATUS_OK);
    other.token = token;
    CHECK(pthread_create(&thread, NULL, cancel_when_waiting, &other) == 0);
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_CANCELLED));
    CHECK(pthread_join(thread, NULL) == 0);
    /* The leader's CANCELLED is its own: the next one leads. */
    credentials = dsn_login(&settings, NULL);
    CHECK(!rs_auth_credentials_from_cache(credentials));
    rs_auth_credentials_free(credentials);
    rs_auth_options_free(options);
    rs_auth_cancel_token_free(token);
}

TEST_MAIN(TEST_CASE(cancel_while_aws_is_silent), TEST_CASE(deadline_while_aws_is_silent),
          TEST_CASE(deadline_in_the_middle_of_an_answer), TEST_CASE(deadline_of_the_dsn),
          TEST_CASE(cancelled_before_the_call), TEST_CASE(cancel_one_of_two_that_wait_for_the_same))
