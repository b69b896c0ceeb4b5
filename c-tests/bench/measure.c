/* measure WHAT ...: one measurement in a process of its own. `cargo xtask bench` repeats them and makes tables. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int, char **);
    } all[] = {{"load", bench_load},     {"fresh", bench_fresh}, {"again", bench_again},
               {"cached", bench_cached}, {"crowd", bench_crowd}, {"repeat", bench_repeat}};
    size_t at;
    for (at = 0; argc > 2 && at < sizeof all / sizeof *all; at++) {
        if (strcmp(argv[1], all[at].name) == 0) return all[at].run(argc - 2, argv + 2);
    }
    fprintf(stderr, "usage: %s load|fresh|again|cached|crowd|repeat LIBRARY ...\n", argv[0]);
    return 2;
}
