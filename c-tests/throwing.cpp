// A callback that throws breaks the contract of rs_auth.h. There is no way on from there, and none is taken: the process ends
// at once, with a line that says why, before any frame of the library's is left half done. (rs_auth.hpp carries exceptions of
// callbacks past the library: wrapper.cpp.)
#include <rs_auth.h>

#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

bool throwing;

void log_and_throw(void *, int32_t, const char *, const char *) {
    if (throwing) throw 7;
}

int32_t prove_and_throw(void *, const rs_auth_plugin_request *, rs_auth_plugin_reply *reply) {
    if (throwing) throw 7;
    return rs_auth_plugin_reply_set_native_token(reply, "token", "ACCESS_TOKEN", "Own", -1);
}

int32_t answer_and_throw(void *, rs_auth_event *) {
    if (throwing) throw 7;
    return RS_AUTH_EVENT_USE_DEFAULT;
}

// Signs in where a code is asked for; without an answer to the question that is refused.
dsn person() {
    static std::string port;
    dsn settings = sandbox_place();
    port = std::string(sandbox_get("https_url"));
    port.erase(0, port.rfind(':') + 1);
    dsn_set(&settings, "plugin_name", "ADFS");
    dsn_set(&settings, "idp_host", "127.0.0.1");
    dsn_set(&settings, "idp_port", port.c_str());
    dsn_set(&settings, "UID", "sms");
    dsn_set(&settings, "PWD", sandbox_get("people.sms.password"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

// Logs in, in a child, which tries to catch what it threw; returns how that ended. What it said stands in `said`.
int log_in(const dsn &settings, const rs_auth_options *options, rs_auth_status expected, std::string &said) {
    int ends[2];
    char bytes[4096];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    const pid_t pid = test_fork();
    if (pid == 0) {
        rs_auth_credentials *credentials = nullptr;
        dup2(ends[1], STDERR_FILENO);
        try {
            _Exit(rs_auth_get_credentials(settings.kv, settings.len, options, &credentials, nullptr) == expected ? 0 : 3);
        } catch (int) {
            _Exit(4); // it came through the library
        }
    }
    close(ends[1]);
    said.clear();
    for (ssize_t length; (length = read(ends[0], bytes, sizeof bytes)) > 0;) said.append(bytes, static_cast<size_t>(length));
    close(ends[0]);
    return test_wait(pid);
}

void check_callback(const dsn &settings, const rs_auth_options *options, rs_auth_status expected) {
    std::string said;
    throwing = false; // the control
    CHECK_INT(log_in(settings, options, expected, said), 0);
    CHECK(said.empty());
    throwing = true;
    const int status = log_in(settings, options, expected, said);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) FAIL("wait status %#x: %s", static_cast<unsigned>(status), said.c_str());
    CHECK(!said.empty()); // of Rust or of C++, whose frame it met first
}

void a_log_callback() {
    sandbox_start();
    dsn settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    rs_auth_options *options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_set_log_callback(options, log_and_throw, RS_AUTH_LOG_TRACE, nullptr), RS_AUTH_STATUS_OK);
    check_callback(settings, options, RS_AUTH_STATUS_OK);
    rs_auth_options_free(options);
}

void a_plugin() {
    dsn settings = {};
    dsn_set(&settings, "plugin_name", "Own");
    dsn_set(&settings, "Host", "localhost");
    rs_auth_options *options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_add_plugin(options, "Own", prove_and_throw, nullptr), RS_AUTH_STATUS_OK);
    check_callback(settings, options, RS_AUTH_STATUS_OK);
    rs_auth_options_free(options);
}

void an_event_callback() {
    sandbox_start();
    const dsn settings = person();
    rs_auth_options *options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_set_event_callback(options, answer_and_throw, nullptr), RS_AUTH_STATUS_OK);
    check_callback(settings, options, RS_AUTH_STATUS_MFA_REQUIRED);
    rs_auth_options_free(options);
}

} // namespace

TEST_MAIN(TEST_CASE(a_log_callback), TEST_CASE(a_plugin), TEST_CASE(an_event_callback))
