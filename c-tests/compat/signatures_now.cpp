// The table of today's header, for the names of the frozen one: what was removed does not compile.
#include "signatures.hpp"

#include <rs_auth.h>

#include <typeinfo>

#define FUNCTION(function) table[#function] = typeid(&function).name();
#define CONSTANT(constant) table[#constant] = std::to_string(constant);

Signatures signatures_now() {
    Signatures table;
    table["sizeof(rs_auth_dsn_kv)"] = std::to_string(sizeof(rs_auth_dsn_kv));
    table["rs_auth_log_callback"] = typeid(rs_auth_log_callback).name();
    table["rs_auth_event_callback"] = typeid(rs_auth_event_callback).name();
    table["rs_auth_plugin_callback"] = typeid(rs_auth_plugin_callback).name();
#include "v1.inc"
    return table;
}
