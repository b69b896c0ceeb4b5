#include <rs_auth_dl.h>
#include <rs_auth_dl.h>

int loaded_by_b(const char *path);

int loaded_by_b(const char *path) {
    rs_auth_api api;
    return rs_auth_api_load(&api, path, NULL) == 0 ? (int)api.abi_version() : -1;
}
