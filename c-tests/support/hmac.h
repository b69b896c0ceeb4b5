/* HMAC-SHA256 (RFC 2104, FIPS 180-4): what AWS derives its signing keys with. */
#ifndef HMAC_H
#define HMAC_H

#include <stddef.h>

#define HMAC_LENGTH 32

void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length, unsigned char out[HMAC_LENGTH]);

#endif
