/* Merging segments, and dropping what is past its retention.
 *
 * Only neighbours in commit order of one table and partition are merged, so that "the later commit
 * wins" stays a question of which segment a row is in. Size-tiered: a run of CT_MERGE_MIN
 * neighbours of like size becomes one; so each row is rewritten about log4(rows) times, and a
 * partition ends as a handful of segments.
 *
 * Between two series a merge gives way to what others wait for. What it merges it holds on to, and
 * the version that it edits in the end is the one of then. */
#include "calendar.h"
#include "history.h"
#include "series_windows.h"

#define MERGE_MIN      4
#define MERGE_ROWS_MAX ((uint64_t)64 << 20)
/* Sizes within this factor of each other are alike. */
#define SIZE_RATIO 4

struct merge {
    struct ct_store *store;
    struct ct_sealed *const *inputs; /* oldest first */
    size_t input_count;
    struct ct_segment_column *columns; /* fields, then the hidden ones */
    uint32_t field_count;
    uint32_t column_count;
    bool keeps_history;
    bool gives_way;
    uint32_t *series;
    uint32_t series_count;
    struct ct_codec_scratch *scratch; /* all readers' */
    struct ct_part_reader *readers[CT_MERGE_MAX];
    struct ct_row_pool pool;
    enum ct_effort effort;
    struct ct_delete_list deletes;
    uint64_t applied_commit;
};

static uint32_t table_of(const struct merge *merge)
{
    return merge->inputs[0]->entry.info.table;
}

static ct_status find_columns(struct merge *merge, struct ct_error *err)
{
    const struct ct_allocator *allocator = merge->store->env.allocator;
    const uint32_t field_count = ct_catalog_field_count(merge->store->catalog, table_of(merge));
    uint8_t *types = ct_alloc_zeroed(allocator, field_count, 1);
    merge->columns =
        ct_alloc_zeroed(allocator, field_count + CT_HIDDEN_COLUMNS, sizeof *merge->columns);
    ct_status status = CT_OK;
    if (!types || !merge->columns)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while merging segments");
    for (size_t i = 0; i < merge->input_count && status == CT_OK; i++) {
        const struct ct_segment_column *columns = ct_segment_columns(merge->inputs[i]->segment);
        const uint32_t count = merge->inputs[i]->entry.info.column_count;
        for (uint32_t k = 0; k < count && status == CT_OK; k++) {
            if (columns[k].field == CT_FIELD_LAG || columns[k].field == CT_FIELD_COMMIT)
                continue;
            if (columns[k].field >= field_count)
                status = ct_fail(err, CT_CORRUPT, "segment %llu has a field that nobody defined",
                                 (unsigned long long)merge->inputs[i]->entry.id);
            else
                types[columns[k].field] = (uint8_t)columns[k].type;
        }
    }
    for (uint32_t field = 0; status == CT_OK && field < field_count; field++) {
        if (types[field])
            merge->columns[merge->field_count++] =
                (struct ct_segment_column){.field = field, .type = (enum ct_type)types[field]};
    }
    if (status == CT_OK)
        merge->column_count = merge->keeps_history
                                  ? ct_history_add_columns(merge->columns, merge->field_count)
                                  : merge->field_count;
    ct_release(allocator, types);
    return status;
}

static ct_status mark_series(struct merge *merge, uint8_t *marks, uint32_t series_count,
                             struct ct_error *err)
{
    for (size_t i = 0; i < merge->input_count; i++) {
        struct ct_segment_series directory;
        CT_TRY(ct_segment_series_of(merge->inputs[i]->segment, &directory, err));
        for (uint32_t k = 0; k < directory.count; k++) {
            if (directory.series[k] >= series_count)
                return ct_fail(err, CT_CORRUPT, "segment %llu has a series that nobody defined",
                               (unsigned long long)merge->inputs[i]->entry.id);
            merge->series_count += !marks[directory.series[k]];
            marks[directory.series[k]] = 1;
        }
    }
    return CT_OK;
}

