/* One process, one login after the other: the first, those that follow, and as many as an instrument wants to count. */
#include "bench.h"
#include "support/test.h"

#include <stdlib.h>

static long kilobytes(const char *name) { return bench_status(name); }

/* load LIBRARY: what the library costs a process that does not use it. */
int bench_load(int argc, char **argv) {
    long empty = kilobytes("VmRSS:"), empty_own = kilobytes("RssAnon:");
    bench it;
    CHECK(argc == 1);
    it = bench_begin(argv[0], 0, NULL);
    printf("{\"load_ms\":%.4f,\"rss_kb\":%ld,\"own_kb\":%ld}\n", it.load_ms, kilobytes("VmRSS:") - empty,
           kilobytes("RssAnon:") - empty_own);
    return 0;
}

/* fresh LIBRARY KEY=VALUE...: to the first credentials. What a person did in a browser is kept on disk otherwise, and the next
   process would find it. */
int bench_fresh(int argc, char **argv) {
    long empty = kilobytes("VmRSS:"), empty_own = kilobytes("RssAnon:"), rss, own;
    double before, took;
    rs_auth_options *options;
    bench it;
    CHECK(argc > 1);
    it = bench_begin(argv[0], argc - 1, argv + 1);
    before = test_now_ms();
    options = bench_options(&it, RS_AUTH_CACHE_MEMORY);
    bench_log_in(&it, options);
    took = test_now_ms() - before;
    it.api.options_free(options);
    rss = kilobytes("VmRSS:") - empty;
    own = kilobytes("RssAnon:") - empty_own;
    printf("{\"load_ms\":%.4f,\"login_ms\":%.4f,\"rss_kb\":%ld,\"own_kb\":%ld}\n", it.load_ms, took, rss, own);
    return 0;
}

static void print_all(const char *name, const double *took, int count) {
    int at;
    printf("\"%s\":[", name);
    for (at = 0; at < count; at++) printf("%s%.6f", at == 0 ? "" : ",", took[at]);
    putchar(']');
}

/* again LIBRARY LOGINS KEY=VALUE...: after a first login, others of the same identity, past the cache and out of it. */
int bench_again(int argc, char **argv) {
    rs_auth_options *off;
    double *took;
    bench it;
    int count, at;
    CHECK(argc > 2);
    count = bench_count(argv[1]);
    it = bench_begin(argv[0], argc - 2, argv + 2);
    took = calloc((size_t)count, sizeof *took);
    CHECK(took != NULL);
    bench_log_in(&it, NULL);
    off = bench_options(&it, RS_AUTH_CACHE_OFF);
    putchar('{');
    for (at = 0; at < count; at++) {
        double before = test_now_ms();
        bench_log_in(&it, off);
        took[at] = test_now_ms() - before;
    }
    print_all("off_ms", took, count);
    putchar(',');
    for (at = 0; at < count; at++) {
        double before = test_now_ms();
        bench_log_in(&it, NULL);
        took[at] = test_now_ms() - before;
    }
    print_all("on_ms", took, count);
    puts("}");
    it.api.options_free(off);
    free(took);
    return 0;
}

/* repeat LIBRARY cached|off COUNT KEY=VALUE...: a first login and then so many; the instrument is around the process. */
int bench_repeat(int argc, char **argv) {
    rs_auth_options *options = NULL;
    bench it;
    int count, at;
    CHECK(argc > 3);
    count = atoi(argv[2]); /* none is a count too */
    it = bench_begin(argv[0], argc - 3, argv + 3);
    if (strcmp(argv[1], "off") == 0) options = bench_options(&it, RS_AUTH_CACHE_OFF);
    bench_log_in(&it, options);
    for (at = 0; at < count; at++) bench_log_in(&it, options);
    it.api.options_free(options);
    return 0;
}
