/* Callbacks run on the thread that made the call, while it is inside the call. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef struct witness {
    pthread_t thread;
    int inside, lines, finest;
    char text[65536];
} witness;

static void write_down(void *user_data, int32_t level, const char *target, const char *message) {
    witness *self = user_data;
    size_t used = strlen(self->text);
    CHECK(pthread_equal(pthread_self(), self->thread));
    CHECK(self->inside);
    CHECK(level >= RS_AUTH_LOG_ERROR && level <= RS_AUTH_LOG_TRACE);
    CHECK(target != NULL && message != NULL);
    if (level > self->finest) self->finest = level;
    self->lines++;
    snprintf(self->text + used, sizeof self->text - used, "%s\n", message);
}

static rs_auth_options *logging(witness *self, int32_t level) {
    rs_auth_options *options = rs_auth_options_new();
    memset(self, 0, sizeof *self);
    self->thread = pthread_self();
    CHECK_INT(rs_auth_options_set_log_callback(options, write_down, level, self), RS_AUTH_STATUS_OK);
    return options;
}

static void log_on_the_callers_thread(void) {
    static witness self;
    dsn settings;
    rs_auth_options *options = logging(&self, RS_AUTH_LOG_TRACE);
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterIdentifer", "a key that no one knows");
    self.inside = 1;
    credentials = dsn_login(&settings, options);
    self.inside = 0;
    CHECK(self.lines > 1);
    CHECK_CONTAINS(self.text, "ClusterIdentifer");
    /* Nothing that is secret, not even at TRACE. */
    CHECK_LACKS(self.text, sandbox_get("keys.user.secret_access_key"));
    CHECK_LACKS(self.text, rs_auth_credentials_password(credentials));
    rs_auth_credentials_free(credentials);
    rs_auth_options_free(options);
}

static void log_level_and_taking_it_back(void) {
    static witness self;
    dsn settings;
    rs_auth_options *options = logging(&self, RS_AUTH_LOG_WARN);
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    dsn_set(&settings, "ClusterIdentifer", "a key that no one knows");
    self.inside = 1;
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK(self.lines >= 1);
    CHECK(self.finest <= RS_AUTH_LOG_WARN);
    self.lines = 0;
    CHECK_INT(rs_auth_options_set_log_callback(options, NULL, RS_AUTH_LOG_TRACE, NULL), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK_INT(self.lines, 0);
    rs_auth_options_free(options);
}

static void keys_of_the_hosts_own(void) {
    static const char *const own[] = {"ClusterIdentifer"};
    static witness self;
    dsn settings;
    rs_auth_options *options = logging(&self, RS_AUTH_LOG_WARN);
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterIdentifer", "the host's own");
    CHECK_INT(rs_auth_options_set_host_keys(options, own, 1), RS_AUTH_STATUS_OK);
    self.inside = 1;
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK_LACKS(self.text, "ClusterIdentifer");
    rs_auth_options_free(options);
}

typedef struct nested {
    dsn settings;
    int tried;
    rs_auth_status status;
} nested;

static void log_in_inside(void *user_data, int32_t level, const char *target, const char *message) {
    nested *self = user_data;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    (void)level, (void)target, (void)message;
    if (self->tried++ > 0) return;
    self->status = rs_auth_get_credentials(self->settings.kv, self->settings.len, NULL, &credentials, &error);
    CHECK(credentials == NULL && error != NULL);
    CHECK_TEXT(rs_auth_error_sqlstate(error), "HY010");
    rs_auth_error_free(error);
}

static void busy_inside_a_callback(void) {
    static nested self;
    rs_auth_options *options = rs_auth_options_new();
    sandbox_start();
    self.settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_log_callback(options, log_in_inside, RS_AUTH_LOG_TRACE, &self), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&self.settings, options));
    CHECK(self.tried > 0);
    CHECK_INT(self.status, RS_AUTH_STATUS_BUSY);
    /* Once the call is over the thread may log in again. */
    dsn_set(&self.settings, "DisableCache", "1");
    rs_auth_credentials_free(dsn_login(&self.settings, NULL));
    rs_auth_options_free(options);
}

typedef struct waiter {
    dsn settings;
    pthread_t thread;
    int32_t answer;
    atomic_int told;
} waiter;

static int32_t on_event(void *user_data, rs_auth_event *event) {
    waiter *self = user_data;
    CHECK(pthread_equal(pthread_self(), self->thread));
    CHECK_INT(rs_auth_event_kind(event), RS_AUTH_EVENT_WAITING);
    CHECK(rs_auth_event_text(event) != NULL);
    CHECK_TEXT(rs_auth_event_url(event), NULL);
    CHECK_INT(rs_auth_event_choice_count(event), 0);
    CHECK_TEXT(rs_auth_event_choice(event, 0), NULL);
    atomic_fetch_add(&self->told, 1);
    return self->answer;
}

