/* Identity providers as a driver meets them: sign-ins through their own entry points, and the events that ask a person. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>

/* Sandbox people may sign in at AD FS, PingFederate and Okta alike. */
static dsn person(const char *plugin, const char *name, const char *password) {
    const char *https;
    dsn settings = sandbox_place();
    dsn_set(&settings, "plugin_name", plugin);
    https = sandbox_get("https_url");
    dsn_set(&settings, "idp_host", strstr(https, "://") + 3);
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "UID", name);
    dsn_set(&settings, "PWD", password);
    return settings;
}

typedef struct witness {
    pthread_t thread;
    int32_t result;
    const char *answer;
    int32_t kinds[8];
    size_t events, choices;
    char first_choice[128], code[32];
} witness;

static int32_t answer(void *user_data, rs_auth_event *event) {
    witness *self = user_data;
    const char *code = rs_auth_event_code(event);
    CHECK(pthread_equal(pthread_self(), self->thread));
    CHECK(self->events < sizeof self->kinds / sizeof *self->kinds);
    CHECK(strlen(rs_auth_event_text(event)) > 0);
    CHECK_TEXT(rs_auth_event_url(event), NULL);
    self->kinds[self->events++] = rs_auth_event_kind(event);
    self->choices = rs_auth_event_choice_count(event);
    if (self->choices > 0) snprintf(self->first_choice, sizeof self->first_choice, "%s", rs_auth_event_choice(event, 0));
    CHECK_TEXT(rs_auth_event_choice(event, self->choices), NULL);
    if (code != NULL) snprintf(self->code, sizeof self->code, "%s", code);
    if (self->answer != NULL) CHECK_INT(rs_auth_event_answer(event, self->answer), RS_AUTH_STATUS_OK);
    return self->result;
}

static rs_auth_options *asking(witness *self, int32_t result, const char *text) {
    rs_auth_options *options = rs_auth_options_new();
    memset(self, 0, sizeof *self);
    self->thread = pthread_self();
    self->result = result;
    self->answer = text;
    CHECK_INT(rs_auth_options_set_event_callback(options, answer, self), RS_AUTH_STATUS_OK);
    return options;
}

static void entry_points(void) {
    rs_auth_credentials *credentials = NULL;
    dsn adfs, ping;
    sandbox_start();
    adfs = person("Ping", "alice", sandbox_get("people.alice.password"));
    ping = person("ADFS", "alice", sandbox_get("people.alice.password"));
    /* The name of the function wins over the key. */
    CHECK_INT(rs_auth_adfs_get_credentials(adfs.kv, adfs.len, NULL, &credentials, NULL), RS_AUTH_STATUS_OK);
    CHECK_TEXT(rs_auth_credentials_plugin(credentials), "ADFS");
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAMA:alice");
    CHECK_TEXT(rs_auth_credentials_role_arn(credentials), "arn:aws:iam::123456789012:role/sandbox-role");
    CHECK(rs_auth_credentials_expires_at_unix_ms(credentials) > 0);
    rs_auth_credentials_free(credentials);
    CHECK_INT(rs_auth_ping_get_credentials(ping.kv, ping.len, NULL, &credentials, NULL), RS_AUTH_STATUS_OK);
    CHECK_TEXT(rs_auth_credentials_plugin(credentials), "Ping");
    rs_auth_credentials_free(credentials);
    CHECK_INT(rs_auth_get_credentials(ping.kv, ping.len, NULL, &credentials, NULL), RS_AUTH_STATUS_OK);
    CHECK_TEXT(rs_auth_credentials_plugin(credentials), "ADFS");
    rs_auth_credentials_free(credentials);
}

static void a_wrong_password_says_so(void) {
    dsn settings;
    rs_auth_error *error;
    sandbox_start();
    settings = person("ADFS", "alice", "wrong");
    error = dsn_refused(&settings, NULL, RS_AUTH_STATUS_IDP_REJECTED);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "28000");
    CHECK_TEXT(rs_auth_error_stage(error), "idp");
    CHECK_TEXT(rs_auth_error_plugin(error), "ADFS");
    CHECK_CONTAINS(rs_auth_error_hint(error), "PWD");
    CHECK_CONTAINS(rs_auth_error_short_text(error), "password");
    CHECK(!rs_auth_error_is_retryable(error));
    rs_auth_error_free(error);
    CHECK_INT(sandbox_requests("SignIn"), 1);
}

