/* Many threads at once, and a process that forks in the middle of it. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CROWD 64

static pthread_barrier_t start;

typedef struct crowd_member {
    pthread_t thread;
    dsn settings;
    char user[32];
    rs_auth_credentials *credentials;
} crowd_member;

static void *log_in(void *argument) {
    crowd_member *member = argument;
    pthread_barrier_wait(&start);
    member->credentials = dsn_login(&member->settings, NULL);
    return NULL;
}

/* Lets `count` threads go at the same moment; returns how long they took together. */
static double run_crowd(crowd_member *crowd, unsigned count) {
    double before;
    unsigned at;
    CHECK(pthread_barrier_init(&start, NULL, count + 1) == 0);
    for (at = 0; at < count; at++) CHECK(pthread_create(&crowd[at].thread, NULL, log_in, &crowd[at]) == 0);
    pthread_barrier_wait(&start);
    before = test_now_ms();
    for (at = 0; at < count; at++) CHECK(pthread_join(crowd[at].thread, NULL) == 0);
    return test_now_ms() - before;
}

static void same_identity_one_call(void) {
    static crowd_member crowd[CROWD];
    unsigned at;
    sandbox_start();
    for (at = 0; at < CROWD; at++) crowd[at].settings = sandbox_keys("alice");
    run_crowd(crowd, CROWD);
    for (at = 0; at < CROWD; at++) {
        CHECK_TEXT(rs_auth_credentials_password(crowd[at].credentials), rs_auth_credentials_password(crowd[0].credentials));
    }
    for (at = 0; at < CROWD; at++) rs_auth_credentials_free(crowd[at].credentials);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
}

static void other_identities_in_parallel(void) {
    enum { COUNT = 8, DELAY_MS = 300 };
    static crowd_member crowd[COUNT];
    double took;
    unsigned at, other;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "{\"delay\":{\"ms\":300}}");
    for (at = 0; at < COUNT; at++) {
        snprintf(crowd[at].user, sizeof crowd[at].user, "user_%u", at);
        crowd[at].settings = sandbox_keys(crowd[at].user);
    }
    took = run_crowd(crowd, COUNT);
    for (at = 0; at < COUNT; at++) {
        CHECK_CONTAINS(rs_auth_credentials_user(crowd[at].credentials), crowd[at].user);
        for (other = 0; other < at; other++) {
            CHECK(strcmp(rs_auth_credentials_password(crowd[at].credentials),
                         rs_auth_credentials_password(crowd[other].credentials)) != 0);
        }
    }
    for (at = 0; at < COUNT; at++) rs_auth_credentials_free(crowd[at].credentials);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), COUNT);
    if (took > COUNT * DELAY_MS / 2) FAIL("%d logins of %d ms each took %.0f ms", COUNT, DELAY_MS, took);
}

static void one_error_read_by_many(void) {
    dsn settings;
    rs_auth_error *error;
    pthread_t readers[8];
    size_t at;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_NOT_FOUND);
    for (at = 0; at < 8; at++) {
        CHECK(pthread_create(&readers[at], NULL, (void *(*)(void *))(void (*)(void))rs_auth_error_short_text, error) == 0);
    }
    for (at = 0; at < 8; at++) {
        void *text = NULL;
        CHECK(pthread_join(readers[at], &text) == 0);
        CHECK_TEXT((const char *)text, rs_auth_error_short_text(error));
    }
    rs_auth_error_free(error);
}

static atomic_bool stop;
static atomic_int logins;

static void *log_in_again_and_again(void *argument) {
    dsn settings = sandbox_keys(argument);
    dsn_set(&settings, "DisableCache", "1");
    while (!atomic_load(&stop)) {
        rs_auth_credentials_free(dsn_login(&settings, NULL));
        atomic_fetch_add(&logins, 1);
    }
    return NULL;
}

/* The child must come back by itself: one that hangs on a lock of its parent's is ended by the alarm. */
static void child(void) {
    dsn settings = sandbox_keys("child");
    rs_auth_credentials *credentials;
    credentials = dsn_login(&settings, NULL);
    CHECK(strstr(rs_auth_credentials_user(credentials), "child") != NULL);
    rs_auth_credentials_free(credentials);
    /* What the parent had cached is not the child's, but the child caches too. */
    credentials = dsn_login(&settings, NULL);
    CHECK(rs_auth_credentials_from_cache(credentials));
    rs_auth_credentials_free(credentials);
    _Exit(0);
}

static void fork_among_logins(void) {
    static char users[4][16] = {"parent_0", "parent_1", "parent_2", "parent_3"};
    pthread_t threads[4];
    int round, before, at;
    sandbox_start();
    CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
    /* The values of sandbox_get are looked up once, here, not by four threads at once. */
    (void)sandbox_keys("nobody");
    for (at = 0; at < 4; at++) CHECK(pthread_create(&threads[at], NULL, log_in_again_and_again, users[at]) == 0);
    for (round = 0; round < 20; round++) {
        int status = 0;
        pid_t pid = test_fork();
        if (pid == 0) child();
        status = test_wait(pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) FAIL("child %d ended with wait status %#x", round, (unsigned)status);
    }
    before = atomic_load(&logins);
    CHECK(before > 0);
    /* The parent goes on. */
    while (atomic_load(&logins) < before + 8) test_sleep_ms(1);
    atomic_store(&stop, 1);
    for (at = 0; at < 4; at++) CHECK(pthread_join(threads[at], NULL) == 0);
}

static void fork_with_a_cached_answer(void) {
    dsn settings;
    pid_t pid;
    sandbox_start();
    settings = sandbox_keys("child");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    pid = test_fork();
    if (pid == 0) child();
    CHECK_INT(test_wait(pid), 0);
    /* The child started fresh, the parent did not. */
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 2);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 2);
}

TEST_MAIN(TEST_CASE(same_identity_one_call), TEST_CASE(other_identities_in_parallel), TEST_CASE(one_error_read_by_many),
          TEST_CASE(fork_among_logins), TEST_CASE(fork_with_a_cached_answer))
