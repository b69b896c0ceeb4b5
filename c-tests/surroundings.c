/* What surrounds a host: a locale with a decimal comma, a working directory that is gone, a root without /etc. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static dsn over_tls(void) {
    dsn settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

/* Makes a locale with a decimal comma in the test's directory, since machines often have none but C. */
static void make_locale(void) {
    char command[1024];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >&2", test_directory());
    if (system(command) < 0) FAIL("%s", strerror(errno));
    CHECK(setenv("LOCPATH", test_directory(), 1) == 0);
}

static void a_decimal_comma(void) {
    dsn settings, wrong;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials;
    rs_auth_error *error;
    char number[16];
    sandbox_start();
    make_locale();
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) FAIL("no locale could be made: Debian's package is called locales");
    snprintf(number, sizeof number, "%.1f", 0.5);
    CHECK_TEXT(number, "0,5"); /* the control */
    settings = over_tls();
    credentials = dsn_login(&settings, NULL);
    CHECK(rs_auth_credentials_expires_at_unix_ms(credentials) > 1700000000000);
    CHECK_CONTAINS(rs_auth_credentials_connection_string(credentials, RS_AUTH_DIALECT_LIBPQ), "port='5439'");
    rs_auth_credentials_free(credentials);
    /* Texts are the same everywhere. */
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    CHECK_INT(rs_auth_options_set_timeout_ms(options, 250), RS_AUTH_STATUS_OK);
    error = dsn_refused(&settings, options, RS_AUTH_STATUS_TIMEOUT);
    CHECK_CONTAINS(rs_auth_error_message(error), "0.25 s");
    rs_auth_error_free(error);
    wrong = settings;
    dsn_set(&wrong, "IAMDuration", "900,5");
    rs_auth_error_free(dsn_refused(&wrong, NULL, RS_AUTH_STATUS_INVALID_SETTING));
    rs_auth_options_free(options);
}

static void a_working_directory_that_is_gone(void) {
    dsn settings, program;
    char path[600], here[600];
    sandbox_start();
    settings = over_tls();
    program = dsn_of_program("exec cat");
    snprintf(path, sizeof path, "%s/gone", test_directory());
    CHECK(mkdir(path, 0700) == 0 && chdir(path) == 0 && rmdir(path) == 0);
    CHECK(getcwd(here, sizeof here) == NULL && errno == ENOENT); /* the control */
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    rs_auth_credentials_free(dsn_login(&program, NULL));
    /* A path that begins there leads nowhere: that is told, and is no reason to fail. */
    dsn_set(&settings, "CaPath", "certificates");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK(chdir("/") == 0);
}

static void copy_file(const char *from, const char *to) {
    char bytes[65536];
    FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
    size_t length;
    CHECK(source != NULL && target != NULL);
    while ((length = fread(bytes, 1, sizeof bytes, source)) > 0) CHECK(fwrite(bytes, 1, length, target) == length);
    CHECK(fclose(source) == 0 && fclose(target) == 0);
}

/* A container made of one program: no resolv.conf, no passwd, no certificates, no /proc, no /dev, no /tmp. */
static void in_an_empty_root(void) {
    dsn settings = over_tls(), by_name, strangers;
    rs_auth_error *error;
    char root[600], path[700], url[64];
    snprintf(root, sizeof root, "%s/root", test_directory());
    snprintf(path, sizeof path, "%s/ca.pem", root);
    CHECK(mkdir(root, 0700) == 0);
    copy_file(sandbox_get("ca_file"), path);
    CHECK(unsetenv("SSL_CERT_FILE") == 0 && unsetenv("SSL_CERT_DIR") == 0);
    CHECK(chroot(root) == 0 && chdir("/") == 0);
    CHECK(access("/etc/resolv.conf", F_OK) != 0 && access("/proc/self", F_OK) != 0 && access("/dev/null", F_OK) != 0);
    dsn_set(&settings, "CaFile", "/ca.pem");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    /* No certificates but the DSN's: without them nobody is believed, and the words say so. */
    strangers = settings;
    dsn_set(&strangers, "CaFile", "");
    error = dsn_refused(&strangers, NULL, RS_AUTH_STATUS_TLS);
    printf("%s %s\n", rs_auth_error_message(error), rs_auth_error_hint(error));
    rs_auth_error_free(error);
    /* No name can be looked up. */
    by_name = settings;
    snprintf(url, sizeof url, "https://warehouse.invalid%s", strrchr(sandbox_get("https_url"), ':'));
    dsn_set(&by_name, "EndPointUrl", url);
    dsn_set(&by_name, "LoginTimeout", "20");
    error = dsn_refused(&by_name, NULL, RS_AUTH_STATUS_NETWORK);
    printf("%s\n", rs_auth_error_message(error));
    CHECK_CONTAINS(rs_auth_error_message(error), "warehouse.invalid");
    rs_auth_error_free(error);
}

static void an_empty_root(void) {
    pid_t pid;
    if (geteuid() != 0) {
        puts("skipped: only root may change its root");
        return;
    }
    sandbox_start();
    pid = test_fork();
    if (pid == 0) {
        alarm(60);
        in_an_empty_root();
        fflush(NULL);
        _Exit(0);
    }
    CHECK_INT(test_wait(pid), 0);
}

/* Sockets of ours may get the numbers of the standard streams where a host has closed those. What the host's own code prints
   then goes where it always went: nowhere. And what it opens in their place is not written to. */
static void numbers_of_the_standard_streams(void) {
    dsn settings;
    int round, stream;
    pid_t pid;
    char *paths[3] = {test_write_file("0", "zero"), test_write_file("1", "one"), test_write_file("2", "two")};
    struct stat about;
    sandbox_start();
    settings = over_tls();
    pid = test_fork();
    if (pid == 0) {
        setenv("RUST_BACKTRACE", "1", 1);
        for (stream = 0; stream < 3; stream++) close(stream);
        for (round = 0; round < 2; round++) {
            rs_auth_credentials *credentials = NULL;
            dsn wrong = settings;
            dsn_set(&wrong, "ClusterId", "no-such-cluster");
            if (rs_auth_get_credentials(settings.kv, settings.len, NULL, &credentials, NULL) != RS_AUTH_STATUS_OK) _Exit(3);
            rs_auth_credentials_free(credentials);
            if (rs_auth_get_credentials(wrong.kv, wrong.len, NULL, &credentials, NULL) != RS_AUTH_STATUS_NOT_FOUND) _Exit(4);
            for (stream = 0; stream < 3; stream++) {
                if (round == 0 && open(paths[stream], O_RDWR | O_APPEND | O_CLOEXEC) != stream) _Exit(5);
            }
        }
        _Exit(0);
    }
    CHECK_INT(test_wait(pid), 0);
    for (stream = 0; stream < 3; stream++) {
        CHECK(stat(paths[stream], &about) == 0);
        CHECK_INT(about.st_size, stream == 0 ? 4 : 3);
        free(paths[stream]);
    }
}

TEST_MAIN(TEST_CASE(a_decimal_comma), TEST_CASE(a_working_directory_that_is_gone), TEST_CASE(an_empty_root),
          TEST_CASE(numbers_of_the_standard_streams))
