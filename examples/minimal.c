#include <rs_auth.h>
#include <stdio.h>

int main(void) {
    const rs_auth_dsn_kv dsn[] = {{"Host", "warehouse.abc123xyz789.us-east-1.redshift.amazonaws.com"},
                                  {"Database", "dev"},
                                  {"Profile", "analytics"}, /* of ~/.aws/config */
                                  {"DbUser", "alice"}};
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status = rs_auth_get_credentials(dsn, sizeof dsn / sizeof *dsn, NULL, &credentials, &error);
    if (status == RS_AUTH_STATUS_OK) /* and rs_auth_credentials_password(credentials) goes to the server */
        printf("connect to %s as %s\n", rs_auth_credentials_host(credentials), rs_auth_credentials_user(credentials));
    else
        fprintf(stderr, "%s [%s]\n", rs_auth_error_message(error), rs_auth_error_sqlstate(error));
    rs_auth_credentials_free(credentials); /* wipes the password; NULL is allowed */
    rs_auth_error_free(error);
    return status != RS_AUTH_STATUS_OK;
}
