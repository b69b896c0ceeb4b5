/* What else speaks TLS in a process: OpenSSL, libcurl and libpq, each with one connection from beginning to end. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include <stddef.h>

/* Each connects to 127.0.0.1 at `port`, believes the authorities of `ca_file` alone, and checks the name. NULL: all went
   well; else why it did not, in `why`. */
typedef const char *neighbour(const char *port, const char *ca_file, char *why, size_t room);

/* A request with OpenSSL's own functions. */
neighbour neighbour_openssl;
/* A request with libcurl. */
neighbour neighbour_curl;
/* The TLS of a connection with libpq. At `port` listens somebody who takes the request for it and is no PostgreSQL: it
   counts that libpq could read the answer. */
neighbour neighbour_libpq;

#endif
