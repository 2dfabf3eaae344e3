/* What the tests of the seed's calls share: a store in memory, and asking it in one line. */
#ifndef SEED_FIXTURE_H
#define SEED_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "centime.h"

#define NOW    INT64_C(1780272000000000000) /* 2026-06-01T00:00:00Z */
#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

struct seed {
    centime_store *store;
    centime_writer *writer;
    centime_error err;
};

static inline int seed_open(void **state)
{
    static struct seed seed;
    centime_options options = CENTIME_OPTIONS_INIT;
    options.in_memory = 1;
    options.no_thread = 1;
    seed.err = (centime_error)CENTIME_ERROR_INIT;
    if (centime_open("seed", &options, &seed.store, &seed.err) != CENTIME_OK ||
        centime_writer_create(seed.store, NULL, &seed.writer, &seed.err) != CENTIME_OK)
        return -1;
    *state = &seed;
    return 0;
}

static inline int seed_close(void **state)
{
    struct seed *seed = *state;
    centime_writer_destroy(seed->writer);
    return centime_close(seed->store, &seed->err);
}

#define SEED_TEST(test) cmocka_unit_test_setup_teardown(test, seed_open, seed_close)

#define expect_ok(seed, call)                                                                      \
    do {                                                                                           \
        if ((call) != CENTIME_OK)                                                                  \
            fail_msg("%s: %s", #call, (seed)->err.text);                                           \
    } while (0)

/* A buffer's bytes, until the next call. Destroys the buffer. */
static inline const char *text_of(centime_buffer *buffer)
{
    static char text[16384];
    assert_true(centime_buffer_len(buffer) < sizeof text);
    memcpy(text, centime_buffer_bytes(buffer), centime_buffer_len(buffer) + 1);
    centime_buffer_destroy(buffer);
    return text;
}

static inline void expect_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in %s", part, text);
}

static inline const char *health_at(struct seed *seed, int64_t now_ns)
{
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_cluster_health_json(seed->store, NULL, now_ns, &buffer, &seed->err));
    return text_of(buffer);
}

/* The cost summary of the 24 hours up to NOW. */
static inline const char *costs_json(struct seed *seed)
{
    const centime_cost_options options = {.struct_size = sizeof options, .end_ns = NOW};
    centime_cost_summary *summary = NULL;
    centime_buffer *buffer = NULL;
    expect_ok(seed, centime_cost_summary_run(seed->store, &options, &summary, &seed->err));
    expect_ok(seed, centime_cost_summary_json(summary, &buffer, &seed->err));
    centime_cost_summary_destroy(summary);
    return text_of(buffer);
}

static inline void add_sample(struct seed *seed, const char *cluster, const char *node,
                              int64_t time_ns, double cpu, double gpu)
{
    const centime_system_metrics sample = {
        .struct_size = sizeof sample,
        .has = CENTIME_HAS_CPU | CENTIME_HAS_MEMORY | CENTIME_HAS_DISK | CENTIME_HAS_GPU,
        .time_ns = time_ns,
        .cluster = cluster,
        .node = node,
        .cpu_usage = cpu,
        .memory_usage = 68.2,
        .disk_usage = 45,
        .gpu_usage = gpu,
    };
    expect_ok(seed, centime_writer_system(seed->writer, &sample, 1, NULL, &seed->err));
}

static inline centime_cost_entry seed_cost(const char *cost)
{
    return (centime_cost_entry){.struct_size = sizeof(centime_cost_entry),
                                .time_ns = NOW,
                                .provider = "aws",
                                .service = "ec2",
                                .resource_id = "i-1234567890abcdef0",
                                .cost_usd = cost,
                                .region = "us-west-2"};
}

#endif
