#include "neighbours.h"

#include <curl/curl.h>
#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static const char *because(char *why, size_t room, const char *who, const char *text) {
    snprintf(why, room, "%s: %s", who, text);
    return why;
}

/* Nothing is there, and the answer says so: it is the sandbox's, and it was read. */
#define NOTHING_THERE 404
static int converse(BIO *connection) {
    static const char request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    char answer[512];
    int length, status = 0;
    if (BIO_write(connection, request, (int)sizeof request - 1) != (int)sizeof request - 1) return 0;
    length = BIO_read(connection, answer, (int)sizeof answer - 1);
    if (length <= 0) return 0;
    answer[length] = '\0';
    return sscanf(answer, "HTTP/1.1 %d", &status) == 1 && status == NOTHING_THERE;
}

/* 1: all went well. */
static int converse_with(SSL_CTX *context, const char *port, const char *ca_file) {
    BIO *connection;
    SSL *tls = NULL;
    int done;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1) return 0;
    connection = BIO_new_ssl_connect(context);
    if (connection == NULL) return 0;
    BIO_get_ssl(connection, &tls);
    BIO_set_conn_hostname(connection, "127.0.0.1");
    BIO_set_conn_port(connection, port);
    done = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") == 1 && BIO_do_handshake(connection) == 1 &&
           converse(connection);
    BIO_free_all(connection);
    return done;
}

const char *neighbour_openssl(const char *port, const char *ca_file, char *why, size_t room) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int done = context != NULL && converse_with(context, port, ca_file);
    if (!done) ERR_error_string_n(ERR_get_error(), why, room);
    SSL_CTX_free(context);
    return done ? NULL : why;
}

static size_t ignore(char *bytes, size_t size, size_t count, void *user_data) {
    (void)bytes, (void)user_data;
    return size * count;
}

const char *neighbour_curl(const char *port, const char *ca_file, char *why, size_t room) {
    CURL *request = curl_easy_init();
    CURLcode done;
    long status = 0;
    char url[64];
    if (request == NULL) return because(why, room, "libcurl", "no handle");
    snprintf(url, sizeof url, "https://127.0.0.1:%s/", port);
    curl_easy_setopt(request, CURLOPT_URL, url);
    curl_easy_setopt(request, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(request, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(request, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(request, CURLOPT_WRITEFUNCTION, ignore);
    done = curl_easy_perform(request);
    curl_easy_getinfo(request, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(request);
    if (done != CURLE_OK) return because(why, room, "libcurl", curl_easy_strerror(done));
    return status == NOTHING_THERE ? NULL : because(why, room, "libcurl", "another status than 404");
}

const char *neighbour_libpq(const char *port, const char *ca_file, char *why, size_t room) {
    const char *const names[] = {"hostaddr", "host", "port", "sslmode", "sslrootcert", "gssencmode", "user", "password", NULL};
    const char *const values[] = {"127.0.0.1", "127.0.0.1", port, "verify-full", ca_file, "disable", "alice", "x", NULL};
    PGconn *connection = PQconnectdbParams(names, values, 0);
    const char *told = PQerrorMessage(connection);
    /* What comes is the first byte of "HTTP/1.1 400", through TLS. */
    int read = strstr(told, "received H") != NULL;
    if (!read) because(why, room, "libpq", told);
    PQfinish(connection);
    return read ? NULL : why;
}
