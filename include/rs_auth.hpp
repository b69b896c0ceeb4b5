/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/*
 * rs_auth for C++17: the functions of rs_auth.h with owners, exceptions and std::string_view. Header-only, over the linked
 * library.
 *
 *     try {
 *         auto login = rs_auth::get_credentials({{"IAM", "1"}, {"Host", host}, {"Profile", "dev"}});
 *         connect(login.host().value(), login.user().value(), login.password().value());
 *     } catch (const rs_auth::error &failure) {
 *         report(failure.sqlstate(), failure.what(), failure.hint());
 *     }
 *
 * Every failure is an rs_auth::error. Objects can be moved, not copied; one that was moved from may only be destroyed or
 * assigned to. Views live as long as the object that they came from. What rs_auth.h says of threads holds here too.
 *
 * An exception that leaves a callback does not cross the C library: it is kept, an event or plugin callback ends the call,
 * and it is thrown again out of the function that made the call. A log callback cannot end a call: the call goes on to its
 * next event or to its end, its result is dropped, and the exception is thrown again then.
 */
#ifndef RS_AUTH_HPP
#define RS_AUTH_HPP

#include "rs_auth.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rs_auth {

/** A text that may be absent. */
using optional_text = std::optional<std::string_view>;
/** A key and its value, borrowed. */
using kv_view = std::pair<std::string_view, std::string_view>;

enum class kind : std::int32_t {
    db_password = RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD,
    native_token = RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN,
    aws_keys = RS_AUTH_CREDENTIALS_KIND_AWS_KEYS
};

enum class dialect : std::int32_t {
    redshift_odbc = RS_AUTH_DIALECT_REDSHIFT_ODBC,
    psqlodbc = RS_AUTH_DIALECT_PSQLODBC,
    libpq = RS_AUTH_DIALECT_LIBPQ,
    url = RS_AUTH_DIALECT_URL
};

enum class cache : std::int32_t {
    standard = RS_AUTH_CACHE_DEFAULT,
    off = RS_AUTH_CACHE_OFF,
    memory = RS_AUTH_CACHE_MEMORY,
    refresh = RS_AUTH_CACHE_REFRESH
};

enum class log_level : std::int32_t {
    error = RS_AUTH_LOG_ERROR,
    warn = RS_AUTH_LOG_WARN,
    info = RS_AUTH_LOG_INFO,
    debug = RS_AUTH_LOG_DEBUG,
    trace = RS_AUTH_LOG_TRACE
};

/** A newer library may hand out kinds that are not listed here. */
enum class event_kind : std::int32_t {
    open_url = RS_AUTH_EVENT_OPEN_URL,
    device_code = RS_AUTH_EVENT_DEVICE_CODE,
    ask_otp = RS_AUTH_EVENT_ASK_OTP,
    show_number = RS_AUTH_EVENT_SHOW_NUMBER,
    push_sent = RS_AUTH_EVENT_PUSH_SENT,
    pick_role = RS_AUTH_EVENT_PICK_ROLE,
    pick_factor = RS_AUTH_EVENT_PICK_FACTOR,
    waiting = RS_AUTH_EVENT_WAITING,
    paste_url = RS_AUTH_EVENT_PASTE_URL
};

/** What an event callback returns; use_default for kinds it does not know. */
enum class event_result : std::int32_t {
    use_default = RS_AUTH_EVENT_USE_DEFAULT,
    handled = RS_AUTH_EVENT_HANDLED,
    abort = RS_AUTH_EVENT_ABORT
};

/** What a plugin callback returns. */
enum class plugin_result : std::int32_t { answered = 0, abort = RS_AUTH_EVENT_ABORT };

/** The name of a status: "RS_AUTH_STATUS_TIMEOUT". */
inline std::string_view status_name(rs_auth_status status) noexcept { return rs_auth_status_name(status); }

namespace detail {

inline optional_text text(const char *c_text) noexcept
{
    return c_text ? optional_text(c_text) : std::nullopt;
}

template <auto Free> struct freed_by {
    template <class T> void operator()(T *object) const noexcept { Free(object); }
};
template <class T, auto Free> using owner = std::unique_ptr<T, freed_by<Free>>;

using error_owner = owner<rs_auth_error, rs_auth_error_free>;
using string_owner = owner<char, rs_auth_string_free>;

} // namespace detail

