/* The examples of the documentation, as programs: what they print and end with, at the sandbox. */
#include "support/dsn.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>
#include <sys/wait.h>

static dsn start(void) {
    sandbox_start();
    return sandbox_keys("alice");
}

/* Runs `program` with its arguments quoted for a shell, with nothing on standard input; returns both outputs. */
static char *run(int expected, const char *program, const char *first, const char *second) {
    char command[8192], *text = calloc(1, 16384);
    int length = snprintf(command, sizeof command, "'%s' %s%s%s %s%s%s 2>&1 </dev/null", program, first ? "'" : "",
                          first ? first : "", first ? "'" : "", second ? "'" : "", second ? second : "", second ? "'" : "");
    FILE *output;
    int status;
    CHECK(text != NULL && length > 0 && (size_t)length < sizeof command);
    output = popen(command, "r");
    CHECK(output != NULL && fread(text, 1, 16383, output) < 16383);
    status = pclose(output);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) FAIL("%s ended with %x: %s", program, (unsigned)status, text);
    return text;
}

/* What an example has to show of a login, and of one that is refused. `library` is NULL for what is linked with it. */
static void logs_in(const char *program, const char *library) {
    dsn settings = start();
    char *text = dsn_text(&settings), *printed;
    printed = library != NULL ? run(0, program, library, text) : run(0, program, text, NULL);
    CHECK_CONTAINS(printed, "user      IAM:alice\n");
    CHECK_CONTAINS(printed, "password  ********\n");
    CHECK_CONTAINS(printed, "database  dev\n");
    CHECK_CONTAINS(printed, "method    Static\n");
    CHECK_LACKS(printed, sandbox_get("keys.user.secret_access_key"));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    free(printed);
    free(text);
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    text = dsn_text(&settings);
    printed = library != NULL ? run(1, program, library, text) : run(1, program, text, NULL);
    CHECK_CONTAINS(printed, "RS_AUTH_STATUS_NOT_FOUND [08001]: ");
    CHECK_CONTAINS(printed, "no-such-cluster");
    free(printed);
    free(text);
    printed = run(2, program, NULL, NULL);
    CHECK_CONTAINS(printed, "usage: ");
    free(printed);
}

static void c_at_run_time(void) { logs_in(test_environment("RS_AUTH_EXAMPLE_LOGIN_C"), test_environment("RS_AUTH_LIBRARY")); }

static void c_without_a_library(void) {
    char *printed = run(1, test_environment("RS_AUTH_EXAMPLE_LOGIN_C"), "/nonexistent/librs_auth.so", "DSN=none");
    CHECK_CONTAINS(printed, "librs_auth cannot be used: ");
    free(printed);
}

static void cpp(void) { logs_in(test_environment("RS_AUTH_EXAMPLE_LOGIN_CPP"), NULL); }

/* The example of the README names a cluster of AWS: variables lead it to the sandbox. */
static void minimal(void) {
    char text[1024], *path, *printed;
    dsn settings = start();
    (void)settings;
    snprintf(text, sizeof text, "[profile analytics]\naws_access_key_id=%s\naws_secret_access_key=", sandbox_get("keys.user.access_key_id"));
    snprintf(text + strlen(text), sizeof text - strlen(text), "%s\n", sandbox_get("keys.user.secret_access_key"));
    path = test_write_file("config", text);
    CHECK(setenv("AWS_CONFIG_FILE", path, 1) == 0);
    free(path);
    snprintf(text, sizeof text, "EndPointUrl=%s;ClusterId=sandbox-cluster", sandbox_get("http_url"));
    CHECK(setenv("RS_AUTH_SETTINGS", text, 1) == 0);
    printed = run(0, test_environment("RS_AUTH_EXAMPLE_MINIMAL"), NULL, NULL);
    CHECK_TEXT(printed, "connect to warehouse.abc123xyz789.us-east-1.redshift.amazonaws.com as IAM:alice\n");
    free(printed);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    /* Without the profile there is nothing to sign with. */
    CHECK(setenv("AWS_CONFIG_FILE", "/nonexistent", 1) == 0);
    printed = run(1, test_environment("RS_AUTH_EXAMPLE_MINIMAL"), NULL, NULL);
    CHECK_CONTAINS(printed, "analytics");
    CHECK_CONTAINS(printed, "[HY024]");
    free(printed);
}

TEST_MAIN(TEST_CASE(minimal), TEST_CASE(c_at_run_time), TEST_CASE(c_without_a_library), TEST_CASE(cpp))
