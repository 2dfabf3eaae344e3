/* How fast questions are answered in process, without files' first touch: the summary queries over
 * hourly charges of many resources, from block sums and as raw scans, on one thread.
 *
 * The data is made here, in memory (4,000 resources, 30 days, 2.88 M rows, compacted).
 * CENTIME_BENCH_STORE=DIR takes an existing store instead, whose table `cost` has the tags
 * provider, service, team, env and resource_id, and rows from 2026-06-01 to 2026-06-30: what
 * bench/compare.py leaves behind, for one. */
#include <stdio.h>
#include <stdlib.h>

#include "benchmark_shim.h"
#include "query.h"
#include "sim_random.h"

#define RESOURCES     4000
#define HOURS         720
#define BATCH_HOURS   6
#define FIRST_TIME_NS INT64_C(1780272000000000000) /* 2026-06-01 */
#define HOUR_NS       INT64_C(3600000000000)
#define TAGS          5

struct world {
    struct ct_env env;
    struct ct_store *store;
    struct ct_snapshot *snapshot;
    uint64_t row_count;
};

static struct world world; /* made once, shared by all benchmarks of the program */

_Noreturn static void give_up(const struct ct_error *err)
{
    fprintf(stderr, "query_bench: %s %s\n", err->file, err->text);
    exit(1);
}

static void must(ct_status status, const struct ct_error *err)
{
    if (status != CT_OK)
        give_up(err);
}

/* Tag keys in byte order. */
static uint32_t resource_series(struct ct_intake *intake, uint32_t table, int resource)
{
    static const char *const keys[TAGS] = {"env", "provider", "resource_id", "service", "team"};
    static const char *const providers[3] = {"aws", "azure", "gcp"};
    static const char *const envs[3] = {"dev", "prod", "staging"};
    char texts[TAGS][24];
    struct ct_tag tags[TAGS];
    struct ct_error err;
    uint32_t series;
    snprintf(texts[0], sizeof texts[0], "%s", envs[resource % 7 % 3]);
    snprintf(texts[1], sizeof texts[1], "%s", providers[resource % 3]);
    snprintf(texts[2], sizeof texts[2], "r-%05d", resource);
    snprintf(texts[3], sizeof texts[3], "service-%02d", resource % 40);
    snprintf(texts[4], sizeof texts[4], "team-%02d", resource % 31);
    for (int i = 0; i < TAGS; i++)
        tags[i] = (struct ct_tag){ct_text_of(keys[i]), ct_text_of(texts[i])};
    must(ct_intake_series(intake, table, tags, TAGS, &series, &err), &err);
    return series;
}

static void add_hour(struct ct_intake *intake, uint32_t table, int hour, struct sim_random *random)
{
    struct ct_error err;
    struct ct_row_value values[2] = {{.scale = 6}, {.scale = 4}};
    must(ct_intake_column(intake, table, ct_text_of("cost_usd"), CT_DECIMAL, &values[0].column,
                          &err),
         &err);
    must(ct_intake_column(intake, table, ct_text_of("usage_quantity"), CT_DECIMAL,
                          &values[1].column, &err),
         &err);
    for (int resource = 0; resource < RESOURCES; resource++) {
        const int64_t usage = 10000 + (int64_t)sim_random_below(random, 2000);
        values[0].narrow =
            usage * (100 + resource % 977); /* what it costs: usage x price, in millionths */
        values[1].narrow = usage;
        must(ct_intake_row(intake, table, resource_series(intake, table, resource),
                           FIRST_TIME_NS + hour * HOUR_NS, values, 2, &err),
             &err);
    }
}

static void make_store(void)
{
    struct ct_error err;
    struct ct_intake *intake;
    struct sim_random random = sim_random_of(1);
    must(ct_store_open(&world.env, "bench", NULL, &world.store, &err), &err);
    must(ct_intake_create(ct_store_catalog(world.store), world.env.allocator, ct_text_of("default"),
                          &intake, &err),
         &err);
    for (int hour = 0; hour < HOURS; hour += BATCH_HOURS) {
        uint32_t table;
        struct ct_commit_result result;
        must(ct_intake_table(intake, ct_text_of("cost"), &table, &err), &err);
        for (int i = 0; i < BATCH_HOURS; i++)
            add_hour(intake, table, hour + i, &random);
        must(ct_store_commit(world.store, intake, &result, &err), &err);
        world.row_count += result.row_count;
    }
    ct_intake_destroy(intake);
    must(ct_store_compact(world.store, &err), &err);
}

