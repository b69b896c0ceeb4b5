#include <rs_auth.h>
#include <rs_auth.hpp>
#include <rs_auth.hpp>

extern "C" int checked_by_d();

int checked_by_d() { return static_cast<int>(rs_auth_abi_version()); }
