#include "secrets.h"
#include "hmac.h"
#include "http.h"
#include "json.h"
#include "sandbox.h"
#include "search.h"
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>

/* Members of the sandbox's world, and keys of a DSN. */
static bool is_secret(const char *key) {
    static const char *const names[] = {"secret", "SecretAccessKey", "session_token", "SessionToken", "password", "PWD",
                                        "token", "access_token", "refresh_token", "client_secret", "seed", "totp_secret",
                                        "web_identity_token", "saml_assertion", "https_proxy_password", "container_token",
                                        "answer", "database_password"};
    size_t at;
    for (at = 0; at < sizeof names / sizeof *names; at++) {
        if (strcmp(key, names[at]) == 0) return true;
    }
    return false;
}

void secrets_of_dsn(const dsn *settings) {
    size_t at;
    for (at = 0; at < settings->len; at++) {
        if (is_secret(settings->kv[at].key)) search_add_text(settings->kv[at].key, settings->kv[at].value);
    }
}

/* The AWS keys of the world. */
static struct {
    char id[64], secret[128];
} keys[256];
static size_t key_count;

static void of_world(const char *key, const char *text) {
    static char id[64];
    char name[128];
    if (strcmp(key, "id") == 0) snprintf(id, sizeof id, "%.60s", text);
    if (strcmp(key, "secret") == 0 && key_count < sizeof keys / sizeof *keys) {
        strcpy(keys[key_count].id, id);
        snprintf(keys[key_count++].secret, sizeof keys->secret, "%.120s", text);
    }
    snprintf(name, sizeof name, "%.64s of the sandbox", key);
    if (is_secret(key)) search_add_text(name, text);
}

/* Every step from the secret key to what signs: AWS Signature Version 4. */
static void of_signature(const char *authorization) {
    char id[64], scope[4][64] = {"", "", "", "aws4_request"}, first[160];
    unsigned char key[HMAC_LENGTH];
    size_t at, step;
    if (sscanf(authorization, "AWS4-HMAC-SHA256 Credential=%63[^/]/%63[^/]/%63[^/]/%63[^/]/", id, scope[0], scope[1], scope[2]) != 4) {
        return;
    }
    for (at = 0; at < key_count && strcmp(keys[at].id, id) != 0; at++) continue;
    if (at == key_count) FAIL("the sandbox does not know %s", id);
    snprintf(first, sizeof first, "AWS4%s", keys[at].secret);
    hmac_sha256(first, strlen(first), scope[0], strlen(scope[0]), key);
    search_add("a key of the day", key, sizeof key);
    for (step = 1; step < 4; step++) {
        hmac_sha256(key, sizeof key, scope[step], strlen(scope[step]), key);
        search_add("a signing key", key, sizeof key);
    }
}

/* Bodies, parameters, cookies, signatures, queries. What is no secret among them is short, or a constant of the program. */
static void of_request(const char *key, const char *text) {
    char name[128];
    snprintf(name, sizeof name, "%.64s of a request", key);
    if (strlen(text) >= 16) search_add_text(name, text);
    of_signature(text);
}

static void ask(const char *path, void (*visit)(const char *key, const char *text)) {
    char *json = http_request(sandbox_get("http_url"), "GET", path, NULL);
    json_each_text(json, visit);
    free(json);
}

void secrets_of_sandbox(void) {
    key_count = 0;
    ask("/_sandbox/world", of_world);
    ask("/_sandbox/requests", of_request);
}

static const char *wanted;
static char *sent;

static void keep(const char *key, const char *text) {
    if (sent == NULL && strcmp(key, wanted) == 0) sent = strdup(text);
}

char *secrets_sent(const char *parameter) {
    wanted = parameter;
    sent = NULL;
    ask("/_sandbox/requests", keep);
    if (sent == NULL) FAIL("no request had %s", parameter);
    return sent;
}
