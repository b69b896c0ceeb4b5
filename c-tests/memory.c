/* No secret stays behind: after a login, `_free` and rs_auth_forget_all, a search of everything that a process may write
   to finds nothing of what the login knew, was given, sent or got. The process that logs in is memory_host; this one knows
   the secrets from the sandbox, and looks. Before that, what the host has and what is stored is found, but only where the
   kernel leaves it out of a core dump. */
#include "support/dsn.h"
#include "support/hosted.h"
#include "support/http.h"
#include "support/sandbox.h"
#include "support/search.h"
#include "support/secrets.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the search calls what the host was given as the result. */
#define RESULT "the result"

static void add_result(const char *text) { search_add_text(RESULT, text); }

static void skip_message(const char *text) { CHECK(strlen(text) > 0); }

/* Starts a host and has it log in; afterwards everything secret is looked for. */
static hosted log_in(const char *how, const char *file, char wanted) {
    hosted host = hosted_start(how, file);
    hosted_log_in(&host, wanted, wanted == 'C' ? add_result : skip_message);
    secrets_of_sandbox();
    return host;
}

/* The whole of it: with the control that the search finds what is there. */
static void find_nothing(const char *how, const char *file) {
    hosted host = log_in(how, file, 'C');
    search_process(host.process, 0);
    if (search_found(RESULT) == 0) FAIL("the search does not find what the host has");
    if (search_found_in_dump(RESULT) > 0) FAIL("a core dump would hold what the host has");
    hosted_go_on(&host, 'F');
    hosted_go_on(&host, 'G');
    if (search_process(host.process, 40) > 0) FAIL("secrets are left behind");
    hosted_end(&host);
}

/* A DSN of the sandbox's odbc.ini. */
static void of_file(const char *name) {
    char text[128];
    snprintf(text, sizeof text, "DSN=%s", name);
    setenv("ODBCINI", sandbox_get("odbc_ini"), 1);
    setenv("AWS_CONFIG_FILE", sandbox_get("aws_config"), 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", sandbox_get("aws_credentials"), 1);
    find_nothing("string", test_write_file("string", text));
}

/* Pairs as memory_host reads them, in a file; what is secret among them is looked for. */
static const char *file_of(const dsn *settings) {
    static char path[512];
    FILE *file;
    size_t at;
    snprintf(path, sizeof path, "%s/pairs", test_directory());
    file = fopen(path, "wb");
    CHECK(file != NULL);
    for (at = 0; at < settings->len; at++) {
        const rs_auth_dsn_kv *pair = &settings->kv[at];
        CHECK(fwrite(pair->key, strlen(pair->key) + 1, 1, file) == 1);
        CHECK(fwrite(pair->value, strlen(pair->value) + 1, 1, file) == 1);
    }
    CHECK(fclose(file) == 0);
    secrets_of_dsn(settings);
    return path;
}

static void of_pairs(const dsn *settings) { find_nothing("kv", file_of(settings)); }

/* --- What the caller has: keys, profiles, tokens, responses. */

static void keys_in_an_array(void) {
    dsn settings;
    sandbox_start();
    settings = sandbox_keys("alice");
    of_pairs(&settings);
}

static void keys_in_odbc_ini(void) { sandbox_start(), of_file("sandbox-keys"); }
static void keys_with_a_session_token(void) { sandbox_start(), of_file("sandbox-session"); }
static void by_tls(void) { sandbox_start(), of_file("sandbox-tls"); }
static void through_the_proxy(void) { sandbox_start(), of_file("sandbox-proxy"); }
static void a_workgroup(void) { sandbox_start(), of_file("sandbox-serverless"); }
static void an_authentication_profile(void) { sandbox_start(), of_file("sandbox-auth-profile"); }
static void a_profile_with_a_role(void) { sandbox_start(), of_file("sandbox-profile"); }

static void an_instance(void) {
    sandbox_start();
    unsetenv("AWS_EC2_METADATA_DISABLED");
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", sandbox_get("imds_url"), 1);
    of_file("sandbox-instance");
}

/* Half of it is written as UTF-16 by whoever calls from ODBC. */
static void keys_in_utf16(void) {
    dsn settings;
    char *text;
    uint16_t *units;
    size_t length, at;
    FILE *file;
    char path[512];
    sandbox_start();
    settings = sandbox_keys("alice");
    (void)file_of(&settings);
    text = dsn_text(&settings);
    length = strlen(text);
    units = malloc((length + 1) * sizeof *units);
    CHECK(units != NULL);
    for (at = 0; at < length; at++) units[at] = (uint16_t)(unsigned char)text[at];
    search_add("the string in UTF-16", units, length * sizeof *units);
    search_add_text("the string", text);
    snprintf(path, sizeof path, "%s/utf16", test_directory());
    file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(units, sizeof *units, length, file) == length && fclose(file) == 0);
    find_nothing("utf16", path);
}

