#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int test_main(int argc, char **argv, const test_case *cases) {
    const test_case *found = NULL;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (; cases->name != NULL; cases++) puts(cases->name);
        return 0;
    }
    for (; cases->name != NULL; cases++) {
        if (argc == 2 && strcmp(argv[1], cases->name) == 0) found = cases;
    }
    if (found == NULL) {
        fprintf(stderr, "usage: %s --list | case\n", argv[0]);
        return 2;
    }
    found->run();
    printf("%s: ok\n", found->name);
    return 0;
}

void test_fail(const char *file, int line, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    fflush(NULL);
    _Exit(1);
}

void test_check_int(const char *file, int line, const char *what, intmax_t actual, intmax_t expected) {
    if (actual != expected) test_fail(file, line, "%s is %jd, not %jd", what, actual, expected);
}

void test_check_text(const char *file, int line, const char *what, const char *actual, const char *expected) {
    if (actual == NULL || expected == NULL ? actual != expected : strcmp(actual, expected) != 0) {
        test_fail(file, line, "%s is \"%s\", not \"%s\"", what, actual != NULL ? actual : "(NULL)",
                  expected != NULL ? expected : "(NULL)");
    }
}

void test_check_contains(const char *file, int line, const char *what, const char *text, const char *part, int wanted) {
    if (text == NULL) test_fail(file, line, "%s is NULL", what);
    if ((strstr(text, part) != NULL) != (wanted != 0)) {
        test_fail(file, line, "%s %s \"%s\": \"%s\"", what, wanted != 0 ? "lacks" : "holds", part, text);
    }
}

double test_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void test_sleep_ms(unsigned milliseconds) {
    struct timespec left = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

const char *test_environment(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || *value == '\0') FAIL("the environment has no %s", name);
    return value;
}

static char directory[256];

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *place) {
    (void)about, (void)kind, (void)place;
    return remove(path);
}

static void remove_directory(void) { nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS); }

const char *test_directory(void) {
    if (directory[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(directory, sizeof directory, "%s/rs-auth-test-XXXXXX", parent != NULL ? parent : "/tmp");
        if (mkdtemp(directory) == NULL) FAIL("%s: %s", directory, strerror(errno));
        atexit(remove_directory);
    }
    return directory;
}

char *test_write_file(const char *name, const char *content) {
    size_t room = strlen(test_directory()) + strlen(name) + 2;
    char *path = malloc(room);
    FILE *file;
    CHECK(path != NULL);
    snprintf(path, room, "%s/%s", test_directory(), name);
    file = fopen(path, "w");
    if (file == NULL) FAIL("%s: %s", path, strerror(errno));
    CHECK(fputs(content, file) >= 0);
    CHECK(fclose(file) == 0);
    return path;
}

static int count_entries(const char *path) {
    DIR *entries = opendir(path);
    int count = 0;
    CHECK(entries != NULL);
    while (readdir(entries) != NULL) count++;
    closedir(entries);
    return count - 2; /* "." and ".." */
}

pid_t test_fork(void) {
    pid_t child;
    fflush(NULL); /* what is not written yet would be written twice */
    child = fork();
    CHECK(child >= 0);
    if (child == 0) alarm(30);
    return child;
}

int test_wait(pid_t child) {
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(child, &status, 0);
    } while (ended < 0 && errno == EINTR);
    CHECK(ended == child);
    return status;
}

int test_count_threads(void) { return count_entries("/proc/self/task"); }

int test_count_descriptors(void) { return count_entries("/proc/self/fd") - 1; /* the one that is read from */ }
