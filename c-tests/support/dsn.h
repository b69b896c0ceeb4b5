/* DSNs for the sandbox. */
#ifndef DSN_H
#define DSN_H

#include <rs_auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Key and value pairs, in the order in which they were set. */
#define DSN_ROOM 32
typedef struct dsn {
    rs_auth_dsn_kv kv[DSN_ROOM];
    size_t len;
} dsn;

/* Replaces a value or adds it. The strings are kept as pointers. */
void dsn_set(dsn *settings, const char *key, const char *value);

/* The sandbox's endpoints, cluster, database and region, without any identity. */
dsn sandbox_place(void);

/* The same with the access key of the sandbox's user and the database user `user`. */
dsn sandbox_keys(const char *user);

/* The same keys from a program (credential_process): a shell runs `script`, "exec cat" say, with the file of them as its last
   word. Uncached, so that every login runs it. */
dsn dsn_of_program(const char *script);

/* A connection string of the pairs, which the caller frees. */
char *dsn_text(const dsn *settings);

#ifdef __cplusplus
}
#endif
#endif
