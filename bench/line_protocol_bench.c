/* How fast line protocol becomes rows of an intake, on one core: charges (8 tags, 2 decimals),
 * gauges (3 tags, 4 floats), counters (10 tags, 10 integers). Time-major, as collectors send it:
 * every series once a step. `known`: the series were seen before, which is how a store runs;
 * `shuffled`: known, but each step in another order; `new`: none was. Also lines that the fast
 * reader leaves to the careful one, and every scanner of key ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmark_shim.h"
#include "line_protocol.h"
#include "line_scan.h"
#include "sim_random.h"

#define BATCH_BYTES    ((size_t)2 << 20)
#define LINE_BYTES_MAX 512

enum shape { CHARGES, GAUGES, COUNTERS, CAREFUL };
enum order { KNOWN, SHUFFLED, NEW };

struct scene {
    enum shape shape;
    enum order order;
    uint32_t series_count, steps;
};

struct text {
    char *bytes;
    size_t len;
    uint64_t lines;
};

static void *room_for(size_t len)
{
    void *room = malloc(len);
    if (!room)
        abort();
    return room;
}

/* ------------------------------------------------------------------------------------------ data
 */

static size_t put_key(char *out, enum shape shape, uint32_t series)
{
    const uint64_t id = sim_random_next(&(struct sim_random){series});
    switch (shape) {
    case CHARGES:
    case CAREFUL:
        return (size_t)snprintf(out, LINE_BYTES_MAX,
                                "cost,provider=aws,region=us-east-%u,account=acct-%012llu,"
                                "service=AmazonEC2,cluster=cluster-%02u,team=team-%02u,env=prod,"
                                "resource_id=i-%017llx ",
                                series % 4, (unsigned long long)(id % 15), series % 20, series % 30,
                                (unsigned long long)id);
    case GAUGES:
        return (size_t)snprintf(out, LINE_BYTES_MAX,
                                "system,cluster=cluster-%02u,node=node-%04u,region=us-east-1 ",
                                series % 20, series);
    case COUNTERS:
        return (size_t)snprintf(out, LINE_BYTES_MAX,
                                "cpu,hostname=host_%u,region=eu-central-1,"
                                "datacenter=eu-central-1a,rack=%u,os=Ubuntu16.10,arch=x64,team=CHI,"
                                "service=%u,service_version=1,service_environment=staging ",
                                series, series % 100, series % 20);
    }
    return 0;
}

static size_t put_fields(char *out, enum shape shape, struct sim_random *random)
{
    static const char *const gauges[] = {"cpu_usage", "memory_usage", "disk_usage", "gpu_usage"};
    static const char *const counters[] = {
        "usage_user", "usage_system",  "usage_idle",  "usage_nice",  "usage_iowait",
        "usage_irq",  "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice"};
    size_t len = 0;
    if (shape == CHARGES)
        return (size_t)snprintf(
            out, LINE_BYTES_MAX, "cost_usd=%u.%06u,usage_quantity=%u.%04u",
            (unsigned)sim_random_below(random, 3), (unsigned)sim_random_below(random, 1000000),
            (unsigned)sim_random_below(random, 9), (unsigned)sim_random_below(random, 10000));
    if (shape == CAREFUL)
        return (size_t)snprintf(
            out, LINE_BYTES_MAX, "cost_usd=%u.8125e-08,usage_quantity=%u,note=\"say \\\"%u\\\"\"",
            (unsigned)sim_random_below(random, 10), (unsigned)sim_random_below(random, 100),
            (unsigned)sim_random_below(random, 100));
    for (size_t i = 0; shape == GAUGES && i < CT_COUNT_OF(gauges); i++)
        len += (size_t)snprintf(out + len, LINE_BYTES_MAX, "%s%s=%u.%u", i ? "," : "", gauges[i],
                                (unsigned)sim_random_below(random, 100),
                                (unsigned)sim_random_below(random, 10));
    for (size_t i = 0; shape == COUNTERS && i < CT_COUNT_OF(counters); i++)
        len += (size_t)snprintf(out + len, LINE_BYTES_MAX, "%s%s=%ui", i ? "," : "", counters[i],
                                (unsigned)sim_random_below(random, 100));
    return len;
}

static void shuffle(uint32_t *order, uint32_t count, struct sim_random *random)
{
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t other = (uint32_t)sim_random_below(random, i);
        const uint32_t moved = order[i - 1];
        order[i - 1] = order[other];
        order[other] = moved;
    }
}

static struct text make_text(const struct scene *scene)
{
    struct sim_random random = sim_random_of(1);
    struct text text = {.lines = (uint64_t)scene->series_count * scene->steps};
    text.bytes = room_for(text.lines * LINE_BYTES_MAX);
    uint32_t *order = room_for(scene->series_count * sizeof *order);
    for (uint32_t i = 0; i < scene->series_count; i++)
        order[i] = i;
    for (uint32_t step = 0; step < scene->steps; step++) {
        if (scene->order == SHUFFLED)
            shuffle(order, scene->series_count, &random);
        for (uint32_t i = 0; i < scene->series_count; i++) {
            char *at = text.bytes + text.len;
            size_t len = put_key(at, scene->shape, order[i]);
            len += put_fields(at + len, scene->shape, &random);
            len += (size_t)snprintf(at + len, LINE_BYTES_MAX, " %llu\n",
                                    (1780272000 + step * 3600ull) * 1000000000);
            text.len += len;
        }
    }
    free(order);
    return text;
}