static void a_role_is_picked(void) {
    static witness self;
    dsn settings;
    rs_auth_options *options;
    rs_auth_credentials *credentials;
    rs_auth_error *error;
    sandbox_start();
    settings = person("ADFS", "bob", sandbox_get("people.bob.password"));
    dsn_set(&settings, "DisableCache", "1");
    options = asking(&self, RS_AUTH_EVENT_HANDLED, "arn:aws:iam::123456789012:role/sandbox-role");
    credentials = dsn_login(&settings, options);
    CHECK_TEXT(rs_auth_credentials_role_arn(credentials), self.answer);
    CHECK_INT(self.events, 1);
    CHECK_INT(self.kinds[0], RS_AUTH_EVENT_PICK_ROLE);
    CHECK_INT(self.choices, 2);
    CHECK_TEXT(self.first_choice, "arn:aws:iam::123456789012:role/sandbox-role");
    rs_auth_credentials_free(credentials);
    rs_auth_options_free(options);
    /* Nobody to ask: the smallest. */
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_role_arn(credentials), "arn:aws:iam::123456789012:role/sandbox-long-role");
    rs_auth_credentials_free(credentials);
    options = asking(&self, RS_AUTH_EVENT_ABORT, NULL);
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_CANCELLED));
    rs_auth_options_free(options);
    options = asking(&self, RS_AUTH_EVENT_HANDLED, "arn:aws:iam::123456789012:role/another");
    error = dsn_refused(&settings, options, RS_AUTH_STATUS_ROLE_NOT_ALLOWED);
    CHECK_CONTAINS(rs_auth_error_message(error), "role/sandbox-long-role");
    rs_auth_error_free(error);
    rs_auth_options_free(options);
}

static void a_code_is_typed(void) {
    static witness self;
    dsn settings;
    rs_auth_options *options;
    sandbox_start();
    settings = person("ADFS", "sms", sandbox_get("people.sms.password"));
    options = asking(&self, RS_AUTH_EVENT_HANDLED, "123456");
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK_INT(self.events, 1);
    CHECK_INT(self.kinds[0], RS_AUTH_EVENT_ASK_OTP);
    rs_auth_options_free(options);
    dsn_set(&settings, "DisableCache", "1");
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_MFA_REQUIRED));
    options = asking(&self, RS_AUTH_EVENT_USE_DEFAULT, "123456");
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_MFA_REQUIRED));
    rs_auth_options_free(options);
    options = asking(&self, RS_AUTH_EVENT_HANDLED, "wrong");
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_IDP_REJECTED));
    CHECK_INT(self.events, 3);
    rs_auth_options_free(options);
}

static void a_number_is_shown(void) {
    static witness self;
    dsn settings;
    rs_auth_options *options;
    sandbox_start();
    settings = person("ADFS", "number", sandbox_get("people.number.password"));
    options = asking(&self, RS_AUTH_EVENT_HANDLED, NULL);
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK_INT(self.events, 2);
    CHECK_INT(self.kinds[0], RS_AUTH_EVENT_PUSH_SENT);
    CHECK_INT(self.kinds[1], RS_AUTH_EVENT_SHOW_NUMBER);
    CHECK_TEXT(self.code, "42");
    rs_auth_options_free(options);
}

static int32_t bring_response(void *user_data, const rs_auth_plugin_request *request, rs_auth_plugin_reply *reply) {
    (void)request;
    CHECK_INT(rs_auth_plugin_reply_set_saml_response(reply, user_data), RS_AUTH_STATUS_OK);
    return 0;
}

static void a_response_of_the_hosts_own_plugin(void) {
    static char nonsense[] = "bm8gWE1M";
    dsn settings;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_error *error;
    sandbox_start();
    settings = sandbox_place();
    dsn_set(&settings, "plugin_name", "Vault");
    CHECK_INT(rs_auth_options_add_plugin(options, "Vault", bring_response, nonsense), RS_AUTH_STATUS_OK);
    error = dsn_refused(&settings, options, RS_AUTH_STATUS_ASSERTION_INVALID);
    CHECK_TEXT(rs_auth_error_stage(error), "assertion");
    rs_auth_error_free(error);
    rs_auth_options_free(options);
    CHECK_INT(sandbox_requests("AssumeRoleWithSAML"), 0);
}

TEST_MAIN(TEST_CASE(entry_points), TEST_CASE(a_wrong_password_says_so), TEST_CASE(a_role_is_picked), TEST_CASE(a_code_is_typed),
          TEST_CASE(a_number_is_shown), TEST_CASE(a_response_of_the_hosts_own_plugin))
