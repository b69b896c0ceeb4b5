#include "ssl_request.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;
static struct sockaddr_in behind;

/* What one side sends to the other, until either ends. */
static void hand_on(int one, int other) {
    struct pollfd sides[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
    char bytes[16384];
    int at;
    for (;;) {
        if (poll(sides, 2, 20000) <= 0) return;
        for (at = 0; at < 2; at++) {
            ssize_t length;
            if (sides[at].revents == 0) continue;
            length = recv(sides[at].fd, bytes, sizeof bytes, 0);
            if (length <= 0) return;
            if (send(sides[1 - at].fd, bytes, (size_t)length, MSG_NOSIGNAL) != length) return;
        }
    }
}

/* SSLRequest: a length of 8 and the number 80877103 ("Message Formats" of PostgreSQL's documentation). */
static void *serve(void *descriptor) {
    int client = (int)(intptr_t)descriptor, server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned char request[8];
    if (recv(client, request, sizeof request, MSG_WAITALL) == (ssize_t)sizeof request && request[3] == 8 &&
        send(client, "S", 1, MSG_NOSIGNAL) == 1 && connect(server, (struct sockaddr *)&behind, sizeof behind) == 0) {
        hand_on(client, server);
    }
    close(server);
    close(client);
    return NULL;
}

static void *accept_clients(void *unused) {
    (void)unused;
    for (;;) {
        pthread_t thread;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) continue;
        CHECK(pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0);
        CHECK(pthread_detach(thread) == 0);
    }
}

const char *ssl_request_start(const char *port) {
    static char own[8];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    pthread_t thread;
    behind = address;
    behind.sin_port = htons((uint16_t)atoi(port));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(listener >= 0 && bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 64) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &length) == 0);
    snprintf(own, sizeof own, "%u", ntohs(address.sin_port));
    CHECK(pthread_create(&thread, NULL, accept_clients, NULL) == 0);
    CHECK(pthread_detach(thread) == 0);
    return own;
}