/* --------------------------------------------------------------------------------------- parsing
 */

struct reader {
    struct ct_catalog *catalog;
    struct ct_intake *intake;
    struct ct_line_parser *parser;
    struct ct_reject_list *rejects;
};

static void reader_init(struct reader *r)
{
    const struct ct_allocator *allocator = ct_allocator_system();
    r->catalog = ct_catalog_create(allocator, CT_SERIES_MAX);
    r->rejects = calloc(1, sizeof *r->rejects);
    if (!r->catalog || !r->rejects ||
        ct_intake_create(r->catalog, allocator, ct_text_of("bench"), &r->intake, NULL) != CT_OK ||
        ct_line_parser_create(allocator, r->intake, &r->parser, NULL) != CT_OK)
        abort();
}

static void reader_deinit(struct reader *r)
{
    ct_line_parser_destroy(r->parser);
    ct_intake_destroy(r->intake);
    ct_catalog_destroy(r->catalog);
    free(r->rejects);
}

/* The text in batches, as a server takes request bodies; what is done with a batch's rows is not
 * measured. Returns the rows. */
static uint64_t read_text(struct reader *r, const struct text *text)
{
    uint64_t rows = 0;
    for (size_t at = 0; at < text->len;) {
        const size_t len = text->len - at < BATCH_BYTES ? text->len - at : BATCH_BYTES;
        size_t consumed;
        if (ct_line_parse(r->parser, text->bytes + at, len, at + len == text->len, &consumed,
                          r->rejects, NULL) != CT_OK ||
            ct_intake_resolve(r->intake, NULL) != CT_OK)
            return 0;
        at += consumed;
        rows += r->intake->row_count;
        ct_intake_reset(r->intake);
        ct_line_parser_release_strings(r->parser);
    }
    return rows;
}

static void bench_parse(struct ct_bench_run *run, const void *argument)
{
    const struct scene *scene = argument;
    struct text text = make_text(scene);
    struct reader r;
    reader_init(&r);
    /* Once for the keys to be known, once more for their order. */
    uint64_t rows = scene->order == NEW ? text.lines : read_text(&r, &text);
    if (scene->order == KNOWN)
        rows = read_text(&r, &text);
    while (ct_bench_next(run)) {
        if (scene->order == NEW) {
            reader_deinit(&r);
            reader_init(&r);
        }
        rows = rows == text.lines ? read_text(&r, &text) : 0;
    }
    if (rows != text.lines || r.rejects->total)
        ct_bench_fail(run, "not every line was taken");
    ct_bench_items(run, text.lines);
    ct_bench_bytes(run, text.len);
    reader_deinit(&r);
    free(text.bytes);
}

/* -------------------------------------------------------------------------------------- scanning
 */

/* From line to line by the ends of keys and the newlines. */
static void bench_scan(struct ct_bench_run *run, const void *argument)
{
    const struct ct_line_scanner *scanner = argument;
    const struct scene scene = {CHARGES, KNOWN, 10000, 1};
    struct text text = make_text(&scene);
    const char *end = text.bytes + text.len;
    while (ct_bench_next(run)) {
        for (const char *at = text.bytes; at < end; at++) {
            at = scanner->find_key_end(at, end);
            ct_bench_use(at);
        }
    }
    ct_bench_items(run, text.lines);
    ct_bench_bytes(run, text.len);
    free(text.bytes);
}

void ct_bench_define(void)
{
    static const struct {
        const char *name;
        struct scene scene;
    } scenes[] = {
        {"line_protocol/charges/known", {CHARGES, KNOWN, 20000, 12}},
        {"line_protocol/charges/shuffled", {CHARGES, SHUFFLED, 20000, 12}},
        {"line_protocol/charges/new", {CHARGES, NEW, 20000, 1}},
        {"line_protocol/gauges/known", {GAUGES, KNOWN, 1000, 300}},
        {"line_protocol/counters/known", {COUNTERS, KNOWN, 4000, 40}},
        {"line_protocol/careful/known", {CAREFUL, KNOWN, 20000, 6}},
    };
    for (size_t i = 0; i < CT_COUNT_OF(scenes); i++)
        ct_bench_add(scenes[i].name, bench_parse, &scenes[i].scene);
    for (size_t i = 0; ct_line_scanner_at(i); i++) {
        char name[64];
        snprintf(name, sizeof name, "line_scan/key_end/%s", ct_line_scanner_at(i)->name);
        ct_bench_add(name, bench_scan, ct_line_scanner_at(i));
    }
}
