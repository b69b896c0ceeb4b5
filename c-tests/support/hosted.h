/* memory_host as a child of a test: a process that logs in, step by step. */
#ifndef HOSTED_H
#define HOSTED_H

#include <sys/types.h>

typedef struct hosted {
    pid_t process;
    int to, from;
} hosted;

/* Runs memory_host with settings in the file, given as "kv", "known", "string" or "utf16". */
hosted hosted_start(const char *how, const char *file);

/* Lets it go on, and waits for it to come to a step, which has to be this one. */
void hosted_go_on(const hosted *host, char step);

/* Waits for the end of the login, which has to be a C or an E. Each text that comes with it is shown to `visit`. */
void hosted_log_in(const hosted *host, char wanted, void (*visit)(const char *text));

/* Waits for its end, whatever step it is at. */
void hosted_end(const hosted *host);

#endif
