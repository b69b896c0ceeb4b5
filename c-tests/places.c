/* Where a host has no place for files: without a home, on read-only or full disks. The login goes on without the cache on disk
   and says why. Somebody types a code in these logins, for only what cost a person something is kept on disk. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a login with a person in it did. */
typedef struct witness {
    int asked;
    char log[65536];
} witness;

static void write_down(void *user_data, int32_t level, const char *target, const char *message) {
    witness *self = user_data;
    size_t used = strlen(self->log);
    (void)target;
    if (level <= RS_AUTH_LOG_WARN) snprintf(self->log + used, sizeof self->log - used, "%s\n", message);
}

static int32_t type_the_code(void *user_data, rs_auth_event *event) {
    if (rs_auth_event_kind(event) != RS_AUTH_EVENT_ASK_OTP) return RS_AUTH_EVENT_USE_DEFAULT;
    ((witness *)user_data)->asked++;
    CHECK_INT(rs_auth_event_answer(event, "123456"), RS_AUTH_STATUS_OK);
    return RS_AUTH_EVENT_HANDLED;
}

/* Signs in at the sandbox's AD FS. */
static dsn person(void) {
    static char port[8];
    dsn settings = sandbox_place();
    snprintf(port, sizeof port, "%s", strrchr(sandbox_get("https_url"), ':') + 1);
    dsn_set(&settings, "plugin_name", "ADFS");
    dsn_set(&settings, "idp_host", "127.0.0.1");
    dsn_set(&settings, "idp_port", port);
    dsn_set(&settings, "UID", "sms");
    dsn_set(&settings, "PWD", sandbox_get("people.sms.password"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    return settings;
}

static dsn settings;
static char home[600];

/* A login with nothing in memory; whether a person was asked. What it warned of is in `self`. */
static void sign_in(witness *self) {
    rs_auth_options *options = rs_auth_options_new();
    memset(self, 0, sizeof *self);
    CHECK_INT(rs_auth_options_set_log_callback(options, write_down, RS_AUTH_LOG_WARN, self), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_options_set_event_callback(options, type_the_code, self), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, options));
    rs_auth_options_free(options);
}

/* Runs `body` in a child: it begins with an empty memory, and what it does to itself is its own. Returns how it ended. */
static int in_a_child(void (*body)(const char *), const char *argument) {
    pid_t pid;
    pid = test_fork();
    if (pid == 0) {
        body(argument);
        fflush(NULL);
        _Exit(0);
    }
    return test_wait(pid);
}

static void expect_asked(const char *warning) {
    static witness self;
    sign_in(&self);
    printf("%s", self.log);
    CHECK_INT(self.asked, 1);
    if (warning == NULL) CHECK_TEXT(self.log, "");
    else CHECK_CONTAINS(self.log, warning);
}

static void expect_stored(const char *unused) {
    static witness self;
    (void)unused;
    sign_in(&self);
    CHECK_INT(self.asked, 0);
    CHECK_TEXT(self.log, "");
}

/* A home of the test's own, with nothing in it. */
static void start(void) {
    sandbox_start();
    CHECK(unsetenv("XDG_CACHE_HOME") == 0);
    snprintf(home, sizeof home, "%s/home", test_directory());
    CHECK(mkdir(home, 0700) == 0 && setenv("HOME", home, 1) == 0);
    settings = person();
}

/* The control of all that follows: it is kept, and found by the next process. */
static void check_that_it_is_kept(void) {
    CHECK(setenv("HOME", home, 1) == 0);
    CHECK_INT(in_a_child(expect_asked, NULL), 0);
    CHECK_INT(in_a_child(expect_stored, NULL), 0);
}

static void without_a_home(void) {
    char path[1200];
    start();
    CHECK(unsetenv("HOME") == 0);
    CHECK_INT(in_a_child(expect_asked, "neither XDG_CACHE_HOME nor HOME"), 0);
    snprintf(path, sizeof path, "%s/nobody", sandbox_get("ca_file")); /* below a file: nobody can make it */
    CHECK(setenv("HOME", path, 1) == 0);
    CHECK_INT(in_a_child(expect_asked, "no directory"), 0);
    CHECK(setenv("HOME", "/proc/nobody", 1) == 0);
    CHECK_INT(in_a_child(expect_asked, "cannot be made"), 0);
    check_that_it_is_kept();
}

/* One that is not there yet is made, for this user alone. */
static void with_a_home_that_is_not_there(void) {
    char path[700];
    struct stat about;
    start();
    CHECK(rmdir(home) == 0);
    check_that_it_is_kept();
    snprintf(path, sizeof path, "%s/.cache/rs_auth", home);
    CHECK(stat(path, &about) == 0);
    CHECK_INT(about.st_mode & 0777, 0700);
}

/* capset(2): modes of files hold for root too. */
static void obey_modes(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct nothing[2] = {{0, 0, 0}, {0, 0, 0}};
    CHECK(syscall(SYS_capset, &header, nothing) == 0);
}

static void expect_asked_without_rights(const char *warning) {
    obey_modes();
    expect_asked(warning);
}

static void with_a_home_that_is_read_only(void) {
    start();
    CHECK(chmod(home, 0500) == 0);
    CHECK_INT(in_a_child(expect_asked_without_rights, "cannot be made"), 0);
    CHECK(chmod(home, 0700) == 0);
    check_that_it_is_kept();
}

static void expect_asked_on_a_full_disk(const char *warning) {
    struct rlimit limit = {512, 512};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    expect_asked(warning);
}

static void write_too_much(const char *path) {
    struct rlimit limit = {512, 512};
    char bytes[1024] = {0};
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0 && setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(write(file, bytes, sizeof bytes) == 512);
    CHECK(write(file, bytes, 1) == 1); /* it does not come so far */
}

/* A quota, in the way that any process may set itself one. Its default signal ends the process, and must not come of a
   login. */
static void on_a_disk_that_is_full(void) {
    static char path[700];
    int status;
    start();
    CHECK(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    snprintf(path, sizeof path, "%s/much", test_directory());
    status = in_a_child(write_too_much, path); /* the control */
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    CHECK_INT(in_a_child(expect_asked_on_a_full_disk, "cannot be kept on disk"), 0);
    CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK_INT(in_a_child(expect_asked_on_a_full_disk, "cannot be kept on disk"), 0);
    check_that_it_is_kept();
}

static void check_nothing_pending(void) {
    sigset_t pending;
    CHECK(sigpending(&pending) == 0);
    CHECK_INT(sigismember(&pending, SIGXFSZ) + sigismember(&pending, SIGPIPE), 0);
}

/* On the threads of the host too: a line of the log, what is forgotten, a failure. */
static void write_on_a_full_disk(const char *log) {
    struct rlimit limit = {0, 0};
    rs_auth_credentials *credentials = NULL;
    dsn wrong = settings;
    static witness self;
    CHECK(setenv("RS_AUTH_LOG_FILE", log, 1) == 0);
    sign_in(&self);
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    dsn_set(&wrong, "plugin_name", "Otka");
    CHECK_INT(rs_auth_get_credentials(wrong.kv, wrong.len, NULL, &credentials, NULL), RS_AUTH_STATUS_UNKNOWN_PLUGIN);
    /* What cannot be noted is removed all the same. */
    CHECK_INT(rs_auth_forget(settings.kv, settings.len, NULL, NULL), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_forget_all(NULL), RS_AUTH_STATUS_OK);
    sign_in(&self);
    CHECK_INT(self.asked, 1);
    check_nothing_pending();
}

static void no_signal_of_a_full_disk(void) {
    char path[700];
    struct stat about;
    start();
    CHECK(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
    snprintf(path, sizeof path, "%s/login.log", test_directory());
    CHECK_INT(in_a_child(write_on_a_full_disk, path), 0);
    CHECK(stat(path, &about) == 0 && about.st_size > 0); /* the control: of the first login */
}

static int reader = -1;

static void stop_reading(void *user_data, int32_t level, const char *target, const char *message) {
    (void)user_data, (void)level, (void)target, (void)message;
    if (reader >= 0) close(reader);
    reader = -1;
}

/* Somebody reads the log through a pipe, and goes away during a login. */
static void log_to_a_pipe(const char *path) {
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials = NULL;
    dsn wrong = sandbox_keys("alice");
    char line[256];
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    CHECK(mkfifo(path, 0600) == 0 && setenv("RS_AUTH_LOG_FILE", path, 1) == 0);
    /* Nobody is there yet: a login does not wait for them. */
    CHECK_INT(rs_auth_get_credentials(wrong.kv, wrong.len, NULL, &credentials, NULL), RS_AUTH_STATUS_NOT_FOUND);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    CHECK(reader >= 0);
    CHECK_INT(rs_auth_get_credentials(wrong.kv, wrong.len, NULL, &credentials, NULL), RS_AUTH_STATUS_NOT_FOUND);
    CHECK(read(reader, line, sizeof line) > 0); /* the control */
    CHECK_INT(rs_auth_options_set_log_callback(options, stop_reading, RS_AUTH_LOG_TRACE, NULL), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_get_credentials(wrong.kv, wrong.len, options, &credentials, NULL), RS_AUTH_STATUS_NOT_FOUND);
    CHECK_INT(reader, -1);
    check_nothing_pending();
    rs_auth_options_free(options);
}

static void no_signal_of_a_pipe(void) {
    char path[700];
    start();
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    snprintf(path, sizeof path, "%s/pipe", test_directory());
    CHECK_INT(in_a_child(log_to_a_pipe, path), 0);
}

/* Files are made for this user alone by their own mode; a mask that takes the user's rights too must not leave what nobody
   can open. */
static void sign_in_with_a_mask(const char *unused) {
    (void)unused;
    umask(0777);
    expect_asked(NULL);
    CHECK_INT(umask(022), 0777);
}

static void sign_in_with_a_mask_and_without_rights(const char *unused) {
    obey_modes();
    sign_in_with_a_mask(unused);
}

static void expect_stored_without_rights(const char *unused) {
    obey_modes();
    expect_stored(unused);
}

static void with_a_mask_that_leaves_nothing(void) {
    start();
    CHECK_INT(in_a_child(sign_in_with_a_mask_and_without_rights, NULL), 0);
    CHECK_INT(in_a_child(expect_stored_without_rights, NULL), 0);
}

TEST_MAIN(TEST_CASE(without_a_home), TEST_CASE(with_a_home_that_is_not_there), TEST_CASE(with_a_home_that_is_read_only),
          TEST_CASE(on_a_disk_that_is_full), TEST_CASE(no_signal_of_a_full_disk), TEST_CASE(no_signal_of_a_pipe),
          TEST_CASE(with_a_mask_that_leaves_nothing))
