/* The login of an ODBC driver, and nothing else of it: what a driver does with librs_auth between SQLDriverConnect and its
   first packet to the server. It is loaded by a driver manager, which also takes it away again. docs/integrate/odbc.md shows
   it piece by piece: the ANCHOR comments are where the pieces begin and end. */
#include "diagnostic.h"
#include "driver_log.h"
#include "unicode.h"

#include <pthread.h>
#include <rs_auth.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>
#include <stdlib.h>
#include <string.h>

/* What the driver manager shows as the native error of what the driver says itself. */
#define NO_NATIVE_ERROR 0

/* Behind every handle: the diagnostic of its last call comes first. */
typedef struct environment {
    diagnostic said;
} environment;

/* ANCHOR: connection */
typedef struct connection {
    diagnostic said;
    SQLUINTEGER login_timeout_s;  /* 0: none set */
    rs_auth_credentials *login;   /* while connected */
    char *conninfo;               /* what PQconnectdb would get */
    driver_log log;               /* LogLevel and LogPath of the DSN */
    pthread_mutex_t lock;         /* of what SQLCancelHandle comes for, on another thread */
    rs_auth_cancel_token *cancel; /* while a login is under way */
} connection;
/* ANCHOR_END: connection */

static SQLHANDLE new_connection(void) {
    connection *self = calloc(1, sizeof *self);
    if (self != NULL && pthread_mutex_init(&self->lock, NULL) != 0) {
        free(self);
        return NULL;
    }
    return self;
}

SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT type, SQLHANDLE above, SQLHANDLE *made) {
    (void)above;
    switch (type) {
    case SQL_HANDLE_ENV: *made = calloc(1, sizeof(environment)); break;
    case SQL_HANDLE_DBC: *made = new_connection(); break;
    default: return SQL_ERROR; /* this driver has no statements */
    }
    return *made != NULL ? SQL_SUCCESS : SQL_ERROR;
}

/* ANCHOR: forget */
static void forget_login(connection *from) {
    rs_auth_credentials_free(from->login); /* NULL is allowed, and secrets are wiped */
    rs_auth_string_free(from->conninfo);
    from->login = NULL;
    from->conninfo = NULL;
}
/* ANCHOR_END: forget */

SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT type, SQLHANDLE handle) {
    if (type == SQL_HANDLE_DBC) {
        connection *self = handle;
        forget_login(self);
        driver_log_close(&self->log);
        pthread_mutex_destroy(&self->lock);
    }
    free(handle);
    return SQL_SUCCESS;
}

SQLRETURN SQL_API SQLSetEnvAttr(SQLHENV handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    (void)handle, (void)attribute, (void)value, (void)length;
    return SQL_SUCCESS;
}

/* ANCHOR: timeout */
SQLRETURN SQL_API SQLSetConnectAttr(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER length) {
    connection *self = handle;
    (void)length;
    if (attribute == SQL_ATTR_LOGIN_TIMEOUT) self->login_timeout_s = (SQLUINTEGER)(SQLULEN)value;
    return SQL_SUCCESS;
}
/* ANCHOR_END: timeout */

/* ANCHOR: tell */
/* What went wrong, for SQLGetDiagRec: the library brings the SQLSTATE, and its number is the native error. */
static SQLRETURN tell(connection *to, rs_auth_error *error) {
    diagnostic_set(&to->said, rs_auth_error_sqlstate(error), rs_auth_error_status(error), rs_auth_error_message(error),
                   rs_auth_error_hint(error));
    rs_auth_error_free(error);
    return SQL_ERROR;
}
/* ANCHOR_END: tell */

/* ANCHOR: cancel */
/* A token stays cancelled, so that every login gets one of its own. */
static void begin_cancellable(connection *self) {
    pthread_mutex_lock(&self->lock);
    self->cancel = rs_auth_cancel_token_new();
    pthread_mutex_unlock(&self->lock);
}

static void end_cancellable(connection *self) {
    pthread_mutex_lock(&self->lock);
    rs_auth_cancel_token_free(self->cancel);
    self->cancel = NULL;
    pthread_mutex_unlock(&self->lock);
}

/* On another thread, while SQLDriverConnect is in the login. */
SQLRETURN SQL_API SQLCancelHandle(SQLSMALLINT type, SQLHANDLE handle) {
    connection *self = handle;
    if (type != SQL_HANDLE_DBC) return SQL_ERROR; /* this driver has no statements */
    pthread_mutex_lock(&self->lock);
    rs_auth_cancel_token_cancel(self->cancel); /* NULL is ignored: there is nothing to cancel */
    pthread_mutex_unlock(&self->lock);
    return SQL_SUCCESS;
}
/* ANCHOR_END: cancel */

