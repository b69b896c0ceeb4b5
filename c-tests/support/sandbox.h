/* A sandbox of the case's own: started with it, ended with it, so that request logs and scripted faults are no other's. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <rs_auth.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the program that RS_AUTH_SANDBOX names. It ends when this process does. */
void sandbox_start(void);

/* A member of what the sandbox says of itself, "" if there is none. */
const char *sandbox_get(const char *name);

/* How many requests for an operation, say "GetClusterCredentials", it had so far. */
int sandbox_requests(const char *operation);

/* The request log, as JSON; the caller frees it. */
char *sandbox_log(void);

/* Waits until it had so many. */
void sandbox_await_requests(const char *operation, int count);

/* Scripts a fault for the next `times` requests for `operation`; 0: all. `action` is JSON, for example
   "\"stall\"" or "{\"delay\":{\"ms\":100}}". */
void sandbox_fault(const char *operation, int times, const char *action);

/* Key and value pairs of a DSN, in the order in which they were set. */
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

/* A connection string of the pairs, which the caller frees. */
char *dsn_text(const dsn *settings);

/* Logs in; a failure fails the test with the library's words. */
rs_auth_credentials *dsn_login(const dsn *settings, const rs_auth_options *options);

/* A login that must fail with `status`; the caller frees the error. */
rs_auth_error *dsn_refused(const dsn *settings, const rs_auth_options *options, rs_auth_status status);

#ifdef __cplusplus
}
#endif
#endif