/** Why a call failed. Copies share one immutable object; any thread may read it. */
class error : public std::runtime_error {
public:
    /** Takes over the error of a call; `failure` may be NULL where the function gives none. */
    error(rs_auth_status status, detail::error_owner failure)
        : std::runtime_error(failure ? rs_auth_error_message(failure.get()) : rs_auth_status_name(status)),
          status_(status), failure_(std::move(failure))
    {
    }
    error(rs_auth_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    /** RS_AUTH_STATUS_* */
    rs_auth_status status() const noexcept { return status_; }
    /** Five characters; empty if the function gave no more than a status. */
    std::string_view sqlstate() const noexcept { return of(rs_auth_error_sqlstate).value_or(""); }
    std::string_view message() const noexcept { return what(); }
    /** What to do about it. */
    optional_text hint() const noexcept { return of(rs_auth_error_hint); }
    /** Cause, code and hint in at most 250 bytes. */
    std::string_view short_text() const noexcept { return of(rs_auth_error_short_text).value_or(what()); }
    optional_text stage() const noexcept { return of(rs_auth_error_stage); }
    optional_text plugin() const noexcept { return of(rs_auth_error_plugin); }
    optional_text service_code() const noexcept { return of(rs_auth_error_service_code); }
    optional_text request_id() const noexcept { return of(rs_auth_error_request_id); }
    std::optional<std::int32_t> http_status() const noexcept
    {
        const std::int32_t status = rs_auth_error_http_status(failure_.get());
        return status ? std::optional<std::int32_t>(status) : std::nullopt;
    }
    /** Whether the same call may succeed when it is made again unchanged. */
    bool retryable() const noexcept { return rs_auth_error_is_retryable(failure_.get()); }

private:
    optional_text of(const char *(*accessor)(const rs_auth_error *)) const noexcept
    {
        return detail::text(accessor(failure_.get()));
    }

    rs_auth_status status_;
    std::shared_ptr<rs_auth_error> failure_;
};

namespace detail {

/** One call into the library on this thread, and the exception that a callback of it threw. */
class call {
public:
    call() noexcept : outer_(current()) { current() = this; }
    ~call() { current() = outer_; }
    call(const call &) = delete;
    call &operator=(const call &) = delete;

    rs_auth_error **out_error() noexcept { return &failure_; }

    /** Throws what a callback threw, or what the call failed with. */
    void finish(rs_auth_status status)
    {
        error_owner failure(failure_);
        failure_ = nullptr;
        if (thrown_)
            std::rethrow_exception(thrown_);
        if (status != RS_AUTH_STATUS_OK)
            throw error(status, std::move(failure));
    }

    /** Runs a callback: after an exception, now or earlier in this call, the answer is `otherwise`. */
    template <class Callback> static std::int32_t guarded(std::int32_t otherwise, Callback &&callback) noexcept
    {
        call *const innermost = current();
        if (innermost && innermost->thrown_)
            return otherwise;
        try {
            return callback();
        } catch (...) {
            if (innermost)
                innermost->thrown_ = std::current_exception();
            return otherwise;
        }
    }

private:
    static call *&current() noexcept
    {
        thread_local call *innermost = nullptr;
        return innermost;
    }

    call *outer_;
    rs_auth_error *failure_ = nullptr;
    std::exception_ptr thrown_;
};

/** For functions that give a status and nothing more. */
inline void check(rs_auth_status status, const char *function)
{
    if (status != RS_AUTH_STATUS_OK)
        throw error(status, std::string(function) + ": " + rs_auth_status_name(status));
}

/** A NUL-terminated copy. A NUL inside would silently cut the text for C. */
inline std::string terminated(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        throw error(RS_AUTH_STATUS_INVALID_ARGUMENT, "a text with a NUL in it cannot be passed on");
    return std::string(text);
}

inline std::vector<kv_view> views(const rs_auth_dsn_kv *entries, std::size_t count)
{
    std::vector<kv_view> result;
    result.reserve(count);
    for (std::size_t index = 0; index < count; ++index)
        result.emplace_back(entries[index].key, entries[index].value);
    return result;
}

} // namespace detail

/** Keys and values of a DSN: a copy, made from a list, a vector of pairs, a map, or anything else with pairs of texts. */
class settings {
public:
    settings() = default;
    settings(std::initializer_list<kv_view> pairs) : settings(pairs.begin(), pairs.end()) {}
    template <class Pairs, class = decltype(std::string_view(std::declval<const Pairs &>().begin()->second))>
    settings(const Pairs &pairs) : settings(pairs.begin(), pairs.end())
    {
    }
    template <class Iterator> settings(Iterator first, Iterator last)
    {
        for (; first != last; ++first)
            add(first->first, first->second);
    }

