/* Together with what else a host has loaded: another copy of this library, OpenSSL, curl, a BoringSSL with its hooks. */
#include "support/dsn.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <dlfcn.h>
#include <rs_auth_dl.h>
#include <stdlib.h>

/* What BoringSSL and jemalloc have their users define. This program exports them, so that whatever is loaded sees them. */
void *OPENSSL_memory_alloc(size_t size);
void OPENSSL_memory_free(void *memory);
size_t OPENSSL_memory_get_size(void *memory);
void *OPENSSL_memory_realloc(void *memory, size_t size);
void sdallocx(void *memory, size_t size, int flags);

void *OPENSSL_memory_alloc(size_t size) { FAIL("OPENSSL_memory_alloc(%zu) was called", size); }
void OPENSSL_memory_free(void *memory) { FAIL("OPENSSL_memory_free(%p) was called", memory); }
size_t OPENSSL_memory_get_size(void *memory) { FAIL("OPENSSL_memory_get_size(%p) was called", memory); }
void *OPENSSL_memory_realloc(void *memory, size_t size) { FAIL("OPENSSL_memory_realloc(%p, %zu) was called", memory, size); }
void sdallocx(void *memory, size_t size, int flags) { FAIL("sdallocx(%p, %zu, %d) was called", memory, size, flags); }

static const char *library(void) { return test_environment("RS_AUTH_LIBRARY"); }

static rs_auth_api load(const char *path) {
    rs_auth_api api;
    const char *missing = NULL;
    if (rs_auth_api_load(&api, path, &missing) != 0) FAIL("%s: %s", path, missing);
    return api;
}

static dsn over_tls(void) {
    dsn settings = sandbox_keys("alice");
    dsn_set(&settings, "EndPointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    return settings;
}

/* Logs in; tells whether the answer was a stored one. */
static bool log_in(const rs_auth_api *api, const dsn *settings) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    bool stored;
    if (api->get_credentials(settings->kv, settings->len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", api->error_message(error));
    }
    CHECK_TEXT(api->credentials_user(credentials), "IAM:alice");
    stored = api->credentials_from_cache(credentials);
    api->credentials_free(credentials);
    return stored;
}

static void hooks_of_the_host_are_not_called(void) {
    static const char *const hooks[] = {"OPENSSL_memory_alloc", "OPENSSL_memory_free", "OPENSSL_memory_get_size",
                                        "OPENSSL_memory_realloc", "sdallocx"};
    rs_auth_api api;
    dsn settings;
    size_t at;
    /* The control: whoever asks the loader gets them. */
    for (at = 0; at < sizeof hooks / sizeof *hooks; at++) {
        if (dlsym(RTLD_DEFAULT, hooks[at]) == NULL) FAIL("this program does not export %s", hooks[at]);
    }
    sandbox_start();
    settings = over_tls();
    api = load(library());
    CHECK_INT(api.init(NULL), RS_AUTH_STATUS_OK);
    CHECK(!log_in(&api, &settings));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
}

static void copy_file(const char *from, const char *to) {
    static char piece[65536];
    FILE *source = fopen(from, "rb"), *target = fopen(to, "wb");
    size_t length;
    CHECK(source != NULL && target != NULL);
    while ((length = fread(piece, 1, sizeof piece, source)) > 0) CHECK(fwrite(piece, 1, length, target) == length);
    CHECK(fclose(source) == 0 && fclose(target) == 0);
}

/* Two drivers may each bring their own. Each has a cache of its own. */
static void two_copies(void) {
    char path[512];
    rs_auth_api one, other;
    dsn settings;
    sandbox_start();
    settings = over_tls();
    snprintf(path, sizeof path, "%s/librs_auth.so.1", test_directory());
    copy_file(library(), path);
    one = load(library());
    other = load(path);
    CHECK(one.get_credentials != other.get_credentials);
    CHECK(!log_in(&one, &settings));
    CHECK(!log_in(&other, &settings));
    CHECK(log_in(&one, &settings));
    CHECK(log_in(&other, &settings));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 2);
}

/* A function by its name; C has no conversion from an object pointer. */
static void look_up(void *handle, const char *name, void *function) {
    void *symbol = dlsym(handle, name);
    if (symbol == NULL) FAIL("%s", dlerror());
    memcpy(function, &symbol, sizeof symbol);
}

static void use_openssl(void *openssl) {
    const void *(*method)(void);
    void *(*make)(const void *);
    void (*end)(void *);
    void *context;
    look_up(openssl, "TLS_client_method", &method);
    look_up(openssl, "SSL_CTX_new", &make);
    look_up(openssl, "SSL_CTX_free", &end);
    context = make(method());
    CHECK(context != NULL);
    end(context);
}

/* Its symbols are everybody's, as they are in a host that is linked with it. */
static void beside_openssl_and_curl(void) {
    void *openssl = dlopen("libssl.so.3", RTLD_NOW | RTLD_GLOBAL);
    void *curl = dlopen("libcurl.so.4", RTLD_NOW | RTLD_GLOBAL);
    rs_auth_api api;
    dsn settings;
    printf("libssl.so.3 is %s, libcurl.so.4 is %s\n", openssl != NULL ? "here" : "not here", curl != NULL ? "here" : "not here");
    if (openssl == NULL && curl == NULL) {
        puts("skipped: neither is installed");
        return;
    }
    sandbox_start();
    settings = over_tls();
    dsn_set(&settings, "DisableCache", "1");
    if (openssl != NULL) use_openssl(openssl);
    api = load(library());
    log_in(&api, &settings);
    if (openssl != NULL) use_openssl(openssl);
    log_in(&api, &settings);
}

TEST_MAIN(TEST_CASE(hooks_of_the_host_are_not_called), TEST_CASE(two_copies), TEST_CASE(beside_openssl_and_curl))
