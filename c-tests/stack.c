/* How much of the caller's stack a call takes: hosts call from threads that have little of it. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SMALL ((size_t)64 * 1024)
#define ROOMY ((size_t)1024 * 1024)
#define GUARD ((size_t)64 * 1024)
#define UNTOUCHED 0xA5

typedef struct call {
    void (*run)(const dsn *settings);
    dsn settings;
} call;

static void *run_call(void *argument) {
    call *made = argument;
    made->run(&made->settings);
    return NULL;
}

/* How many zeros lay at the far end of what the last run touched: what was wiped there, and not used again. */
static size_t wiped;

/* Runs `made` on a thread with `room` bytes of stack, below which nothing may be touched; returns the bytes that were. */
static size_t run_on_stack(call *made, size_t room) {
    unsigned char *memory = mmap(NULL, GUARD + room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    unsigned char *stack = memory + GUARD;
    pthread_attr_t attributes;
    pthread_t thread;
    size_t untouched = 0;
    CHECK(memory != MAP_FAILED);
    CHECK(mprotect(memory, GUARD, PROT_NONE) == 0);
    memset(stack, UNTOUCHED, room);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstack(&attributes, stack, room) == 0);
    CHECK(pthread_create(&thread, &attributes, run_call, made) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(pthread_attr_destroy(&attributes) == 0);
    while (untouched < room && stack[untouched] == UNTOUCHED) untouched++;
    for (wiped = 0; untouched + wiped < room && stack[untouched + wiped] == 0;) wiped++;
    CHECK(munmap(memory, GUARD + room) == 0);
    return room - untouched;
}

static void nothing(const dsn *settings) { (void)settings; }

/* Measures with room to spare, so that a failure tells by how much; then with no more than there is. */
static void fits(const char *what, void (*run)(const dsn *), const dsn *settings) {
    call made = {run, *settings}, idle = {nothing, *settings};
    size_t base = run_on_stack(&idle, ROOMY);
    size_t used = run_on_stack(&made, ROOMY);
    printf("%s: %zu bytes, of which a thread that does nothing takes %zu\n", what, used, base);
    fflush(stdout);
    if (used > SMALL) FAIL("%s takes %zu bytes of stack", what, used);
    run_on_stack(&made, SMALL);
}

static void log_in(const dsn *settings) { rs_auth_credentials_free(dsn_login(settings, NULL)); }

static void log_in_from_the_cache(const dsn *settings) {
    rs_auth_credentials *credentials = dsn_login(settings, NULL);
    CHECK(rs_auth_credentials_from_cache(credentials));
    rs_auth_credentials_free(credentials);
}

static void be_refused(const dsn *settings) {
    rs_auth_error *error = dsn_refused(settings, NULL, RS_AUTH_STATUS_NOT_FOUND);
    CHECK(rs_auth_error_short_text(error) != NULL);
    rs_auth_error_free(error);
}

static void log_in_by_text(const dsn *settings) {
    char *text = dsn_text(settings);
    rs_auth_credentials *credentials = NULL;
    CHECK_INT(rs_auth_get_credentials_from_string(text, NULL, &credentials, NULL), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(credentials);
    free(text);
}

static void merge(const dsn *settings) {
    rs_auth_credentials *credentials = dsn_login(settings, NULL);
    char *merged = NULL;
    CHECK_INT(rs_auth_merge(settings->kv, settings->len, credentials, RS_AUTH_DIALECT_REDSHIFT_ODBC, &merged, NULL),
              RS_AUTH_STATUS_OK);
    rs_auth_string_free(merged);
    rs_auth_credentials_free(credentials);
}

static void initialise(const dsn *settings) {
    (void)settings;
    CHECK_INT(rs_auth_init(NULL), RS_AUTH_STATUS_OK);
}

static void ignore_line(void *user_data, int32_t level, const char *target, const char *message) {
    (void)user_data, (void)level, (void)target, (void)message;
}

static void log_in_with_a_log(const dsn *settings) {
    rs_auth_options *options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_set_log_callback(options, ignore_line, RS_AUTH_LOG_TRACE, NULL), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(settings, options));
    rs_auth_options_free(options);
}

static dsn uncached(void) {
    dsn settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    return settings;
}

static void login_on_a_small_stack(void) {
    dsn settings, wrong;
    sandbox_start();
    settings = uncached();
    wrong = settings;
    dsn_set(&wrong, "ClusterId", "no-such-cluster");
    fits("rs_auth_init", initialise, &settings);
    fits("a login", log_in, &settings);
    fits("a login with a log callback", log_in_with_a_log, &settings);
    fits("a refused login", be_refused, &wrong);
}

static void cached_login_on_a_small_stack(void) {
    call cached;
    int at;
    sandbox_start();
    cached.run = log_in_from_the_cache;
    cached.settings = sandbox_keys("alice");
    fits("a login that fills the cache", log_in, &cached.settings);
    fits("a cached login of a thread that is new", log_in_from_the_cache, &cached.settings);
    CHECK(wiped >= 512);
    /* As many new threads as there are shelves (src/cache/shelves.rs): a later one finds what one of them left. */
    for (at = 0; at < 16; at++) run_on_stack(&cached, SMALL);
    fits("a cached login", log_in_from_the_cache, &cached.settings);
    /* It wipes less of the stack than others, but all that it took: nothing of it lies below that. */
    printf("%zu bytes at the far end are wiped\n", wiped);
    CHECK(wiped >= 512);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
}

static void strings_on_a_small_stack(void) {
    dsn settings;
    sandbox_start();
    settings = uncached();
    fits("a login by connection string", log_in_by_text, &settings);
    fits("a login and rs_auth_merge", merge, &settings);
}

TEST_MAIN(TEST_CASE(login_on_a_small_stack), TEST_CASE(cached_login_on_a_small_stack), TEST_CASE(strings_on_a_small_stack))
