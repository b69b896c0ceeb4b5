/* An application that knows ODBC alone: unixODBC's driver manager loads the driver, which logs in, and unloads it again. */
#include "support/dsn.h"
#include "support/sandbox.h"
#include "support/test.h"
#include "unicode.h"

#include <pthread.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <stdlib.h>

#define ROUNDS 50

static const char *driver(void) { return test_environment("RS_AUTH_ODBC_DRIVER"); }

/* The driver by its name. Threading=0: it is called by as many threads as there are. It stays when no connection needs it, as
   it does with unixODBC unless that is told otherwise, or it is taken away. */
static void register_driver(bool stays) {
    char text[4096];
    snprintf(text, sizeof text, "[rs_auth]\nDescription=Logs in\nDriver=%s\nThreading=0\nDontDLClose=%d\n", driver(), stays);
    free(test_write_file("odbcinst.ini", text));
}

/* The driver, and a DSN with what the strings of the tests lack. */
static void set_up(const dsn *of_the_file) {
    char text[4096];
    size_t used, at;
    char *path;
    register_driver(false);
    used = (size_t)snprintf(text, sizeof text, "[warehouse]\nDriver=rs_auth\n");
    for (at = 0; at < of_the_file->len; at++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s=%s\n", of_the_file->kv[at].key, of_the_file->kv[at].value);
        CHECK(used < sizeof text);
    }
    path = test_write_file("odbc.ini", text);
    CHECK(setenv("ODBCSYSINI", test_directory(), 1) == 0 && setenv("ODBCINI", path, 1) == 0);
    free(path);
}

static dsn start(void) {
    dsn settings;
    sandbox_start();
    settings = sandbox_keys("alice");
    dsn_set(&settings, "DisableCache", "1");
    set_up(&settings);
    return settings;
}

static char *string_of(const dsn *settings) {
    char *pairs = dsn_text(settings);
    char *text = malloc(strlen(pairs) + 32);
    CHECK(text != NULL);
    sprintf(text, "Driver={rs_auth};%s", pairs);
    free(pairs);
    return text;
}

/* Lines of /proc/self/maps, all or those of a file. */
static int count_maps(const char *of) {
    FILE *file = fopen("/proc/self/maps", "r");
    char line[4096];
    int count = 0;
    CHECK(file != NULL);
    while (fgets(line, (int)sizeof line, file) != NULL) count += of == NULL || strstr(line, of) != NULL;
    fclose(file);
    return count;
}

typedef struct application {
    SQLHENV environment;
    SQLHDBC connection;
} application;

static application begin(void) {
    application self = {SQL_NULL_HENV, SQL_NULL_HDBC};
    CHECK(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &self.environment)));
    CHECK(SQL_SUCCEEDED(SQLSetEnvAttr(self.environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER)SQL_OV_ODBC3, 0)));
    CHECK(SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, self.environment, &self.connection)));
    return self;
}

static void end(application self) {
    CHECK(SQL_SUCCEEDED(SQLFreeHandle(SQL_HANDLE_DBC, self.connection)));
    CHECK(SQL_SUCCEEDED(SQLFreeHandle(SQL_HANDLE_ENV, self.environment)));
}

