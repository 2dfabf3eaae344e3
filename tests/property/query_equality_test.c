/* Claim: a query answered from rollups equals the same query answered from rows, bit for bit (sums
 * of doubles within 1e-12), and both equal what the naive model says; whatever was written late,
 * twice, in part or deleted, and however the store was sealed, merged, rolled up and reopened
 * meanwhile. Method: random histories from printed seeds, random queries after every few steps.
 * `query_equality_test SEED [STEPS]` replays one seed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "explain.h"
#include "query_model.h"

#ifdef CT_SANITIZED
#define SEEDS 4
#else
#define SEEDS 20
#endif
#define STEPS_PER_SEED 400
#define MEMORY_BYTES   ((size_t)2 << 20)
#define PATH           "/store"
#define TIDY_START_NS  (INT64_C(1780272000) * 1000000000) /* 2026-06-01 */
#define TIDY_STEP_NS   (INT64_C(360) * 1000000000)

struct world {
    struct sim_random random;
    struct ct_env env;
    struct ct_store *store;
    struct model model;
    uint64_t seed, steps;
    bool is_tidy; /* most rows come in order and once, as from a fleet that works */
    int64_t clock_ns[MODEL_TABLES];
    uint64_t queries, from_cells, from_files, from_live; /* how queries were answered */
};

_Noreturn static void fail(const struct world *world, const char *what, const struct ct_error *err)
{
    fprintf(stderr, "seed %" PRIu64 ": %s after %" PRIu64 " steps: %s %s\n", world->seed, what,
            world->steps, err ? ct_status_name(err->code) : "", err ? err->text : "");
    exit(1);
}

/* -- The two ways ---------------------------------------------------------------------------------
 */

static struct ct_result *ask(struct world *world, struct ct_snapshot *snapshot,
                             const struct ct_query *query, bool raw)
{
    const struct ct_query_options options = {
        .threads = 1 + (uint32_t)sim_random_below(&world->random, 2), .ignores_rollups = raw};
    struct ct_result *result = NULL;
    struct ct_error err = {0};
    if (ct_query_run(snapshot, ct_store_catalog(world->store), world->env.allocator, query,
                     &options, &result, &err) != CT_OK)
        fail(world, raw ? "query of rows" : "query", &err);
    return result;
}

static bool is_close(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-9 + 1e-12 * (fabs(a) + fabs(b));
}

static bool same_cell(const struct ct_result_column *a, const struct ct_result_column *b,
                      uint64_t row)
{
    if (a->is_null[row] != b->is_null[row])
        return false;
    if (a->is_null[row])
        return true;
    switch (a->type) {
    case CT_RESULT_TEXT:
        return ct_text_equal(a->text[row], b->text[row]);
    case CT_RESULT_FLOAT64: /* sums and means; minima and the like are equal in any case */
        return is_close(a->float64[row], b->float64[row]);
    case CT_RESULT_BOOL:
        return a->boolean[row] == b->boolean[row];
    case CT_RESULT_DECIMAL:
        return ct_decimal_sum_compare(&a->decimal[row], &b->decimal[row]) == 0;
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
    case CT_RESULT_UINT64:
        return a->int64[row] == b->int64[row];
    }
    return false;
}

static void compare_ways(struct world *world, const struct ct_result *rollups,
                         const struct ct_result *rows)
{
    if (rollups->row_count != rows->row_count || rollups->column_count != rows->column_count)
        fail(world, "rollups give another number of rows", NULL);
    for (uint32_t c = 0; c < rows->column_count; c++)
        for (uint64_t row = 0; row < rows->row_count; row++)
            if (!same_cell(&rollups->columns[c], &rows->columns[c], row)) {
                fprintf(stderr, "column %.*s, row %" PRIu64 "\n", (int)rows->columns[c].name.len,
                        rows->columns[c].name.bytes, row);
                fail(world, "rollups and rows differ", NULL);
            }
}

