/* Our static library beside another one of Rust's in one program. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

int other_rust_works(void);

static void both_work(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    CHECK_INT(other_rust_works(), 1);
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    rs_auth_credentials_free(credentials);
    CHECK_INT(other_rust_works(), 1);
}

TEST_MAIN(TEST_CASE(both_work))
