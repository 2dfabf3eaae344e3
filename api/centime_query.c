/* Questions: run, and the answer to a handle. What they mean is read in query_convert.c. */
#include "api_private.h"
#include "explain.h"
#include "time_zone_file.h"

int centime_cancel_create(centime_cancel **out, centime_error *err)
{
    struct ct_error story = {0};
    centime_cancel *cancel = ct_alloc_zeroed(ct_allocator_system(), 1, sizeof *cancel);
    if (!cancel)
        return api_answer(ct_fail(&story, CT_NO_MEMORY, "out of memory for a flag"), &story, err);
    *out = cancel;
    return CENTIME_OK;
}

void centime_cancel_set(centime_cancel *cancel)
{
    atomic_store_explicit(&cancel->is_set, true, memory_order_relaxed);
}

void centime_cancel_destroy(centime_cancel *cancel)
{
    ct_release(ct_allocator_system(), cancel);
}

/* -- Running ---------------------------------------------------------------------------------- */

/* ct_query_run or ct_query_explain. */
typedef ct_status answer_call(struct ct_snapshot *snapshot, struct ct_catalog *catalog,
                              const struct ct_allocator *allocator, const struct ct_query *query,
                              const struct ct_query_options *options, struct ct_result **out,
                              struct ct_error *err);

static ct_status run_query(centime_store *store, const centime_query *query, answer_call *call,
                           const struct ct_query *converted, struct ct_result **out,
                           struct ct_error *err)
{
    const struct ct_query_options options = {
        .threads = query->threads ? query->threads : store->query_threads,
        .rows_max = query->rows_max,
        .memory_bytes = query->memory_bytes,
        .is_cancelled = query->cancel ? &query->cancel->is_set : NULL,
        .ignores_rollups = query->ignores_rollups != 0,
        .elapsed_max_ns = query->elapsed_max_ns,
        .clock = store->env.clock,
    };
    struct ct_snapshot *snapshot;
    CT_TRY(api_take_snapshot(store, query->as_of_commit, query->as_of_time_ns, &snapshot, err));
    const ct_status status = call(snapshot, ct_store_catalog(store->store),
                                  &store->memory->allocator, converted, &options, out, err);
    ct_snapshot_release(snapshot);
    return status;
}

static ct_status answer(centime_store *store, const centime_query *query, answer_call *call,
                        centime_result **out, struct ct_error *err)
{
    const int64_t start_ns = ct_clock_monotonic_ns(store->env.clock);
    struct ct_arena arena;
    ct_arena_init(&arena, &store->memory->allocator, 0);
    struct ct_query converted;
    struct ct_time_zone *zone = NULL;
    struct ct_result *result = NULL;
    ct_status status = api_convert_query(&arena, query, &converted, err);
    if (status == CT_OK && query->time_zone)
        status = ct_time_zone_load(&store->posix, NULL, api_text(query->time_zone),
                                   &store->memory->allocator, &zone, err);
    if (status == CT_OK) {
        converted.calendar.zone = zone;
        status = run_query(store, query, call, &converted, &result, err);
    }
    ct_time_zone_destroy(zone);
    ct_arena_deinit(&arena);
    if (status != CT_OK)
        return status;
    const int64_t elapsed_ns = ct_clock_monotonic_ns(store->env.clock) - start_ns;
    return api_result_wrap(store->memory, result, (uint64_t)elapsed_ns, out, err);
}

static int read_and_answer(centime_store *store, const centime_query *query, answer_call *call,
                           centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    centime_query known;
    ct_status status = query ? CT_OK : ct_fail(&story, CT_INVALID, "no query");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, query, "centime_query", &story);
    if (status == CT_OK)
        status = answer(store, &known, call, out, &story);
    return api_answer(status, &story, err);
}

int centime_run(centime_store *store, const centime_query *query, centime_result **out,
                centime_error *err)
{
    return read_and_answer(store, query, ct_query_run, out, err);
}

int centime_explain(centime_store *store, const centime_query *query, centime_result **out,
                    centime_error *err)
{
    return read_and_answer(store, query, ct_query_explain, out, err);
}