static SQLRETURN try_to_connect(application self, const char *text) {
    return SQLDriverConnect(self.connection, NULL, (SQLCHAR *)(uintptr_t)text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
}

/* The first diagnostic of the connection. */
typedef struct record {
    SQLCHAR state[6], text[1024];
    SQLINTEGER native;
} record;

static record diagnose(application self) {
    record found = {"", "", 0};
    SQLSMALLINT length = 0;
    CHECK(SQL_SUCCEEDED(SQLGetDiagRec(SQL_HANDLE_DBC, self.connection, 1, found.state, &found.native, found.text,
                                      (SQLSMALLINT)sizeof found.text, &length)));
    return found;
}

static void connect_and_disconnect(const char *text) {
    application self = begin();
    SQLCHAR user[64];
    if (!SQL_SUCCEEDED(try_to_connect(self, text))) FAIL("%s", (const char *)diagnose(self).text);
    CHECK(SQL_SUCCEEDED(SQLGetInfo(self.connection, SQL_USER_NAME, user, (SQLSMALLINT)sizeof user, NULL)));
    CHECK_TEXT((const char *)user, "IAM:alice");
    CHECK(count_maps(driver()) > 0);
    CHECK(SQL_SUCCEEDED(SQLDisconnect(self.connection)));
    end(self);
}

static void loaded_and_unloaded_fifty_times(void) {
    dsn settings = start();
    char *text = string_of(&settings);
    int round, maps, descriptors;
    for (round = 0; round < 3; round++) connect_and_disconnect(text);
    /* The driver is gone. The library is not: nobody may unload it. */
    CHECK_INT(count_maps(driver()), 0);
    CHECK(count_maps("librs_auth") > 0);
    maps = count_maps(NULL);
    descriptors = test_count_descriptors();
    for (round = 0; round < ROUNDS; round++) connect_and_disconnect(text);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 3 + ROUNDS);
    CHECK_INT(test_count_descriptors(), descriptors);
    CHECK_INT(test_count_threads(), 1);
    printf("%d lines of maps before, %d after\n", maps, count_maps(NULL));
    /* What malloc, or a sanitizer in its place, maps and gives back is not ours to count by one. */
    CHECK(count_maps(NULL) < maps + ROUNDS / 5);
    CHECK_INT(count_maps(driver()), 0);
    free(text);
}

static void *connect_again_and_again(void *text) {
    int round;
    for (round = 0; round < ROUNDS / 4; round++) connect_and_disconnect(text);
    return NULL;
}

/* Each with an environment of its own, so that one unloads the driver while another is loading it. */
static void by_several_threads(void) {
    dsn settings = start();
    char *text = string_of(&settings);
    pthread_t threads[4];
    int descriptors, at;
    connect_and_disconnect(text);
    descriptors = test_count_descriptors();
    for (at = 0; at < 4; at++) CHECK(pthread_create(&threads[at], NULL, connect_again_and_again, text) == 0);
    for (at = 0; at < 4; at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1 + 4 * (ROUNDS / 4));
    CHECK_INT(test_count_descriptors(), descriptors);
    CHECK_INT(count_maps(driver()), 0);
    free(text);
}

static void by_the_name_of_a_dsn(void) {
    application self;
    SQLCHAR user[64];
    dsn settings = start();
    (void)settings;
    self = begin();
    if (!SQL_SUCCEEDED(SQLConnect(self.connection, (SQLCHAR *)(uintptr_t) "warehouse", SQL_NTS, NULL, 0, NULL, 0))) {
        FAIL("%s", (const char *)diagnose(self).text);
    }
    CHECK(SQL_SUCCEEDED(SQLGetInfo(self.connection, SQL_USER_NAME, user, (SQLSMALLINT)sizeof user, NULL)));
    CHECK_TEXT((const char *)user, "IAM:alice");
    CHECK(SQL_SUCCEEDED(SQLDisconnect(self.connection)));
    /* What the string says wins over the file. */
    if (!SQL_SUCCEEDED(try_to_connect(self, "DSN=warehouse;DbUser=bob"))) FAIL("%s", (const char *)diagnose(self).text);
    CHECK(SQL_SUCCEEDED(SQLGetInfo(self.connection, SQL_USER_NAME, user, (SQLSMALLINT)sizeof user, NULL)));
    CHECK_TEXT((const char *)user, "IAM:bob");
    CHECK(SQL_SUCCEEDED(SQLDisconnect(self.connection)));
    end(self);
}

