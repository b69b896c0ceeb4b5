#include "driver_log.h"

#include <stdlib.h>
#include <strings.h>

/* The last one given wins, as it does for the library. */
static const char *value_of(const rs_auth_dsn_kv *dsn, size_t length, const char *key) {
    const char *found = NULL;
    size_t at;
    for (at = 0; at < length; at++) {
        if (strcasecmp(dsn[at].key, key) == 0 && dsn[at].value != NULL && dsn[at].value[0] != '\0') found = dsn[at].value;
    }
    return found;
}

/* ANCHOR: level */
/* 0 off, 1 fatal, 2 error, 3 warn, 4 info, 5 debug, 6 trace: the library has no level "fatal", and counts from error on. */
static int32_t level_of(const char *text) {
    long level = text != NULL ? strtol(text, NULL, 10) : 0;
    if (level <= 0) return 0;
    if (level <= 2) return RS_AUTH_LOG_ERROR;
    return level >= 6 ? RS_AUTH_LOG_TRACE : (int32_t)level - 1;
}
/* ANCHOR_END: level */

void driver_log_open(driver_log *self, const rs_auth_dsn_kv *dsn, size_t length) {
    const char *directory = value_of(dsn, length, "LogPath");
    char path[4096];
    int written;
    driver_log_close(self);
    self->level = level_of(value_of(dsn, length, "LogLevel"));
    if (self->level == 0 || directory == NULL) return;
    written = snprintf(path, sizeof path, "%s/redshift_odbc.log", directory);
    if (written > 0 && (size_t)written < sizeof path) self->file = fopen(path, "ae"); /* e: not for children */
}

void driver_log_close(driver_log *self) {
    if (self->file != NULL) fclose(self->file);
    self->file = NULL;
    self->level = 0;
}

void driver_log_write(driver_log *self, int32_t level, const char *target, const char *message) {
    static const char *const names[] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    if (self->file == NULL || message == NULL || level < RS_AUTH_LOG_ERROR || level > self->level) return;
    fprintf(self->file, "%s %s: %s\n", names[level - RS_AUTH_LOG_ERROR], target, message);
    fflush(self->file);
}