/* Which tiers the answer came from. */
static void note_ways(struct world *world, struct ct_snapshot *snapshot,
                      const struct ct_query *query, const struct ct_result *rollups)
{
    struct ct_result *plan = NULL;
    struct ct_error err = {0};
    if (ct_query_explain(snapshot, ct_store_catalog(world->store), world->env.allocator, query,
                         NULL, &plan, &err) != CT_OK)
        fail(world, "explain", &err);
    for (uint64_t row = 0; row < plan->row_count; row++) {
        world->from_files += ct_text_equal(plan->columns[0].text[row], ct_text_of("rollup file"));
        world->from_live += ct_text_equal(plan->columns[0].text[row], ct_text_of("live cells"));
    }
    world->queries++;
    world->from_cells += rollups->stats.rows_from_cells > 0;
    ct_result_destroy(plan);
}

static void check_query(struct world *world, struct ct_snapshot *snapshot,
                        const struct model_row *rows, size_t row_count)
{
    struct query_model question;
    if (!query_model_random(&question, world->store, &world->random))
        return; /* the table is not there yet */
    struct ct_result *rollups = ask(world, snapshot, &question.query, false);
    struct ct_result *plain = ask(world, snapshot, &question.query, true);
    compare_ways(world, rollups, plain);
    if (!query_model_matches(&question, rows, row_count, plain))
        fail(world, "the answer differs from the model's", NULL);
    note_ways(world, snapshot, &question.query, rollups);
    ct_result_destroy(rollups);
    ct_result_destroy(plain);
}

static void check(struct world *world)
{
    struct ct_error err = {0};
    struct ct_snapshot *snapshot;
    if (ct_snapshot_take(world->store, &snapshot, &err) != CT_OK)
        fail(world, "snapshot", &err);
    size_t row_count;
    struct model_row *rows = model_rows(&world->model, world->model.commit_count, &row_count);
    for (int i = 0; i < 6; i++)
        check_query(world, snapshot, rows, row_count);
    free(rows);
    ct_snapshot_release(snapshot);
}

/* -- Histories ------------------------------------------------------------------------------------
 */

static void open_store(struct world *world)
{
    const struct ct_store_options options = {.memory_bytes = MEMORY_BYTES,
                                             .keeps_all_cells = world->is_tidy,
                                             .window_rows =
                                                 (uint32_t)sim_random_below(&world->random, 6),
                                             .seed = sim_random_next(&world->random)};
    struct ct_error err;
    if (ct_store_open(&world->env, PATH, &options, &world->store, &err) != CT_OK)
        fail(world, "open", &err);
}

static void write(struct world *world, struct model_commit commit)
{
    struct ct_error err = {0};
    uint64_t number;
    if (model_send(world->store, &commit, &number, &err) != CT_OK)
        fail(world, "commit", &err);
    if (number == 0)
        model_commit_deinit(&commit);
    else
        model_add(&world->model, commit);
}

/* Every series in turn, 6 minutes apart, from where the table's rows ended. */
static struct model_commit tidy_rows(struct world *world)
{
    struct model_commit commit = model_random_rows(&world->random, true);
    const int table = commit.rows[0].table;
    int64_t *clock_ns = &world->clock_ns[table];
    for (size_t i = 0; i < commit.row_count; i++) {
        commit.rows[i].series = (uint8_t)(i % MODEL_SERIES);
        commit.rows[i].time_ns = *clock_ns + (int64_t)(i / MODEL_SERIES) * TIDY_STEP_NS;
    }
    *clock_ns += (int64_t)(commit.row_count / MODEL_SERIES + 1) * TIDY_STEP_NS;
    return commit;
}

/* A month now and then, so that there are several. */
static void write_some(struct world *world)
{
    struct sim_random *random = &world->random;
    if (!world->is_tidy || sim_random_chance(random, 40)) {
        write(world, model_random_rows(random, false));
        return;
    }
    if (sim_random_chance(random, 30))
        world->clock_ns[0] = world->clock_ns[1] += INT64_C(86400000000000) * 17;
    write(world, tidy_rows(world));
}