static void check_refused(dsn settings, const char *key, const char *value, const char *state, SQLINTEGER native,
                          const char *part) {
    application self = begin();
    char *text;
    record found;
    dsn_set(&settings, key, value);
    text = string_of(&settings);
    CHECK_INT(SQLSetConnectAttr(self.connection, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER)1, 0), SQL_SUCCESS);
    CHECK_INT(try_to_connect(self, text), SQL_ERROR);
    found = diagnose(self);
    printf("%s: %s\n", (const char *)found.state, (const char *)found.text);
    CHECK_TEXT((const char *)found.state, state);
    CHECK_INT(found.native, native);
    CHECK_CONTAINS((const char *)found.text, part);
    CHECK_LACKS((const char *)found.text, sandbox_get("keys.user.secret_access_key"));
    end(self);
    free(text);
}

/* SQLSTATE, number and words come through the driver manager. */
static void failures_are_told(void) {
    dsn settings = start();
    char *text = string_of(&settings);
    check_refused(settings, "ClusterId", "no-such-cluster", "08001", RS_AUTH_STATUS_NOT_FOUND, "no-such-cluster");
    check_refused(settings, "SecretAccessKey", "", "HY024", RS_AUTH_STATUS_MISSING_SETTING, "SecretAccessKey");
    check_refused(settings, "SecretAccessKey", "wrong", "28000", RS_AUTH_STATUS_ACCESS_DENIED, "SignatureDoesNotMatch");
    check_refused(settings, "plugin_name", "Otka", "HY024", RS_AUTH_STATUS_UNKNOWN_PLUGIN, "Okta");
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    /* SQL_ATTR_LOGIN_TIMEOUT becomes the time limit of the call. */
    check_refused(settings, "DbUser", "alice", "HYT00", RS_AUTH_STATUS_TIMEOUT, "within 1 s");
    /* The control: nothing of it stays behind. */
    connect_and_disconnect(text);
    CHECK_INT(count_maps(driver()), 0);
    free(text);
}

/* A text longer than the application's buffer is cut, and its length told. */
static void a_small_buffer(void) {
    dsn settings = start();
    application self = begin();
    char *text;
    SQLCHAR state[6], part[32];
    SQLINTEGER native;
    SQLSMALLINT length = 0;
    dsn_set(&settings, "ClusterId", "no-such-cluster");
    text = string_of(&settings);
    CHECK_INT(try_to_connect(self, text), SQL_ERROR);
    CHECK_INT(SQLGetDiagRec(SQL_HANDLE_DBC, self.connection, 1, state, &native, part, (SQLSMALLINT)sizeof part, &length),
              SQL_SUCCESS_WITH_INFO);
    CHECK(length > (SQLSMALLINT)sizeof part);
    CHECK_INT(strlen((const char *)part), sizeof part - 1);
    end(self);
    free(text);
}

/* Wide characters of C to those of ODBC. */
static SQLWCHAR *wide(const char *utf8) {
    SQLWCHAR *text = calloc(strlen(utf8) + 1, sizeof *text);
    CHECK(text != NULL);
    (void)unicode_of(utf8, text, strlen(utf8) + 1);
    return text;
}

static SQLRETURN try_to_connect_w(application self, const char *utf8) {
    SQLWCHAR *text = wide(utf8);
    SQLRETURN result = SQLDriverConnectW(self.connection, NULL, text, SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT);
    free(text);
    return result;
}

