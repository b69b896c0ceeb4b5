/* A small test frame: every case runs in a process of its own, so that a crash, a signal disposition or an environment
   variable of one is no other's. `program --list` names the cases, `program name` runs one. */
#ifndef TEST_H
#define TEST_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct test_case {
    const char *name;
    void (*run)(void);
} test_case;

#define TEST_CASE(name) { #name, name }
#define TEST_MAIN(...)                                                                                                 \
    int main(int argc, char **argv) {                                                                                  \
        static const test_case cases[] = {__VA_ARGS__, {NULL, NULL}};                                                  \
        return test_main(argc, argv, cases);                                                                           \
    }

int test_main(int argc, char **argv, const test_case *cases);

/* Ends the process with what is printed; in any thread, in a forked child too. */
void test_fail(const char *file, int line, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4), noreturn))
#endif
    ;

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) FAIL("%s does not hold", #condition);                                                        \
    } while (0)
#define CHECK_INT(actual, expected) test_check_int(__FILE__, __LINE__, #actual, (intmax_t)(actual), (intmax_t)(expected))
#define CHECK_TEXT(actual, expected) test_check_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_CONTAINS(text, part) test_check_contains(__FILE__, __LINE__, #text, (text), (part), 1)
#define CHECK_LACKS(text, part) test_check_contains(__FILE__, __LINE__, #text, (text), (part), 0)

void test_check_int(const char *file, int line, const char *what, intmax_t actual, intmax_t expected);
/* NULL equals NULL only. */
void test_check_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void test_check_contains(const char *file, int line, const char *what, const char *text, const char *part, int wanted);

/* Milliseconds of a clock that only goes forward. */
double test_now_ms(void);
void test_sleep_ms(unsigned milliseconds);

/* A variable of the environment that has to be there. */
const char *test_environment(const char *name);

/* A new directory of the case's own; writes a file into it and returns its path, which the caller frees. */
const char *test_directory(void);
char *test_write_file(const char *name, const char *content);

/* As fork: 0 in the child. The child ends within 30 seconds, if it does not set another alarm. */
pid_t test_fork(void);
/* How a child ended, as waitpid tells it. */
int test_wait(pid_t child);

/* Entries of /proc/self/task and /proc/self/fd. */
int test_count_threads(void);
int test_count_descriptors(void);

#ifdef __cplusplus
}
#endif
#endif