static void *lead(void *argument) {
    rs_auth_credentials_free(dsn_login(argument, NULL));
    return NULL;
}

/* One thread is signing in, this one waits for it and is told so. */
static void wait_for_another(waiter *self, rs_auth_status expected) {
    pthread_t leader;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    sandbox_start();
    sandbox_fault("GetClusterCredentials", 1, "{\"delay\":{\"ms\":500}}");
    self->settings = sandbox_keys("alice");
    self->thread = pthread_self();
    CHECK_INT(rs_auth_options_set_event_callback(options, on_event, self), RS_AUTH_STATUS_OK);
    CHECK(pthread_create(&leader, NULL, lead, &self->settings) == 0);
    sandbox_await_requests("GetClusterCredentials", 1);
    CHECK_INT(rs_auth_get_credentials(self->settings.kv, self->settings.len, options, &credentials, &error), expected);
    CHECK(atomic_load(&self->told) >= 1);
    CHECK(pthread_join(leader, NULL) == 0);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    rs_auth_credentials_free(credentials);
    rs_auth_error_free(error);
    rs_auth_options_free(options);
}

static void told_that_it_waits(void) {
    static waiter self = {.answer = RS_AUTH_EVENT_USE_DEFAULT};
    wait_for_another(&self, RS_AUTH_STATUS_OK);
}

static void waiting_is_aborted(void) {
    static waiter self = {.answer = RS_AUTH_EVENT_ABORT};
    wait_for_another(&self, RS_AUTH_STATUS_CANCELLED);
}

static int32_t bring_token(void *user_data, const rs_auth_plugin_request *request, rs_auth_plugin_reply *reply) {
    CHECK(pthread_equal(pthread_self(), *(pthread_t *)user_data));
    CHECK_TEXT(rs_auth_plugin_request_get(request, "db_name"), "dev");
    CHECK_TEXT(rs_auth_plugin_request_get(request, "vault_path"), "kv/redshift");
    CHECK_TEXT(rs_auth_plugin_request_get(request, "another"), NULL);
    CHECK_INT(rs_auth_plugin_reply_set_native_token(reply, "the-token", "ACCESS_TOKEN", "Vault", -1), RS_AUTH_STATUS_OK);
    return 0;
}

static int32_t bring_nothing(void *user_data, const rs_auth_plugin_request *request, rs_auth_plugin_reply *reply) {
    (void)request, (void)reply;
    return *(int32_t *)user_data;
}

static void plugin_of_the_hosts_own(void) {
    const rs_auth_dsn_kv kv[] = {{"plugin_name", "VAULT"}, {"Host", "localhost"}, {"Database", "dev"}, {"vault_path", "kv/redshift"}};
    pthread_t here = pthread_self();
    int32_t abort = RS_AUTH_EVENT_ABORT, nothing = 0;
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials = NULL;
    CHECK_INT(rs_auth_get_credentials(kv, 4, options, &credentials, NULL), RS_AUTH_STATUS_UNKNOWN_PLUGIN);
    CHECK_INT(rs_auth_options_add_plugin(options, "Vault", bring_token, &here), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_get_credentials(kv, 4, options, &credentials, NULL), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_credentials_kind(credentials), RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN);
    CHECK_TEXT(rs_auth_credentials_token(credentials), "the-token");
    CHECK_TEXT(rs_auth_credentials_token_type(credentials), "ACCESS_TOKEN");
    CHECK_TEXT(rs_auth_credentials_idp_type(credentials), "Vault");
    CHECK_TEXT(rs_auth_credentials_password(credentials), NULL);
    rs_auth_credentials_free(credentials);
    rs_auth_options_free(options);
    options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_add_plugin(options, "Vault", bring_nothing, &nothing), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_get_credentials(kv, 4, options, &credentials, NULL), RS_AUTH_STATUS_IDP_UNEXPECTED);
    rs_auth_options_free(options);
    options = rs_auth_options_new();
    CHECK_INT(rs_auth_options_add_plugin(options, "Vault", bring_nothing, &abort), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_get_credentials(kv, 4, options, &credentials, NULL), RS_AUTH_STATUS_CANCELLED);
    rs_auth_options_free(options);
}

TEST_MAIN(TEST_CASE(log_on_the_callers_thread), TEST_CASE(log_level_and_taking_it_back), TEST_CASE(keys_of_the_hosts_own),
          TEST_CASE(busy_inside_a_callback), TEST_CASE(told_that_it_waits), TEST_CASE(waiting_is_aborted),
          TEST_CASE(plugin_of_the_hosts_own))
