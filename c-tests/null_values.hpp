// A valid value for every type that occurs as an argument of the C interface.
#ifndef NULL_VALUES_HPP
#define NULL_VALUES_HPP

#include <rs_auth.h>

#include "support/test.h"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>

// What exists once for all calls.
struct Objects {
    static inline rs_auth_credentials *credentials = nullptr;
    static inline rs_auth_error *error = nullptr;
    static inline rs_auth_kv_list *list = nullptr;
    static inline rs_auth_event *event = nullptr;
    static inline const rs_auth_plugin_request *request = nullptr;
    static inline rs_auth_plugin_reply *reply = nullptr;

    static inline rs_auth_options *options = rs_auth_options_new();
    static inline rs_auth_cancel_token *token = rs_auth_cancel_token_new();
};

inline void ignore_log(void *, std::int32_t, const char *, const char *) {}
inline std::int32_t ignore_event(void *, rs_auth_event *) { return RS_AUTH_EVENT_USE_DEFAULT; }
inline std::int32_t ignore_plugin(void *, const rs_auth_plugin_request *, rs_auth_plugin_reply *) { return 1; }

inline void release(rs_auth_credentials *object) { rs_auth_credentials_free(object); }
inline void release(rs_auth_error *object) { rs_auth_error_free(object); }
inline void release(rs_auth_kv_list *object) { rs_auth_kv_list_free(object); }
inline void release(char *object) { rs_auth_string_free(object); }
inline void release(const rs_auth_dsn_kv *) {} // borrowed

// Numbers: one entry, the first of a kind.
template <typename T> struct Value {
    static_assert(std::is_integral_v<T>, "a type that has no value here yet");
    bool there() const { return true; }
    T get() const { return 1; }
    void check_out(const char *, bool) {}
};

// Pointers in.
template <typename T> T valid();
template <> inline const char *valid() { return "text"; }
template <> inline char *valid() { return nullptr; } // rs_auth_string_free has no other argument
template <> inline void *valid() { return nullptr; }
template <> inline const char *const *valid() {
    static const char *const texts[] = {"text"};
    return texts;
}
template <> inline const std::uint16_t *valid() {
    static const std::uint16_t text[] = {'A', 0};
    return text;
}
template <> inline const std::uint32_t *valid() {
    static const std::uint32_t text[] = {'A', 0};
    return text;
}
// A login with it fails before any request: whatever is NULL, nothing goes out.
template <> inline const rs_auth_dsn_kv *valid() {
    static const rs_auth_dsn_kv kv[] = {{"plugin_name", "NoSuchPlugin"}};
    return kv;
}
template <> inline rs_auth_options *valid() { return Objects::options; }
template <> inline const rs_auth_options *valid() { return Objects::options; }
template <> inline rs_auth_cancel_token *valid() { return Objects::token; }
template <> inline const rs_auth_cancel_token *valid() { return Objects::token; }
template <> inline rs_auth_credentials *valid() { return Objects::credentials; }
template <> inline const rs_auth_credentials *valid() { return Objects::credentials; }
template <> inline rs_auth_error *valid() { return Objects::error; }
template <> inline const rs_auth_error *valid() { return Objects::error; }
template <> inline rs_auth_kv_list *valid() { return Objects::list; }
template <> inline const rs_auth_kv_list *valid() { return Objects::list; }
template <> inline rs_auth_event *valid() { return Objects::event; }
template <> inline const rs_auth_event *valid() { return Objects::event; }
template <> inline const rs_auth_plugin_request *valid() { return Objects::request; }
template <> inline rs_auth_plugin_reply *valid() { return Objects::reply; }
template <> inline rs_auth_log_callback valid() { return ignore_log; }
template <> inline rs_auth_event_callback valid() { return ignore_event; }
template <> inline rs_auth_plugin_callback valid() { return ignore_plugin; }

template <typename T> struct Value<T *> {
    T *value = valid<T *>();
    bool null = std::is_same_v<T, void>; // on purpose
    bool there() const { return null || value != nullptr; }
    void be_null() {
        value = nullptr;
        null = true;
    }
    T *get() const { return value; }
    void check_out(const char *, bool) {}
};

// Pointers out: they hold something else than NULL before the call and NULL after one that failed.
template <typename T> struct OutValue {
    T *object = reinterpret_cast<T *>(std::uintptr_t{16});
    bool null = false;
    bool there() const { return true; }
    void be_null() { null = true; }
    T **get() { return null ? nullptr : &object; }
    void check_out(const char *place, bool failed) {
        constexpr bool is_error = std::is_same_v<T, rs_auth_error>;
        if (null) return;
        if (object == reinterpret_cast<T *>(std::uintptr_t{16})) FAIL("%s: an out pointer was not touched", place);
        if (failed != (object != nullptr) && is_error) FAIL("%s: error and status do not agree", place);
        if (failed && object != nullptr && !is_error) FAIL("%s: an out pointer is set after a failure", place);
        release(object);
        object = nullptr;
    }
};
template <> struct Value<rs_auth_credentials **> : OutValue<rs_auth_credentials> {};
template <> struct Value<rs_auth_error **> : OutValue<rs_auth_error> {};
template <> struct Value<rs_auth_kv_list **> : OutValue<rs_auth_kv_list> {};
template <> struct Value<char **> : OutValue<char> {};
template <> struct Value<const rs_auth_dsn_kv **> : OutValue<const rs_auth_dsn_kv> {};

#endif
