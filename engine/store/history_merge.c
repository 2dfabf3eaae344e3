/* Merging history segments, and dropping what is past the horizon. */
#include "history.h"

#include <stdlib.h>

#include "series_windows.h"

#define MERGE_MIN      8
#define MERGE_MAX      16
#define MERGE_ROWS_MAX ((uint64_t)64 << 20)
/* A segment that has more than this times the rows of those after it is left alone. */
#define SIZE_RATIO 8
#define DAY_NS     (INT64_C(86400) * 1000000000)

/* The inputs are of one table and partition, oldest commits first. */
struct history_merge {
    struct ct_store *store;
    struct ct_sealed *const *inputs;
    size_t input_count;
    uint64_t low; /* rows that counted only before it are left out */
    struct ct_segment_column *columns;
    uint32_t column_count;
    uint32_t *series;
    uint32_t series_count;
    struct ct_codec_scratch *scratch; /* all readers' */
    struct ct_part_reader *readers[MERGE_MAX];
    struct ct_row_pool pool;
};

/* -- inputs ----------------------------------------------------------------------------------- */

static uint32_t table_of(const struct history_merge *merge)
{
    return merge->inputs[0]->entry.info.table;
}

/* Sorted by field; each once. Columns are few, so one is put in its place at a time. */
static void add_column(struct history_merge *merge, struct ct_segment_column column)
{
    uint32_t at = merge->column_count;
    while (at > 0 && merge->columns[at - 1].field > column.field)
        at--;
    if (at > 0 && merge->columns[at - 1].field == column.field)
        return;
    memmove(merge->columns + at + 1, merge->columns + at,
            (merge->column_count - at) * sizeof *merge->columns);
    merge->columns[at] = column;
    merge->column_count++;
}

static ct_status find_columns(struct history_merge *merge, struct ct_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < merge->input_count; i++)
        count += merge->inputs[i]->entry.info.column_count;
    merge->columns = ct_alloc_zeroed(merge->store->env.allocator, count, sizeof *merge->columns);
    if (!merge->columns)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging history");
    for (size_t i = 0; i < merge->input_count; i++) {
        const struct ct_segment_column *columns = ct_segment_columns(merge->inputs[i]->segment);
        for (uint32_t k = 0; k < merge->inputs[i]->entry.info.column_count; k++)
            add_column(merge, columns[k]);
    }
    return CT_OK;
}

static int compare_series(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a;
    const uint32_t second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

static ct_status find_series(struct history_merge *merge, struct ct_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < merge->input_count; i++)
        count += merge->inputs[i]->entry.info.series_count;
    uint32_t *all = ct_alloc_zeroed(merge->store->env.allocator, count, sizeof *all);
    merge->series = all;
    if (!all)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging history");
    count = 0;
    for (size_t i = 0; i < merge->input_count; i++) {
        struct ct_segment_series directory;
        CT_TRY(ct_segment_series_of(merge->inputs[i]->segment, &directory, err));
        memcpy(all + count, directory.series, directory.count * sizeof *all);
        count += directory.count;
    }
    qsort(all, count, sizeof *all, compare_series);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || all[i] != all[i - 1])
            all[merge->series_count++] = all[i];
    }
    return CT_OK;
}

