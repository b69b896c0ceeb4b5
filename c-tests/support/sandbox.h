/* A sandbox of the case's own: started with it, ended with it, so that request logs and scripted faults are no other's. */
#ifndef SANDBOX_H
#define SANDBOX_H

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the program that RS_AUTH_SANDBOX names. It ends when this process does. */
void sandbox_start(void);

/* What the sandbox says of itself, by its path: "http_url", "keys.user.access_key_id". Not for several threads at once. */
const char *sandbox_get(const char *path);

/* How many requests for an operation, say "GetClusterCredentials", it had so far. */
int sandbox_requests(const char *operation);

/* Waits until it had so many. */
void sandbox_await_requests(const char *operation, int count);

/* Scripts a fault for the next `times` requests for `operation`; 0: all. `action` is JSON, for example
   "\"stall\"" or "{\"delay\":{\"ms\":100}}". */
void sandbox_fault(const char *operation, int times, const char *action);

/* A JWT that holds until 2100; STS takes it once it was told to. */
#define SANDBOX_TOKEN                                                                                                  \
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9"                                                                             \
    ".eyJzdWIiOiJjYW5hcnkiLCJlbWFpbCI6ImFsaWNlQGV4YW1wbGUuY29tIiwiZXhwIjo0MTAyNDQ0ODAwfQ"                              \
    ".YSBzaWduYXR1cmUgb2Ygbm9ib2R5LCB3aXRoIHNpeHRlZW4gYnl0ZXMgYW5kIG1vcmU"
void sandbox_accept_token(void);

/* Has it forget what it was sent. */
void sandbox_reset(void);

#ifdef __cplusplus
}
#endif
#endif
