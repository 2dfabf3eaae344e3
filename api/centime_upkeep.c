/* Deletes, background work on demand, checks, and the store's state. */
#include "api_private.h"
#include "arena.h"

/* -- Deleting --------------------------------------------------------------------------------- */

static ct_status delete_rows(centime_store *store, struct ct_scope *scope, const char *const *keys,
                             const char *const *values, size_t count, uint64_t *commit,
                             struct ct_error *err)
{
    if (count > CT_TAGS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu tags, at most %d", count, CT_TAGS_MAX);
    struct ct_tag tags[CT_TAGS_MAX];
    for (size_t i = 0; i < count; i++)
        tags[i] = (struct ct_tag){api_text(keys[i]), api_text(values[i])};
    scope->tags = tags;
    scope->tag_count = (uint32_t)count;
    return ct_store_delete(store->store, scope, commit, err);
}

int centime_delete(centime_store *store, const char *database, const char *table,
                   const char *const *keys, const char *const *values, size_t count,
                   int64_t start_ns, int64_t end_ns, uint64_t *commit, centime_error *err)
{
    struct ct_error story = {0};
    struct ct_scope scope = {.start_ns = start_ns, .end_ns = end_ns};
    uint64_t number = 0;
    ct_status status = api_find_table(store, database, table, &scope.table, &story);
    if (status == CT_OK)
        status = delete_rows(store, &scope, keys, values, count, &number, &story);
    if (status == CT_OK && commit)
        *commit = number;
    return api_answer(status, &story, err);
}

/* -- Work ------------------------------------------------------------------------------------- */

int centime_step(centime_store *store, int *did_work, centime_error *err)
{
    struct ct_error story = {0};
    bool did = false;
    const ct_status status = ct_store_step(store->store, &did, &story);
    if (status == CT_OK && did_work)
        *did_work = did;
    return api_answer(status, &story, err);
}

int centime_sync(centime_store *store, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(ct_store_sync(store->store, &story), &story, err);
}

int centime_seal(centime_store *store, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(ct_store_seal(store->store, &story), &story, err);
}

int centime_compact(centime_store *store, centime_error *err)
{
    struct ct_error story = {0};
    return api_answer(ct_store_compact(store->store, &story), &story, err);
}

int centime_verify(centime_store *store, int deep, centime_verified *out, centime_error *err)
{
    struct ct_error story = {0};
    struct ct_verify_counts counts = {0};
    ct_status status = ct_store_verify(store->store, deep != 0, &counts, &story);
    if (status == CT_OK && out) {
        const centime_verified filled = {.files = counts.files,
                                         .segments = counts.segments,
                                         .rows = counts.rows,
                                         .blocks = counts.blocks};
        status = api_write_struct(out, &filled, sizeof filled, "centime_verified", &story);
    }
    return api_answer(status, &story, err);
}

/* -- State ------------------------------------------------------------------------------------ */

int centime_state_of(centime_store *store, centime_state *out)
{
    struct ct_store_state state = {0};
    ct_store_state_of(store->store, &state);
    centime_state filled = {
        .is_read_only = ct_store_is_read_only(store->store),
        .last_commit = state.last_commit,
        .sealed_commit = state.sealed_commit,
        .live_rows = state.live_rows,
        .live_bytes = state.live_bytes,
        .log_bytes = state.log_bytes,
        .catalog_bytes = state.catalog_bytes,
        .segment_bytes = state.segment_bytes,
        .segment_count = state.segment_count,
        .segment_rows = state.segment_rows,
        .log_files = state.log_files,
        .seals = state.seals,
        .merges = state.merges,
        .overwritten_money = state.overwritten_money,
        .history_low = state.history_low,
        .history_count = state.history_count,
        .history_rows = state.history_rows,
        .history_bytes = state.history_bytes,
        .history_days = ct_store_history_days(store->store),
        .step_failures = maintenance_failures(store->maintenance),
        .rollup_files = state.rollup_files,
        .rollup_bytes = state.rollup_bytes,
        .covered_segments = state.covered_segments,
        .table_count = state.table_count,
        .series_count = state.series_count,
        .log_syncs = state.log_syncs,
        .log_sync_ns = state.log_sync_ns,
    };
    static_assert(sizeof filled.read_only_reason == sizeof state.read_only_reason,
                  "the reason is copied whole");
    memcpy(filled.read_only_reason, state.read_only_reason, sizeof filled.read_only_reason);
    return (int)api_write_struct(out, &filled, sizeof filled, "centime_state", NULL);
}
