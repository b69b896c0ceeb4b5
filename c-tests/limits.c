/* Hosts in need: no descriptor left, no thread to be had, standard streams closed, SIGCHLD ignored. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static dsn uncached(void) {
    dsn settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

static dsn over_tls(void) {
    dsn settings = uncached();
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    return settings;
}

/* Whether a login succeeds; one that fails must say what the system refused. */
static bool try_login(const dsn *settings, int left) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status = rs_auth_get_credentials(settings->kv, settings->len, NULL, &credentials, &error);
    if (status == RS_AUTH_STATUS_OK) {
        rs_auth_credentials_free(credentials);
        return true;
    }
    printf("%d left: %s: %s\n", left, rs_auth_status_name(status), rs_auth_error_message(error));
    if (status != RS_AUTH_STATUS_SYSTEM && status != RS_AUTH_STATUS_NETWORK) {
        FAIL("with %d left: %s: %s", left, rs_auth_status_name(status), rs_auth_error_message(error));
    }
    rs_auth_error_free(error);
    return false;
}

/* Takes descriptors until just `left` may be opened. */
static void leave_descriptors(int left) {
    struct rlimit limit;
    int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(highest >= 0);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)(highest + left);
    close(highest);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* The first login of a process meets a shortage; what was short then must not be held against the next one. */
static void run_out_of_descriptors(const dsn *settings) {
    struct rlimit before;
    bool done = false;
    int left;
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    for (left = 0; !done; left++) {
        int status = 0;
        pid_t pid;
        pid = test_fork();
        if (pid == 0) {
            leave_descriptors(left);
            done = try_login(settings, left);
            CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
            rs_auth_credentials_free(dsn_login(settings, NULL));
            fflush(NULL);
            _Exit(done ? 0 : 77);
        }
        status = test_wait(pid);
        if (!WIFEXITED(status)) FAIL("with %d left at first: wait status %#x", left, (unsigned)status);
        CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77);
        done = WEXITSTATUS(status) == 0;
        CHECK(left < 32);
    }
    CHECK(left > 1);
}

static void no_descriptor_to_be_had(void) {
    dsn settings;
    sandbox_start();
    settings = uncached();
    run_out_of_descriptors(&settings);
}

static void no_descriptor_to_be_had_for_tls(void) {
    dsn settings;
    sandbox_start();
    settings = over_tls();
    run_out_of_descriptors(&settings);
}

/* The system's roots are read late, when the first certificate is to be verified. Here they are all there is. */
static void no_descriptor_for_the_roots(void) {
    dsn settings;
    sandbox_start();
    settings = over_tls();
    dsn_set(&settings, "CaFile", "");
    CHECK(unsetenv("AWS_CA_BUNDLE") == 0 && unsetenv("SSL_CERT_DIR") == 0);
    CHECK(setenv("SSL_CERT_FILE", sandbox_get("ca_file"), 1) == 0);
    run_out_of_descriptors(&settings);
}

/* In a child that is another user with room for `threads` more threads. */
static void with_threads(int threads, const dsn *settings) {
    struct rlimit limit = {(rlim_t)threads + 1, (rlim_t)threads + 1};
    /* The limit counts all threads of a user, so no other test may run as this one. */
    uid_t user = (uid_t)(1000000 + getpid());
    int status = 0;
    pid_t pid;
    pid = test_fork();
    if (pid == 0) {
        CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
        CHECK(setresuid(user, user, user) == 0);
        CHECK(try_login(settings, threads) == (threads > 1));
        fflush(NULL);
        _Exit(0);
    }
    status = test_wait(pid);
    if (status != 0) FAIL("with %d threads: wait status %#x", threads, (unsigned)status);
}

static void no_thread_to_be_had(void) {
    dsn settings;
    char url[64];
    if (geteuid() != 0) {
        puts("skipped: only root may become a user that runs nothing else");
        return;
    }
    sandbox_start();
    settings = uncached();
    /* By name, so that the login needs a second thread for the lookup, which the C library makes us wait for. */
    snprintf(url, sizeof url, "http://localhost%s", strrchr(sandbox_get("http_url"), ':'));
    dsn_set(&settings, "EndPointUrl", url);
    with_threads(0, &settings);
    with_threads(1, &settings);
    with_threads(2, &settings);
}

static void credential_process_with_children_ignored(void) {
    dsn settings;
    struct sigaction action;
    sandbox_start();
    settings = dsn_of_program("exec cat");
    CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK(sigaction(SIGCHLD, NULL, &action) == 0);
    CHECK(action.sa_handler == SIG_IGN);
}

/* The program must have three standard streams, whatever the host has. */
static void standard_streams_are_closed(void) {
    dsn keys, program, tls;
    int closed;
    sandbox_start();
    keys = uncached();
    tls = over_tls();
    program = dsn_of_program("for stream in 0 1 2; do test -e /proc/self/fd/$stream || exit 1; done; read line; echo said >&2; exec cat");
    rs_auth_credentials_free(dsn_login(&program, NULL));
    for (closed = 1; closed < 8; closed++) {
        int status = 0, stream, kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
        pid_t pid = test_fork();
        if (pid == 0) {
            const dsn *const all[] = {&keys, &program, &tls};
            size_t at;
            for (stream = 0; stream < 3; stream++) {
                if ((closed & 1 << stream) != 0) close(stream);
            }
            for (at = 0; at < 3; at++) {
                rs_auth_credentials *credentials = NULL;
                rs_auth_error *error = NULL;
                rs_auth_status got = rs_auth_get_credentials(all[at]->kv, all[at]->len, NULL, &credentials, &error);
                if (got != RS_AUTH_STATUS_OK) {
                    dup2(kept, STDERR_FILENO);
                    FAIL("closed %d, login %zu: %s", closed, at, rs_auth_error_message(error));
                }
                rs_auth_credentials_free(credentials);
            }
            for (stream = 0; stream < 3; stream++) {
                if ((closed & 1 << stream) != 0 && (fcntl(stream, F_GETFD) != -1 || errno != EBADF)) {
                    dup2(kept, STDERR_FILENO);
                    FAIL("stream %d is open after the logins", stream);
                }
            }
            _Exit(0);
        }
        close(kept);
        status = test_wait(pid);
        if (status != 0) FAIL("closed %d: wait status %#x", closed, (unsigned)status);
    }
}

TEST_MAIN(TEST_CASE(no_descriptor_to_be_had), TEST_CASE(no_descriptor_to_be_had_for_tls),
          TEST_CASE(no_descriptor_for_the_roots), TEST_CASE(no_thread_to_be_had),
          TEST_CASE(credential_process_with_children_ignored), TEST_CASE(standard_streams_are_closed))
