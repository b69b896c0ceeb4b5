/* Many threads: those that are answered from memory, and those that all log in at the same moment. */
#include "bench.h"
#include "support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a thread of a server may have. */
#define STACK_BYTES (256 * 1024)

static const bench *all; /* what the threads share, written before they start */
static pthread_barrier_t start;
static atomic_bool stop;
static atomic_int finished;

typedef struct member {
    pthread_t thread;
    settings dsn;
    char user[32];
    long answers;
    double ended_ms;
    char *fault; /* NULL: it succeeded */
} member;

static void launch(member *members, int count, void *(*work)(void *)) {
    pthread_attr_t attributes;
    int at;
    CHECK(pthread_barrier_init(&start, NULL, (unsigned)count + 1) == 0);
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0);
    for (at = 0; at < count; at++) {
        int failed = pthread_create(&members[at].thread, &attributes, work, &members[at]);
        if (failed != 0) FAIL("thread %d of %d: %s", at, count, strerror(failed));
    }
    pthread_attr_destroy(&attributes);
}

static member *members_of(int count) {
    member *members = calloc((size_t)count, sizeof *members);
    int at;
    CHECK(members != NULL);
    for (at = 0; at < count; at++) members[at].dsn = all->dsn;
    return members;
}

static void *ask_again_and_again(void *argument) {
    member *self = argument;
    pthread_barrier_wait(&start);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        int at;
        for (at = 0; at < 64; at++) all->api.credentials_free(bench_login(all, &self->dsn, NULL));
        self->answers += 64;
    }
    return NULL;
}

/* What the kernel takes of an answer: it is asked who the user is, and for the file of the AWS tools. */
static double system_calls_us(void) {
    const char *file = getenv("AWS_CONFIG_FILE");
    enum { TIMES = 20000 };
    struct stat found;
    double before = test_now_ms();
    int at;
    for (at = 0; at < TIMES; at++) {
        if (geteuid() == (uid_t)-1 || stat(file != NULL ? file : "/nonexistent", &found) == 0) FAIL("there is such a file");
    }
    return (test_now_ms() - before) * 1e3 / TIMES;
}

/* cached LIBRARY THREADS MILLISECONDS KEY=VALUE...: answers from memory, of one identity, as fast as they come. */
int bench_cached(int argc, char **argv) {
    bench it;
    member *members;
    double before, took, kernel = system_calls_us();
    long answers = 0;
    int count, at;
    CHECK(argc > 3);
    count = bench_count(argv[1]);
    it = bench_begin(argv[0], argc - 3, argv + 3);
    all = &it;
    bench_log_in(&it, NULL);
    {
        rs_auth_credentials *second = bench_login(&it, &it.dsn, NULL);
        CHECK(it.api.credentials_from_cache(second));
        it.api.credentials_free(second);
    }
    members = members_of(count);
    launch(members, count, ask_again_and_again);
    pthread_barrier_wait(&start);
    before = test_now_ms();
    test_sleep_ms((unsigned)bench_count(argv[2]));
    atomic_store(&stop, 1);
    for (at = 0; at < count; at++) CHECK(pthread_join(members[at].thread, NULL) == 0);
    took = test_now_ms() - before;
    for (at = 0; at < count; at++) answers += members[at].answers;
    printf("{\"answers\":%ld,\"ms\":%.4f,\"kernel_us\":%.4f}\n", answers, took, kernel);
    free(members);
    return 0;
}

static void *log_in_once(void *argument) {
    member *self = argument;
    rs_auth_credentials *credentials = NULL;
    rs_auth_error *error = NULL;
    pthread_barrier_wait(&start);
    if (all->api.get_credentials(self->dsn.kv, self->dsn.len, NULL, &credentials, &error) != RS_AUTH_STATUS_OK) {
        const char *message = all->api.error_message(error);
        self->fault = strdup(message != NULL ? message : "no message");
    }
    self->ended_ms = test_now_ms();
    all->api.credentials_free(credentials);
    all->api.error_free(error);
    atomic_fetch_add(&finished, 1);
    return NULL;
}

/* What is seen of the process while they are at it. */
static long most_threads(int count) {
    long most = 0;
    while (atomic_load(&finished) < count) {
        long now = bench_status("Threads:");
        if (now > most) most = now;
        test_sleep_ms(2);
    }
    return most;
}

/* Every login has a socket and the descriptors of an event loop. */
static void allow_descriptors(void) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* crowd LIBRARY THREADS same|different KEY=VALUE...: all at the same moment, nothing cached. The different ones are other
   database users of the same keys. */
int bench_crowd(int argc, char **argv) {
    bench it;
    member *members;
    double before, wall = 0;
    long most, rss, idle;
    int count, at, succeeded = 0;
    const char *fault = NULL;
    CHECK(argc > 3);
    count = bench_count(argv[1]);
    it = bench_begin(argv[0], argc - 3, argv + 3);
    all = &it;
    allow_descriptors();
    members = members_of(count);
    if (strcmp(argv[2], "different") == 0) {
        for (at = 0; at < count; at++) {
            snprintf(members[at].user, sizeof members[at].user, "user_%d", at);
            bench_set(&members[at].dsn, "DbUser", members[at].user);
        }
    }
    launch(members, count, log_in_once);
    idle = bench_status("VmRSS:");
    before = test_now_ms();
    pthread_barrier_wait(&start);
    most = most_threads(count);
    for (at = 0; at < count; at++) CHECK(pthread_join(members[at].thread, NULL) == 0);
    rss = bench_status("VmHWM:");
    for (at = 0; at < count; at++) {
        if (members[at].ended_ms - before > wall) wall = members[at].ended_ms - before;
        if (members[at].fault == NULL) succeeded++;
        else fault = members[at].fault;
    }
    printf("{\"wall_ms\":%.3f,\"succeeded\":%d,\"threads\":%ld,\"peak_rss_kb\":%ld,\"idle_rss_kb\":%ld}\n", wall, succeeded,
           most, rss, idle);
    if (fault != NULL) fprintf(stderr, "%d of %d failed, one of them: %s\n", count - succeeded, count, fault);
    return 0;
}
