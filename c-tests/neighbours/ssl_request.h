/* A server that speaks the first word of PostgreSQL's protocol. */
#ifndef SSL_REQUEST_H
#define SSL_REQUEST_H

/* Starts it on a thread that lives as long as the process: it agrees to TLS, and hands on what comes then to 127.0.0.1 at
   `port`. Returns its own port, as text that lives as long. */
const char *ssl_request_start(const char *port);

#endif
