#include <rs_auth.h>

#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"
#include <csetjmp>
#include <cstdio>

static void thrower(void *, int32_t, const char *, const char *) { throw 7; }
static jmp_buf out;
static void jumper(void *, int32_t, const char *, const char *) { longjmp(out, 1); }

static void throwing() {
    sandbox_start();
    dsn s = sandbox_keys("alice");
    rs_auth_options *o = rs_auth_options_new();
    rs_auth_options_set_log_callback(o, thrower, 5, nullptr);
    try { rs_auth_credentials_free(dsn_login(&s, o)); } catch (...) { puts("caught outside"); }
}
static void jumping() {
    sandbox_start();
    dsn s = sandbox_keys("alice");
    rs_auth_options *o = rs_auth_options_new();
    rs_auth_options_set_log_callback(o, jumper, 5, nullptr);
    if (setjmp(out) == 0) rs_auth_credentials_free(dsn_login(&s, o));
    else puts("jumped");
    rs_auth_credentials *c = nullptr; rs_auth_error *e = nullptr;
    printf("%d %s\n", rs_auth_get_credentials(s.kv, s.len, nullptr, &c, &e), e ? rs_auth_error_message(e) : "ok");
}
TEST_MAIN(TEST_CASE(throwing), TEST_CASE(jumping))
