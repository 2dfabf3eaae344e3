/* How fast questions are answered in process, without files' first touch, on one thread: the
 * summary queries over charges of many resources and over nodes' metrics, from rollups, and as raw
 * scans. A question that is said to come from rollups fails where it read a single row.
 *
 * The data is made here, in memory, and compacted: 4,000 resources with a charge an hour for 30
 * days from 2026-06-01 (2.88 M rows), and 1,000 nodes with a sample every 10 s for 6 hours (2.16 M
 * rows). The cost summary is asked as the server asks it, without its JSON: of windows that end at
 * midnight, in the middle of an hour, and of 30 days. Other sizes by environment:
 *
 *     CENTIME_BENCH_RESOURCES=100000 CENTIME_BENCH_DAYS=1096 CENTIME_BENCH_STEP_HOURS=24   three
 * years CENTIME_BENCH_STORE=DIR   an existing store, whose table `cost` has the tags provider,
 * service, team and resource_id: what bench/compare.py leaves behind, for one */
#include <stdio.h>
#include <stdlib.h>

#include "benchmark_shim.h"
#include "cost_summary.h"
#include "query.h"
#include "sim_random.h"

#define FIRST_TIME_NS INT64_C(1780272000000000000) /* 2026-06-01 */
#define HOUR_NS       INT64_C(3600000000000)
#define BATCH_ROWS    30000
#define TAGS          5
#define NODES         1000
#define NODE_STEP_NS  INT64_C(10000000000)
#define NODE_HOURS    6

