/* A librs_auth without logins: it plays what the DSN asks for, so that the Python side of every callback can be tested by
 * itself. Functions that are not here are made by fake_library.py and answer 0. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { const char *key; const char *value; } kv;
typedef struct { int32_t kind; const char *text, *url, *code; const char *choices[3]; size_t count; char answer[64]; } event;
typedef struct { char text[256]; } reply;
typedef void (*log_callback)(void *, int32_t, const char *, const char *);
typedef int32_t (*event_callback)(void *, event *);
typedef int32_t (*plugin_callback)(void *, const kv *, reply *);
typedef struct {
    log_callback log;
    event_callback event;
    plugin_callback plugin;
    void *plugin_data;
    char plugin_name[64];
} options;

uint32_t rs_auth_abi_version(void) { return 1; }
options *rs_auth_options_new(void) { return calloc(1, sizeof(options)); }
void rs_auth_options_free(options *o) { free(o); }
int32_t rs_auth_options_set_log_callback(options *o, log_callback c, int32_t level, void *data) {
    (void)level, (void)data;
    o->log = c;
    return 0;
}
int32_t rs_auth_options_set_event_callback(options *o, event_callback c, void *data) {
    (void)data;
    o->event = c;
    return 0;
}
int32_t rs_auth_options_add_plugin(options *o, const char *name, plugin_callback c, void *data) {
    snprintf(o->plugin_name, sizeof o->plugin_name, "%s", name);
    o->plugin = c;
    o->plugin_data = data;
    return 0;
}

int32_t rs_auth_event_kind(const event *e) { return e->kind; }
const char *rs_auth_event_text(const event *e) { return e->text; }
const char *rs_auth_event_url(const event *e) { return e->url; }
const char *rs_auth_event_code(const event *e) { return e->code; }
size_t rs_auth_event_choice_count(const event *e) { return e->count; }
const char *rs_auth_event_choice(const event *e, size_t i) { return i < e->count ? e->choices[i] : NULL; }
int32_t rs_auth_event_answer(event *e, const char *answer) {
    bool known = e->count == 0;
    for (size_t i = 0; i < e->count; i++) known |= strcmp(e->choices[i], answer) == 0;
    if (!known) return 1;
    snprintf(e->answer, sizeof e->answer, "%s", answer);
    return 0;
}

const char *rs_auth_plugin_request_get(const kv *dsn, const char *key) {
    for (; dsn->key; dsn++)
        if (strcmp(dsn->key, key) == 0) return dsn->value;
    return NULL;
}
#define TEXT(s) ((s) ? (s) : "-")
#define REPLY(name, parameters, ...)                      \
    int32_t rs_auth_plugin_reply_set_##name parameters {  \
        snprintf(r->text, sizeof r->text, __VA_ARGS__);   \
        return 0;                                         \
    }
REPLY(saml_response, (reply *r, const char *a), "saml %s", a)
REPLY(web_identity_token, (reply *r, const char *a), "jwt %s", a)
REPLY(native_token, (reply *r, const char *a, const char *b, const char *c, int64_t d), "native %s %s %s %lld", a, TEXT(b),
      TEXT(c), (long long)d)
REPLY(aws_keys, (reply *r, const char *a, const char *b, const char *c, int64_t d), "keys %s %s %s %lld", a, b, TEXT(c),
      (long long)d)
REPLY(error, (reply *r, int32_t a, const char *b), "error %d %s", (int)a, b)

static int32_t play_event(options *o, event *e, char *told, size_t size) {
    int32_t result = o->event ? o->event(NULL, e) : 0;
    snprintf(told, size, "%d %s", (int)result, e->answer);
    return result == 2 ? 501 : 0;
}

/* The result and the error are both one string. */
int32_t rs_auth_get_credentials(const kv *dsn, size_t count, options *o, char **result, char **error) {
    char told[256] = "";
    int32_t status = 0;
    kv *terminated = calloc(count + 1, sizeof(kv));
    memcpy(terminated, dsn, count * sizeof(kv));
    const char *play = rs_auth_plugin_request_get(terminated, "play");
    *result = *error = NULL;
    if (strcmp(play, "log") == 0) {
        for (int32_t level = 1; level <= 5; level++) o->log(NULL, level, "target", "Grüße");
    } else if (strcmp(play, "plugin") == 0) {
        reply r = {""};
        int32_t answer = o->plugin(o->plugin_data, terminated, &r);
        snprintf(told, sizeof told, "%d %s %s", (int)answer, o->plugin_name, r.text);
        status = answer == 2 ? 501 : 0;
    } else {
        event device = {2, "Open the page", "https://idp/device", "ABCD-1234", {0}, 0, ""};
        event otp = {3, "Code?", NULL, NULL, {0}, 0, ""};
        event role = {6, "Which role?", NULL, NULL, {"arn:b", "arn:a"}, 2, ""};
        event newer = {99, NULL, NULL, NULL, {0}, 0, ""};
        event *chosen = !strcmp(play, "device") ? &device : !strcmp(play, "otp") ? &otp : !strcmp(play, "role") ? &role : &newer;
        status = play_event(o, chosen, told, sizeof told);
    }
    free(terminated);
    if (status == 0) *result = strdup(told);
    else *error = strdup("ended by the callback");
    return status;
}
const char *rs_auth_credentials_user(const char *c) { return c; }
void rs_auth_credentials_free(char *c) { free(c); }
const char *rs_auth_error_message(const char *e) { return e; }
void rs_auth_error_free(char *e) { free(e); }
