/* What a handle has to say for its last call. */
#ifndef DIAGNOSTIC_H
#define DIAGNOSTIC_H

#include <sql.h>

typedef struct diagnostic {
    char state[6]; /* empty: nothing to say */
    SQLINTEGER native;
    char text[2048];
} diagnostic;

/* Keeps it: a message, and after it a hint, which may be NULL. */
void diagnostic_set(diagnostic *self, const char *state, SQLINTEGER native, const char *message, const char *hint);

/* The body of SQLGetDiagRec. */
SQLRETURN diagnostic_get(const diagnostic *self, SQLSMALLINT record, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *message,
                         SQLSMALLINT room, SQLSMALLINT *length);

/* Copies a text into an application's buffer as ODBC wants it: what fits, its end, and the length of the whole.
   SQL_SUCCESS_WITH_INFO: not all of it fits. */
SQLRETURN diagnostic_copy(const char *text, SQLCHAR *to, SQLSMALLINT room, SQLSMALLINT *length);

#endif