static void open_store(const char *path, struct ct_io *posix)
{
    const struct ct_store_options options = {.read_only = true};
    struct ct_error err;
    struct ct_store_state state;
    ct_io_posix_init(posix, world.env.allocator);
    world.env.io = posix;
    must(ct_store_open(&world.env, path, &options, &world.store, &err), &err);
    ct_store_state_of(world.store, &state);
    world.row_count = state.segment_rows + state.live_rows;
}

/* A question, by the names of TARGETS-like reports. */
struct question {
    const char *name;
    const char *tags[2];
    uint32_t tag_count;
    const char *where_tag, *where_value;
    int64_t last_hours; /* 0: all */
    int64_t bucket_ns;
    uint64_t limit;
    bool is_raw;
};

static const struct question QUESTIONS[] = {
    {"Q1 last 24 h by provider", {"provider"}, 1, NULL, NULL, 24, 0, 0, false},
    {"Q2 30 days by service", {"service"}, 1, NULL, NULL, 0, 0, 0, false},
    {"Q2 as a raw scan", {"service"}, 1, NULL, NULL, 0, 0, 0, true},
    {"Q3 daily by team and service", {"team", "service"}, 2, NULL, NULL, 0, 24 * HOUR_NS, 0, false},
    {"Q4 top 10 resources", {"resource_id"}, 1, NULL, NULL, 0, 0, 10, false},
    {"Q4 as a raw scan", {"resource_id"}, 1, NULL, NULL, 0, 0, 10, true},
    {"Q5 hourly for one team", {NULL}, 0, "team", "team-05", 0, HOUR_NS, 0, false},
    {"Q6 month by provider and team", {"provider", "team"}, 2, NULL, NULL, 0, 0, 0, false},
    {"total as a raw scan", {NULL}, 0, NULL, NULL, 0, 0, 0, true},
};

static void ask(struct ct_bench_run *run, const void *argument)
{
    const struct question *question = argument;
    const struct ct_aggregate sum = {.function = CT_SUM, .field = ct_text_of("cost_usd")};
    struct ct_text tags[2];
    for (uint32_t i = 0; i < question->tag_count; i++)
        tags[i] = ct_text_of(question->tags[i]);
    struct ct_text value = {0};
    struct ct_filter filter = {.kind = CT_FILTER_IN, .values = &value, .value_count = 1};
    if (question->where_tag) {
        filter.tag = ct_text_of(question->where_tag);
        value = ct_text_of(question->where_value);
    }
    const int64_t end_ns = FIRST_TIME_NS + HOURS * HOUR_NS;
    const struct ct_query query = {
        .table = ct_text_of("cost"),
        .aggregates = &sum,
        .aggregate_count = 1,
        .tags = tags,
        .tag_count = question->tag_count,
        .filter = question->where_tag ? &filter : NULL,
        .start_ns = question->last_hours ? end_ns - question->last_hours * HOUR_NS : FIRST_TIME_NS,
        .end_ns = end_ns,
        .bucket_ns = question->bucket_ns,
        .order = {.column = question->limit ? ct_text_of("sum_cost_usd") : (struct ct_text){"", 0},
                  .is_descending = true},
        .limit = question->limit,
    };
    const struct ct_query_options options = {.threads = 1, .ignores_stats = question->is_raw};
    struct ct_error err = {0};
    while (ct_bench_next(run)) {
        struct ct_result *result;
        if (ct_query_run(world.snapshot, ct_store_catalog(world.store), world.env.allocator, &query,
                         &options, &result, &err) != CT_OK) {
            ct_bench_fail(run, err.text);
            return;
        }
        ct_result_destroy(result);
    }
    if (question->is_raw)
        ct_bench_items(run, world.row_count);
}

void ct_bench_define(void)
{
    static struct ct_io posix;
    struct ct_error err;
    world.env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    const char *path = getenv("CENTIME_BENCH_STORE");
    if (path) {
        open_store(path, &posix);
    } else {
        world.env.io = ct_io_memory_create(world.env.allocator);
        make_store();
    }
    must(ct_snapshot_take(world.store, &world.snapshot, &err), &err);
    for (size_t i = 0; i < CT_COUNT_OF(QUESTIONS); i++)
        ct_bench_add(QUESTIONS[i].name, ask, &QUESTIONS[i]);
}
