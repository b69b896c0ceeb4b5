/* Texts in UTF-16, the SQLWCHAR of unixODBC and of Windows. */
#ifndef UNICODE_H
#define UNICODE_H

#include <sql.h>
#include <sqltypes.h>
#include <stddef.h>

/* How many units a text has that came with a length or with SQL_NTS. */
size_t unicode_length(const SQLWCHAR *text, SQLSMALLINT length);

/* Writes UTF-8 as UTF-16 with its end, as much as fits, and returns how many units it has without the end. What is no UTF-8
   becomes U+FFFD: the library's own texts always are. */
size_t unicode_of(const char *utf8, SQLWCHAR *to, size_t room);

/* Copies a text into an application's buffer as ODBC wants it; room and length are in units.
   SQL_SUCCESS_WITH_INFO: not all of it fits. */
SQLRETURN unicode_copy(const SQLWCHAR *text, size_t units, SQLWCHAR *to, SQLSMALLINT room, SQLSMALLINT *length);

#endif
