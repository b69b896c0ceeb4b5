#include "sandbox.h"
#include "http.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

static char description[16384]; /* one line of JSON */

void sandbox_start(void) {
    char program[4096], directory[512];
    char *arguments[] = {program, "--json", "--until-stdin-closes", "--dir", directory, NULL};
    int input[2], output[2], failed;
    posix_spawn_file_actions_t actions;
    pid_t child;
    FILE *lines;
    snprintf(program, sizeof program, "%s", test_environment("RS_AUTH_SANDBOX"));
    snprintf(directory, sizeof directory, "%s", test_directory());
    /* The ends that stay here are not inherited: what ends the sandbox is that no one holds its standard input. */
    CHECK(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    CHECK(posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO) == 0);
    failed = posix_spawn(&child, program, &actions, NULL, arguments, environ);
    if (failed != 0) FAIL("%s: %s", program, strerror(failed));
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    lines = fdopen(output[0], "r");
    CHECK(lines != NULL);
    if (fgets(description, (int)sizeof description, lines) == NULL) FAIL("%s said nothing", program);
    CHECK(strchr(description, '\n') != NULL);
    fclose(lines);
}

/* Copies a JSON string without its escapes; the sandbox's own are of the two-character kind. */
static char *unescaped(const char *text) {
    char *copy = malloc(strlen(text) + 1), *to = copy;
    CHECK(copy != NULL);
    for (; *text != '\0' && *text != '"'; text++) {
        if (*text == '\\') text++;
        *to++ = *text;
    }
    *to = '\0';
    return copy;
}

const char *sandbox_get(const char *name) {
    static struct {
        char *name, *value;
    } known[64];
    char quoted[128];
    const char *found;
    size_t at = 0;
    while (at < 64 && known[at].name != NULL) {
        if (strcmp(known[at].name, name) == 0) return known[at].value;
        at++;
    }
    CHECK(at < 64);
    snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    found = strstr(description, quoted);
    if (found == NULL) FAIL("the sandbox does not tell %s: %s", name, description);
    known[at].name = strdup(name);
    known[at].value = unescaped(found + strlen(quoted));
    return known[at].value;
}

char *sandbox_log(void) { return http_request(sandbox_get("http"), "GET", "/_sandbox/requests", NULL); }

int sandbox_requests(const char *operation) {
    char wanted[128];
    char *log = sandbox_log();
    const char *at = log;
    int count = 0;
    snprintf(wanted, sizeof wanted, "\"operation\":\"%s\"", operation);
    while ((at = strstr(at, wanted)) != NULL) {
        at += strlen(wanted);
        count++;
    }
    free(log);
    return count;
}

void sandbox_await_requests(const char *operation, int count) {
    double limit = test_now_ms() + 20000;
    while (sandbox_requests(operation) < count) {
        if (test_now_ms() > limit) FAIL("the sandbox had no %d requests for %s", count, operation);
        test_sleep_ms(2);
    }
}

void sandbox_fault(const char *operation, int times, const char *action) {
    char json[512];
    int length = snprintf(json, sizeof json, "{\"operation\":\"%s\",\"times\":%d,\"action\":%s}", operation, times, action);
    CHECK(length > 0 && (size_t)length < sizeof json);
    free(http_request(sandbox_get("http"), "POST", "/_sandbox/faults", json));
}

void dsn_set(dsn *settings, const char *key, const char *value) {
    size_t at = 0;
    while (at < settings->len && strcmp(settings->kv[at].key, key) != 0) at++;
    CHECK(at < DSN_ROOM);
    settings->kv[at].key = key;
    settings->kv[at].value = value;
    if (at == settings->len) settings->len++;
}

dsn sandbox_place(void) {
    dsn settings = {.len = 0};
    dsn_set(&settings, "EndPointUrl", sandbox_get("http"));
    dsn_set(&settings, "StsEndpointUrl", sandbox_get("http"));
    dsn_set(&settings, "ClusterId", "sandbox-cluster");
    dsn_set(&settings, "Region", "us-east-1");
    dsn_set(&settings, "Database", "dev");
    return settings;
}

dsn sandbox_keys(const char *user) {
    dsn settings = sandbox_place();
    dsn_set(&settings, "AccessKeyID", sandbox_get("access_key_id"));
    dsn_set(&settings, "SecretAccessKey", sandbox_get("secret_access_key"));
    dsn_set(&settings, "DbUser", user);
    return settings;
}

char *dsn_text(const dsn *settings) {
    size_t room = 1, at;
    char *text, *to;
    for (at = 0; at < settings->len; at++) room += strlen(settings->kv[at].key) + 2 * strlen(settings->kv[at].value) + 4;
    text = to = malloc(room);
    CHECK(text != NULL);
    for (at = 0; at < settings->len; at++) {
        const char *value = settings->kv[at].value;
        to += sprintf(to, "%s={", settings->kv[at].key);
        for (; *value != '\0'; value++) {
            *to++ = *value;
            if (*value == '}') *to++ = '}';
        }
        *to++ = '}';
        *to++ = ';';
    }
    *to = '\0';
    return text;
}

rs_auth_credentials *dsn_login(const dsn *settings, const rs_auth_options *options) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status = rs_auth_get_credentials(settings->kv, settings->len, options, &credentials, &error);
    if (status != RS_AUTH_STATUS_OK) {
        FAIL("%s: %s", rs_auth_status_name(status), rs_auth_error_message(error));
    }
    CHECK(credentials != NULL && error == NULL);
    return credentials;
}

rs_auth_error *dsn_refused(const dsn *settings, const rs_auth_options *options, rs_auth_status status) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status got = rs_auth_get_credentials(settings->kv, settings->len, options, &credentials, &error);
    if (got != status) {
        FAIL("%s, not %s: %s", rs_auth_status_name(got), rs_auth_status_name(status),
             error != NULL ? rs_auth_error_message(error) : "no error");
    }
    CHECK(credentials == NULL && error != NULL);
    CHECK_INT(rs_auth_error_status(error), status);
    return error;
}
