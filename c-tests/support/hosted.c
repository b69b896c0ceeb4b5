#include "hosted.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

hosted hosted_start(const char *how, const char *file) {
    const char *program = test_environment("RS_AUTH_MEMORY_HOST");
    char *arguments[] = {(char *)program, (char *)how, (char *)file, NULL};
    int input[2], output[2], failed;
    posix_spawn_file_actions_t actions;
    hosted host;
    CHECK(pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    CHECK(posix_spawn_file_actions_init(&actions) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO) == 0);
    CHECK(posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO) == 0);
    failed = posix_spawn(&host.process, program, &actions, NULL, arguments, environ);
    if (failed != 0) FAIL("%s: %s", program, strerror(failed));
    posix_spawn_file_actions_destroy(&actions);
    close(input[0]);
    close(output[1]);
    host.to = input[1];
    host.from = output[0];
    return host;
}

static void receive(const hosted *host, void *bytes, size_t length) {
    char *to = bytes;
    while (length > 0) {
        ssize_t got = read(host->from, to, length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) FAIL("the host ended early");
        to += got;
        length -= (size_t)got;
    }
}

void hosted_go_on(const hosted *host, char step) {
    char reached;
    CHECK(write(host->to, "\n", 1) == 1);
    receive(host, &reached, 1);
    if (reached != step) FAIL("the host came to %c, not to %c", reached, step);
}

/* The next text, which the caller frees; NULL after the last. */
static char *receive_text(const hosted *host) {
    uint32_t length;
    char *text;
    receive(host, &length, sizeof length);
    if (length == 0) return NULL;
    text = malloc(length + 1);
    CHECK(text != NULL);
    receive(host, text, length);
    text[length] = '\0';
    return text;
}

void hosted_log_in(const hosted *host, char wanted, void (*visit)(const char *text)) {
    char reached, *text;
    receive(host, &reached, 1);
    while ((text = receive_text(host)) != NULL) {
        if (reached != wanted) FAIL("the login ended with %c: %s", reached, text);
        visit(text);
        free(text);
    }
    if (reached != wanted) FAIL("the login ended with %c", reached);
}

void hosted_end(const hosted *host) {
    int status;
    close(host->to);
    CHECK(waitpid(host->process, &status, 0) == host->process);
    CHECK_INT(status, 0);
    close(host->from);
}
