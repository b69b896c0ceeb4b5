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

/* The four digits at `at`. */
static unsigned unit(const char *at) {
    unsigned value = 0;
    CHECK(sscanf(at, "%4x", &value) == 1);
    return value;
}

static char *put_utf8(char *to, unsigned long character) {
    static const unsigned char first[] = {0, 0, 0xC0, 0xE0, 0xF0};
    int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4, at;
    for (at = length - 1; at > 0; at--) {
        to[at] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    to[0] = (char)(length == 1 ? character : first[length] | character);
    return to + length;
}

/* The string at `at` with all its escapes undone; none is longer than what it stands for. */
static char *whole_text(const char *at) {
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    const char *end = skip_string(at) - 1;
    char *text = malloc((size_t)(end - at)), *to = text;
    CHECK(text != NULL);
    for (at++; at < end; at++) {
        const char *escape;
        if (*at != '\\') {
            *to++ = *at;
        } else if (*++at == 'u') {
            unsigned long character = unit(at + 1);
            at += 4;
            if (character >= 0xD800 && character < 0xDC00) {
                character = 0x10000 + ((character - 0xD800) << 10) + (unit(at + 3) - 0xDC00);
                at += 6;
            }
            to = put_utf8(to, character);
        } else {
            escape = strchr(escapes, *at);
            *to++ = escape != NULL ? escape[1] : *at;
        }
    }
    *to = '\0';
    return text;
}

void json_each_text(const char *json, void (*visit)(const char *key, const char *text)) {
    char *key = strdup("");
    const char *at;
    CHECK(key != NULL);
    for (at = json; *at != '\0';) {
        char *text;
        if (*at != '"') {
            at++;
            continue;
        }
        text = whole_text(at);
        at = skip_blanks(skip_string(at));
        if (*at == ':') {
            free(key);
            key = text;
        } else {
            visit(key, text);
            free(text);
        }
    }
    free(key);
}
