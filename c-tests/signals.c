/* Signals of the host's: those that interrupt its system calls, those that wait to be delivered, and children that are not
   ours alone to wait for. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int handled;

static void count_signal(int number) {
    (void)number;
    atomic_fetch_add(&handled, 1);
}

/* Every millisecond, and no system call is restarted. */
static void begin_storm(void) {
    struct sigaction action = {.sa_handler = count_signal};
    struct itimerval often = {{0, 1000}, {0, 1000}};
    struct timespec second = {1, 0};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &often, NULL) == 0);
    /* The control: a call of the host's own does not get through. */
    CHECK(nanosleep(&second, NULL) == -1 && errno == EINTR);
    atomic_store(&handled, 0);
}

static void end_storm(void) {
    struct itimerval never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
}

static void count_line(void *user_data, int32_t level, const char *target, const char *message) {
    (void)level, (void)target, (void)message;
    ++*(int *)user_data;
}

/* Over TLS, from a file, by a program, with a log of its own and one of the environment's, refused and timed out: every
   kind of system call that is made for a caller is interrupted. */
static void a_storm_of_signals(void) {
    rs_auth_options *options = rs_auth_options_new();
    dsn keys, program, wrong;
    char log[512];
    int lines = 0, round;
    double begun;
    sandbox_start();
    keys = sandbox_keys("alice");
    dsn_set(&keys, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&keys, "CaFile", sandbox_get("ca_file"));
    dsn_set(&keys, "DisableCache", "1");
    wrong = keys;
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    program = dsn_of_program("sleep 0.1; exec cat");
    snprintf(log, sizeof log, "%s/login.log", test_directory());
    CHECK(setenv("RS_AUTH_LOG_FILE", log, 1) == 0);
    CHECK_INT(rs_auth_options_set_log_callback(options, count_line, RS_AUTH_LOG_TRACE, &lines), RS_AUTH_STATUS_OK);
    sandbox_fault("GetClusterCredentials", 4, "{\"delay\":{\"ms\":100}}");
    begin_storm();
    CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
    for (round = 0; round < 5; round++) {
        rs_auth_credentials_free(dsn_login(&keys, options));
        rs_auth_credentials_free(dsn_login(&program, options));
        rs_auth_error_free(dsn_refused(&wrong, options, RS_AUTH_STATUS_NOT_FOUND));
        CHECK_INT(rs_auth_forget_all(NULL), RS_AUTH_STATUS_OK);
    }
    end_storm();
    printf("%d signals, %d lines\n", atomic_load(&handled), lines);
    CHECK(atomic_load(&handled) > 200);
    CHECK(lines > 20);
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 300), RS_AUTH_STATUS_OK);
    begin_storm();
    begun = test_now_ms();
    rs_auth_error_free(dsn_refused(&keys, options, RS_AUTH_STATUS_TIMEOUT));
    CHECK(test_now_ms() - begun >= 300); /* and no wait is cut short */
    end_storm();
    rs_auth_options_free(options);
}

enum { QUEUED = 5 };
static atomic_int taken[QUEUED + 1], order;

static void take(int number, siginfo_t *about, void *context) {
    (void)context;
    if (number == SIGUSR2) {
        atomic_fetch_add(&taken[QUEUED], 1);
    } else if (about->si_value.sival_int == atomic_load(&order)) { /* those of real time come in their order */
        atomic_fetch_add(&taken[atomic_fetch_add(&order, 1)], 1);
    }
}

static void *send_signals(void *unused) {
    int at;
    (void)unused;
    sandbox_await_requests("GetClusterCredentials", 1);
    CHECK(kill(getpid(), SIGUSR2) == 0);
    for (at = 0; at < QUEUED; at++) {
        union sigval value = {.sival_int = at};
        CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
    }
    return NULL;
}

/* Sent to the process while every thread of the host blocks them: they wait, whatever threads of ours come and go, and are
   the host's when it wants them. */
static void what_is_pending_is_delivered_afterwards(void) {
    struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO};
    sigset_t closed;
    pthread_t thread;
    dsn settings;
    int at;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "{\"delay\":{\"ms\":100}}");
    settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    CHECK(sigaction(SIGUSR2, &action, NULL) == 0 && sigaction(SIGRTMIN, &action, NULL) == 0);
    sigemptyset(&closed);
    sigaddset(&closed, SIGUSR2);
    sigaddset(&closed, SIGRTMIN);
    CHECK(pthread_sigmask(SIG_BLOCK, &closed, NULL) == 0);
    /* One waits for this thread alone, before anything of ours runs. */
    CHECK(pthread_kill(pthread_self(), SIGUSR2) == 0);
    CHECK(pthread_create(&thread, NULL, send_signals, NULL) == 0);
    for (at = 0; at < 3; at++) rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK(pthread_join(thread, NULL) == 0);
    for (at = 0; at <= QUEUED; at++) CHECK_INT(atomic_load(&taken[at]), 0);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &closed, NULL) == 0);
    for (at = 0; at < QUEUED; at++) CHECK_INT(atomic_load(&taken[at]), 1);
    CHECK_INT(atomic_load(&taken[QUEUED]), 2); /* that of the thread and that of the process */
}

static atomic_int reaped;

static void reap(int number) {
    int kept = errno;
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0) atomic_fetch_add(&reaped, 1);
    errno = kept;
}

static void log_in_by_program(int times) {
    dsn settings = dsn_of_program("exec cat");
    int at;
    for (at = 0; at < times; at++) rs_auth_credentials_free(dsn_login(&settings, NULL));
}

/* As many daemons have it. Whoever comes first takes the status of the program; what it printed is ours. */
static void a_host_that_reaps_in_a_handler(void) {
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sandbox_start();
    CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
    log_in_by_program(20);
    printf("%d of 20 programs were reaped by the host\n", atomic_load(&reaped));
    CHECK(atomic_load(&reaped) > 0);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), 0); /* the sandbox alone is left, and runs */
}

static void *wait_for_anybody(void *unused) {
    (void)unused;
    for (;;) {
        if (waitpid(-1, NULL, 0) > 0) {
            atomic_fetch_add(&reaped, 1);
        } else {
            CHECK(errno == ECHILD);
            test_sleep_ms(1);
        }
    }
}

static void a_host_that_reaps_on_a_thread(void) {
    pthread_t thread;
    sandbox_start();
    CHECK(pthread_create(&thread, NULL, wait_for_anybody, NULL) == 0);
    /* Not the sandbox, which is a child too: it lives on, so that waitpid waits. */
    log_in_by_program(20);
    printf("%d of 20 programs were reaped by the host\n", atomic_load(&reaped));
    CHECK(atomic_load(&reaped) > 0);
}

/* The control: a program that fails is still told from one that does not, though its status may be anybody's. */
static void a_program_that_fails(void) {
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART};
    dsn settings;
    sandbox_start();
    CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
    settings = dsn_of_program("exit 3");
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_NO_AWS_CREDENTIALS));
}

TEST_MAIN(TEST_CASE(a_storm_of_signals), TEST_CASE(what_is_pending_is_delivered_afterwards),
          TEST_CASE(a_host_that_reaps_in_a_handler), TEST_CASE(a_host_that_reaps_on_a_thread),
          TEST_CASE(a_program_that_fails))
