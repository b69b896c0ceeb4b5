/* Loads librs_auth at run time, as a driver would, and logs in.
 *
 *     login LIBRARY CONNECTION-STRING
 *
 * The connection string is an ODBC one ("Host=...;Profile=dev;DbUser=alice"), a DSN name ("DSN=Warehouse") or a URL
 * ("jdbc:redshift:iam://cluster:region/database?Profile=dev"). Built with: cc -std=c11 -I include login.c -ldl */
#include "rs_auth_dl.h"

#include <stdio.h>
#include <time.h>

static const char *or_none(const char *text) { return text != NULL ? text : "-"; }

/* ANCHOR: credentials */
static void print_credentials(const rs_auth_api *rs_auth, const rs_auth_credentials *credentials) {
    int64_t expires = rs_auth->credentials_expires_at_unix_ms(credentials);
    printf("user      %s\n", or_none(rs_auth->credentials_user(credentials)));
    /* Never the secret itself: terminals are logged. */
    printf("password  %s\n", rs_auth->credentials_password(credentials) != NULL ? "********" : "-");
    printf("token     %s\n", rs_auth->credentials_token(credentials) != NULL ? "********" : "-");
    printf("host      %s:%u\n", or_none(rs_auth->credentials_host(credentials)),
           (unsigned)rs_auth->credentials_port(credentials));
    printf("database  %s\n", or_none(rs_auth->credentials_database(credentials)));
    printf("method    %s\n", or_none(rs_auth->credentials_plugin(credentials)));
    if (expires >= 0) {
        char text[32];
        time_t seconds = (time_t)(expires / 1000);
        if (strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", gmtime(&seconds)) > 0) printf("expires   %s\n", text);
    }
}
/* ANCHOR_END: credentials */

int main(int argc, char **argv) {
    rs_auth_api rs_auth;
    const char *reason = NULL;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;

    if (argc != 3) {
        fprintf(stderr, "usage: %s library connection-string\n", argv[0]);
        return 2;
    }
    /* ANCHOR: load */
    if (rs_auth_api_load(&rs_auth, argv[1], &reason) != 0) {
        fprintf(stderr, "librs_auth cannot be used: %s\n", reason);
        return 1;
    }
    printf("library   librs_auth %s\n", rs_auth.version());
    /* ANCHOR_END: load */
    /* ANCHOR: login */
    status = rs_auth.get_credentials_from_string(argv[2], NULL, &credentials, &error);
    if (status == RS_AUTH_STATUS_OK) {
        print_credentials(&rs_auth, credentials);
    } else {
        fprintf(stderr, "%s [%s]: %s\n", rs_auth.status_name(status), or_none(rs_auth.error_sqlstate(error)),
                or_none(rs_auth.error_message(error)));
        if (rs_auth.error_hint(error) != NULL) fprintf(stderr, "hint: %s\n", rs_auth.error_hint(error));
    }
    rs_auth.credentials_free(credentials);
    rs_auth.error_free(error);
    /* ANCHOR_END: login */
    return status == RS_AUTH_STATUS_OK ? 0 : 1;
}
