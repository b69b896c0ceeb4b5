#include "dsn.h"
#include "sandbox.h"
#include "test.h"

#include <stdlib.h>

void dsn_set(dsn *settings, const char *key, const char *value) {
    size_t at = 0;
    while (at < settings->len && strcmp(settings->kv[at].key, key) != 0) at++;
    CHECK(at < DSN_ROOM);
    settings->kv[at].key = key;
    settings->kv[at].value = value;
    if (at == settings->len) settings->len++;
}

dsn sandbox_place(void) {
    dsn settings = {.len = 0};
    dsn_set(&settings, "EndPointUrl", sandbox_get("http_url"));
    dsn_set(&settings, "StsEndpointUrl", sandbox_get("http_url"));
    dsn_set(&settings, "ClusterId", "sandbox-cluster");
    dsn_set(&settings, "Region", "us-east-1");
    dsn_set(&settings, "Database", "dev");
    return settings;
}

dsn sandbox_keys(const char *user) {
    dsn settings = sandbox_place();
    dsn_set(&settings, "AccessKeyID", sandbox_get("keys.user.access_key_id"));
    dsn_set(&settings, "SecretAccessKey", sandbox_get("keys.user.secret_access_key"));
    dsn_set(&settings, "DbUser", user);
    return settings;
}

dsn dsn_of_program(const char *script) {
    char text[1024];
    char *answer, *path;
    dsn settings = sandbox_place();
    snprintf(text, sizeof text, "{\"Version\": 1, \"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"%s\"}",
             sandbox_get("keys.user.access_key_id"), sandbox_get("keys.user.secret_access_key"));
    answer = test_write_file("answer.json", text);
    snprintf(text, sizeof text, "[profile program]\ncredential_process = /bin/sh -c '%s \"%s\"'\n", script, answer);
    path = test_write_file("config", text);
    setenv("AWS_CONFIG_FILE", path, 1);
    dsn_set(&settings, "Profile", "program");
    dsn_set(&settings, "DbUser", "alice");
    dsn_set(&settings, "DisableCache", "1");
    free(answer);
    free(path);
    return settings;
}

char *dsn_text(const dsn *settings) {
    size_t room = 1, at;
    char *text, *to;
    for (at = 0; at < settings->len; at++) room += strlen(settings->kv[at].key) + 2 * strlen(settings->kv[at].value) + 4;
    text = to = malloc(room);
    CHECK(text != NULL);
    for (at = 0; at < settings->len; at++) {
        const char *value = settings->kv[at].value;
        to += sprintf(to, "%s={", settings->kv[at].key);
        for (; *value != '\0'; value++) {
            *to++ = *value;
            if (*value == '}') *to++ = '}';
        }
        *to++ = '}';
        *to++ = ';';
    }
    *to = '\0';
    return text;
}
