#include "diagnostic.h"

#include <stdio.h>
#include <string.h>

void diagnostic_set(diagnostic *self, const char *state, SQLINTEGER native, const char *message, const char *hint) {
    snprintf(self->state, sizeof self->state, "%s", state);
    self->native = native;
    snprintf(self->text, sizeof self->text, "[rs_auth] %s%s%s", message, hint != NULL ? " " : "", hint != NULL ? hint : "");
}

SQLRETURN diagnostic_copy(const char *text, SQLCHAR *to, SQLSMALLINT room, SQLSMALLINT *length) {
    size_t whole = strlen(text);
    if (length != NULL) *length = (SQLSMALLINT)whole;
    if (to == NULL || room <= 0) return SQL_SUCCESS;
    snprintf((char *)to, (size_t)room, "%s", text);
    return whole < (size_t)room ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

SQLRETURN diagnostic_get(const diagnostic *self, SQLSMALLINT record, SQLCHAR *state, SQLINTEGER *native, SQLCHAR *message,
                         SQLSMALLINT room, SQLSMALLINT *length) {
    if (record != 1 || self->state[0] == '\0') return SQL_NO_DATA;
    if (state != NULL) memcpy(state, self->state, sizeof self->state);
    if (native != NULL) *native = self->native;
    return diagnostic_copy(self->text, message, room, length);
}
