#include "sandbox.h"
#include "http.h"
#include "json.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

static char description[32768]; /* one line of JSON */

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

const char *sandbox_get(const char *path) {
    static struct {
        char *path, *value;
    } known[32];
    size_t at = 0;
    while (at < 32 && known[at].path != NULL) {
        if (strcmp(known[at].path, path) == 0) return known[at].value;
        at++;
    }
    CHECK(at < 32);
    known[at].value = json_text(description, path);
    if (known[at].value == NULL) FAIL("the sandbox does not tell %s: %s", path, description);
    known[at].path = strdup(path);
    return known[at].value;
}

int sandbox_requests(const char *operation) {
    char wanted[128];
    char *log = http_request(sandbox_get("http_url"), "GET", "/_sandbox/requests", NULL);
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
    free(http_request(sandbox_get("http_url"), "POST", "/_sandbox/faults", json));
}

void sandbox_accept_token(void) {
    static const char world[] = "{\"web_identity_tokens\":[{\"token\":\"" SANDBOX_TOKEN "\",\"subject\":\"s\","
                                "\"issuer\":\"https://idp.example.com\",\"audience\":\"a\",\"expired\":false}]}";
    free(http_request(sandbox_get("http_url"), "PATCH", "/_sandbox/world", world));
}

void sandbox_reset(void) { free(http_request(sandbox_get("http_url"), "POST", "/_sandbox/reset", NULL)); }
