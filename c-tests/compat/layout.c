// Where things stand in the structs that callers allocate or read themselves. All others are opaque. It need only compile.
#include <rs_auth.h>
#include <rs_auth_dl.h>

#include <stddef.h>

_Static_assert(sizeof(rs_auth_dsn_kv) == 2 * sizeof(char *), "two pointers");
_Static_assert(_Alignof(rs_auth_dsn_kv) == _Alignof(char *), "as pointers are aligned");
_Static_assert(offsetof(rs_auth_dsn_kv, key) == 0, "the key first");
_Static_assert(offsetof(rs_auth_dsn_kv, value) == sizeof(char *), "then the value");
_Static_assert(sizeof(rs_auth_status) == 4, "32 bits");
_Static_assert(sizeof(rs_auth_log_callback) == sizeof(void (*)(void)), "a function pointer");
_Static_assert(sizeof(rs_auth_event_callback) == sizeof(void (*)(void)), "a function pointer");
_Static_assert(sizeof(rs_auth_plugin_callback) == sizeof(void (*)(void)), "a function pointer");

// The table that is filled at run time: its size, then a pointer a function, in the order of the first release.
#define MEMBER(name) place_of_##name,
enum place {
#include "v1_table.inc"
    places
};
#undef MEMBER
#define MEMBER(name)                                                                                                   \
    _Static_assert(offsetof(rs_auth_api, name) == sizeof(size_t) + place_of_##name * sizeof(void (*)(void)), #name);
#include "v1_table.inc"

_Static_assert(offsetof(rs_auth_api, size) == 0, "the size first");
_Static_assert(sizeof(rs_auth_api) >= sizeof(size_t) + places * sizeof(void (*)(void)), "new ones last");
