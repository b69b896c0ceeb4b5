/* Each AWS identity, each place to log in to, each way to hand over a DSN. */
#include "support/login.h"
#include "support/sandbox.h"
#include "support/test.h"

#include <stdlib.h>

static void static_keys(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    credentials = dsn_login(&settings, NULL);
    CHECK_INT(rs_auth_credentials_kind(credentials), RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    CHECK(strlen(rs_auth_credentials_password(credentials)) >= 8);
    /* No Host in the DSN: it is looked up. */
    CHECK_TEXT(rs_auth_credentials_host(credentials), "sandbox-cluster.abc123xyz789.us-east-1.redshift.amazonaws.com");
    CHECK_INT(rs_auth_credentials_port(credentials), 5439);
    CHECK_TEXT(rs_auth_credentials_database(credentials), "dev");
    CHECK_TEXT(rs_auth_credentials_plugin(credentials), "Static");
    CHECK(rs_auth_credentials_expires_at_unix_ms(credentials) > 1700000000000);
    CHECK(!rs_auth_credentials_from_cache(credentials));
    CHECK_TEXT(rs_auth_credentials_token(credentials), NULL);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    CHECK_INT(sandbox_requests("DescribeClusters"), 1);
    rs_auth_credentials_free(credentials);
}

static void static_keys_by_the_named_entry_point(void) {
    dsn settings;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    sandbox_start();
    settings = sandbox_keys("alice");
    /* The function's name wins over the DSN. */
    dsn_set(&settings, "plugin_name", "Okta");
    CHECK_INT(rs_auth_iam_keys_get_credentials(settings.kv, settings.len, NULL, &credentials, &error), RS_AUTH_STATUS_OK);
    CHECK(error == NULL);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    rs_auth_credentials_free(credentials);
}

static void cached_answer(void) {
    dsn settings;
    rs_auth_credentials *first, *second;
    sandbox_start();
    settings = sandbox_keys("alice");
    first = dsn_login(&settings, NULL);
    second = dsn_login(&settings, NULL);
    CHECK(rs_auth_credentials_from_cache(second));
    CHECK_TEXT(rs_auth_credentials_password(second), rs_auth_credentials_password(first));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    rs_auth_credentials_free(first);
    rs_auth_credentials_free(second);
}

static void forgotten_answer(void) {
    dsn settings;
    rs_auth_error *error = NULL;
    sandbox_start();
    settings = sandbox_keys("alice");
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK_INT(rs_auth_forget(settings.kv, settings.len, NULL, &error), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, NULL));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 2);
}

static void session_token(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "AccessKeyID", sandbox_get("keys.session.access_key_id"));
    dsn_set(&settings, "SecretAccessKey", sandbox_get("keys.session.secret_access_key"));
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_ACCESS_DENIED));
    dsn_set(&settings, "SessionToken", sandbox_get("keys.session.session_token"));
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    rs_auth_credentials_free(credentials);
}

static void profile(void) {
    char text[512];
    char *path;
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    snprintf(text, sizeof text, "[profile reports]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = us-east-1\n",
             sandbox_get("keys.user.access_key_id"), sandbox_get("keys.user.secret_access_key"));
    path = test_write_file("config", text);
    setenv("AWS_CONFIG_FILE", path, 1);
    settings = sandbox_place();
    dsn_set(&settings, "Profile", "reports");
    dsn_set(&settings, "DbUser", "bob");
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:bob");
    CHECK_TEXT(rs_auth_credentials_plugin(credentials), "Profile");
    dsn_set(&settings, "Profile", "no-such-profile");
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_PROFILE_NOT_FOUND));
    rs_auth_credentials_free(credentials);
    free(path);
}

static void default_chain(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_place();
    dsn_set(&settings, "AuthType", "Default");
    dsn_set(&settings, "DbUser", "carol");
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_NO_AWS_CREDENTIALS));
    setenv("AWS_ACCESS_KEY_ID", sandbox_get("keys.user.access_key_id"), 1);
    setenv("AWS_SECRET_ACCESS_KEY", sandbox_get("keys.user.secret_access_key"), 1);
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:carol");
    rs_auth_credentials_free(credentials);
}

static void group_federation(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "group_federation", "1");
    credentials = dsn_login(&settings, NULL);
    CHECK_INT(sandbox_requests("GetClusterCredentialsWithIAM"), 1);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 0);
    CHECK_CONTAINS(rs_auth_credentials_user(credentials), "IAM:");
    rs_auth_credentials_free(credentials);
}

