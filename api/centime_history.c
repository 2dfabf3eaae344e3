/* Looking back: moments, and what has changed between two of them. */
#include <stdio.h>

#include "api_private.h"
#include "difference.h"

#define DAYS_MAX 36500

ct_status api_take_snapshot(centime_store *store, uint64_t commit, int64_t time_ns,
                            struct ct_snapshot **out, struct ct_error *err)
{
    if (commit == 0 && time_ns == 0)
        return ct_snapshot_take(store->store, out, err);
    if (commit != 0 && time_ns != 0)
        return ct_fail(err, CT_INVALID, "both a commit and a time to look back to");
    if (commit == 0)
        CT_TRY(ct_store_commit_at(store->store, time_ns, &commit, err));
    return ct_snapshot_take_as_of(store->store, commit, out, err);
}

int centime_keep_history(centime_store *store, uint32_t days, centime_error *err)
{
    struct ct_error story = {0};
    char text[16];
    const int len = snprintf(text, sizeof text, "%u", days);
    if (days > DAYS_MAX)
        return api_answer(
            ct_fail(&story, CT_LIMIT, "history is kept for at most %d days", DAYS_MAX), &story,
            err);
    const ct_status status = ct_store_register(
        store->store, ct_text_of("default"), CT_REGISTRY_OPTION, ct_text_of(CT_HISTORY_OPTION),
        (struct ct_text){.bytes = text, .len = (size_t)len}, &story);
    return api_answer(status, &story, err);
}

int centime_commit_at(centime_store *store, int64_t time_ns, uint64_t *commit, centime_error *err)
{
    struct ct_error story = {0};
    uint64_t found = 0;
    const ct_status status = ct_store_commit_at(store->store, time_ns, &found, &story);
    if (status == CT_OK)
        *commit = found;
    return api_answer(status, &story, err);
}

int centime_commit_time(centime_store *store, uint64_t commit, int64_t *time_ns, centime_error *err)
{
    struct ct_error story = {0};
    int64_t found = 0;
    const ct_status status = ct_store_commit_time(store->store, commit, &found, &story);
    if (status == CT_OK)
        *time_ns = found;
    return api_answer(status, &story, err);
}

/* -- difference ------------------------------------------------------------------------------- */

static ct_status convert(struct ct_arena *arena, const centime_difference_query *query,
                         struct ct_difference *out, struct ct_error *err)
{
    const centime_query like = {.database = query->database,
                                .table = query->table,
                                .tags = query->tags,
                                .tag_count = query->tag_count,
                                .filter = query->filter,
                                .start_ns = query->start_ns,
                                .end_ns = query->end_ns};
    struct ct_query converted;
    CT_TRY(api_convert_query(arena, &like, &converted, err));
    *out = (struct ct_difference){.database = converted.database,
                                  .table = converted.table,
                                  .field = api_text(query->field),
                                  .tags = converted.tags,
                                  .tag_count = converted.tag_count,
                                  .filter = converted.filter,
                                  .start_ns = converted.start_ns,
                                  .end_ns = converted.end_ns};
    return CT_OK;
}

static ct_status compare(centime_store *store, const centime_difference_query *query,
                         struct ct_result **out, struct ct_error *err)
{
    const struct ct_query_options options = {
        .threads = query->threads ? query->threads : store->query_threads,
        .rows_max = query->rows_max,
        .memory_bytes = query->memory_bytes,
        .is_cancelled = query->cancel ? &query->cancel->is_set : NULL,
    };
    struct ct_snapshot *before = NULL;
    struct ct_snapshot *after = NULL;
    struct ct_difference difference;
    struct ct_arena arena;
    ct_arena_init(&arena, &store->memory->allocator, 0);
    ct_status status = convert(&arena, query, &difference, err);
    if (status == CT_OK)
        status = api_take_snapshot(store, query->from_commit, query->from_time_ns, &before, err);
    if (status == CT_OK)
        status = api_take_snapshot(store, query->to_commit, query->to_time_ns, &after, err);
    if (status == CT_OK)
        status = ct_difference_run(before, after, ct_store_catalog(store->store),
                                   &store->memory->allocator, &difference, &options, out, err);
    ct_snapshot_release(before);
    ct_snapshot_release(after);
    ct_arena_deinit(&arena);
    return status;
}

static ct_status read_query(const centime_difference_query *query, centime_difference_query *known,
                            struct ct_error *err)
{
    if (!query)
        return ct_fail(err, CT_INVALID, "no query");
    CT_TRY(api_read_struct(known, sizeof *known, query, "centime_difference_query", err));
    if (!known->field || !known->field[0])
        return ct_fail(err, CT_INVALID, "no field to compare");
    if (known->from_commit == 0 && known->from_time_ns == 0)
        return ct_fail(err, CT_INVALID, "no commit or time to compare from");
    return CT_OK;
}

int centime_difference(centime_store *store, const centime_difference_query *query,
                       centime_result **out, centime_error *err)
{
    struct ct_error story = {0};
    centime_difference_query known;
    struct ct_result *result = NULL;
    const int64_t start_ns = ct_clock_monotonic_ns(store->env.clock);
    ct_status status = read_query(query, &known, &story);
    if (status == CT_OK)
        status = compare(store, &known, &result, &story);
    if (status == CT_OK) {
        const int64_t elapsed_ns = ct_clock_monotonic_ns(store->env.clock) - start_ns;
        status = api_result_wrap(store->memory, result, (uint64_t)elapsed_ns, out, &story);
    }
    return api_answer(status, &story, err);
}
