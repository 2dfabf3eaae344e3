/* The caller's question to the logical query, and the answer to a handle. */
#include "api_private.h"
#include "explain.h"

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

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a query");
}

/* -- Conversion, into an arena ---------------------------------------------------------------- */

static ct_status convert_texts(struct ct_arena *arena, const char *const *texts, size_t count,
                               const struct ct_text **out, struct ct_error *err)
{
    if (count > UINT32_MAX)
        return ct_fail(err, CT_LIMIT, "a list of %zu names", count);
    struct ct_text *converted = ct_arena_alloc_zeroed(arena, count + 1, sizeof *converted);
    if (!converted)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        converted[i] = api_text(texts[i]);
    *out = converted;
    return CT_OK;
}

static ct_status convert_filter(struct ct_arena *arena, const centime_filter *filter,
                                struct ct_filter *out, uint32_t depth, struct ct_error *err)
{
    if (depth > CT_QUERY_FILTER_DEPTH_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of more than %d levels", CT_QUERY_FILTER_DEPTH_MAX);
    if (filter->kind > CENTIME_IN)
        return ct_fail(err, CT_INVALID, "unknown kind of filter %u", filter->kind);
    *out =
        (struct ct_filter){.kind = (enum ct_filter_kind)filter->kind, .tag = api_text(filter->tag)};
    if (filter->kind == CENTIME_IN) {
        CT_TRY(convert_texts(arena, filter->values, filter->value_count, &out->values, err));
        out->value_count = (uint32_t)filter->value_count;
        return CT_OK;
    }
    if (filter->child_count > CT_QUERY_FILTER_NODES_MAX)
        return ct_fail(err, CT_LIMIT, "a filter of %u conditions", filter->child_count);
    struct ct_filter *children =
        ct_arena_alloc_zeroed(arena, (size_t)filter->child_count + 1, sizeof *children);
    if (!children)
        return no_memory(err);
    for (uint32_t i = 0; i < filter->child_count; i++)
        CT_TRY(convert_filter(arena, &filter->children[i], &children[i], depth + 1, err));
    out->children = children;
    out->child_count = filter->child_count;
    return CT_OK;
}

static ct_status convert_aggregates(struct ct_arena *arena, const centime_query *query,
                                    struct ct_query *out, struct ct_error *err)
{
    if (query->aggregate_count > CT_QUERY_FIELDS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu aggregates, at most %d", query->aggregate_count,
                       CT_QUERY_FIELDS_MAX);
    struct ct_aggregate *aggregates =
        ct_arena_alloc_zeroed(arena, query->aggregate_count + 1, sizeof *aggregates);
    if (!aggregates)
        return no_memory(err);
    for (size_t i = 0; i < query->aggregate_count; i++) {
        const centime_aggregate *from = &query->aggregates[i];
        if (from->function > CENTIME_LAST_TIME)
            return ct_fail(err, CT_INVALID, "unknown function %u", from->function);
        aggregates[i] = (struct ct_aggregate){.function = (enum ct_function)from->function,
                                              .field = api_text(from->field),
                                              .name = api_text(from->name)};
    }
    out->aggregates = aggregates;
    out->aggregate_count = (uint32_t)query->aggregate_count;
    return CT_OK;
}

static ct_status convert_lists(struct ct_arena *arena, const centime_query *query,
                               struct ct_query *out, struct ct_error *err)
{
    CT_TRY(convert_aggregates(arena, query, out, err));
    CT_TRY(convert_texts(arena, query->fields, query->field_count, &out->fields, err));
    CT_TRY(convert_texts(arena, query->tags, query->tag_count, &out->tags, err));
    out->field_count = (uint32_t)query->field_count;
    out->tag_count = (uint32_t)query->tag_count;
    if (!query->filter)
        return CT_OK;
    struct ct_filter *filter = ct_arena_alloc_zeroed(arena, 1, sizeof *filter);
    if (!filter)
        return no_memory(err);
    out->filter = filter;
    return convert_filter(arena, query->filter, filter, 1, err);
}

ct_status api_convert_query(struct ct_arena *arena, const centime_query *query,
                            struct ct_query *out, struct ct_error *err)
{
    if (query->mode > CENTIME_ROWS)
        return ct_fail(err, CT_INVALID, "unknown mode %u of a query", query->mode);
    const bool is_always = query->start_ns == 0 && query->end_ns == 0;
    *out = (struct ct_query){
        .database = api_database(query->database),
        .table = api_text(query->table),
        .mode = (enum ct_query_mode)query->mode,
        .start_ns = is_always ? INT64_MIN : query->start_ns,
        .end_ns = is_always ? INT64_MAX : query->end_ns,
        .bucket_ns = query->bucket_ns,
        .origin_ns = query->origin_ns,
        .order = {api_text(query->order_by), query->is_descending != 0},
        .limit = query->limit,
        .skips_empty = query->skips_empty != 0,
    };
    return convert_lists(arena, query, out, err);
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
    struct ct_result *result = NULL;
    ct_status status = api_convert_query(&arena, query, &converted, err);
    if (status == CT_OK)
        status = run_query(store, query, call, &converted, &result, err);
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