static void maintain(struct world *world, uint64_t choice)
{
    struct ct_error err = {0};
    bool did_work = true;
    ct_status status = CT_OK;
    if (choice < 40)
        status = ct_store_seal(world->store, &err);
    else if (choice < 70)
        status = ct_store_step(world->store, &did_work, &err);
    else if (choice < 95)
        while (did_work && status == CT_OK)
            status = ct_store_step(world->store, &did_work, &err);
    else
        status = ct_store_compact(world->store, &err);
    if (status != CT_OK)
        fail(world, "maintenance", &err);
}

static void reopen(struct world *world)
{
    struct ct_error err;
    if (ct_store_close(world->store, &err) != CT_OK)
        fail(world, "close", &err);
    open_store(world);
}

static void step(struct world *world)
{
    struct sim_random *random = &world->random;
    const uint64_t choice = sim_random_below(random, 1000);
    world->steps++;
    if (choice < (world->is_tidy ? 200 : 600))
        write_some(world);
    else if (choice < 630 && !world->is_tidy)
        write(world, model_random_rows(random, true));
    else if (choice < 650 && (!world->is_tidy || choice < 604))
        write(world, model_random_delete(random));
    else if (choice < 750)
        maintain(world, choice - 650);
    else if (choice < 760)
        reopen(world);
    else if (choice < 850)
        check(world);
}

/* A file for each day: months of many segments, which rollup files add up. */
static void cut_by_days(struct world *world)
{
    static const char *const names[MODEL_TABLES] = {"cost", "system"};
    struct ct_error err = {0};
    for (int table = 0; table < MODEL_TABLES; table++) {
        const struct ct_table_options options = {.kind = table == MODEL_COST ? CT_TABLE_LEDGER
                                                                             : CT_TABLE_METRICS,
                                                 .partition = CT_PARTITION_DAY,
                                                 .currency = "USD"};
        if (ct_store_define_table(world->store, ct_text_of("default"), ct_text_of(names[table]),
                                  &options, &err) != CT_OK)
            fail(world, "define", &err);
    }
}

static void run(uint64_t seed, uint64_t steps, struct world *world)
{
    world->seed = seed;
    world->random = sim_random_of(seed);
    world->is_tidy = seed % 2 == 0;
    world->clock_ns[0] = world->clock_ns[1] = TIDY_START_NS;
    world->env = (struct ct_env){.allocator = ct_allocator_system(), .clock = ct_clock_system()};
    world->env.io = ct_io_memory_create(ct_allocator_system());
    open_store(world);
    if (seed % 4 == 0)
        cut_by_days(world);
    for (uint64_t i = 0; i < steps; i++)
        step(world);
    check(world);
    if (ct_store_close(world->store, NULL) != CT_OK)
        fail(world, "close", NULL);
    ct_io_memory_destroy(world->env.io);
    model_deinit(&world->model);
}

int main(int argc, char **argv)
{
    const uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    const uint64_t last = argc > 1 ? first : SEEDS;
    const uint64_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : STEPS_PER_SEED;
    uint64_t queries = 0, from_cells = 0, from_files = 0, from_live = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        struct world world = {0};
        run(seed, steps, &world);
        queries += world.queries;
        from_cells += world.from_cells;
        from_files += world.from_files;
        from_live += world.from_live;
    }
    printf("%" PRIu64 " queries, %" PRIu64 " of them from cells (%" PRIu64
           " from rollup files, %" PRIu64 " from live cells): all equal to rows and model\n",
           queries, from_cells, from_files, from_live);
    if (argc == 1 && (from_cells < queries / 10 || from_files == 0 || from_live == 0)) {
        fprintf(stderr, "the histories did not exercise what they are for\n");
        return 1;
    }
    return 0;
}
