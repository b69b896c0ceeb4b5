/* allocations LIBRARY COUNT KEY=VALUE...: how often and how much a cached answer allocates. The counting functions are this
   program's; the library's calls of malloc find them as they would find another allocator of a host. */
#include "bench.h"
#include "support/test.h"

#include <stdlib.h>

/* glibc's own, under the names that it keeps for this. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *block, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

static _Thread_local long calls, bytes_asked;

static void count(size_t bytes) {
    calls++;
    bytes_asked += (long)bytes;
}

void *malloc(size_t bytes) {
    count(bytes);
    return __libc_malloc(bytes);
}

void *calloc(size_t number, size_t bytes) {
    count(number * bytes);
    return __libc_calloc(number, bytes);
}

void *realloc(void *block, size_t bytes) {
    count(bytes);
    return __libc_realloc(block, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    count(bytes);
    *block = __libc_memalign(alignment, bytes);
    return *block == NULL;
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    count(bytes);
    return __libc_memalign(alignment, bytes);
}

int main(int argc, char **argv) {
    bench it;
    long calls_before, bytes_before;
    int number, at;
    if (argc < 4) {
        fprintf(stderr, "usage: %s LIBRARY COUNT KEY=VALUE...\n", argv[0]);
        return 2;
    }
    number = bench_count(argv[2]);
    it = bench_begin(argv[1], argc - 3, argv + 3);
    bench_log_in(&it, NULL);
    bench_log_in(&it, NULL);
    calls_before = calls;
    bytes_before = bytes_asked;
    for (at = 0; at < number; at++) bench_log_in(&it, NULL);
    printf("{\"calls\":%.3f,\"bytes\":%.1f}\n", (double)(calls - calls_before) / number,
           (double)(bytes_asked - bytes_before) / number);
    return 0;
}