/* ANCHOR: events */
/* What a login waits for a person for. This driver has no windows: it says so in its log and leaves the rest to the library,
   which opens the browser, and fails where a code would have to be asked for. */
static int32_t on_event(void *user_data, rs_auth_event *event) {
    connection *self = user_data;
    driver_log_write(&self->log, RS_AUTH_LOG_INFO, "login", rs_auth_event_text(event));
    return RS_AUTH_EVENT_USE_DEFAULT;
}
/* ANCHOR_END: events */

/* ANCHOR: log */
static void on_line(void *user_data, int32_t level, const char *target, const char *message) {
    connection *self = user_data;
    driver_log_write(&self->log, level, target, message); /* nothing in it is secret */
}
/* ANCHOR_END: log */

/* ANCHOR: options */
static rs_auth_options *options_of(connection *self) {
    rs_auth_options *options = rs_auth_options_new();
    /* Not set, the LoginTimeout of the DSN holds, or the library's default. */
    if (self->login_timeout_s != 0) (void)rs_auth_options_set_timeout_ms(options, (uint64_t)self->login_timeout_s * 1000);
    /* This driver speaks to the server through libpq, which can send a password and no token: better to say so before
       somebody has signed in. */
    (void)rs_auth_options_set_accepted_kinds(options, 1u << RS_AUTH_CREDENTIALS_KIND_DB_PASSWORD);
    (void)rs_auth_options_set_cancel_token(options, self->cancel);
    (void)rs_auth_options_set_event_callback(options, on_event, self);
    if (self->log.level != 0) (void)rs_auth_options_set_log_callback(options, on_line, self->log.level, self);
    return options;
}
/* ANCHOR_END: options */

/* ANCHOR: connect */
/* The whole integration: ask, log in, lay the result over the DSN. */
static SQLRETURN connect_to(connection *self, const rs_auth_dsn_kv *dsn, size_t length) {
    rs_auth_error *error = NULL;
    rs_auth_options *options;
    rs_auth_status status;
    if (rs_auth_wants_login(dsn, length) != 1) {
        diagnostic_set(&self->said, "HYC00", NO_NATIVE_ERROR, "This driver knows no login with UID and PWD alone.", NULL);
        return SQL_ERROR;
    }
    driver_log_open(&self->log, dsn, length);
    begin_cancellable(self);
    options = options_of(self);
    status = rs_auth_get_credentials(dsn, length, options, &self->login, &error);
    rs_auth_options_free(options);
    end_cancellable(self);
    if (status == RS_AUTH_STATUS_OK) {
        status = rs_auth_merge(dsn, length, self->login, RS_AUTH_DIALECT_LIBPQ, &self->conninfo, &error);
    }
    if (status != RS_AUTH_STATUS_OK) {
        forget_login(self);
        return tell(self, error);
    }
    return SQL_SUCCESS; /* a driver goes on here: PQconnectdb(self->conninfo) */
}
/* ANCHOR_END: connect */

/* A copy with its end, of a text that has a length or SQL_NTS. */
static char *text_of(const SQLCHAR *text, SQLINTEGER length) {
    size_t bytes = text == NULL ? 0 : length == SQL_NTS ? strlen((const char *)text) : (size_t)length;
    char *copy = malloc(bytes + 1);
    if (copy != NULL) {
        if (bytes != 0) memcpy(copy, text, bytes);
        copy[bytes] = '\0';
    }
    return copy;
}

/* ANCHOR: driver_connect */
/* A string that was taken apart, or the reason why it could not be. */
static SQLRETURN connect_to_parsed(connection *self, rs_auth_status status, rs_auth_kv_list *list, rs_auth_error *error) {
    const rs_auth_dsn_kv *dsn;
    size_t length;
    SQLRETURN result;
    if (status != RS_AUTH_STATUS_OK) return tell(self, error);
    length = rs_auth_kv_list_get(list, &dsn);
    result = connect_to(self, dsn, length);
    rs_auth_kv_list_free(list);
    return result;
}

/* The string as the application wrote it, or the one that the driver manager made of a DSN. The library takes it apart, and
   reads the DSN that it names from odbc.ini itself: whole, where the driver manager's own reader cuts long lines. */