    settings &add(std::string_view key, std::string_view value)
    {
        pairs_.emplace_back(detail::terminated(key), detail::terminated(value));
        return *this;
    }

    std::size_t size() const noexcept { return pairs_.size(); }

    /** For C; valid while this object lives unchanged. */
    std::vector<rs_auth_dsn_kv> c_array() const
    {
        std::vector<rs_auth_dsn_kv> array;
        array.reserve(pairs_.size());
        for (const auto &pair : pairs_)
            array.push_back({pair.first.c_str(), pair.second.c_str()});
        return array;
    }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/** An owned list of keys and values. */
class kv_list {
public:
    explicit kv_list(rs_auth_kv_list *list) noexcept : list_(list) {}

    std::vector<kv_view> entries() const
    {
        const rs_auth_dsn_kv *entries = nullptr;
        const std::size_t count = rs_auth_kv_list_get(list_.get(), &entries);
        return detail::views(entries, count);
    }
    std::size_t size() const noexcept { return rs_auth_kv_list_get(list_.get(), nullptr); }

private:
    detail::owner<rs_auth_kv_list, rs_auth_kv_list_free> list_;
};

/** The result of a login. Destroying it wipes the secrets. */
class credentials {
public:
    explicit credentials(rs_auth_credentials *result) noexcept : result_(result) {}

    rs_auth::kind kind() const noexcept { return static_cast<rs_auth::kind>(rs_auth_credentials_kind(get())); }
    optional_text user() const noexcept { return of(rs_auth_credentials_user); }
    optional_text password() const noexcept { return of(rs_auth_credentials_password); }
    optional_text host() const noexcept { return of(rs_auth_credentials_host); }
    std::optional<std::uint16_t> port() const noexcept
    {
        const std::uint16_t port = rs_auth_credentials_port(get());
        return port ? std::optional<std::uint16_t>(port) : std::nullopt;
    }
    optional_text database() const noexcept { return of(rs_auth_credentials_database); }
    optional_text token() const noexcept { return of(rs_auth_credentials_token); }
    optional_text token_type() const noexcept { return of(rs_auth_credentials_token_type); }
    optional_text idp_type() const noexcept { return of(rs_auth_credentials_idp_type); }
    optional_text identity_namespace() const noexcept { return of(rs_auth_credentials_identity_namespace); }
    optional_text provider_name() const noexcept { return of(rs_auth_credentials_provider_name); }
    optional_text idc_client_display_name() const noexcept { return of(rs_auth_credentials_idc_client_display_name); }
    optional_text aws_access_key_id() const noexcept { return of(rs_auth_credentials_aws_access_key_id); }
    optional_text aws_secret_access_key() const noexcept { return of(rs_auth_credentials_aws_secret_access_key); }
    optional_text aws_session_token() const noexcept { return of(rs_auth_credentials_aws_session_token); }
    optional_text role_arn() const noexcept { return of(rs_auth_credentials_role_arn); }
    std::optional<std::chrono::system_clock::time_point> expires_at() const noexcept
    {
        const std::int64_t ms = rs_auth_credentials_expires_at_unix_ms(get());
        if (ms < 0)
            return std::nullopt;
        return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
    }
    bool from_cache() const noexcept { return rs_auth_credentials_from_cache(get()); }
    std::string_view plugin() const noexcept { return of(rs_auth_credentials_plugin).value_or(""); }

