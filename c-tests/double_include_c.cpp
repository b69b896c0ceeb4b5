#include <rs_auth.hpp>
#include <rs_auth_dl.h>
#include <rs_auth.hpp>
#include <rs_auth.h>
#include <rs_auth_dl.h>

extern "C" int checked_by_c(const char *path);

int checked_by_c(const char *path) {
    rs_auth_api api;
    return rs_auth_api_load(&api, path, nullptr) == 0 ? static_cast<int>(api.abi_version()) : -1;
}
