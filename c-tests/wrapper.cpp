// rs_auth.hpp: owners, exceptions, optional texts, callbacks that throw.
#include <rs_auth.hpp>

#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace std::chrono_literals;

rs_auth::settings settings_of(const dsn &pairs) {
    rs_auth::settings settings;
    for (std::size_t at = 0; at < pairs.len; at++) settings.add(pairs.kv[at].key, pairs.kv[at].value);
    return settings;
}

template <class Call> rs_auth::error failure_of(Call &&call) {
    try {
        call();
    } catch (const rs_auth::error &failure) {
        return failure;
    }
    FAIL("the call did not throw");
}

void login() {
    sandbox_start();
    const rs_auth::settings settings = settings_of(sandbox_keys("alice"));
    const rs_auth::credentials login = rs_auth::get_credentials(settings);
    CHECK(login.kind() == rs_auth::kind::db_password);
    CHECK(login.user() == "IAM:alice");
    CHECK(login.password().value().size() >= 8);
    CHECK(login.port() == 5439);
    CHECK(login.plugin() == "Static");
    CHECK(login.expires_at().value() > std::chrono::system_clock::now());
    CHECK(!login.token().has_value());
    CHECK(!login.from_cache());
    CHECK(login.kv().size() >= 6);
    CHECK(!login.connection_string(static_cast<rs_auth::dialect>(99)).has_value());
    CHECK(rs_auth::merge(settings, login, rs_auth::dialect::libpq).find("user='IAM:alice'") != std::string::npos);
    CHECK(rs_auth::get_credentials(settings, rs_auth::options::none(), rs_auth_iam_keys_get_credentials).user() == "IAM:alice");
}

void strings() {
    sandbox_start();
    const dsn pairs = sandbox_keys("alice");
    char *text = dsn_text(&pairs);
    const std::string narrow(text);
    std::free(text);
    CHECK(rs_auth::get_credentials_from_string(narrow).user() == "IAM:alice");
    CHECK(rs_auth::get_credentials_from_utf16(std::u16string(narrow.begin(), narrow.end())).user() == "IAM:alice");
    CHECK(rs_auth::get_credentials_from_utf32(std::u32string(narrow.begin(), narrow.end())).user() == "IAM:alice");
    const rs_auth::kv_list list = rs_auth::parse_connection_string("A=b;C={d;}");
    CHECK_INT(list.size(), 2);
    CHECK(list.entries()[1] == rs_auth::kv_view("C", "d;"));
    CHECK_INT(failure_of([] { rs_auth::parse_connection_string(std::string_view("A=b\0C=d", 7)); }).status(),
              RS_AUTH_STATUS_INVALID_ARGUMENT);
}

void objects_move() {
    static_assert(!std::is_copy_constructible_v<rs_auth::credentials> && !std::is_copy_assignable_v<rs_auth::credentials>);
    static_assert(std::is_nothrow_move_constructible_v<rs_auth::credentials>);
    static_assert(std::is_nothrow_move_assignable_v<rs_auth::credentials>);
    static_assert(!std::is_copy_constructible_v<rs_auth::options> && std::is_move_constructible_v<rs_auth::options>);
    static_assert(!std::is_copy_constructible_v<rs_auth::cancel_token> && std::is_move_constructible_v<rs_auth::cancel_token>);
    static_assert(std::is_nothrow_copy_constructible_v<rs_auth::error>); // an exception has to be
    sandbox_start();
    const rs_auth::settings settings = settings_of(sandbox_keys("alice"));
    rs_auth::credentials first = rs_auth::get_credentials(settings);
    const std::string_view password = first.password().value();
    rs_auth::credentials second = std::move(first);
    CHECK(second.password().value().data() == password.data());
    first = rs_auth::get_credentials(settings);
    CHECK(first.from_cache());
    // Callbacks move with their options.
    int lines = 0;
    rs_auth::options original;
    original.log([&](rs_auth::log_level, std::string_view, std::string_view) { lines++; }, rs_auth::log_level::trace);
    const rs_auth::options moved = std::move(original);
    rs_auth::get_credentials(settings_of(sandbox_keys("bob")), moved);
    CHECK(lines > 0);
}

void settings_of_any_pairs() {
    const std::map<std::string, std::string> map = {{"A", "1"}, {"B", "2"}};
    const std::vector<std::pair<const char *, const char *>> vector = {{"A", "1"}};
    CHECK_INT(rs_auth::settings(map).size(), 2);
    CHECK_INT(rs_auth::settings(vector).size(), 1);
    CHECK_TEXT(rs_auth::settings({{"A", "1"}, {"B", "2"}}).c_array()[1].value, "2");
    CHECK(!rs_auth::wants_login({{"UID", "alice"}, {"PWD", "x"}}));
    CHECK(rs_auth::wants_login({{"IAM", "1"}}));
}

void errors() {
    sandbox_start();
    dsn pairs = sandbox_keys("alice");
    dsn_set(&pairs, "ClusterId", "no-such-cluster");
    const rs_auth::error failure = failure_of([&] { rs_auth::get_credentials(settings_of(pairs)); });
    CHECK_INT(failure.status(), RS_AUTH_STATUS_NOT_FOUND);
    CHECK(failure.sqlstate() == "08001");
    CHECK(failure.stage() == "redshift");
    CHECK(failure.message() == failure.what());
    CHECK_CONTAINS(failure.what(), "no-such-cluster");
    CHECK(failure.short_text().size() <= 250);
    CHECK(failure.http_status().has_value() && failure.request_id().has_value() && failure.service_code().has_value());
    CHECK(!failure.retryable());
    CHECK(rs_auth::status_name(failure.status()) == "RS_AUTH_STATUS_NOT_FOUND");
    const rs_auth::error copy = failure; // shares what it holds
    CHECK(copy.short_text().data() == failure.short_text().data());
    const rs_auth::error other = failure_of([] { rs_auth::get_credentials({{"plugin_name", "Otka"}}); });
    CHECK_INT(other.status(), RS_AUTH_STATUS_UNKNOWN_PLUGIN);
    CHECK(!other.http_status().has_value() && !other.request_id().has_value());
}