    /** The result as keywords of the Amazon Redshift ODBC driver. */
    std::vector<kv_view> kv() const
    {
        const rs_auth_dsn_kv *entries = nullptr;
        const std::size_t count = rs_auth_credentials_kv(get(), &entries);
        return detail::views(entries, count);
    }
    /** The result alone as a connection string; absent where the dialect cannot carry it. */
    optional_text connection_string(dialect in) const noexcept
    {
        return detail::text(rs_auth_credentials_connection_string(get(), static_cast<std::int32_t>(in)));
    }

    const rs_auth_credentials *get() const noexcept { return result_.get(); }

private:
    optional_text of(const char *(*accessor)(const rs_auth_credentials *)) const noexcept
    {
        return detail::text(accessor(get()));
    }

    detail::owner<rs_auth_credentials, rs_auth_credentials_free> result_;
};

/** Cancels the calls whose options it was given to. Any thread, any time. */
class cancel_token {
public:
    cancel_token() : token_(rs_auth_cancel_token_new())
    {
        if (!token_)
            throw std::bad_alloc();
    }

    void cancel() const noexcept { rs_auth_cancel_token_cancel(token_.get()); }
    const rs_auth_cancel_token *get() const noexcept { return token_.get(); }

private:
    detail::owner<rs_auth_cancel_token, rs_auth_cancel_token_free> token_;
};

/** Something that a login needs of a person. Lives during the callback only. */
class event {
public:
    explicit event(rs_auth_event *borrowed) noexcept : event_(borrowed) {}

    event_kind kind() const noexcept { return static_cast<event_kind>(rs_auth_event_kind(event_)); }
    std::string_view text() const noexcept { return detail::text(rs_auth_event_text(event_)).value_or(""); }
    optional_text url() const noexcept { return detail::text(rs_auth_event_url(event_)); }
    optional_text code() const noexcept { return detail::text(rs_auth_event_code(event_)); }
    std::vector<std::string_view> choices() const
    {
        std::vector<std::string_view> result;
        for (std::size_t index = 0; index < rs_auth_event_choice_count(event_); ++index)
            result.emplace_back(rs_auth_event_choice(event_, index));
        return result;
    }
    /** Counts if the callback then returns event_result::handled. */
    void answer(std::string_view text)
    {
        detail::check(rs_auth_event_answer(event_, detail::terminated(text).c_str()), "rs_auth_event_answer");
    }

private:
    rs_auth_event *event_;
};

/** What a plugin of the host's own is asked for. Lives during the callback only. */
class plugin_request {
public:
    explicit plugin_request(const rs_auth_plugin_request *borrowed) noexcept : request_(borrowed) {}

    /** The value of a key of the DSN in any spelling, keys that the library does not know too. */
    optional_text get(std::string_view key) const
    {
        return detail::text(rs_auth_plugin_request_get(request_, detail::terminated(key).c_str()));
    }

private:
    const rs_auth_plugin_request *request_;
};

/** Where a plugin of the host's own puts its answer. Lives during the callback only. */
class plugin_reply {
public:
    using time = std::optional<std::chrono::system_clock::time_point>;

    explicit plugin_reply(rs_auth_plugin_reply *borrowed) noexcept : reply_(borrowed) {}

    void saml_response(std::string_view base64)
    {
        const std::string copy = detail::terminated(base64);
        detail::check(rs_auth_plugin_reply_set_saml_response(reply_, copy.c_str()), "saml_response");
    }
    void web_identity_token(std::string_view jwt)
    {
        const std::string copy = detail::terminated(jwt);
        detail::check(rs_auth_plugin_reply_set_web_identity_token(reply_, copy.c_str()), "web_identity_token");
    }
    void native_token(std::string_view token, optional_text token_type = {}, optional_text idp_type = {}, time end = {})
    {
        const text copy(token), type(token_type), idp(idp_type);
        detail::check(rs_auth_plugin_reply_set_native_token(reply_, copy.c, type.c, idp.c, ms(end)), "native_token");
    }
    void aws_keys(std::string_view access_key_id, std::string_view secret_access_key, optional_text session_token = {},
                  time end = {})
    {
        const text id(access_key_id), secret(secret_access_key), session(session_token);
        detail::check(rs_auth_plugin_reply_set_aws_keys(reply_, id.c, secret.c, session.c, ms(end)), "aws_keys");
    }
    /** The call fails with this status and message. */
    void failure(rs_auth_status status, std::string_view message)
    {
        const std::string copy = detail::terminated(message);
        detail::check(rs_auth_plugin_reply_set_error(reply_, status, copy.c_str()), "failure");
    }

private:
    struct text {
        explicit text(optional_text given) : copy(detail::terminated(given.value_or(""))), c(given ? copy.c_str() : nullptr) {}
        std::string copy;
        const char *c;
    };
    static std::int64_t ms(time end)
    {
        using std::chrono::milliseconds;
        return end ? std::chrono::duration_cast<milliseconds>(end->time_since_epoch()).count() : -1;
    }

