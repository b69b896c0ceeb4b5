/* What the measurements share: the library loaded at run time as a driver manager does, a DSN from the command line, what the
   kernel says of the process. Every measurement prints one line of JSON. */
#ifndef BENCH_H
#define BENCH_H

#include <rs_auth_dl.h>

#define SETTINGS_ROOM 48

typedef struct settings {
    rs_auth_dsn_kv kv[SETTINGS_ROOM];
    size_t len;
} settings;

typedef struct bench {
    rs_auth_api api;
    double load_ms;
    settings dsn;
} bench;

/* A measurement: its name, and what runs it with the words after the name. */
int bench_load(int argc, char **argv);
int bench_fresh(int argc, char **argv);
int bench_again(int argc, char **argv);
int bench_cached(int argc, char **argv);
int bench_crowd(int argc, char **argv);
int bench_repeat(int argc, char **argv);

/* Loads the library and takes each "Key=Value" from `words` on. */
bench bench_begin(const char *library, int count, char **words);

/* A key in place of what it was; the strings are kept as pointers. */
void bench_set(settings *dsn, const char *key, const char *value);

/* Options with a cache policy. */
rs_auth_options *bench_options(const bench *it, int cache);

/* A login that has to succeed. */
rs_auth_credentials *bench_login(const bench *it, const settings *dsn, const rs_auth_options *options);

/* The same, and away with it. */
void bench_log_in(const bench *it, const rs_auth_options *options);

/* A number of /proc/self/status, such as "VmRSS:", in kilobytes where it is one of memory. */
long bench_status(const char *name);

/* A whole number from the command line, at least one. */
int bench_count(const char *word);

#endif