static void serverless(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "");
    dsn_set(&settings, "Serverless", "1");
    dsn_set(&settings, "Workgroup", "sandbox-workgroup");
    credentials = dsn_login(&settings, NULL);
    CHECK_INT(sandbox_requests("GetCredentials"), 1);
    CHECK_TEXT(rs_auth_credentials_host(credentials),
               "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com");
    CHECK_CONTAINS(rs_auth_credentials_user(credentials), "IAM:");
    rs_auth_credentials_free(credentials);
}

static void custom_domain(void) {
    dsn settings;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "");
    dsn_set(&settings, "Host", "warehouse.example.com");
    credentials = dsn_login(&settings, NULL);
    CHECK_TEXT(rs_auth_credentials_host(credentials), "warehouse.example.com");
    CHECK_TEXT(rs_auth_credentials_user(credentials), "IAM:alice");
    rs_auth_credentials_free(credentials);
    dsn_set(&settings, "Host", "unknown.example.com");
    rs_auth_error_free(dsn_refused(&settings, NULL, RS_AUTH_STATUS_NOT_FOUND));
}

static void aws_keys(void) {
    dsn settings;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    sandbox_start();
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_get_aws_credentials(settings.kv, settings.len, NULL, &credentials, &error), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_credentials_kind(credentials), RS_AUTH_CREDENTIALS_KIND_AWS_KEYS);
    CHECK_TEXT(rs_auth_credentials_aws_access_key_id(credentials), sandbox_get("keys.user.access_key_id"));
    CHECK_TEXT(rs_auth_credentials_aws_secret_access_key(credentials), sandbox_get("keys.user.secret_access_key"));
    CHECK_TEXT(rs_auth_credentials_user(credentials), NULL);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 0);
    rs_auth_credentials_free(credentials);
}

static void auth_profile(void) {
    dsn settings;
    rs_auth_kv_list *list = NULL;
    rs_auth_error *error = NULL;
    rs_auth_credentials *credentials;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "AuthProfile", "sandbox-profile");
    CHECK_INT(rs_auth_read_auth_profile(settings.kv, settings.len, NULL, &list, &error), RS_AUTH_STATUS_OK);
    CHECK(rs_auth_kv_list_get(list, NULL) > 0);
    rs_auth_kv_list_free(list);
    /* The profile's members stand over the DSN's own. */
    credentials = dsn_login(&settings, NULL);
    CHECK_CONTAINS(rs_auth_credentials_user(credentials), "profile_user");
    rs_auth_credentials_free(credentials);
}

static void refused_kind(void) {
    dsn settings;
    rs_auth_options *options = rs_auth_options_new();
    sandbox_start();
    settings = sandbox_keys("alice");
    CHECK_INT(rs_auth_options_set_accepted_kinds(options, 1U << RS_AUTH_CREDENTIALS_KIND_NATIVE_TOKEN), RS_AUTH_STATUS_OK);
    rs_auth_error_free(dsn_refused(&settings, options, RS_AUTH_STATUS_INVALID_SETTING));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 0);
    CHECK_INT(rs_auth_options_set_accepted_kinds(options, 1U << RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD), RS_AUTH_STATUS_OK);
    rs_auth_credentials_free(dsn_login(&settings, options));
    CHECK_INT(rs_auth_options_set_accepted_kinds(options, 0), RS_AUTH_STATUS_INVALID_ARGUMENT);
    CHECK_INT(rs_auth_options_set_accepted_kinds(options, 1), RS_AUTH_STATUS_INVALID_ARGUMENT);
    rs_auth_options_free(options);
}

static void wants_login(void) {
    const rs_auth_dsn_kv plain[] = {{"UID", "alice"}, {"PWD", "secret"}, {"Host", "localhost"}};
    const rs_auth_dsn_kv iam[] = {{"IAM", "1"}, {"Host", "localhost"}};
    CHECK_INT(rs_auth_wants_login(plain, 3), 0);
    CHECK_INT(rs_auth_wants_login(iam, 2), 1);
    CHECK_INT(rs_auth_wants_login(NULL, 0), 0);
    CHECK_INT(rs_auth_wants_login(NULL, 1), -1);
}

TEST_MAIN(TEST_CASE(static_keys), TEST_CASE(static_keys_by_the_named_entry_point), TEST_CASE(cached_answer),
          TEST_CASE(forgotten_answer), TEST_CASE(session_token), TEST_CASE(profile), TEST_CASE(default_chain),
          TEST_CASE(group_federation), TEST_CASE(serverless), TEST_CASE(custom_domain), TEST_CASE(aws_keys),
          TEST_CASE(auth_profile), TEST_CASE(refused_kind), TEST_CASE(wants_login))