SQLRETURN SQL_API SQLDriverConnect(SQLHDBC handle, SQLHWND window, SQLCHAR *in, SQLSMALLINT in_length, SQLCHAR *out,
                                   SQLSMALLINT out_room, SQLSMALLINT *out_length, SQLUSMALLINT completion) {
    connection *self = handle;
    char *text = text_of(in, in_length);
    rs_auth_kv_list *list = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status;
    SQLRETURN result;
    (void)window, (void)completion;
    if (text == NULL) return SQL_ERROR;
    status = rs_auth_parse_connection_string(text, &list, &error);
    result = connect_to_parsed(self, status, list, error);
    if (result == SQL_SUCCESS) diagnostic_copy(text, out, out_room, out_length);
    free(text);
    return result;
}
/* ANCHOR_END: driver_connect */

/* ANCHOR: driver_connect_w */
/* The same in UTF-16, the SQLWCHAR of Windows and of unixODBC. Lengths are in units, and SQL_NTS is not RS_AUTH_NTS. */
SQLRETURN SQL_API SQLDriverConnectW(SQLHDBC handle, SQLHWND window, SQLWCHAR *in, SQLSMALLINT in_length, SQLWCHAR *out,
                                    SQLSMALLINT out_room, SQLSMALLINT *out_length, SQLUSMALLINT completion) {
    connection *self = handle;
    size_t units = in_length == SQL_NTS ? RS_AUTH_NTS : (size_t)in_length;
    rs_auth_kv_list *list = NULL;
    rs_auth_error *error = NULL;
    rs_auth_status status = rs_auth_parse_connection_string_utf16(in, units, &list, &error);
    SQLRETURN result = connect_to_parsed(self, status, list, error);
    (void)window, (void)completion;
    if (result == SQL_SUCCESS) unicode_copy(in, unicode_length(in, in_length), out, out_room, out_length);
    return result;
}
/* ANCHOR_END: driver_connect_w */

/* ANCHOR: sql_connect */
SQLRETURN SQL_API SQLConnect(SQLHDBC handle, SQLCHAR *dsn, SQLSMALLINT dsn_length, SQLCHAR *user, SQLSMALLINT user_length,
                             SQLCHAR *password, SQLSMALLINT password_length) {
    connection *self = handle;
    char *texts[] = {text_of(dsn, dsn_length), text_of(user, user_length), text_of(password, password_length)};
    SQLRETURN result = SQL_ERROR;
    size_t at;
    if (texts[0] != NULL && texts[1] != NULL && texts[2] != NULL) {
        /* An empty value counts as not given, so that the file's own stays. */
        const rs_auth_dsn_kv settings[] = {{"DSN", texts[0]}, {"UID", texts[1]}, {"PWD", texts[2]}};
        result = connect_to(self, settings, 3);
    }
    for (at = 0; at < 3; at++) free(texts[at]);
    return result;
}
/* ANCHOR_END: sql_connect */

SQLRETURN SQL_API SQLDisconnect(SQLHDBC handle) {
    forget_login(handle);
    return SQL_SUCCESS;
}

/* ANCHOR: info */
SQLRETURN SQL_API SQLGetInfo(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value, SQLSMALLINT room, SQLSMALLINT *length) {
    connection *self = handle;
    const char *text;
    switch (type) {
    case SQL_DRIVER_ODBC_VER: text = "03.00"; break;
    case SQL_USER_NAME: text = rs_auth_credentials_user(self->login); break;
    case SQL_SERVER_NAME: text = rs_auth_credentials_host(self->login); break;
    case SQL_DATABASE_NAME: text = rs_auth_credentials_database(self->login); break;
    default: return SQL_ERROR;
    }
    return diagnostic_copy(text != NULL ? text : "", value, room, length);
}
/* ANCHOR_END: info */

SQLRETURN SQL_API SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT record, SQLCHAR *state, SQLINTEGER *native,
                                SQLCHAR *message, SQLSMALLINT room, SQLSMALLINT *length) {
    (void)type; /* the diagnostic comes first in both */
    return diagnostic_get(handle, record, state, native, message, room, length);
}

SQLRETURN SQL_API SQLGetDiagRecW(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT record, SQLWCHAR *state, SQLINTEGER *native,
                                 SQLWCHAR *message, SQLSMALLINT room, SQLSMALLINT *length) {
    const diagnostic *said = handle;
    SQLWCHAR wide[sizeof said->text];
    (void)type;
    if (record != 1 || said->state[0] == '\0') return SQL_NO_DATA;
    if (state != NULL) (void)unicode_of(said->state, state, sizeof said->state);
    if (native != NULL) *native = said->native;
    return unicode_copy(wide, unicode_of(said->text, wide, sizeof wide / sizeof *wide), message, room, length);
}