    rs_auth_plugin_reply *reply_;
};

/** What a host wants of a call besides its DSN. Every function returns the object, so that they can be chained. */
class options {
public:
    using log_callback = std::function<void(log_level, std::string_view target, std::string_view message)>;
    using event_callback = std::function<event_result(event &)>;
    using plugin_callback = std::function<plugin_result(const plugin_request &, plugin_reply &)>;

    options() : options_(rs_auth_options_new()), callbacks_(std::make_unique<callbacks>())
    {
        if (!options_)
            throw std::bad_alloc();
    }

    /** The limit of the whole call; zero: none. */
    options &timeout(std::chrono::milliseconds limit)
    {
        if (limit.count() < 0)
            throw error(RS_AUTH_STATUS_INVALID_ARGUMENT, "the timeout is negative");
        return done(rs_auth_options_set_timeout_ms(get(), static_cast<std::uint64_t>(limit.count())), "timeout");
    }
    /** The kinds of result that the host can use. */
    options &accept(std::initializer_list<kind> kinds)
    {
        std::uint32_t mask = 0;
        for (const kind each : kinds)
            mask |= std::uint32_t{1} << static_cast<std::uint32_t>(each);
        return done(rs_auth_options_set_accepted_kinds(get(), mask), "accept");
    }
    /** An empty function takes the setting back. */
    options &log(log_callback callback, log_level finest = log_level::info)
    {
        callbacks_->log = std::move(callback);
        return done(rs_auth_options_set_log_callback(get(), callbacks_->log ? on_log : nullptr,
                                                     static_cast<std::int32_t>(finest), callbacks_.get()),
                    "log");
    }
    /** An empty function takes the setting back. */
    options &events(event_callback callback)
    {
        callbacks_->event = std::move(callback);
        return done(rs_auth_options_set_event_callback(get(), callbacks_->event ? on_event : nullptr, callbacks_.get()),
                    "events");
    }
    /** The token may be destroyed before the options. */
    options &cancelled_by(const cancel_token &token)
    {
        return done(rs_auth_options_set_cancel_token(get(), token.get()), "cancelled_by");
    }
    options &cache(rs_auth::cache policy)
    {
        return done(rs_auth_options_set_cache(get(), static_cast<std::int32_t>(policy)), "cache");
    }
    /** Results are never shared between scopes; absent takes the setting back. */
    options &cache_scope(optional_text scope)
    {
        const std::string copy = detail::terminated(scope.value_or(""));
        return done(rs_auth_options_set_cache_scope(get(), scope ? copy.c_str() : nullptr), "cache_scope");
    }
    /** Keys of the host's own: no warning that they are unknown. */
    options &host_keys(const std::vector<std::string> &keys)
    {
        std::vector<const char *> array;
        for (const std::string &key : keys)
            array.push_back(key.c_str());
        return done(rs_auth_options_set_host_keys(get(), array.data(), array.size()), "host_keys");
    }
    /** A plugin of the host's own; an empty function takes it back. Its answers are cached for these options alone. */
    options &plugin(std::string_view name, plugin_callback callback)
    {
        const std::string copy = detail::terminated(name);
        const bool given = static_cast<bool>(callback);
        callbacks_->plugins.push_back(std::make_unique<plugin_callback>(std::move(callback)));
        return done(rs_auth_options_add_plugin(get(), copy.c_str(), given ? on_plugin : nullptr,
                                               callbacks_->plugins.back().get()),
                    "plugin");
    }

