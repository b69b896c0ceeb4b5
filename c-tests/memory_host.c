/* A host for memory.c, which searches its memory. It holds no secret of its own: its settings are in a file that is mapped
   read-only, and what it gets it writes from where the library has it.

   memory_host kv|known|string|utf16 FILE: after each step it writes one character to its standard output and waits for one from
   its standard input. C (credentials, and then their secrets) or E (an error, and then its message); F (freed);
   G (everything forgotten). With "known" it is the third login with the same pairs, whose result is not used. */
#include "support/test.h"

#include <fcntl.h>
#include <rs_auth.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_PAIRS 64

static void put(const void *bytes, size_t length) {
    CHECK(write(STDOUT_FILENO, bytes, length) == (ssize_t)length);
}

/* A length and so many bytes; no text ends the list. */
static void put_text(const char *text) {
    uint32_t length = text != NULL ? (uint32_t)strlen(text) : 0;
    if (length == 0) return;
    put(&length, sizeof length);
    put(text, length);
}

static void end_texts(void) {
    uint32_t none = 0;
    put(&none, sizeof none);
}

static void wait_for_word(void) {
    char word;
    if (read(STDIN_FILENO, &word, 1) != 1) exit(0);
}

/* The file, and a NUL behind it: the rest of its last page. */
static const char *map(const char *path, size_t *length) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    const char *text;
    CHECK(file >= 0 && fstat(file, &about) == 0);
    *length = (size_t)about.st_size;
    text = mmap(NULL, *length + 1, PROT_READ, MAP_PRIVATE, file, 0);
    CHECK(text != MAP_FAILED && *length % 4096 != 0);
    close(file);
    return text;
}

static void ignore_line(void *user_data, int32_t level, const char *target, const char *message) {
    (void)user_data, (void)level, (void)target, (void)message;
}

/* The pairs of the file; "@answer" is what a person answers. */
static size_t pairs_of(const char *at, const char *end, rs_auth_dsn_kv *kv, const char **answer) {
    size_t count = 0;
    while (at < end) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, "@answer") == 0) {
            *answer = value;
        } else {
            CHECK(count < MOST_PAIRS);
            kv[count].key = at;
            kv[count++].value = value;
        }
        at = value + strlen(value) + 1;
    }
    return count;
}

static int32_t answer_event(void *user_data, rs_auth_event *event) {
    const char *text = *(const char **)user_data;
    if (text == NULL || rs_auth_event_kind(event) != RS_AUTH_EVENT_ASK_OTP) return RS_AUTH_EVENT_USE_DEFAULT;
    CHECK_INT(rs_auth_event_answer(event, text), RS_AUTH_STATUS_OK);
    return RS_AUTH_EVENT_HANDLED;
}

static void tell(const rs_auth_credentials *credentials) {
    put_text(rs_auth_credentials_password(credentials));
    put_text(rs_auth_credentials_token(credentials));
    put_text(rs_auth_credentials_aws_secret_access_key(credentials));
    put_text(rs_auth_credentials_aws_session_token(credentials));
    end_texts();
}

/* Everything that makes copies of them. */
static void use(const rs_auth_credentials *credentials, const rs_auth_dsn_kv *kv, size_t count) {
    const rs_auth_dsn_kv *list;
    char *merged = NULL;
    int32_t dialect;
    (void)rs_auth_credentials_kv(credentials, &list);
    for (dialect = RS_AUTH_DIALECT_REDSHIFT_ODBC; dialect <= RS_AUTH_DIALECT_URL; dialect++) {
        (void)rs_auth_credentials_connection_string(credentials, dialect);
    }
    if (count == 0) return;
    CHECK_INT(rs_auth_merge(kv, count, credentials, RS_AUTH_DIALECT_REDSHIFT_ODBC, &merged, NULL), RS_AUTH_STATUS_OK);
    rs_auth_string_free(merged);
}

int main(int argc, char **argv) {
    rs_auth_dsn_kv kv[MOST_PAIRS];
    rs_auth_options *options = rs_auth_options_new();
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    const char *text, *answer = NULL;
    size_t length, count = 0;
    CHECK(argc == 3);
    text = map(argv[2], &length);
    CHECK_INT(rs_auth_options_set_log_callback(options, ignore_line, RS_AUTH_LOG_TRACE, NULL), RS_AUTH_STATUS_OK);
    CHECK_INT(rs_auth_options_set_event_callback(options, answer_event, &answer), RS_AUTH_STATUS_OK);
    if (strcmp(argv[1], "kv") == 0) {
        count = pairs_of(text, text + length, kv, &answer);
        (void)rs_auth_get_credentials(kv, count, options, &credentials, &error);
    } else if (strcmp(argv[1], "known") == 0) {
        int login;
        count = pairs_of(text, text + length, kv, &answer);
        for (login = 1; login <= 3 && error == NULL; login++) {
            rs_auth_credentials_free(credentials);
            (void)rs_auth_get_credentials(kv, count, options, &credentials, &error);
        }
        CHECK(rs_auth_credentials_from_cache(credentials));
    } else if (strcmp(argv[1], "string") == 0) {
        (void)rs_auth_get_credentials_from_string(text, options, &credentials, &error);
    } else {
        CHECK_TEXT(argv[1], "utf16");
        (void)rs_auth_get_credentials_from_utf16((const uint16_t *)(const void *)text, length / 2, options, &credentials, &error);
    }
    rs_auth_options_free(options);
    if (error == NULL) {
        if (strcmp(argv[1], "known") != 0) use(credentials, kv, count);
        put("C", 1);
        tell(credentials);
    } else {
        put("E", 1);
        put_text(rs_auth_error_message(error));
        end_texts();
    }
    wait_for_word();
    rs_auth_credentials_free(credentials);
    rs_auth_error_free(error);
    put("F", 1);
    wait_for_word();
    CHECK_INT(rs_auth_forget_all(NULL), RS_AUTH_STATUS_OK);
    put("G", 1);
    wait_for_word();
    return 0;
}