static ct_status open_inputs(struct history_merge *merge, struct ct_error *err)
{
    const struct ct_allocator *allocator = merge->store->env.allocator;
    merge->scratch = ct_codec_scratch_create(allocator);
    if (!merge->scratch)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging history");
    const struct ct_part_plan plan = {
        .allocator = allocator,
        .scratch = merge->scratch,
        .columns = merge->columns,
        .column_count = merge->column_count,
        .start_ns = INT64_MIN,
        .end_ns = INT64_MAX,
    };
    for (size_t i = 0; i < merge->input_count; i++) {
        const struct ct_row_part part = {.sealed = merge->inputs[i]};
        CT_TRY(ct_part_reader_create(&part, &plan, &merge->readers[i], err));
    }
    if (ct_row_pool_init(&merge->pool, allocator, merge->columns, merge->column_count,
                         ct_entry_field(merge->store->catalog, table_of(merge))) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging history");
    merge->pool.sorts_by_commit = true;
    return CT_OK;
}

static void merge_deinit(struct history_merge *merge)
{
    const struct ct_allocator *allocator = merge->store->env.allocator;
    for (size_t i = 0; i < merge->input_count; i++)
        ct_part_reader_destroy(merge->readers[i]);
    ct_codec_scratch_destroy(merge->scratch);
    ct_row_pool_deinit(&merge->pool);
    ct_release(allocator, merge->columns);
    ct_release(allocator, merge->series);
}

/* -- output ----------------------------------------------------------------------------------- */

static ct_status write_window(struct history_merge *merge, uint32_t index,
                              struct ct_run_writer *writer, struct ct_error *err)
{
    const ct_status status = ct_row_pool_arrange(&merge->pool, (int64_t)merge->low);
    if (status != CT_OK)
        return ct_fail(err, status, "out of memory while sorting rows");
    return ct_run_writer_add(writer, index, &merge->pool, err);
}

static ct_status merge_series(struct history_merge *merge, struct ct_run_writer *writer,
                              struct ct_error *err)
{
    struct ct_series_windows windows;
    ct_series_windows_init(&windows, merge->readers, merge->input_count, &merge->pool,
                           merge->store->options.window_rows);
    CT_TRY(ct_run_writer_expect(writer, merge->series, merge->series_count, err));
    for (uint32_t i = 0; i < merge->series_count; i++) {
        bool found;
        CT_TRY(ct_store_give_way(merge->store, err));
        CT_TRY(ct_series_windows_seek(&windows, merge->series[i], err));
        CT_TRY(ct_series_windows_next(&windows, &found, err));
        while (found) {
            CT_TRY(write_window(merge, i, writer, err));
            CT_TRY(ct_series_windows_next(&windows, &found, err));
        }
    }
    return CT_OK;
}

/* Commits that the rows came with and counted until. */
static void commit_range(const struct history_merge *merge, struct ct_run_plan *plan)
{
    plan->min_commit = UINT64_MAX;
    for (size_t i = 0; i < merge->input_count; i++) {
        const struct ct_segment_info *info = &merge->inputs[i]->entry.info;
        if (info->min_commit < plan->min_commit)
            plan->min_commit = info->min_commit;
        if (info->max_commit > plan->max_commit)
            plan->max_commit = info->max_commit;
    }
}

static ct_status write_output(struct history_merge *merge, struct ct_sealed_list *list,
                              struct ct_error *err)
{
    struct ct_store *store = merge->store;
    struct ct_run_plan plan = {
        .table = table_of(merge),
        .partition = ct_catalog_table_options(store->catalog, table_of(merge)).partition,
        .columns = merge->columns,
        .column_count = merge->column_count,
        .effort = CT_EFFORT_SMALL,
        .is_history = true,
    };
    commit_range(merge, &plan);
    struct ct_run_writer *writer = NULL;
    CT_TRY(ct_run_writer_create(store, &plan, &writer, err));
    const ct_status status = merge_series(merge, writer, err);
    if (status == CT_OK)
        return ct_run_writer_finish(writer, list, err);
    ct_run_writer_abandon(writer);
    return status;
}

static ct_status publish(struct ct_store *store, struct ct_sealed *const *dropped, size_t count,
                         const struct ct_sealed_list *added, uint64_t low, struct ct_error *err)
{
    uint64_t *ids = ct_alloc_zeroed(store->env.allocator, count, sizeof *ids);
    if (!ids)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging history");
    for (size_t i = 0; i < count; i++)
        ids[i] = dropped[i]->entry.id;
    const struct ct_publication publication = {.added = added->sealed,
                                               .added_count = added->count,
                                               .dropped = ids,
                                               .dropped_count = count,
                                               .history_low = low};
    const ct_status status = ct_store_publish(store, &publication, err);
    ct_release(store->env.allocator, ids);
    return status;
}

static ct_status run_merge(struct ct_store *store, struct ct_sealed *const *inputs, size_t count,
                           uint64_t low, struct ct_error *err)
{
    struct history_merge merge = {
        .store = store, .inputs = inputs, .input_count = count, .low = low};
    struct ct_sealed_list list = {0};
    ct_status status = find_columns(&merge, err);
    if (status == CT_OK)
        status = find_series(&merge, err);
    if (status == CT_OK)
        status = open_inputs(&merge, err);
    if (status == CT_OK)
        status = write_output(&merge, &list, err);
    if (status == CT_OK)
        status = publish(store, inputs, count, &list, low, err);
    merge_deinit(&merge);
    ct_sealed_list_deinit(&list, store->env.allocator);
    return status;
}

/* -- choosing --------------------------------------------------------------------------------- */

/* The first commit that has still to be kept. State lock held. */
static uint64_t low_of(const struct ct_store *store, uint32_t days, int64_t now_ns)
{
    bool found = false;
    int64_t horizon_ns;
    uint64_t commit = 0;
    if (days == 0)
        return store->sealed_commit > store->history_low ? store->sealed_commit
                                                         : store->history_low;
    if (!__builtin_sub_overflow(now_ns, days * DAY_NS, &horizon_ns))
        commit = ct_commit_times_at(&store->times, horizon_ns, store->last_commit, &found);
    return found && commit > store->history_low ? commit : store->history_low;
}

static bool is_same_partition(const struct ct_sealed *a, const struct ct_sealed *b)
{
    return a->entry.info.table == b->entry.info.table &&
           a->entry.partition_start_ns == b->entry.partition_start_ns;
}

/* The partition of history[first], up to MERGE_MAX segments of it, where that is its first. */
static size_t find_partition(const struct ct_version *version, size_t first,
                             struct ct_sealed *out[MERGE_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < version->history_count && count < MERGE_MAX; i++) {
        if (!is_same_partition(version->history[first], version->history[i]))
            continue;
        if (i < first)
            return 0;
        out[count++] = version->history[i];
    }
    return count;
}

/* From which segment on they are worth merging: large ones at the beginning are left alone. */
static size_t first_to_merge(struct ct_sealed *const *segments, size_t count, bool all)
{
    uint64_t after = 0;
    for (size_t i = count; i > 0; i--) {
        const uint64_t rows = segments[i - 1]->entry.info.row_count;
        if (after + rows > MERGE_ROWS_MAX || (!all && i < count && rows > after * SIZE_RATIO))
            return i;
        after += rows;
    }
    return 0;
}

static ct_status drop_old(struct ct_store *store, const struct ct_version *version, uint64_t low,
                          bool *did_work, struct ct_error *err)
{
    size_t count = 0;
    struct ct_sealed **old =
        ct_alloc_zeroed(store->env.allocator, version->history_count, sizeof(struct ct_sealed *));
    if (!old)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while looking at history");
    for (size_t i = 0; i < version->history_count; i++) {
        if (version->history[i]->entry.info.max_commit <= low)
            old[count++] = version->history[i];
    }
    const struct ct_sealed_list none = {0};
    *did_work = count > 0;
    const ct_status status = count ? publish(store, old, count, &none, low, err) : CT_OK;
    ct_release(store->env.allocator, old);
    return status;
}

static ct_status merge_some(struct ct_store *store, const struct ct_version *version, uint64_t low,
                            bool all, bool *did_work, struct ct_error *err)
{
    for (size_t i = 0; i < version->history_count; i++) {
        struct ct_sealed *segments[MERGE_MAX];
        const size_t count = find_partition(version, i, segments);
        const size_t first = first_to_merge(segments, count, all);
        if (count - first < (all ? 2 : MERGE_MIN))
            continue;
        *did_work = true;
        return run_merge(store, segments + first, count - first, low, err);
    }
    return CT_OK;
}

ct_status ct_store_merge_history(struct ct_store *store, bool all, bool *did_work,
                                 struct ct_error *err)
{
    const uint32_t days = ct_store_history_days(store);
    const int64_t now_ns = ct_clock_now_ns(store->env.clock);
    *did_work = false;
    pthread_mutex_lock(&store->state);
    struct ct_version *version = store->version;
    ct_version_hold(version);
    const uint64_t low = low_of(store, days, now_ns);
    pthread_mutex_unlock(&store->state);
    ct_status status = drop_old(store, version, low, did_work, err);
    if (status == CT_OK && !*did_work)
        status = merge_some(store, version, low, all, did_work, err);
    ct_version_drop(version);
    return status;
}