struct world {
    struct ct_env env;
    struct ct_store *store;
    struct ct_snapshot *snapshot;
    uint64_t row_count; /* of charges */
    int resources, days, step_hours;
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

static uint32_t column_of(struct ct_intake *intake, uint32_t table, const char *name,
                          enum ct_type type)
{
    struct ct_error err;
    uint32_t column;
    must(ct_intake_column(intake, table, ct_text_of(name), type, &column, &err), &err);
    return column;
}

static uint32_t table_of(struct ct_intake *intake, const char *name)
{
    struct ct_error err;
    uint32_t table;
    must(ct_intake_table(intake, ct_text_of(name), &table, &err), &err);
    return table;
}

static uint64_t commit(struct ct_intake *intake)
{
    struct ct_error err;
    struct ct_commit_result result;
    must(ct_store_commit(world.store, intake, &result, &err), &err);
    return result.row_count;
}

/* One charge of every resource. */
static void add_charges(struct ct_intake *intake, int64_t time_ns, struct sim_random *random)
{
    struct ct_error err;
    const uint32_t table = table_of(intake, "cost");
    struct ct_row_value values[2] = {
        {.scale = 6, .column = column_of(intake, table, "cost_usd", CT_DECIMAL)},
        {.scale = 4, .column = column_of(intake, table, "usage_quantity", CT_DECIMAL)}};
    for (int resource = 0; resource < world.resources; resource++) {
        const int64_t usage = 10000 + (int64_t)sim_random_below(random, 2000);
        values[0].narrow =
            usage * (100 + resource % 977); /* what it costs: usage x price, in millionths */
        values[1].narrow = usage;
        must(ct_intake_row(intake, table, resource_series(intake, table, resource), time_ns, values,
                           2, &err),
             &err);
    }
}

static void make_charges(struct ct_intake *intake)
{
    struct sim_random random = sim_random_of(1);
    const int hours = world.days * 24;
    for (int hour = 0; hour < hours; hour += world.step_hours) {
        add_charges(intake, FIRST_TIME_NS + hour * HOUR_NS, &random);
        if (intake->row_count >= BATCH_ROWS || hour + world.step_hours >= hours)
            world.row_count += commit(intake);
    }
}

static uint32_t node_series(struct ct_intake *intake, uint32_t table, int node)
{
    char texts[2][24];
    struct ct_error err;
    uint32_t series;
    snprintf(texts[0], sizeof texts[0], "cluster-%02d", node % 20);
    snprintf(texts[1], sizeof texts[1], "node-%04d", node);
    const struct ct_tag tags[2] = {{ct_text_of("cluster"), ct_text_of(texts[0])},
                                   {ct_text_of("node"), ct_text_of(texts[1])}};
    must(ct_intake_series(intake, table, tags, 2, &series, &err), &err);
    return series;
}

static void make_samples(struct ct_intake *intake)
{
    static const char *const names[4] = {"cpu_usage", "memory_usage", "disk_usage", "gpu_usage"};
    struct sim_random random = sim_random_of(2);
    for (int64_t step = 0; step < NODE_HOURS * HOUR_NS / NODE_STEP_NS; step++) {
        struct ct_error err;
        struct ct_row_value values[4];
        const uint32_t table = table_of(intake, "system");
        for (int i = 0; i < 4; i++)
            values[i].column = column_of(intake, table, names[i], CT_FLOAT64);
        for (int node = 0; node < NODES; node++) {
            for (int i = 0; i < 4; i++)
                values[i].float64 = (double)sim_random_below(&random, 1000) / 10;
            must(ct_intake_row(intake, table, node_series(intake, table, node),
                               FIRST_TIME_NS + step * NODE_STEP_NS, values, 4, &err),
                 &err);
        }
        if (intake->row_count >= BATCH_ROWS)
            (void)commit(intake);
    }
    (void)commit(intake);
}

static void make_store(void)
{
    struct ct_error err;
    struct ct_intake *intake;
    must(ct_store_open(&world.env, "bench", NULL, &world.store, &err), &err);
    must(ct_intake_create(ct_store_catalog(world.store), world.env.allocator, ct_text_of("default"),
                          &intake, &err),
         &err);
    make_charges(intake);
    make_samples(intake);
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

/* What a question does with rows. */
enum reading { FROM_ROLLUPS, FROM_ROWS, FROM_VALUES /* no stored sums either */ };

/* By the names of the targets. */
struct question {
    const char *name;
    const char *table;
    const char *tags[2];
    uint32_t tag_count;
    const char *where_tag, *where_value;
    int64_t last_hours; /* 0: all */
    int64_t bucket_ns;
    uint64_t limit;
    enum reading reading;
    enum ct_function function;
};

#define DAY_NS    (24 * HOUR_NS)
#define MINUTE_NS (HOUR_NS / 60)

static const struct question QUESTIONS[] = {
    {"Q1 last 24 h by provider",
     "cost",
     {"provider"},
     1,
     NULL,
     NULL,
     24,
     0,
     0,
     FROM_ROLLUPS,
     CT_SUM},
    {"Q2 all by service", "cost", {"service"}, 1, NULL, NULL, 0, 0, 0, FROM_ROLLUPS, CT_SUM},
    {"Q2 from block sums", "cost", {"service"}, 1, NULL, NULL, 0, 0, 0, FROM_ROWS, CT_SUM},
    {"Q2 as a raw scan", "cost", {"service"}, 1, NULL, NULL, 0, 0, 0, FROM_VALUES, CT_SUM},
    {"Q3 daily by team and service",
     "cost",
     {"team", "service"},
     2,
     NULL,
     NULL,
     0,
     DAY_NS,
     0,
     FROM_ROLLUPS,
     CT_SUM},
    {"Q4 top 10 resources", "cost", {"resource_id"}, 1, NULL, NULL, 0, 0, 10, FROM_ROLLUPS, CT_SUM},
    {"Q4 as a raw scan", "cost", {"resource_id"}, 1, NULL, NULL, 0, 0, 10, FROM_VALUES, CT_SUM},
    {"Q5 hourly for one team",
     "cost",
     {NULL},
     0,
     "team",
     "team-05",
     0,
     HOUR_NS,
     0,
     FROM_ROLLUPS,
     CT_SUM},
    {"Q6 one team by provider",
     "cost",
     {"provider"},
     1,
     "team",
     "team-05",
     0,
     0,
     0,
     FROM_ROLLUPS,
     CT_SUM},
    {"total as a raw scan", "cost", {NULL}, 0, NULL, NULL, 0, 0, 0, FROM_VALUES, CT_SUM},
    {"Q7a latest by node",
     "system",
     {"cluster", "node"},
     2,
     NULL,
     NULL,
     0,
     0,
     0,
     FROM_ROLLUPS,
     CT_LAST},
    {"Q7b mean by cluster", "system", {"cluster"}, 1, NULL, NULL, 0, 0, 0, FROM_ROLLUPS, CT_MEAN},
    {"Q8 1-minute mean by cluster",
     "system",
     {"cluster"},
     1,
     NULL,
     NULL,
     0,
     MINUTE_NS,
     0,
     FROM_ROLLUPS,
     CT_MEAN},
    {"Q8 as a raw scan",
     "system",
     {"cluster"},
     1,
     NULL,
     NULL,
     0,
     MINUTE_NS,
     0,
     FROM_VALUES,
     CT_MEAN},
};

static bool is_about(const struct question *question, const char *table)
{
    return ct_text_equal(ct_text_of(question->table), ct_text_of(table));
}

static int64_t end_of(const struct question *question)
{
    return is_about(question, "cost") ? FIRST_TIME_NS + world.days * DAY_NS
                                      : FIRST_TIME_NS + NODE_HOURS * HOUR_NS;
}

static void answer_again_and_again(struct ct_bench_run *run, const struct question *question,
                                   const struct ct_query *query)
{
    const struct ct_query_options options = {.threads = 1,
                                             .ignores_rollups = question->reading != FROM_ROLLUPS,
                                             .ignores_stats = question->reading == FROM_VALUES};
    struct ct_error err = {0};
    while (ct_bench_next(run)) {
        struct ct_result *result;
        if (ct_query_run(world.snapshot, ct_store_catalog(world.store), world.env.allocator, query,
                         &options, &result, &err) != CT_OK) {
            ct_bench_fail(run, err.text);
            return;
        }
        const uint64_t rows_read = result->stats.rows_scanned;
        ct_result_destroy(result);
        if (question->reading == FROM_ROLLUPS && rows_read > 0) {
            ct_bench_fail(run, "rollups did not answer all of it");
            return;
        }
    }
    if (question->reading == FROM_VALUES)
        ct_bench_items(run, is_about(question, "cost")
                                ? world.row_count
                                : (uint64_t)(NODES * NODE_HOURS * HOUR_NS / NODE_STEP_NS));
}

static void ask(struct ct_bench_run *run, const void *argument)
{
    const struct question *question = argument;
    const bool is_cost = is_about(question, "cost");
    const struct ct_aggregate aggregate = {.function = question->function,
                                           .field = ct_text_of(is_cost ? "cost_usd" : "cpu_usage"),
                                           .name = ct_text_of("value")};
    struct ct_text tags[2];
    for (uint32_t i = 0; i < question->tag_count; i++)
        tags[i] = ct_text_of(question->tags[i]);
    struct ct_text value = {0};
    struct ct_filter filter = {.kind = CT_FILTER_IN, .values = &value, .value_count = 1};
    if (question->where_tag) {
        filter.tag = ct_text_of(question->where_tag);
        value = ct_text_of(question->where_value);
    }
    const int64_t end_ns = end_of(question);
    const struct ct_query query = {
        .table = ct_text_of(question->table),
        .aggregates = &aggregate,
        .aggregate_count = 1,
        .tags = tags,
        .tag_count = question->tag_count,
        .filter = question->where_tag ? &filter : NULL,
        .start_ns = question->last_hours ? end_ns - question->last_hours * HOUR_NS : FIRST_TIME_NS,
        .end_ns = end_ns,
        .bucket_ns = question->bucket_ns,
        .order = {.column = question->limit ? ct_text_of("value") : (struct ct_text){"", 0},
                  .is_descending = true},
        .limit = question->limit,
    };
    answer_again_and_again(run, question, &query);
}

/* -- The cost summary -------------------------------------------------------------------------- */

struct summary {
    const char *name;
    int64_t hours;
    int64_t before_end_ns; /* how long before the last day's end the window ends */
};

static const struct summary SUMMARIES[] = {
    {"cost summary of 24 hours to midnight", 24, 0},
    {"cost summary of 24 hours to 13:30", 24, 21 * HOUR_NS / 2},
    {"cost summary of 30 days", 720, 0},
};

static void sum_up(struct ct_bench_run *run, const void *argument)
{
    const struct summary *summary = argument;
    const int64_t end_ns = FIRST_TIME_NS + world.days * DAY_NS - summary->before_end_ns;
    const struct ct_cost_summary_request request = {.start_ns = end_ns - summary->hours * HOUR_NS,
                                                    .end_ns = end_ns};
    const struct ct_query_options options = {.threads = 1};
    struct ct_error err = {0};
    while (ct_bench_next(run)) {
        struct ct_cost_summary answer;
        if (ct_cost_summary_run(world.snapshot, ct_store_catalog(world.store), world.env.allocator,
                                &request, &options, &answer, &err) != CT_OK) {
            ct_bench_fail(run, err.text);
            return;
        }
        const bool is_empty = ct_cost_breakdown_count(&answer.top_resources) == 0;
        ct_cost_summary_deinit(&answer);
        if (is_empty) {
            ct_bench_fail(run, "a window without costs");
            return;
        }
    }
}

/* -- All of them ------------------------------------------------------------------------------- */

static int size_of(const char *name, int otherwise)
{
    const char *text = getenv(name);
    int number = 0;
    for (; text && *text >= '0' && *text <= '9' && number < 100000000; text++)
        number = number * 10 + (*text - '0');
    return number > 0 ? number : otherwise;
}

void ct_bench_define(void)
{
    static struct ct_io posix;
    struct ct_error err;
    world.env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    const char *path = getenv("CENTIME_BENCH_STORE");
    world.resources = size_of("CENTIME_BENCH_RESOURCES", 4000);
    world.days = size_of("CENTIME_BENCH_DAYS", 30);
    world.step_hours = size_of("CENTIME_BENCH_STEP_HOURS", 1);
    if (path) {
        open_store(path, &posix);
    } else {
        world.env.io = ct_io_memory_create(world.env.allocator);
        make_store();
    }
    must(ct_snapshot_take(world.store, &world.snapshot, &err), &err);
    for (size_t i = 0; i < CT_COUNT_OF(QUESTIONS); i++)
        if (!path || is_about(&QUESTIONS[i], "cost"))
            ct_bench_add(QUESTIONS[i].name, ask, &QUESTIONS[i]);
    for (size_t i = 0; i < CT_COUNT_OF(SUMMARIES); i++)
        ct_bench_add(SUMMARIES[i].name, sum_up, &SUMMARIES[i]);
}
