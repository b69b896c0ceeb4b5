#include "bench.h"
#include "support/test.h"

#include <stdlib.h>

void bench_set(settings *dsn, const char *key, const char *value) {
    size_t at = 0;
    while (at < dsn->len && strcmp(dsn->kv[at].key, key) != 0) at++;
    CHECK(at < SETTINGS_ROOM);
    dsn->kv[at].key = key;
    dsn->kv[at].value = value;
    if (at == dsn->len) dsn->len++;
}

bench bench_begin(const char *library, int count, char **words) {
    bench it = {.dsn = {.len = 0}};
    const char *missing = NULL;
    double before = test_now_ms();
    int at;
    if (rs_auth_api_load(&it.api, library, &missing) != 0) FAIL("%s", missing);
    it.load_ms = test_now_ms() - before;
    for (at = 0; at < count; at++) {
        char *value = strchr(words[at], '=');
        if (value == NULL) FAIL("%s is no Key=Value", words[at]);
        *value = '\0';
        bench_set(&it.dsn, words[at], value + 1);
    }
    return it;
}

rs_auth_options *bench_options(const bench *it, int cache) {
    rs_auth_options *options = it->api.options_new();
    CHECK(options != NULL);
    CHECK_INT(it->api.options_set_cache(options, cache), RS_AUTH_STATUS_OK);
    return options;
}

rs_auth_credentials *bench_login(const bench *it, const settings *dsn, const rs_auth_options *options) {
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    if (it->api.get_credentials(dsn->kv, dsn->len, options, &credentials, &error) != RS_AUTH_STATUS_OK) {
        FAIL("%s", it->api.error_message(error));
    }
    return credentials;
}

void bench_log_in(const bench *it, const rs_auth_options *options) {
    it->api.credentials_free(bench_login(it, &it->dsn, options));
}

long bench_status(const char *name) {
    char line[256];
    long value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (value < 0 && fgets(line, (int)sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) value = strtol(line + strlen(name), NULL, 10);
    }
    fclose(status);
    CHECK(value >= 0);
    return value;
}

int bench_count(const char *word) {
    int count = atoi(word);
    CHECK(count > 0);
    return count;
}