static ct_status find_series(struct merge *merge, struct ct_error *err)
{
    const struct ct_allocator *allocator = merge->store->env.allocator;
    const uint32_t series_count = ct_catalog_series_count(merge->store->catalog, table_of(merge));
    uint8_t *marks = ct_alloc_zeroed(allocator, series_count, 1);
    if (!marks)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging segments");
    ct_status status = mark_series(merge, marks, series_count, err);
    if (status == CT_OK) {
        merge->series = ct_alloc_zeroed(allocator, merge->series_count, sizeof *merge->series);
        if (!merge->series)
            status = ct_fail(err, CT_NO_MEMORY, "out of memory while merging segments");
    }
    uint32_t count = 0;
    for (uint32_t series = 0; status == CT_OK && series < series_count; series++) {
        if (marks[series])
            merge->series[count++] = series;
    }
    ct_release(allocator, marks);
    return status;
}

static ct_status open_inputs(struct merge *merge, struct ct_error *err)
{
    struct ct_store *store = merge->store;
    merge->scratch = ct_codec_scratch_create(store->env.allocator);
    if (!merge->scratch)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging segments");
    const struct ct_part_plan plan = {
        .allocator = store->env.allocator,
        .scratch = merge->scratch,
        .columns = merge->columns,
        .column_count = merge->column_count,
        .start_ns = INT64_MIN,
        .end_ns = INT64_MAX,
        .deletes = {.catalog = store->catalog,
                    .tombstones = merge->deletes.tombstones,
                    .count = merge->deletes.count},
    };
    for (size_t i = 0; i < merge->input_count; i++) {
        const struct ct_row_part part = {.sealed = merge->inputs[i]};
        CT_TRY(ct_part_reader_create(&part, &plan, &merge->readers[i], err));
    }
    const uint32_t entry_field = ct_entry_field(store->catalog, table_of(merge));
    if (ct_row_pool_init(&merge->pool, store->env.allocator, merge->columns, merge->column_count,
                         entry_field) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while merging segments");
    return CT_OK;
}

static ct_status merge_series(struct merge *merge, struct ct_run_writer *writer,
                              struct ct_history_writer *history, struct ct_error *err)
{
    struct ct_series_windows windows;
    ct_series_windows_init(&windows, merge->readers, merge->input_count, &merge->pool,
                           merge->store->options.window_rows);
    CT_TRY(ct_run_writer_expect(writer, merge->series, merge->series_count, err));
    for (uint32_t i = 0; i < merge->series_count; i++) {
        bool found;
        if (merge->gives_way)
            CT_TRY(ct_store_give_way(merge->store, err));
        CT_TRY(ct_series_windows_seek(&windows, merge->series[i], err));
        CT_TRY(ct_series_windows_next(&windows, &found, err));
        while (found) {
            CT_TRY(ct_history_writer_settle(history, i, &merge->pool, err));
            CT_TRY(ct_run_writer_add(writer, i, &merge->pool, err));
            CT_TRY(ct_series_windows_next(&windows, &found, err));
        }
    }
    return CT_OK;
}

/* Rows of a single commit need no column to say which. */
static uint32_t stored_columns(const struct merge *merge)
{
    const bool has_commits = merge->column_count > merge->field_count &&
                             merge->inputs[0]->entry.info.min_commit <
                                 merge->inputs[merge->input_count - 1]->entry.info.max_commit;
    return merge->field_count + has_commits;
}

static ct_status write_output(struct merge *merge, struct ct_sealed_list *list,
                              struct ct_error *err)
{
    struct ct_store *store = merge->store;
    const struct ct_run_plan plan = {
        .table = table_of(merge),
        .partition = ct_catalog_table_options(store->catalog, table_of(merge)).partition,
        .columns = merge->columns,
        .column_count = stored_columns(merge),
        .min_commit = merge->inputs[0]->entry.info.min_commit,
        .max_commit = merge->inputs[merge->input_count - 1]->entry.info.max_commit,
        .applied_commit = merge->applied_commit,
        .effort = merge->effort,
    };
    struct ct_run_writer *writer = NULL;
    struct ct_history_writer history = {0};
    CT_TRY(ct_run_writer_create(store, &plan, &writer, err));
    ct_status status = ct_history_writer_init(&history, store, &plan, merge->column_count,
                                              merge->series, merge->series_count, err);
    if (status == CT_OK)
        status = merge_series(merge, writer, &history, err);
    if (status == CT_OK)
        status = ct_run_writer_finish(writer, list, err);
    else
        ct_run_writer_abandon(writer);
    if (status == CT_OK)
        status = ct_history_writer_finish(&history, list, err);
    ct_history_writer_deinit(&history);
    return status;
}

ct_status ct_store_merge_segments(struct ct_store *store, const struct ct_merge_inputs *inputs,
                                  struct ct_sealed_list *list, struct ct_error *err)
{
    CT_ASSERT(inputs->count > 0 && inputs->count <= CT_MERGE_MAX);
    struct merge merge = {.store = store,
                          .inputs = inputs->sealed,
                          .input_count = inputs->count,
                          .effort = inputs->effort,
                          .applied_commit = inputs->last_commit,
                          .keeps_history = inputs->keeps_history,
                          .gives_way = inputs->gives_way};
    ct_status status = ct_delete_list_init(&merge.deletes, inputs->version, table_of(&merge),
                                           inputs->last_commit, store->env.allocator, err);
    if (status == CT_OK &&
        merge.deletes.count > 0) /* a row must not be gone before its delete is durable */
        status = ct_store_sync(store, err);
    if (status == CT_OK)
        status = find_columns(&merge, err);
    if (status == CT_OK)
        status = find_series(&merge, err);
    if (status == CT_OK)
        status = open_inputs(&merge, err);
    if (status == CT_OK)
        status = write_output(&merge, list, err);
    for (size_t i = 0; i < inputs->count; i++)
        ct_part_reader_destroy(merge.readers[i]);
    ct_codec_scratch_destroy(merge.scratch);
    ct_row_pool_deinit(&merge.pool);
    ct_release(store->env.allocator, merge.columns);
    ct_release(store->env.allocator, merge.series);
    ct_delete_list_deinit(&merge.deletes, store->env.allocator);
    return status;
}

/* The last commit that took anything from the rows, at most. */
static uint64_t last_change(const struct ct_merge_inputs *inputs)
{
    const struct ct_segment_info *newest = &inputs->sealed[inputs->count - 1]->entry.info;
    uint64_t commit = newest->max_commit;
    for (size_t i = 0; i < inputs->version->tombstone_count; i++) {
        const struct ct_tombstone *tombstone = &inputs->version->tombstones[i];
        if (tombstone->table == newest->table && tombstone->commit <= inputs->last_commit &&
            tombstone->commit > commit)
            commit = tombstone->commit;
    }
    return commit;
}

static ct_status publish_output(struct ct_store *store, const struct ct_merge_inputs *inputs,
                                const struct ct_sealed_list *list, struct ct_error *err)
{
    uint64_t dropped[CT_MERGE_MAX];
    for (size_t i = 0; i < inputs->count; i++)
        dropped[i] = inputs->sealed[i]->entry.id;
    const struct ct_publication publication = {.added = list->sealed,
                                               .added_count = list->count,
                                               .dropped = dropped,
                                               .dropped_count = inputs->count,
                                               .history_low =
                                                   inputs->keeps_history ? 0 : last_change(inputs)};
    return ct_store_publish(store, &publication, err);
}

static ct_status run_merge(struct ct_store *store, const struct ct_merge_inputs *inputs,
                           struct ct_error *err)
{
    struct ct_sealed_list list = {0};
    ct_status status = ct_store_merge_segments(store, inputs, &list, err);
    if (status == CT_OK)
        status = publish_output(store, inputs, &list, err);
    ct_sealed_list_deinit(&list, store->env.allocator);
    if (status == CT_OK) {
        pthread_mutex_lock(&store->state);
        store->merges++;
        pthread_mutex_unlock(&store->state);
    }
    return status;
}

/* -- choosing ----------------------------------------------------------------------------- */

/* The segments of one table and partition, oldest commits first. */
struct neighbours {
    struct ct_sealed **sealed;
    size_t count;
};

static bool is_same_partition(const struct ct_sealed *a, const struct ct_sealed *b)
{
    return a->entry.info.table == b->entry.info.table &&
           a->entry.partition_start_ns == b->entry.partition_start_ns;
}

/* All segments of the version in the partition of segments[first]; nothing where an earlier one is
 * of the same. */
static void find_neighbours(const struct ct_version *version, size_t first, struct neighbours *out)
{
    out->count = 0;
    for (size_t i = 0; i < version->segment_count; i++) {
        if (!is_same_partition(version->segments[first], version->segments[i]))
            continue;
        if (i < first)
            return;
        out->sealed[out->count++] = version->segments[i];
    }
}

static uint64_t rows_of(const struct ct_sealed *sealed)
{
    return sealed->entry.info.row_count;
}

/* The longest run from `first` on that is alike in size and not too large together. */
static size_t run_length(const struct neighbours *neighbours, size_t first, uint64_t ratio)
{
    uint64_t min = rows_of(neighbours->sealed[first]);
    uint64_t max = min;
    uint64_t total = 0;
    size_t length = 0;
    for (size_t i = first; i < neighbours->count && length < CT_MERGE_MAX; i++, length++) {
        const uint64_t rows = rows_of(neighbours->sealed[i]);
        min = rows < min ? rows : min;
        max = rows > max ? rows : max;
        total += rows;
        if (max > min * ratio || (length > 0 && total > MERGE_ROWS_MAX))
            break;
    }
    return length;
}

/* A delete that the segment has still to carry out is reason enough to rewrite it. */
static bool has_deletes(const struct ct_version *version, const struct ct_sealed *sealed)
{
    const struct ct_row_part part = {.sealed = (struct ct_sealed *)(uintptr_t)sealed};
    for (size_t i = 0; i < version->tombstone_count; i++) {
        if (version->tombstones[i].table == sealed->entry.info.table &&
            ct_part_is_touched(&part, &version->tombstones[i]))
            return true;
    }
    return false;
}

static ct_status hold_version(struct ct_store *store, struct ct_version **version,
                              uint64_t *last_commit, struct neighbours *neighbours,
                              struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    *version = store->version;
    ct_version_hold(*version);
    *last_commit = store->last_commit;
    pthread_mutex_unlock(&store->state);
    neighbours->sealed = ct_alloc_zeroed(store->env.allocator, (*version)->segment_count,
                                         sizeof(struct ct_sealed *));
    if (neighbours->sealed)
        return CT_OK;
    ct_version_drop(*version);
    return ct_fail(err, CT_NO_MEMORY, "out of memory while looking for merges");
}

ct_status ct_store_merge_one(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    struct ct_version *version;
    uint64_t last_commit;
    struct neighbours neighbours;
    CT_TRY(hold_version(store, &version, &last_commit, &neighbours, err));
    ct_status status = CT_OK;
    *did_work = false;
    for (size_t i = 0; i < version->segment_count && !*did_work; i++) {
        find_neighbours(version, i, &neighbours);
        for (size_t first = 0; first < neighbours.count && !*did_work; first++) {
            const size_t length = run_length(&neighbours, first, SIZE_RATIO);
            const bool is_due =
                length >= MERGE_MIN || has_deletes(version, neighbours.sealed[first]);
            if (!is_due)
                continue;
            *did_work = true;
            const struct ct_merge_inputs inputs = {.sealed = neighbours.sealed + first,
                                                   .count = length >= MERGE_MIN ? length : 1,
                                                   .version = version,
                                                   .last_commit = last_commit,
                                                   .effort = CT_EFFORT_FAST,
                                                   .keeps_history =
                                                       ct_store_history_days(store) > 0,
                                                   .gives_way = true};
            status = run_merge(store, &inputs, err);
        }
    }
    ct_release(store->env.allocator, neighbours.sealed);
    ct_version_drop(version);
    return status;
}

/* One merge towards the fewest, smallest segments; *did_work false when there is nothing left to
 * gain. */
static ct_status merge_further(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    struct ct_version *version;
    uint64_t last_commit;
    struct neighbours neighbours;
    CT_TRY(hold_version(store, &version, &last_commit, &neighbours, err));
    ct_status status = CT_OK;
    *did_work = false;
    for (size_t i = 0; i < version->segment_count && !*did_work; i++) {
        find_neighbours(version, i, &neighbours);
        size_t length;
        for (size_t first = 0; first < neighbours.count && !*did_work; first += length) {
            length = run_length(&neighbours, first, UINT32_MAX);
            length = length ? length : 1;
            const struct ct_sealed *sealed = neighbours.sealed[first];
            if (length == 1 && sealed->entry.is_small && !has_deletes(version, sealed))
                continue;
            *did_work = true;
            const struct ct_merge_inputs inputs = {.sealed = neighbours.sealed + first,
                                                   .count = length,
                                                   .version = version,
                                                   .last_commit = last_commit,
                                                   .effort = CT_EFFORT_SMALL,
                                                   .keeps_history =
                                                       ct_store_history_days(store) > 0,
                                                   .gives_way = true};
            status = run_merge(store, &inputs, err);
        }
    }
    ct_release(store->env.allocator, neighbours.sealed);
    ct_version_drop(version);
    return status;
}

ct_status ct_store_merge_all(struct ct_store *store, struct ct_error *err)
{
    bool did_work = true;
    while (did_work)
        CT_TRY(merge_further(store, &did_work, err));
    return CT_OK;
}

/* -- retention ---------------------------------------------------------------------------- */

static bool is_expired(struct ct_store *store, const struct ct_sealed *sealed, int64_t now_ns)
{
    const struct ct_table_options options =
        ct_catalog_table_options(store->catalog, sealed->entry.info.table);
    int64_t cutoff_ns;
    if (options.retention_ns <= 0 ||
        __builtin_sub_overflow(now_ns, options.retention_ns, &cutoff_ns))
        return false;
    return ct_partition_end(sealed->entry.partition_start_ns, options.partition) <= cutoff_ns;
}

ct_status ct_store_expire(struct ct_store *store, bool *did_work, struct ct_error *err)
{
    struct ct_version *version;
    uint64_t last_commit;
    struct neighbours unused;
    CT_TRY(hold_version(store, &version, &last_commit, &unused, err));
    uint64_t *dropped = ct_alloc_zeroed(
        store->env.allocator, version->segment_count + version->history_count, sizeof *dropped);
    ct_status status = CT_OK;
    size_t count = 0;
    const int64_t now_ns = ct_clock_now_ns(store->env.clock);
    if (!dropped)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while looking at retention");
    for (size_t i = 0; status == CT_OK && i < version->segment_count; i++) {
        if (is_expired(store, version->segments[i], now_ns))
            dropped[count++] = version->segments[i]->entry.id;
    }
    for (size_t i = 0; status == CT_OK && i < version->history_count; i++) {
        if (is_expired(store, version->history[i], now_ns))
            dropped[count++] = version->history[i]->entry.id;
    }
    *did_work = count > 0;
    if (status == CT_OK && count > 0) {
        const struct ct_publication publication = {.dropped = dropped, .dropped_count = count};
        status = ct_store_publish(store, &publication, err);
    }
    ct_release(store->env.allocator, dropped);
    ct_release(store->env.allocator, unused.sealed);
    ct_version_drop(version);
    return status;
}
