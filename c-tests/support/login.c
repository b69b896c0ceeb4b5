#include "login.h"
#include "test.h"

rs_auth_credentials *dsn_login(const dsn *settings, const rs_auth_options *options) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status = rs_auth_get_credentials(settings->kv, settings->len, options, &credentials, &error);
    if (status != RS_AUTH_STATUS_OK) {
        FAIL("%s: %s", rs_auth_status_name(status), rs_auth_error_message(error));
    }
    CHECK(credentials != NULL && error == NULL);
    return credentials;
}

rs_auth_error *dsn_refused(const dsn *settings, const rs_auth_options *options, rs_auth_status status) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status got = rs_auth_get_credentials(settings->kv, settings->len, options, &credentials, &error);
    if (got != status) {
        FAIL("%s, not %s: %s", rs_auth_status_name(got), rs_auth_status_name(status),
             error != NULL ? rs_auth_error_message(error) : "no error");
    }
    CHECK(credentials == NULL && error != NULL);
    CHECK_INT(rs_auth_error_status(error), status);
    return error;
}
