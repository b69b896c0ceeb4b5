/* Processes that fork while their threads are in the middle of a call: the child may call the library at once. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4 };

static atomic_bool stop;
static atomic_int calls;
static bool cached, failing;
static dsn parents, childs;

static void *call_again_and_again(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) {
        rs_auth_credentials *credentials;
        if (failing) {
            rs_auth_error_free(dsn_refused(&parents, NULL, RS_AUTH_STATUS_PROFILE_NOT_FOUND));
            atomic_fetch_add(&calls, 1);
            continue;
        }
        credentials = dsn_login(&parents, NULL);
        CHECK(!cached || rs_auth_credentials_from_cache(credentials));
        rs_auth_credentials_free(credentials);
        atomic_fetch_add(&calls, 1);
    }
    return NULL;
}

/* TLS needs random numbers, and libraries like to seed them behind a lock of the process, which a fork may leave locked in
   the child. RS_AUTH_FORK_TLS=1 has every test go over TLS. */
static bool over_tls;

static dsn parents_settings(void) {
    dsn settings = sandbox_keys("parent");
    if (over_tls || getenv("RS_AUTH_FORK_TLS") != NULL) {
        dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
        dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    }
    return settings;
}

/* One that hangs is ended by the alarm. */
static pid_t fork_and_log_in(int generations) {
    pid_t pid = test_fork();
    if (pid == 0) {
        rs_auth_credentials *credentials;
        if (generations > 1) CHECK_INT(test_wait(fork_and_log_in(generations - 1)), 0);
        credentials = dsn_login(&childs, NULL);
        CHECK(!rs_auth_credentials_from_cache(credentials));
        rs_auth_credentials_free(credentials);
        _Exit(0);
    }
    return pid;
}

static void await_child(pid_t pid, int round) {
    int status = test_wait(pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) FAIL("child %d ended with wait status %#x", round, (unsigned)status);
}

static void fork_many_times(int rounds, int generations) {
    pthread_t threads[THREADS];
    int round, before, at;
    sandbox_start();
    parents = parents_settings();
    childs = parents;
    dsn_set(&childs, "DbUser", "child");
    if (failing) dsn_set(&parents, "Profile", "no-such-profile");
    if (!cached) dsn_set(&parents, "DisableCache", "1");
    CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
    if (cached) rs_auth_credentials_free(dsn_login(&parents, NULL));
    for (at = 0; at < THREADS; at++) CHECK(pthread_create(&threads[at], NULL, call_again_and_again, NULL) == 0);
    for (round = 0; round < rounds; round++) await_child(fork_and_log_in(generations), round);
    before = atomic_load(&calls);
    CHECK(before > 0);
    while (atomic_load(&calls) < before + 2 * THREADS) test_sleep_ms(1); /* the parent goes on */
    atomic_store(&stop, true);
    for (at = 0; at < THREADS; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    printf("%d forks, %d calls of the parent\n", rounds, atomic_load(&calls));
}

static int rounds(void) {
    const char *wanted = getenv("RS_AUTH_FORKS");
    return wanted != NULL ? atoi(wanted) : 120;
}

static void among_logins(void) { fork_many_times(rounds(), 1); }

static void among_logins_over_tls(void) {
    over_tls = true;
    fork_many_times(rounds() / 2, 1);
}

/* Calls that end at once: their threads begin and end all the time. */
static void among_short_calls(void) {
    failing = true;
    fork_many_times(rounds() * 2, 1);
}

/* Threads that are answered from the cache hold its lock most of the time. */
static void among_cached_answers(void) {
    cached = true;
    fork_many_times(rounds(), 1);
}

static void child_of_a_child(void) { fork_many_times(rounds() / 6, 3); }

/* rs_auth_init and nothing else came before: the parent's threads are in the first login of their lives. */
static void among_first_logins(void) {
    int process;
    sandbox_start();
    parents = parents_settings();
    dsn_set(&parents, "DisableCache", "1");
    for (process = 0; process < rounds() / 6; process++) {
        pid_t pid;
        if (process == rounds() / 12) { /* from here on with tables of another service */
            dsn_set(&parents, "ClusterId", "");
            dsn_set(&parents, "Serverless", "1");
            dsn_set(&parents, "Workgroup", "sandbox-workgroup");
        }
        childs = parents;
        pid = test_fork();
        if (pid == 0) {
            pthread_t threads[THREADS];
            int at;
            alarm(60);
            CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
            for (at = 0; at < THREADS; at++) CHECK(pthread_create(&threads[at], NULL, call_again_and_again, NULL) == 0);
            for (at = 0; at < 3; at++) {
                pid_t child = fork_and_log_in(1);
                await_child(child, process);
            }
            _Exit(0);
        }
        await_child(pid, process);
    }
}

TEST_MAIN(TEST_CASE(among_logins), TEST_CASE(among_logins_over_tls), TEST_CASE(among_short_calls),
          TEST_CASE(among_cached_answers),
          TEST_CASE(child_of_a_child), TEST_CASE(among_first_logins))
