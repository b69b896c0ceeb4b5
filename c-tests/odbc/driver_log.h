/* The log of a driver, as Amazon's ODBC driver names it: LogLevel 0 (off) to 6 (trace), LogPath a directory. */
#ifndef DRIVER_LOG_H
#define DRIVER_LOG_H

#include <rs_auth.h>
#include <stdio.h>

typedef struct driver_log {
    FILE *file;
    int32_t level; /* RS_AUTH_LOG_*; 0: off */
} driver_log;

/* Opens it if the DSN asks for one, and ends what was open before. Without a file there is no log. */
void driver_log_open(driver_log *self, const rs_auth_dsn_kv *dsn, size_t length);
void driver_log_close(driver_log *self);

/* One line. NULL and levels finer than asked for are left out. */
void driver_log_write(driver_log *self, int32_t level, const char *target, const char *message);

#endif