/* A string in UTF-16, and words that come back so. */
static void in_utf16(void) {
    static const char name[] = "gr\xC3\xB6\xC3\x9F""e-\xE2\x82\xAC-\xF0\x9F\x98\x80"; /* two, three and four bytes */
    dsn settings = start();
    application self = begin();
    SQLWCHAR state[6], message[1024], *part = wide(name);
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0, at, units = 0, found = 0;
    char *text;
    while (part[units] != 0) units++;
    CHECK_INT(units, 10);
    dsn_set(&settings, "Workgroup", name);
    dsn_set(&settings, "duration", name);
    text = string_of(&settings);
    CHECK_INT(try_to_connect_w(self, text), SQL_ERROR);
    free(text);
    CHECK(SQL_SUCCEEDED(SQLGetDiagRecW(SQL_HANDLE_DBC, self.connection, 1, state, &native, message, 1024, &length)));
    CHECK_INT(native, RS_AUTH_STATUS_INVALID_SETTING);
    for (at = 0; at + units <= length; at++) found |= memcmp(message + at, part, (size_t)units * sizeof *part) == 0;
    CHECK(found);
    free(part);
    /* The control: without it the same string logs in. */
    dsn_set(&settings, "Workgroup", "");
    dsn_set(&settings, "duration", "");
    text = string_of(&settings);
    CHECK(SQL_SUCCEEDED(try_to_connect_w(self, text)));
    CHECK_INT(sandbox_requests("GetClusterCredentials"), 1);
    CHECK(SQL_SUCCEEDED(SQLDisconnect(self.connection)));
    end(self);
    free(text);
}

static void *cancel_it(void *handle) {
    sandbox_await_requests("GetClusterCredentials", 1);
    CHECK_INT(SQLCancelHandle(SQL_HANDLE_DBC, handle), SQL_SUCCESS);
    return NULL;
}

/* SQLCancelHandle of another thread ends a login that waits. unixODBC takes a driver away as soon as its login has failed, under
   the feet of the thread that cancels: this is only for drivers that stay. */
static void cancelled_by_another_thread(void) {
    dsn settings = start();
    application self;
    char *text = string_of(&settings);
    pthread_t thread;
    double began = test_now_ms();
    register_driver(true);
    self = begin();
    sandbox_fault("GetClusterCredentials", 1, "\"stall\"");
    CHECK(pthread_create(&thread, NULL, cancel_it, self.connection) == 0);
    CHECK_INT(try_to_connect(self, text), SQL_ERROR);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_TEXT((const char *)diagnose(self).state, "HY008");
    CHECK_INT(diagnose(self).native, RS_AUTH_STATUS_CANCELLED);
    CHECK(test_now_ms() - began < 30000);
    /* The next one on the same handle is not cancelled. */
    CHECK(SQL_SUCCEEDED(try_to_connect(self, text)));
    CHECK(SQL_SUCCEEDED(SQLDisconnect(self.connection)));
    end(self);
    free(text);
}

static char *log_text(void) {
    char path[4096], *text = calloc(1, 65536);
    FILE *file;
    CHECK(text != NULL);
    snprintf(path, sizeof path, "%s/redshift_odbc.log", test_directory());
    file = fopen(path, "r");
    if (file != NULL) {
        CHECK(fread(text, 1, 65535, file) < 65535);
        fclose(file);
    }
    return text;
}

/* LogLevel and LogPath, as DSNs have them already. */
static void a_log_of_the_drivers_own(void) {
    dsn settings = start();
    char *text, *log;
    dsn_set(&settings, "LogPath", test_directory());
    text = string_of(&settings);
    connect_and_disconnect(text); /* the control: no level, no log */
    free(text);
    log = log_text();
    CHECK_TEXT(log, "");
    free(log);
    dsn_set(&settings, "LogLevel", "6");
    text = string_of(&settings);
    connect_and_disconnect(text);
    free(text);
    log = log_text();
    CHECK_CONTAINS(log, "DEBUG ");
    CHECK_CONTAINS(log, "INFO login: method Static\n");
    CHECK_LACKS(log, sandbox_get("keys.user.secret_access_key"));
    free(log);
}

TEST_MAIN(TEST_CASE(loaded_and_unloaded_fifty_times), TEST_CASE(by_several_threads), TEST_CASE(by_the_name_of_a_dsn),
          TEST_CASE(failures_are_told), TEST_CASE(a_small_buffer), TEST_CASE(in_utf16),
          TEST_CASE(cancelled_by_another_thread), TEST_CASE(a_log_of_the_drivers_own))
