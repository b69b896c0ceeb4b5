#include "unicode.h"

#include <stdint.h>
#include <string.h>

size_t unicode_length(const SQLWCHAR *text, SQLSMALLINT length) {
    size_t units = 0;
    if (text == NULL) return 0;
    if (length != SQL_NTS) return (size_t)length;
    while (text[units] != 0) units++;
    return units;
}

/* The next character, and past it; a byte that begins none is U+FFFD. */
static uint32_t next_character(const unsigned char **from) {
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *at = *from;
    unsigned char first = *at++;
    int more = first < 0x80 ? 0 : first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
    uint32_t character;
    int left;
    *from = at;
    if (more < 0 || first >= 0xF8) return 0xFFFD;
    character = more == 0 ? first : first & (0x3Fu >> more);
    for (left = more; left > 0; left--, at++) {
        if ((*at & 0xC0) != 0x80) return 0xFFFD;
        character = character << 6 | (*at & 0x3Fu);
    }
    *from = at;
    return character >= least[more] && character <= 0x10FFFF && (character < 0xD800 || character > 0xDFFF) ? character : 0xFFFD;
}

size_t unicode_of(const char *utf8, SQLWCHAR *to, size_t room) {
    const unsigned char *from = (const unsigned char *)utf8;
    size_t units = 0;
    while (*from != '\0') {
        uint32_t character = next_character(&from);
        size_t wanted = character > 0xFFFF ? 2 : 1;
        if (units + wanted >= room) break;
        if (wanted == 2) {
            to[units++] = (SQLWCHAR)(0xD800 + ((character - 0x10000) >> 10));
            character = 0xDC00 + ((character - 0x10000) & 0x3FF);
        }
        to[units++] = (SQLWCHAR)character;
    }
    if (room != 0) to[units] = 0;
    return units;
}

SQLRETURN unicode_copy(const SQLWCHAR *text, size_t units, SQLWCHAR *to, SQLSMALLINT room, SQLSMALLINT *length) {
    size_t fits;
    if (length != NULL) *length = (SQLSMALLINT)units;
    if (to == NULL || room <= 0) return SQL_SUCCESS;
    fits = units < (size_t)room ? units : (size_t)room - 1;
    if (fits != 0) memcpy(to, text, fits * sizeof *to);
    to[fits] = 0;
    return units < (size_t)room ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}
