#include "json.h"
#include "test.h"

#include <stdlib.h>

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t\r\n"); }

/* Behind the closing quote of the string that starts at `at`. */
static const char *skip_string(const char *at) {
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
        CHECK(*at != '\0');
    }
    return at + 1;
}

/* Behind a value of any kind. */
static const char *skip_value(const char *at) {
    int depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at);
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            if (depth < 0) return at; /* a number or a name that ends its object */
            at++;
        }
    } while (depth > 0 || (*at != ',' && *at != '}' && *at != ']' && *at != '\0'));
    return at;
}

/* The value of a member of the object at `at`, or NULL. */
static const char *member(const char *at, const char *name, size_t length) {
    if (*at != '{') return NULL;
    at = skip_blanks(at + 1);
    while (*at == '"') {
        const char *key = at + 1, *end = skip_string(at);
        at = skip_blanks(skip_blanks(end) + 1); /* behind the colon */
        if ((size_t)(end - 1 - key) == length && strncmp(key, name, length) == 0) return at;
        at = skip_blanks(skip_value(at));
        if (*at == ',') at = skip_blanks(at + 1);
    }
    return NULL;
}

/* The string at `at` without its escapes, of which the sandbox needs those of two characters only. */
static char *unescaped(const char *at) {
    const char *end = skip_string(at) - 1;
    char *text = malloc((size_t)(end - at)), *to = text;
    CHECK(text != NULL);
    for (at++; at < end; at++) {
        if (*at == '\\') at++;
        *to++ = *at;
    }
    *to = '\0';
    return text;
}

char *json_text(const char *json, const char *path) {
    const char *at = skip_blanks(json);
    while (at != NULL) {
        size_t length = strcspn(path, ".");
        at = member(at, path, length);
        if (path[length] == '\0') break;
        path += length + 1;
    }
    return at != NULL && *at == '"' ? unescaped(at) : NULL;
}
