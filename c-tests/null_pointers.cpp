// Every function of the list of symbols with every pointer NULL, one at a time, the others valid. The build writes
// functions.inc from cmake/symbols.txt, so that a new function is tested as soon as it is listed.
#include "null_values.hpp"

#include <rs_auth.h>

#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <cstring>
#include <pthread.h>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using Place = std::pair<std::string_view, std::size_t>;

// Where NULL is a value like another, beside `options`, `out_error` and `user_data`, which may be NULL everywhere.
const std::set<Place> allowed = {
    {"rs_auth_options_set_log_callback", 1},       {"rs_auth_options_set_event_callback", 1},
    {"rs_auth_options_set_cancel_token", 1},       {"rs_auth_options_set_cache_scope", 1},
    {"rs_auth_options_add_plugin", 2},             {"rs_auth_plugin_reply_set_native_token", 2},
    {"rs_auth_plugin_reply_set_native_token", 3},  {"rs_auth_plugin_reply_set_aws_keys", 3},
};

// What an accessor answers where it is not NULL, 0 or false. The others that return int32_t return a status.
bool is_number(std::string_view name) {
    return name == "rs_auth_credentials_kind" || name == "rs_auth_event_kind" || name == "rs_auth_error_http_status";
}

template <typename T> constexpr bool may_be_null =
    std::is_same_v<T, const rs_auth_options *> || std::is_same_v<T, rs_auth_error **> || std::is_same_v<T, void *>;

template <typename R> void check_result(const std::string &place, std::string_view name, R result, bool accepted) {
    if constexpr (std::is_pointer_v<R>) {
        if (result != nullptr) FAIL("%s: not NULL", place.c_str());
    } else if constexpr (std::is_same_v<R, rs_auth_status>) {
        if (name == "rs_auth_wants_login") {
            CHECK_INT(result, -1);
        } else if (is_number(name)) {
            if (result != 0) FAIL("%s: %d, not 0", place.c_str(), result);
        } else if ((result == RS_AUTH_STATUS_INVALID_ARGUMENT) == accepted) {
            FAIL("%s: %s", place.c_str(), rs_auth_status_name(result));
        }
    } else if constexpr (std::is_same_v<R, std::int64_t>) {
        if (result != -1) FAIL("%s: not -1", place.c_str());
    } else if (result != R{}) {
        FAIL("%s: not 0", place.c_str());
    }
}

template <std::size_t I, typename R, typename... A>
void call_with_null([[maybe_unused]] std::string_view name, [[maybe_unused]] R (*function)(A...)) {
    using Argument = std::tuple_element_t<I, std::tuple<A...>>;
    if constexpr (std::is_pointer_v<Argument>) {
        const std::string place = std::string(name) + ", argument " + std::to_string(I);
        const bool accepted = may_be_null<Argument> || allowed.count({name, I}) != 0;
        std::tuple<Value<A>...> values;
        std::get<I>(values).be_null();
        // Events, requests and replies are there inside their callbacks only.
        if (!std::apply([](Value<A> &...value) { return (value.there() && ...); }, values)) return;
        auto call = [&](Value<A> &...value) { return function(value.get()...); };
        if constexpr (std::is_void_v<R>) {
            std::apply(call, values);
        } else {
            R result = std::apply(call, values);
            // A length is still told without a place for the array.
            if (!(std::is_same_v<R, std::size_t> && I > 0)) check_result(place, name, result, accepted);
            const bool failed = std::is_same_v<R, rs_auth_status> && result != R{};
            std::apply([&](Value<A> &...value) { (value.check_out(place.c_str(), failed), ...); }, values);
        }
    }
}

template <typename R, typename... A, std::size_t... I>
void check_each([[maybe_unused]] std::string_view name, [[maybe_unused]] R (*function)(A...),
                std::index_sequence<I...>) {
    (call_with_null<I>(name, function), ...);
}

template <typename R, typename... A> void check(std::string_view name, R (*function)(A...)) {
    check_each(name, function, std::index_sequence_for<A...>{});
}

void check_all() {
#define FUNCTION(name) check(#name, name);
#include "functions.inc"
#undef FUNCTION
}

void every_function() {
    sandbox_start();
    dsn settings = sandbox_keys("alice");
    Objects::credentials = dsn_login(&settings, nullptr);
    dsn_set(&settings, "plugin_name", "NoSuchPlugin");
    Objects::error = dsn_refused(&settings, nullptr, RS_AUTH_STATUS_UNKNOWN_PLUGIN);
    CHECK_INT(rs_auth_parse_connection_string("A=b", &Objects::list, nullptr), RS_AUTH_STATUS_OK);
    check_all();
    rs_auth_kv_list_free(Objects::list);
    rs_auth_error_free(Objects::error);
    rs_auth_credentials_free(Objects::credentials);
}

int plugin_calls, event_calls;

std::int32_t in_plugin(void *, const rs_auth_plugin_request *request, rs_auth_plugin_reply *reply) {
    plugin_calls++;
    Objects::request = request;
    Objects::reply = reply;
#define FUNCTION(name) if (std::strncmp(#name, "rs_auth_plugin_re", 17) == 0) check(#name, name);
#include "functions.inc"
#undef FUNCTION
    Objects::request = nullptr;
    Objects::reply = nullptr;
    CHECK_INT(rs_auth_plugin_reply_set_native_token(reply, "token", nullptr, nullptr, -1), RS_AUTH_STATUS_OK);
    return 0;
}

void inside_a_plugin() {
    const rs_auth_dsn_kv kv[] = {{"plugin_name", "Own"}, {"Host", "localhost"}, {"Database", "dev"}};
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials = nullptr;
    CHECK_INT(rs_auth_options_add_plugin(options, "Own", in_plugin, nullptr), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_get_credentials(kv, 3, options, &credentials, nullptr), RS_AUTH_STATUS_OK);
    CHECK_INT(plugin_calls, 1);
    rs_auth_credentials_free(credentials);
    rs_auth_options_free(options);
}

std::int32_t in_event(void *, rs_auth_event *event) {
    event_calls++;
    Objects::event = event;
#define FUNCTION(name) if (std::strncmp(#name, "rs_auth_event_", 14) == 0) check(#name, name);
#include "functions.inc"
#undef FUNCTION
    Objects::event = nullptr;
    return RS_AUTH_EVENT_USE_DEFAULT;
}

void *lead(void *settings) {
    rs_auth_credentials_free(dsn_login(static_cast<dsn *>(settings), nullptr));
    return nullptr;
}

// The event that needs no identity provider: another thread is signing in.
void inside_an_event() {
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 1, R"({"delay":{"ms":500}})");
    dsn settings = sandbox_keys("alice");
    rs_auth_options *options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_set_event_callback(options, in_event, nullptr), RS_AUTH_STATUS_OK);
    pthread_t leader;
    CHECK(pthread_create(&leader, nullptr, lead, &settings) == 0);
    sandbox_await_requests("GetClusterCredentials", 1);
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK(pthread_join(leader, nullptr) == 0);
    CHECK(event_calls >= 1);
    rs_auth_options_free(options);
}

} // namespace

TEST_MAIN(TEST_CASE(every_function), TEST_CASE(inside_a_plugin), TEST_CASE(inside_an_event))
