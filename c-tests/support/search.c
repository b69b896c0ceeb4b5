#include "search.h"
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define PIECE 16   /* a piece begins every so many bytes, so what is found is at most one byte short of two of them */
#define SHORTEST 8 /* what is shorter is in everything */
#define HEADS 65536
#define BASE64 64 /* as long is no word */

typedef struct piece {
    unsigned char bytes[PIECE];
    size_t length, next, found, found_in_dump;
    const char *name;
} piece;

/* By the first bytes of each: the place of the first such piece, from 1. */
static size_t heads[HEADS];
static piece *pieces;
static size_t piece_count, piece_room = 1;

static size_t head_of(const unsigned char *bytes) {
    uint64_t first;
    memcpy(&first, bytes, sizeof first);
    return (size_t)((first * UINT64_C(0x9E3779B97F4A7C15)) >> 48);
}

static void add_piece(const char *name, const unsigned char *bytes, size_t length) {
    size_t head = head_of(bytes), at;
    for (at = heads[head]; at != 0; at = pieces[at].next) {
        if (pieces[at].length == length && memcmp(pieces[at].bytes, bytes, length) == 0 && strcmp(pieces[at].name, name) == 0) {
            return;
        }
    }
    /* The first is never used: 0 ends a list. */
    if (++piece_count >= piece_room) {
        piece_room = piece_room * 2 + 1024;
        pieces = realloc(pieces, piece_room * sizeof *pieces);
        CHECK(pieces != NULL);
    }
    memcpy(pieces[piece_count].bytes, bytes, length);
    pieces[piece_count].length = length;
    pieces[piece_count].name = name;
    pieces[piece_count].next = heads[head];
    heads[head] = piece_count;
}

static void add_pieces(const char *name, const unsigned char *bytes, size_t length) {
    size_t at;
    if (length < SHORTEST) return;
    if (length < PIECE) {
        add_piece(name, bytes, length);
        return;
    }
    for (at = 0; at + PIECE <= length; at += PIECE) add_piece(name, bytes + at, PIECE);
    add_piece(name, bytes + length - PIECE, PIECE);
}

/* The value of a digit of base64 or base64url, or -1. */
static int digit(unsigned char character) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    const char *found = character != '\0' ? strchr(digits, character) : NULL;
    return found == NULL ? -1 : (int)(found - digits) < 64 ? (int)(found - digits) : (int)(found - digits) - 2;
}

/* What the digits stand for. */
static void add_decoded(const char *name, const unsigned char *digits, size_t count) {
    unsigned char *bytes = malloc(count);
    size_t at, length = 0;
    unsigned bits = 0;
    CHECK(bytes != NULL);
    for (at = 0; at < count; at++) {
        bits = bits << 6 | (unsigned)digit(digits[at]);
        if (at % 4 != 0) bytes[length++] = (unsigned char)(bits >> (6 - at % 4 * 2) & 0xFF);
    }
    add_pieces(name, bytes, length);
    free(bytes);
}

void search_add(const char *name, const void *bytes, size_t length) {
    const unsigned char *text = bytes;
    size_t from = 0, to;
    char *kept = strdup(name);
    CHECK(kept != NULL);
    add_pieces(kept, text, length);
    for (to = 0; to <= length; to++) {
        if (to < length && digit(text[to]) >= 0) continue;
        if (to - from >= BASE64) add_decoded(kept, text + from, to - from);
        from = to + 1;
    }
}

void search_add_text(const char *name, const char *text) { search_add(name, text, strlen(text)); }

/* One line: what, where, and what stands around it. */
static void report(const piece *found, const char *mapping, const unsigned char *memory, size_t at, size_t length) {
    size_t from = at < 32 ? 0 : at - 32, to = at + 64 < length ? at + 64 : length;
    printf("found %s in %.*s, at +%#zx: ", found->name, (int)strcspn(mapping, "\n"), mapping, at);
    for (; from < to; from++) putchar(isprint(memory[from]) ? memory[from] : '.');
    putchar('\n');
}

static size_t search_memory(const unsigned char *memory, size_t length, const char *mapping, bool dumped, size_t *lines) {
    size_t at, next, count = 0;
    for (at = 0; at + SHORTEST <= length; at++) {
        for (next = heads[head_of(memory + at)]; next != 0; next = pieces[next].next) {
            piece *candidate = &pieces[next];
            if (at + candidate->length > length || memcmp(memory + at, candidate->bytes, candidate->length) != 0) continue;
            count++;
            candidate->found++;
            if (dumped) candidate->found_in_dump++;
            if (*lines > 0) {
                (*lines)--;
                report(candidate, mapping, memory, at, length);
            }
        }
    }
    return count;
}

/* Pages that the process never touched cannot be read where they have no memory behind them: they hold nothing. */
static size_t read_memory(int descriptor, unsigned char *memory, size_t length, unsigned long start) {
    size_t done = 0;
    while (done < length) {
        ssize_t got = pread(descriptor, memory + done, length - done, (off_t)(start + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        done += (size_t)got;
    }
    return done;
}

size_t search_process(pid_t process, size_t lines) {
    char path[64], line[4096], mapping[4096] = "";
    unsigned long start = 0, end = 0, from, to;
    bool writable = false;
    size_t count = 0, searched = 0, at;
    FILE *maps;
    int memory;
    for (at = 1; at <= piece_count; at++) pieces[at].found = pieces[at].found_in_dump = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps", (int)process);
    maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    if (maps == NULL || memory < 0) FAIL("%s: %s", path, strerror(errno));
    while (fgets(line, (int)sizeof line, maps) != NULL) {
        char protection[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, protection) == 3) {
            start = from;
            end = to;
            snprintf(mapping, sizeof mapping, "%s", line);
            writable = protection[0] == 'r' && protection[1] == 'w';
        } else if (writable && strncmp(line, "VmFlags:", 8) == 0) {
            unsigned char *copy = malloc(end - start);
            size_t length;
            CHECK(copy != NULL);
            length = read_memory(memory, copy, end - start, start);
            count += search_memory(copy, length, mapping, strstr(line, " dd") == NULL, &lines);
            searched += length;
            free(copy);
        }
    }
    fclose(maps);
    close(memory);
    printf("searched %zu bytes for %zu pieces: %zu found\n", searched, piece_count, count);
    CHECK(searched > 0);
    return count;
}

static size_t sum(const char *name, bool in_dump) {
    size_t at, count = 0;
    for (at = 1; at <= piece_count; at++) {
        if (strcmp(pieces[at].name, name) == 0) count += in_dump ? pieces[at].found_in_dump : pieces[at].found;
    }
    return count;
}

size_t search_found(const char *name) { return sum(name, false); }

size_t search_found_in_dump(const char *name) { return sum(name, true); }

size_t search_pieces(void) { return piece_count; }