    rs_auth_options *get() noexcept { return options_.get(); }
    const rs_auth_options *get() const noexcept { return options_.get(); }

    /** No options at all. */
    static const options &none()
    {
        static const options nothing{nullptr};
        return nothing;
    }

private:
    struct callbacks {
        log_callback log;
        event_callback event;
        std::vector<std::unique_ptr<plugin_callback>> plugins;
    };

    explicit options(std::nullptr_t) noexcept {}

    options &done(rs_auth_status status, const char *function)
    {
        detail::check(status, function);
        return *this;
    }

    static void on_log(void *user_data, std::int32_t level, const char *target, const char *message)
    {
        detail::call::guarded(0, [&] {
            static_cast<callbacks *>(user_data)->log(static_cast<log_level>(level), target, message);
            return 0;
        });
    }
    static std::int32_t on_event(void *user_data, rs_auth_event *borrowed)
    {
        return detail::call::guarded(RS_AUTH_EVENT_ABORT, [&] {
            event wrapped(borrowed);
            return static_cast<std::int32_t>(static_cast<callbacks *>(user_data)->event(wrapped));
        });
    }
    static std::int32_t on_plugin(void *user_data, const rs_auth_plugin_request *asked, rs_auth_plugin_reply *answer)
    {
        return detail::call::guarded(RS_AUTH_EVENT_ABORT, [&] {
            const plugin_request request(asked);
            plugin_reply reply(answer);
            return static_cast<std::int32_t>((*static_cast<plugin_callback *>(user_data))(request, reply));
        });
    }

