/* Two C and two C++ files of one program, each with every header twice: no symbol is defined by a header. */
#include <rs_auth.h>
#include <rs_auth_dl.h>
#include <rs_auth.h>
#include <rs_auth_dl.h>

#include "support/test.h"

int loaded_by_b(const char *path);
int checked_by_c(const char *path);
int checked_by_d(void);

static void in_four_files(void) {
    rs_auth_api api;
    const char *missing = NULL;
    const char *path = test_environment("RS_AUTH_LIBRARY");
    CHECK_INT(rs_auth_api_load(&api, path, &missing), 0);
    CHECK_INT(api.abi_version(), rs_auth_abi_version());
    CHECK_INT(loaded_by_b(path), RS_AUTH_ABI_VERSION);
    CHECK_INT(checked_by_c(path), RS_AUTH_ABI_VERSION);
    CHECK_INT(checked_by_d(), RS_AUTH_ABI_VERSION);
}

TEST_MAIN(TEST_CASE(in_four_files))
