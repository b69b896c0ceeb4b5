#include "hmac.h"

#include "test.h"

#include <stdlib.h>

#define BLOCK 64

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotated(uint32_t word, int by) { return word >> by | word << (32 - by); }

static void compress(uint32_t state[8], const unsigned char *block) {
    uint32_t w[64], v[8];
    int at;
    for (at = 0; at < 16; at++) {
        w[at] = (uint32_t)block[4 * at] << 24 | (uint32_t)block[4 * at + 1] << 16 | (uint32_t)block[4 * at + 2] << 8 | block[4 * at + 3];
    }
    for (; at < 64; at++) {
        uint32_t s0 = rotated(w[at - 15], 7) ^ rotated(w[at - 15], 18) ^ w[at - 15] >> 3;
        uint32_t s1 = rotated(w[at - 2], 17) ^ rotated(w[at - 2], 19) ^ w[at - 2] >> 10;
        w[at] = w[at - 16] + s0 + w[at - 7] + s1;
    }
    memcpy(v, state, sizeof v);
    for (at = 0; at < 64; at++) {
        uint32_t t1 = v[7] + (rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[at] + w[at];
        uint32_t t2 = (rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (at = 0; at < 8; at++) state[at] += v[at];
}

/* Of two texts, one behind the other. */
static void sha256(const void *first, size_t first_length, const void *second, size_t second_length, unsigned char out[HMAC_LENGTH]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    size_t length = first_length + second_length, padded = (length + 8) / BLOCK * BLOCK + BLOCK, at;
    unsigned char *text = calloc(padded, 1);
    CHECK(text != NULL);
    memcpy(text, first, first_length);
    memcpy(text + first_length, second, second_length);
    text[length] = 0x80;
    for (at = 0; at < 8; at++) text[padded - 1 - at] = (unsigned char)((uint64_t)length * 8 >> 8 * at);
    for (at = 0; at < padded; at += BLOCK) compress(state, text + at);
    for (at = 0; at < HMAC_LENGTH; at++) out[at] = (unsigned char)(state[at / 4] >> (24 - at % 4 * 8));
    free(text);
}

void hmac_sha256(const void *key, size_t key_length, const void *text, size_t length, unsigned char out[HMAC_LENGTH]) {
    unsigned char inner[BLOCK] = {0}, outer[BLOCK], digest[HMAC_LENGTH];
    size_t at;
    if (key_length > BLOCK) {
        sha256(key, key_length, "", 0, inner);
    } else {
        memcpy(inner, key, key_length);
    }
    for (at = 0; at < BLOCK; at++) {
        outer[at] = inner[at] ^ 0x5C;
        inner[at] ^= 0x36;
    }
    sha256(inner, BLOCK, text, length, digest);
    sha256(outer, BLOCK, digest, HMAC_LENGTH, out);
}