    detail::owner<rs_auth_options, rs_auth_options_free> options_;
    std::unique_ptr<callbacks> callbacks_;
};

namespace detail {

/** Makes a call that gives an object of type Result, owned by C as Object. */
template <class Result, class Object, class Function> Result made(Function &&function)
{
    Object *object = nullptr;
    call in_progress;
    const rs_auth_status status = function(&object, in_progress.out_error());
    Result result(object);
    in_progress.finish(status);
    return result;
}

/** Makes a call that gives a string which the caller owns. */
template <class Function> std::string made_string(Function &&function)
{
    const auto owned = made<string_owner, char>(std::forward<Function>(function));
    return std::string(owned.get());
}

} // namespace detail

/** One of the functions rs_auth_..._get_credentials of rs_auth.h. */
using entry_point = rs_auth_status (*)(const rs_auth_dsn_kv *, std::size_t, const rs_auth_options *, rs_auth_credentials **,
                                       rs_auth_error **);

/** Does the one-time work now; see rs_auth_init(). */
inline void init()
{
    detail::call in_progress;
    in_progress.finish(rs_auth_init(in_progress.out_error()));
}

/** Logs in. The entry point may name a plugin: get_credentials(dsn, options, rs_auth_okta_get_credentials). */
inline credentials get_credentials(const settings &dsn, const options &with = options::none(),
                                   entry_point entry = rs_auth_get_credentials)
{
    return detail::made<credentials, rs_auth_credentials>([&](auto out, auto out_error) {
        const auto array = dsn.c_array();
        return entry(array.data(), array.size(), with.get(), out, out_error);
    });
}

/** Logs in with a connection string, a DSN name ("DSN=...") or a URL. */
inline credentials get_credentials_from_string(std::string_view connection_string, const options &with = options::none())
{
    const std::string copy = detail::terminated(connection_string);
    return detail::made<credentials, rs_auth_credentials>([&](auto out, auto out_error) {
        return rs_auth_get_credentials_from_string(copy.c_str(), with.get(), out, out_error);
    });
}

/** Logs in with a connection string in UTF-16. */
inline credentials get_credentials_from_utf16(std::u16string_view connection_string, const options &with = options::none())
{
    const std::vector<std::uint16_t> units(connection_string.begin(), connection_string.end());
    return detail::made<credentials, rs_auth_credentials>([&](auto out, auto out_error) {
        return rs_auth_get_credentials_from_utf16(units.data(), units.size(), with.get(), out, out_error);
    });
}

/** Logs in with a connection string in UTF-32. */
inline credentials get_credentials_from_utf32(std::u32string_view connection_string, const options &with = options::none())
{
    const std::vector<std::uint32_t> units(connection_string.begin(), connection_string.end());
    return detail::made<credentials, rs_auth_credentials>([&](auto out, auto out_error) {
        return rs_auth_get_credentials_from_utf32(units.data(), units.size(), with.get(), out, out_error);
    });
}

/** Stops after the AWS step: a result of kind::aws_keys. */
inline credentials get_aws_credentials(const settings &dsn, const options &with = options::none())
{
    return get_credentials(dsn, with, rs_auth_get_aws_credentials);
}

/** The members of the authentication profile that AuthProfile names. */
inline kv_list read_auth_profile(const settings &dsn, const options &with = options::none())
{
    return detail::made<kv_list, rs_auth_kv_list>([&](auto out, auto out_error) {
        const auto array = dsn.c_array();
        return rs_auth_read_auth_profile(array.data(), array.size(), with.get(), out, out_error);
    });
}

/** A connection string or URL taken apart; DSN= is expanded from odbc.ini. */
inline kv_list parse_connection_string(std::string_view connection_string)
{
    const std::string copy = detail::terminated(connection_string);
    return detail::made<kv_list, rs_auth_kv_list>([&](auto out, auto out_error) {
        return rs_auth_parse_connection_string(copy.c_str(), out, out_error);
    });
}

/** Whether this DSN asks for a login of this library. */
inline bool wants_login(const settings &dsn)
{
    const auto array = dsn.c_array();
    const std::int32_t answer = rs_auth_wants_login(array.data(), array.size());
    if (answer < 0)
        throw error(RS_AUTH_STATUS_INVALID_ARGUMENT, "rs_auth_wants_login: the DSN is not UTF-8");
    return answer == 1;
}

/** The DSN with the result laid over it, quoted for the dialect. Holds the password. */
inline std::string merge(const settings &dsn, const credentials &result, dialect in)
{
    return detail::made_string([&](auto out, auto out_error) {
        const auto array = dsn.c_array();
        return rs_auth_merge(array.data(), array.size(), result.get(), static_cast<std::int32_t>(in), out, out_error);
    });
}

/** What a login would do, as JSON; offline. */
inline std::string explain(const settings &dsn, const options &with = options::none())
{
    return detail::made_string([&](auto out, auto out_error) {
        const auto array = dsn.c_array();
        return rs_auth_explain(array.data(), array.size(), with.get(), out, out_error);
    });
}

/** What stands in the way of a login, as JSON; online. */
inline std::string doctor(const settings &dsn, const options &with = options::none())
{
    return detail::made_string([&](auto out, auto out_error) {
        const auto array = dsn.c_array();
        return rs_auth_doctor(array.data(), array.size(), with.get(), out, out_error);
    });
}

/** Every plugin and key, as JSON. */
inline std::string_view catalogue() noexcept { return detail::text(rs_auth_catalogue_json()).value_or(""); }

/** The canonical names of the plugins that are built in. */
inline std::vector<std::string_view> plugins()
{
    std::vector<std::string_view> names;
    for (std::size_t index = 0; index < rs_auth_plugin_count(); ++index)
        names.emplace_back(rs_auth_plugin_name(index));
    return names;
}

/** Forgets what is stored for this DSN. */
inline void forget(const settings &dsn, const options &with = options::none())
{
    const auto array = dsn.c_array();
    detail::call in_progress;
    in_progress.finish(rs_auth_forget(array.data(), array.size(), with.get(), in_progress.out_error()));
}

/** Forgets everything that is stored for this user of the operating system. */
inline void forget_all()
{
    detail::call in_progress;
    in_progress.finish(rs_auth_forget_all(in_progress.out_error()));
}

/** RS_AUTH_ABI_VERSION of the library that is loaded. */
inline std::uint32_t abi_version() noexcept { return rs_auth_abi_version(); }

/** The version of the library that is loaded, for a log. */
inline std::string_view version() noexcept { return rs_auth_version(); }

} // namespace rs_auth

#endif /* RS_AUTH_HPP */
