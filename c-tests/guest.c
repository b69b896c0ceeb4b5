/* A good guest: what the library must leave as it was in the process that loaded it. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static dsn uncached(const char *user) {
    dsn settings = sandbox_keys(user);
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

/* A thread that was joined may be seen in /proc for a moment longer. */
static void check_threads(int expected) {
    double limit = test_now_ms() + 1000;
    while (test_count_threads() != expected && test_now_ms() < limit) test_sleep_ms(1);
    CHECK_INT(test_count_threads(), expected);
}

static void no_thread_is_left(void) {
    dsn settings;
    rs_auth_options *options = rs_auth_options_new();
    sandbox_start();
    settings = uncached("alice");
    CHECK_INT(test_count_threads(), 1);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    check_threads(1);
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 100), RS_AUTH_STATUS_OK);
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_TIMEOUT));
    check_threads(1);
    rs_auth_options_free(options);
}

static void no_descriptor_is_left(void) {
    dsn settings;
    int before, at;
    sandbox_start();
    settings = uncached("alice");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    before = test_count_descriptors();
    for (at = 0; at < 1000; at++) rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK_INT(test_count_descriptors(), before);
    CHECK(sandbox_requests("GetClusterCredentials") >= 1001);
}

static void no_descriptor_is_left_by_failures(void) {
    static const char *const faults[] = {"\"reset\"", "\"close\"", "\"reset_in_body\"", "\"truncate\"", "\"garbage\"", "\"not_http\""};
    dsn settings;
    int before;
    size_t at;
    sandbox_start();
    settings = uncached("alice");
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    before = test_count_descriptors();
    for (at = 0; at < sizeof faults / sizeof *faults; at++) {
        rs_auth_credentials *credentials = NULL;
        rs_auth_error *error = NULL;
        sandbox_fault("GetClusterCredentials", 3, faults[at]);
        CHECK(rs_auth_get_credentials(settings.kv, settings.len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK);
        CHECK(credentials == NULL);
        rs_auth_error_free(error);
    }
    CHECK_INT(test_count_descriptors(), before);
    check_threads(1);
}

static void write_after_reset(void) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    close(pair[1]);
    CHECK(write(pair[0], "x", 1) == 1);
}

static void sigpipe_stays_with_the_library(void) {
    static const char *const faults[] = {"\"reset\"", "\"reset_in_headers\"", "\"reset_in_body\"", "\"close\""};
    static const char *const origins[] = {"http_url", "https_url"};
    dsn settings;
    sigset_t pending;
    size_t at, origin;
    int status;
    pid_t pid;
    sandbox_start();
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    /* The control: here a broken pipe ends a process. */
    pid = test_fork();
    if (pid == 0) {
        write_after_reset();
        _Exit(0);
    }
    status = test_wait(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
    settings = uncached("alice");
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    for (origin = 0; origin < 2; origin++) {
        dsn_set(&settings, "EndPointUrl", sandbox_get(origins[origin]));
        for (at = 0; at < sizeof faults / sizeof *faults; at++) {
            sandbox_fault("GetClusterCredentials", 3, faults[at]);
            rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_NETWORK));
        }
    }
    CHECK(sigpending(&pending) == 0);
    CHECK_INT(sigismember(&pending, SIGPIPE), 0);
}

static atomic_int handled, strangers;
static pid_t hosts[2];

static void note_thread(int number) {
    pid_t here = (pid_t)syscall(SYS_gettid);
    struct timespec pause = {0, 2000000};
    (void)number;
    atomic_fetch_add(&handled, 1);
    if (here != hosts[0] && here != hosts[1]) atomic_fetch_add(&strangers, 1);
    /* While this thread is here the kernel looks for another one that takes the next signal. */
    nanosleep(&pause, NULL);
}

static void *log_in_with_the_signal_open(void *argument) {
    sigset_t open;
    hosts[1] = (pid_t)syscall(SYS_gettid);
    sigemptyset(&open);
    sigaddset(&open, SIGUSR1);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &open, NULL) == 0);
    rs_auth_credentials_free(dsn_login(argument, NULL));
    return NULL;
}

static void handlers_run_on_host_threads(void) {
    struct sigaction action = {.sa_handler = note_thread, .sa_flags = SA_RESTART};
    sigset_t closed;
    dsn settings;
    pthread_t thread;
    int at;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "{\"delay\":{\"ms\":600}}");
    settings = uncached("alice");
    hosts[0] = (pid_t)syscall(SYS_gettid);
    /* Only the thread that logs in takes the signal, so that each one either runs there or on a thread of the library. */
    sigemptyset(&closed);
    sigaddset(&closed, SIGUSR1);
    CHECK(pthread_sigmask(SIG_BLOCK, &closed, NULL) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, log_in_with_the_signal_open, &settings) == 0);
    sandbox_await_requests("GetClusterCredentials", 1);
    for (at = 0; at < 300; at++) {
        CHECK(kill(getpid(), SIGUSR1) == 0);
        test_sleep_ms(1);
    }
    CHECK(pthread_join(thread, NULL) == 0);
    printf("%d signals were handled\n", atomic_load(&handled));
    CHECK(atomic_load(&handled) > 20);
    CHECK_INT(atomic_load(&strangers), 0);
}