static void of_profile(const char *name) {
    dsn settings;
    sandbox_start();
    setenv("AWS_CONFIG_FILE", sandbox_get("aws_config"), 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", sandbox_get("aws_credentials"), 1);
    settings = sandbox_place();
    dsn_set(&settings, "Profile", name);
    dsn_set(&settings, "DbUser", "alice");
    of_pairs(&settings);
}

static void a_credential_process(void) { of_profile("sandbox-process"); }
static void a_profile_with_a_web_identity(void) { of_profile("sandbox-web-identity"); }

static void of_plugin_with(const char *plugin, const char *key, const char *proof) {
    dsn settings = sandbox_place();
    dsn_set(&settings, "plugin_name", plugin);
    dsn_set(&settings, "role_arn", "arn:aws:iam::123456789012:role/sandbox-role");
    dsn_set(&settings, key, proof);
    of_pairs(&settings);
}

static void a_jwt(void) { sandbox_start(), of_plugin_with("JWT", "web_identity_token", SANDBOX_TOKEN); }
static void an_idp_token(void) { sandbox_start(), of_plugin_with("IdpTokenAuthPlugin", "token", SANDBOX_TOKEN); }

static void a_jwt_for_a_role(void) {
    sandbox_start();
    sandbox_accept_token();
    of_plugin_with("JwtIamAuthPlugin", "web_identity_token", SANDBOX_TOKEN);
}

/* --- Identity providers. */

static dsn person(const char *plugin, const char *name) {
    const char *https = strstr(sandbox_get("https_url"), "://") + 3;
    dsn settings = sandbox_place();
    dsn_set(&settings, "plugin_name", plugin);
    dsn_set(&settings, "idp_host", https);
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    dsn_set(&settings, "UID", name);
    dsn_set(&settings, "PWD", sandbox_get("people.alice.password"));
    return settings;
}

static void adfs(void) { sandbox_start(), of_file("sandbox-adfs"); }
static void ping(void) { sandbox_start(), of_file("sandbox-ping"); }
static void okta(void) { sandbox_start(), of_file("sandbox-okta"); }
static void azure(void) { sandbox_start(), of_file("sandbox-azure"); }

static void adfs_in_an_array(void) {
    dsn settings;
    sandbox_start();
    settings = person("ADFS", "alice");
    of_pairs(&settings);
}

/* A SAML response for alice, as another login sends it. */
static const char *saml_response(void) {
    dsn settings = person("ADFS", "alice");
    hosted host = log_in("kv", file_of(&settings), 'C');
    hosted_end(&host);
    return secrets_sent("SAMLAssertion");
}

static void a_saml_response(void) { sandbox_start(), of_plugin_with("BasicSAML", "saml_assertion", saml_response()); }

static void a_saml_response_as_token(void) {
    sandbox_start();
    of_plugin_with("BasicNativeSAML", "saml_assertion", saml_response());
}

static void a_program(void) {
    char script[1024];
    const char *path;
    sandbox_start();
    snprintf(script, sizeof script, "#!/bin/sh\ncat >/dev/null\ncat '%s'\n", test_write_file("response", saml_response()));
    path = test_write_file("sso", script);
    CHECK(chmod(path, 0700) == 0);
    of_plugin_with("External", "external_program", path);
}

/* --- With the sandbox's browser. */

static void use_browser(void) {
    char command[4096];
    snprintf(command, sizeof command, "%s browse %%s", test_environment("RS_AUTH_SANDBOX"));
    setenv("BROWSER", command, 1);
    setenv("RS_AUTH_BROWSE_CA", sandbox_get("ca_file"), 1);
}

static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, length) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    close(listener);
    return ntohs(address.sin_port);
}

static void of_saml_browser(const char *plugin) {
    char url[512], port[16];
    dsn settings;
    sandbox_start();
    use_browser();
    snprintf(port, sizeof port, "%d", free_port());
    snprintf(url, sizeof url, "%s/saml/login?acs=http://localhost:%s/redshift/", sandbox_get("https_url"), port);
    settings = sandbox_place();
    dsn_set(&settings, "plugin_name", plugin);
    dsn_set(&settings, "login_url", url);
    dsn_set(&settings, "listen_port", port);
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    of_pairs(&settings);
}

