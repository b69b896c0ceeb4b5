#include "http.h"
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const char *origin) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    unsigned port = 0;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sscanf(origin, "http://127.0.0.1:%u", &port) != 1) FAIL("%s is not plain HTTP on loopback", origin);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(descriptor >= 0);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) FAIL("%s: %s", origin, strerror(errno));
    return descriptor;
}

static void send_all(int descriptor, const char *bytes, size_t left) {
    while (left > 0) {
        ssize_t sent = send(descriptor, bytes, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        CHECK(sent > 0);
        bytes += sent;
        left -= (size_t)sent;
    }
}

/* Everything until the peer closes. */
static char *receive_all(int descriptor) {
    size_t room = 65536, length = 0;
    char *text = malloc(room);
    CHECK(text != NULL);
    for (;;) {
        ssize_t received = recv(descriptor, text + length, room - length - 1, 0);
        if (received < 0 && errno == EINTR) continue;
        CHECK(received >= 0);
        if (received == 0) break;
        length += (size_t)received;
        if (room - length < 4096) {
            room *= 2;
            text = realloc(text, room);
            CHECK(text != NULL);
        }
    }
    text[length] = '\0';
    return text;
}

char *http_request(const char *origin, const char *method, const char *path, const char *json) {
    char head[512];
    char *answer, *body;
    int descriptor = connect_to(origin), status = 0;
    size_t length = json != NULL ? strlen(json) : 0;
    int written = snprintf(head, sizeof head,
                           "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                           "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                           method, path, length);
    CHECK(written > 0 && (size_t)written < sizeof head);
    send_all(descriptor, head, (size_t)written);
    send_all(descriptor, json != NULL ? json : "", length);
    answer = receive_all(descriptor);
    close(descriptor);
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1 || status / 100 != 2) {
        FAIL("%s %s answered: %s", method, path, answer);
    }
    body = strstr(answer, "\r\n\r\n");
    CHECK(body != NULL);
    memmove(answer, body + 4, strlen(body + 4) + 1);
    return answer;
}