struct own_exception : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class Call> void check_own_exception(Call &&call) {
    try {
        call();
    } catch (const own_exception &thrown) {
        CHECK_TEXT(thrown.what(), "from a callback");
        return;
    }
    FAIL("the exception did not arrive");
}

void log_callback_throws() {
    sandbox_start();
    const rs_auth::settings settings = settings_of(sandbox_keys("alice"));
    rs_auth::options options;
    int lines = 0;
    options.log(
        [&](rs_auth::log_level, std::string_view, std::string_view) {
            lines++;
            throw own_exception("from a callback");
        },
        rs_auth::log_level::trace);
    check_own_exception([&] { rs_auth::get_credentials(settings, options); });
    CHECK_INT(lines, 1);
    options.log(nullptr);
    CHECK(rs_auth::get_credentials(settings, options).user() == "IAM:alice");
}

void plugin_throws_and_answers() {
    const rs_auth::settings settings = {{"plugin_name", "vault"}, {"Host", "localhost"}, {"Database", "dev"}, {"path", "kv"}};
    rs_auth::options options;
    options.plugin("Vault", [](const rs_auth::plugin_request &, rs_auth::plugin_reply &) -> rs_auth::plugin_result {
        throw own_exception("from a callback");
    });
    check_own_exception([&] { rs_auth::get_credentials(settings, options); });
    options.plugin("Vault", [](const rs_auth::plugin_request &request, rs_auth::plugin_reply &reply) {
        CHECK(request.get("PATH") == "kv");
        CHECK(!request.get("absent").has_value());
        reply.native_token("the-token", "ACCESS_TOKEN", "Vault", std::chrono::system_clock::now() + 1h);
        return rs_auth::plugin_result::answered;
    });
    const rs_auth::credentials login = rs_auth::get_credentials(settings, options);
    CHECK(login.kind() == rs_auth::kind::native_token);
    CHECK(login.token() == "the-token" && login.token_type() == "ACCESS_TOKEN" && login.idp_type() == "Vault");
    CHECK(!login.password().has_value());
    options.plugin("Vault", [](const rs_auth::plugin_request &, rs_auth::plugin_reply &reply) {
        reply.failure(RS_AUTH_STATUS_IDP_REJECTED, "the vault is sealed");
        return rs_auth::plugin_result::answered;
    });
    const rs_auth::error failure = failure_of([&] { rs_auth::get_credentials(settings, options); });
    CHECK_INT(failure.status(), RS_AUTH_STATUS_IDP_REJECTED);
    CHECK_CONTAINS(failure.what(), "the vault is sealed");
}

void event_callback_throws() {
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 1, R"({"delay":{"ms":500}})");
    const rs_auth::settings settings = settings_of(sandbox_keys("alice"));
    std::thread leader([&] { CHECK(rs_auth::get_credentials(settings).user() == "IAM:alice"); });
    sandbox_await_requests("GetClusterCredentials", 1);
    rs_auth::options options;
    options.events([](rs_auth::event &event) -> rs_auth::event_result {
        CHECK(event.kind() == rs_auth::event_kind::waiting);
        CHECK(event.choices().empty() && !event.url().has_value());
        throw own_exception("from a callback");
    });
    check_own_exception([&] { rs_auth::get_credentials(settings, options); });
    leader.join();
}

void cancel_and_deadline() {
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 0, R"("stall")");
    const rs_auth::settings settings = settings_of(sandbox_keys("alice"));
    rs_auth::options options;
    CHECK_INT(failure_of([&] { rs_auth::get_credentials(settings, options.timeout(100ms)); }).status(), RS_AUTH_STATUS_TIMEOUT);
    CHECK_INT(failure_of([&] { options.timeout(-1ms); }).status(), RS_AUTH_STATUS_INVALID_ARGUMENT);
    const rs_auth::cancel_token token;
    options.timeout(20s).cancelled_by(token);
    const int before = sandbox_requests("GetClusterCredentials");
    std::thread other([&] {
        sandbox_await_requests("GetClusterCredentials", before + 1);
        token.cancel();
    });
    CHECK_INT(failure_of([&] { rs_auth::get_credentials(settings, options); }).status(), RS_AUTH_STATUS_CANCELLED);
    other.join();
}

void versions() {
    CHECK_INT(rs_auth::abi_version(), RS_AUTH_ABI_VERSION);
    CHECK(rs_auth::version() == rs_auth_version());
    CHECK(rs_auth::plugins().size() == rs_auth_plugin_count());
    CHECK(!rs_auth::catalogue().empty());
}

} // namespace

TEST_MAIN(TEST_CASE(login), TEST_CASE(strings), TEST_CASE(objects_move), TEST_CASE(settings_of_any_pairs), TEST_CASE(errors),
          TEST_CASE(log_callback_throws), TEST_CASE(plugin_throws_and_answers), TEST_CASE(event_callback_throws),
          TEST_CASE(cancel_and_deadline), TEST_CASE(versions))