static void browser_saml(void) { of_saml_browser("BrowserSAML"); }
static void browser_okta_saml(void) { of_saml_browser("BrowserOktaSAML"); }
static void browser_azure(void) { sandbox_start(), use_browser(), of_file("sandbox-browser-azure"); }
static void browser_azure_token(void) { sandbox_start(), use_browser(), of_file("sandbox-browser-azure-token"); }

static void browser_idc(void) {
    dsn settings;
    sandbox_start();
    use_browser();
    settings = sandbox_place();
    dsn_set(&settings, "plugin_name", "BrowserIdcAuthPlugin");
    dsn_set(&settings, "issuer_url", sandbox_get("identity_center.start_url"));
    dsn_set(&settings, "idc_region", "us-east-1");
    dsn_set(&settings, "IdcEndpointUrl", sandbox_get("https_url"));
    dsn_set(&settings, "CaFile", sandbox_get("ca_file"));
    of_pairs(&settings);
}

/* --- Known by its input: what the call itself leaves on the stack, which the next one would wipe. */

static void of_known(const dsn *settings, const char *secret) {
    hosted host = log_in("known", file_of(settings), 'C');
    hosted_go_on(&host, 'F');
    search_process(host.process, 0);
    if (search_found(RESULT) == 0) FAIL("what is stored is not found");
    if (search_found_in_dump(RESULT) > 0 || search_found_in_dump(secret) > 0) FAIL("a core dump would hold secrets");
    hosted_go_on(&host, 'G');
    if (search_process(host.process, 40) > 0) FAIL("secrets are left behind");
    hosted_end(&host);
}

static void known_keys(void) {
    dsn settings;
    sandbox_start();
    settings = sandbox_keys("alice");
    of_known(&settings, "SecretAccessKey");
}

static void a_known_person(void) {
    dsn settings;
    sandbox_start();
    settings = person("ADFS", "alice");
    of_known(&settings, "PWD");
}

/* --- Refused. */

static void of_refused(const dsn *settings) {
    hosted host = log_in("kv", file_of(settings), 'E');
    hosted_go_on(&host, 'F');
    /* An error keeps nothing of it either, and nothing was stored. */
    if (search_process(host.process, 40) > 0) FAIL("secrets are left behind");
    hosted_go_on(&host, 'G');
    hosted_end(&host);
}

static void a_wrong_password(void) {
    dsn settings;
    sandbox_start();
    settings = person("ADFS", "alice");
    dsn_set(&settings, "PWD", "not-the-password-of-alice");
    of_refused(&settings);
}

static void an_unknown_cluster(void) {
    dsn settings;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    of_refused(&settings);
}

/* --- The control of all of this. */

static void what_is_stored_is_found(void) {
    dsn settings;
    hosted host;
    sandbox_start();
    settings = sandbox_keys("alice");
    host = log_in("kv", file_of(&settings), 'C');
    hosted_go_on(&host, 'F');
    search_process(host.process, 0);
    if (search_found(RESULT) == 0) FAIL("what is stored is not found");
    if (search_found_in_dump(RESULT) > 0) FAIL("a core dump would hold what is stored");
    hosted_go_on(&host, 'G');
    CHECK_INT(search_process(host.process, 10), 0);
    hosted_end(&host);
}

TEST_MAIN(TEST_CASE(keys_in_an_array), TEST_CASE(keys_in_odbc_ini), TEST_CASE(keys_in_utf16),
          TEST_CASE(keys_with_a_session_token), TEST_CASE(by_tls), TEST_CASE(through_the_proxy), TEST_CASE(a_workgroup),
          TEST_CASE(an_authentication_profile), TEST_CASE(a_profile_with_a_role), TEST_CASE(an_instance),
          TEST_CASE(a_credential_process), TEST_CASE(a_profile_with_a_web_identity), TEST_CASE(a_jwt),
          TEST_CASE(a_jwt_for_a_role), TEST_CASE(an_idp_token), TEST_CASE(adfs), TEST_CASE(adfs_in_an_array),
          TEST_CASE(ping), TEST_CASE(okta), TEST_CASE(azure), TEST_CASE(a_saml_response),
          TEST_CASE(a_saml_response_as_token), TEST_CASE(a_program), TEST_CASE(browser_saml),
          TEST_CASE(browser_okta_saml), TEST_CASE(browser_azure), TEST_CASE(browser_azure_token), TEST_CASE(browser_idc),
          TEST_CASE(known_keys), TEST_CASE(a_known_person), TEST_CASE(a_wrong_password), TEST_CASE(an_unknown_cluster), TEST_CASE(what_is_stored_is_found))