static void must_not_run(int number) {
    (void)number;
    FAIL("a blocked signal was handled");
}

static void *send_usr2(void *unused) {
    (void)unused;
    sandbox_await_requests("GetClusterCredentials", 1);
    CHECK(kill(getpid(), SIGUSR2) == 0);
    return NULL;
}

static void blocked_signals_stay_blocked(void) {
    struct sigaction action = {.sa_handler = must_not_run};
    sigset_t closed, before, after, pending;
    dsn settings;
    pthread_t thread;
    int number;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, "{\"delay\":{\"ms\":100}}");
    settings = uncached("alice");
    CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
    sigemptyset(&closed);
    sigaddset(&closed, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &closed, NULL) == 0);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &before) == 0);
    CHECK(pthread_create(&thread, NULL, send_usr2, NULL) == 0);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &after) == 0);
    for (number = 1; number < NSIG; number++) CHECK_INT(sigismember(&after, number), sigismember(&before, number));
    CHECK(sigpending(&pending) == 0);
    CHECK_INT(sigismember(&pending, SIGUSR2), 1);
}

/* What belongs to the process as a whole, as text. */
static void describe_process(char *text, size_t room) {
    size_t used = 0;
    mode_t mask = umask(0);
    char **variable;
    int number;
    umask(mask);
    used += (size_t)snprintf(text + used, room - used, "umask %03o\nlocale %s\ncwd ", mask, setlocale(LC_ALL, NULL));
    CHECK(getcwd(text + used, room - used) != NULL);
    used += strlen(text + used);
    for (number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0) continue;
        used += (size_t)snprintf(text + used, room - used, "\nsignal %d %d %#x", number, action.sa_handler == SIG_DFL,
                                 (unsigned)action.sa_flags);
    }
    for (variable = environ; *variable != NULL; variable++) {
        used += (size_t)snprintf(text + used, room - used, "\n%s", *variable);
        CHECK(used + 1 < room);
    }
}

static void process_is_as_it_was(void) {
    static char before[262144], after[262144];
    dsn settings, wrong;
    stack_t stack_before, stack_after;
    sandbox_start();
    umask(027);
    CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
    settings = uncached("alice");
    wrong = settings;
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    CHECK(sigaltstack(NULL, &stack_before) == 0);
    describe_process(before, sizeof before);
    CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    rs_auth_error_free(dsn_refused(&wrong, NULL, RS_AUTH_STATUS_NOT_FOUND));
    describe_process(after, sizeof after);
    CHECK_TEXT(after, before);
    CHECK(sigaltstack(NULL, &stack_after) == 0);
    CHECK(stack_after.ss_sp == stack_before.ss_sp && stack_after.ss_flags == stack_before.ss_flags);
}

static void nothing_is_printed(void) {
    char *path = test_write_file("output", "");
    dsn settings, wrong;
    struct stat about;
    int kept[2], file;
    sandbox_start();
    settings = uncached("alice");
    wrong = settings;
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    setenv("RUST_LOG", "trace", 1);
    setenv("RUST_BACKTRACE", "1", 1);
    fflush(NULL);
    file = open(path, O_WRONLY | O_APPEND);
    CHECK(file >= 0);
    kept[0] = dup(STDOUT_FILENO);
    kept[1] = dup(STDERR_FILENO);
    CHECK(dup2(file, STDOUT_FILENO) >= 0 && dup2(file, STDERR_FILENO) >= 0);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    rs_auth_error_free(dsn_refused(&wrong, NULL, RS_AUTH_STATUS_NOT_FOUND));
    CHECK(dup2(kept[0], STDOUT_FILENO) >= 0 && dup2(kept[1], STDERR_FILENO) >= 0);
    CHECK(fstat(file, &about) == 0);
    CHECK_INT(about.st_size, 0);
    free(path);
}

static void log_file_of_the_environment(void) {
    char path[512], text[65536];
    dsn settings;
    struct stat about;
    size_t length;
    FILE *file;
    sandbox_start();
    settings = uncached("alice");
    snprintf(path, sizeof path, "%s/login.log", test_directory());
    setenv("RS_AUTH_LOG_FILE", path, 1);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK(stat(path, &about) == 0);
    CHECK_INT(about.st_mode & 0777, 0600);
    file = fopen(path, "r");
    CHECK(file != NULL);
    length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    CHECK(length > 0);
    CHECK_LACKS(text, sandbox_get("keys.user.secret_access_key"));
}

TEST_MAIN(TEST_CASE(no_thread_is_left), TEST_CASE(no_descriptor_is_left), TEST_CASE(no_descriptor_is_left_by_failures),
          TEST_CASE(sigpipe_stays_with_the_library), TEST_CASE(handlers_run_on_host_threads),
          TEST_CASE(blocked_signals_stay_blocked), TEST_CASE(process_is_as_it_was), TEST_CASE(nothing_is_printed),
          TEST_CASE(log_file_of_the_environment))
