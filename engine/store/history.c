#include "history.h"

uint32_t ct_history_add_columns(struct ct_segment_column *columns, uint32_t count)
{
    columns[count++] = (struct ct_segment_column){.field = CT_FIELD_COMMIT, .type = CT_INT64};
    columns[count++] = (struct ct_segment_column){.field = CT_FIELD_UNTIL, .type = CT_INT64};
    return count;
}

/* What the store remembers; false where that is nothing of sense. */
static bool remembered_days(struct ct_store *store, uint64_t *days)
{
    struct ct_catalog *catalog = store->catalog;
    const uint32_t database = ct_catalog_find_database(catalog, ct_text_of("default"));
    struct ct_registered record;
    if (database == CT_NONE ||
        ct_registry_get(catalog, database, CT_REGISTRY_OPTION, ct_text_of(CT_HISTORY_OPTION),
                        store->env.allocator, &record, NULL) != CT_OK)
        return false;
    bool is_number = record.value.len > 0 && record.value.len < 6;
    *days = 0;
    for (size_t i = 0; i < record.value.len && is_number; i++) {
        is_number = record.value.bytes[i] >= '0' && record.value.bytes[i] <= '9';
        *days = *days * 10 + (uint64_t)(record.value.bytes[i] - '0');
    }
    ct_registered_release(store->env.allocator, &record);
    return is_number;
}

uint32_t ct_store_history_days(struct ct_store *store)
{
    uint64_t days = CT_HISTORY_DAYS_DEFAULT;
    if (store->options.history_days != 0)
        return store->options.history_days < 0 ? 0 : (uint32_t)store->options.history_days;
    return remembered_days(store, &days) ? (uint32_t)days : CT_HISTORY_DAYS_DEFAULT;
}

/* -- when commits were made ------------------------------------------------------------------- */

ct_status ct_store_commit_at(struct ct_store *store, int64_t time_ns, uint64_t *commit,
                             struct ct_error *err)
{
    bool found;
    pthread_mutex_lock(&store->state);
    const struct ct_commit_times *times = &store->times;
    *commit = ct_commit_times_at(times, time_ns, store->last_commit, &found);
    const bool is_before_all =
        times->count > 0 ? times->marks[0].commit == 1 : store->last_commit == 0;
    pthread_mutex_unlock(&store->state);
    if (found)
        return CT_OK;
    *commit = 0;
    return is_before_all
               ? CT_OK
               : ct_fail(err, CT_RANGE, "that is before the first commit whose time is known");
}

ct_status ct_store_commit_time(struct ct_store *store, uint64_t commit, int64_t *time_ns,
                               struct ct_error *err)
{
    bool found;
    pthread_mutex_lock(&store->state);
    const bool is_made = commit <= store->last_commit;
    *time_ns = ct_commit_times_of(&store->times, commit, &found);
    pthread_mutex_unlock(&store->state);
    if (!is_made)
        return ct_fail(err, CT_RANGE, "commit %llu has not been made", (unsigned long long)commit);
    return found ? CT_OK
                 : ct_fail(err, CT_NOT_FOUND, "when commit %llu was made is not known",
                           (unsigned long long)commit);
}

/* -- writing history -------------------------------------------------------------------------- */

ct_status ct_history_writer_init(struct ct_history_writer *history, struct ct_store *store,
                                 const struct ct_run_plan *plan, uint32_t column_count,
                                 const uint32_t *series, uint32_t series_count,
                                 struct ct_error *err)
{
    const struct ct_allocator *allocator = store->env.allocator;
    *history = (struct ct_history_writer){
        .plan = *plan,
        .store = store,
        .series = series,
        .series_count = series_count,
        .is_on = column_count > 0 && plan->columns[column_count - 1].field == CT_FIELD_UNTIL};
    if (!history->is_on)
        return CT_OK;
    struct ct_run_plan *own = &history->plan;
    own->is_history = true;
    own->column_count = column_count;
    own->max_commit = own->applied_commit > own->max_commit ? own->applied_commit : own->max_commit;
    history->latest = ct_alloc_zeroed(allocator, own->column_count, sizeof *history->latest);
    if (!history->latest || ct_row_pool_init(&history->past, allocator, own->columns,
                                             own->column_count, CT_NONE) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while keeping history");
    return CT_OK;
}

void ct_history_writer_deinit(struct ct_history_writer *history)
{
    if (!history->store)
        return;
    ct_run_writer_abandon(history->writer);
    ct_row_pool_deinit(&history->past);
    ct_release(history->store->env.allocator, history->latest);
    *history = (struct ct_history_writer){0};
}

static ct_status write_past(struct ct_history_writer *history, uint32_t index, struct ct_error *err)
{
    if (!history->writer) {
        CT_TRY(ct_run_writer_create(history->store, &history->plan, &history->writer, err));
        CT_TRY(ct_run_writer_expect(history->writer, history->series, history->series_count, err));
    }
    return ct_run_writer_add(history->writer, index, &history->past, err);
}

ct_status ct_history_writer_settle(struct ct_history_writer *history, uint32_t index,
                                   struct ct_row_pool *pool, struct ct_error *err)
{
    if (history->is_on)
        ct_row_pool_reset(&history->past);
    const ct_status status = history->is_on
                                 ? ct_row_pool_settle_keeping(pool, &history->past, history->latest)
                                 : ct_row_pool_settle(pool);
    if (status != CT_OK)
        return ct_fail(err, status, "out of memory while sorting rows");
    return history->past.row_count > 0 ? write_past(history, index, err) : CT_OK;
}

ct_status ct_history_writer_finish(struct ct_history_writer *history, struct ct_sealed_list *list,
                                   struct ct_error *err)
{
    struct ct_run_writer *writer = history->writer;
    history->writer = NULL;
    return writer ? ct_run_writer_finish(writer, list, err) : CT_OK;
}
