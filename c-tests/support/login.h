/* Logins that have to succeed or to fail, through the library that the program is linked with. */
#ifndef LOGIN_H
#define LOGIN_H

#include "dsn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Logs in; a failure fails the test with the library's words. */
rs_auth_credentials *dsn_login(const dsn *settings, const rs_auth_options *options);

/* A login that must fail with `status`; the caller frees the error. */
rs_auth_error *dsn_refused(const dsn *settings, const rs_auth_options *options, rs_auth_status status);

#ifdef __cplusplus
}
#endif
#endif
