/* Sealing: the frozen live rows become segments, one for each table and partition. */
#include "calendar.h"
#include "history.h"
#include "part.h"

/* A table with fewer rows per series and day than this is cut by months: its runs would be too
 * short to pack. */
#define DAY_PARTITION_ROWS 1000
#define DAY_NS             ((int64_t)86400 * 1000000000)

struct table_seal {
    struct ct_store *store;
    struct ct_live_set *set;
    uint32_t table;
    struct ct_live_view view;
    struct ct_segment_column *columns; /* fields with values, ascending; the hidden ones */
    uint32_t field_count;
    uint32_t column_count;
    bool keeps_history;
    uint32_t *series; /* ascending */
    struct ct_table_options options;
    uint64_t applied_commit;
};

static void table_seal_deinit(struct table_seal *seal)
{
    const struct ct_allocator *allocator = seal->store->env.allocator;
    ct_release(allocator, seal->columns);
    ct_release(allocator, seal->series);
    ct_live_view_deinit(&seal->view, allocator);
}

/* The union of the chunks' columns. */
static ct_status find_columns(struct table_seal *seal, struct ct_error *err)
{
    struct ct_store *store = seal->store;
    const uint32_t field_count = ct_catalog_field_count(store->catalog, seal->table);
    uint8_t *is_used = ct_alloc_zeroed(store->env.allocator, field_count, 1);
    seal->columns = ct_alloc_zeroed(store->env.allocator, field_count + CT_HIDDEN_COLUMNS,
                                    sizeof *seal->columns);
    if (!is_used || !seal->columns) {
        ct_release(store->env.allocator, is_used);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sealing");
    }
    for (size_t c = 0; c < seal->view.chunk_count; c++) {
        const struct ct_live_chunk *chunk = seal->view.chunks[c];
        for (uint32_t i = 0; i < chunk->column_count; i++) {
            CT_ASSERT(chunk->columns[i].field < field_count);
            is_used[chunk->columns[i].field] = (uint8_t)chunk->columns[i].type;
        }
    }
    for (uint32_t field = 0; field < field_count; field++) {
        if (is_used[field])
            seal->columns[seal->field_count++] =
                (struct ct_segment_column){.field = field, .type = (enum ct_type)is_used[field]};
    }
    seal->column_count = seal->keeps_history
                             ? ct_history_add_columns(seal->columns, seal->field_count)
                             : seal->field_count;
    ct_release(store->env.allocator, is_used);
    return CT_OK;
}

/* Marks the view's series and reads the marks off: ascending without a sort. */
static ct_status sort_series(struct table_seal *seal, struct ct_error *err)
{
    const struct ct_allocator *allocator = seal->store->env.allocator;
    const uint32_t series_count = ct_catalog_series_count(seal->store->catalog, seal->table);
    uint8_t *is_used = ct_alloc_zeroed(allocator, series_count, 1);
    seal->series = ct_alloc_zeroed(allocator, seal->view.slot_count, sizeof *seal->series);
    if (!is_used || !seal->series) {
        ct_release(allocator, is_used);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sealing");
    }
    for (uint32_t slot = 0; slot < seal->view.slot_count; slot++) {
        CT_ASSERT(seal->view.series_of_slot[slot] < series_count);
        is_used[seal->view.series_of_slot[slot]] = 1;
    }
    uint32_t count = 0;
    for (uint32_t series = 0; series < series_count; series++) {
        if (is_used[series])
            seal->series[count++] = series;
    }
    CT_ASSERT(count == seal->view.slot_count);
    ct_release(allocator, is_used);
    return CT_OK;
}

/* A table's partition length is settled by the first rows that are sealed, unless it was declared.
 */
static ct_status decide_partition(struct table_seal *seal, struct ct_error *err)
{
    if (seal->options.partition != CT_PARTITION_UNDECIDED)
        return CT_OK;
    const struct ct_live_view *view = &seal->view;
    const int64_t days = view->max_time_ns / DAY_NS - view->min_time_ns / DAY_NS + 1;
    const double density =
        (double)view->row_count / (double)view->slot_count / (double)(days > 0 ? days : 1);
    seal->options.partition = density >= DAY_PARTITION_ROWS ? CT_PARTITION_DAY : CT_PARTITION_MONTH;
    return ct_catalog_set_table_options(seal->store->catalog, seal->table, &seal->options, err);
}

static ct_status table_seal_init(struct table_seal *seal, struct ct_error *err)
{
    struct ct_store *store = seal->store;
    CT_TRY(ct_live_view_take(seal->set, seal->table, &seal->view, err));
    if (seal->view.row_count == 0)
        return CT_OK;
    seal->options = ct_catalog_table_options(store->catalog, seal->table);
    CT_TRY(find_columns(seal, err));
    CT_TRY(sort_series(seal, err));
    return decide_partition(seal, err);
}

static ct_status write_series(struct table_seal *seal, struct ct_part_reader *reader,
                              struct ct_row_pool *pool, struct ct_run_writer *writer,
                              struct ct_history_writer *history, struct ct_error *err)
{
    CT_TRY(ct_run_writer_expect(writer, seal->series, seal->view.slot_count, err));
    for (uint32_t i = 0; i < seal->view.slot_count; i++) {
        ct_row_pool_reset(pool);
        CT_TRY(ct_part_reader_add(reader, seal->series[i], pool, err));
        CT_TRY(ct_history_writer_settle(history, i, pool, err));
        CT_TRY(ct_run_writer_add(writer, i, pool, err));
    }
    return CT_OK;
}

/* Rows of a single commit need no column to say which. */
static uint32_t stored_columns(const struct table_seal *seal)
{
    const bool has_commits =
        seal->column_count > seal->field_count && seal->view.first_commit < seal->view.last_commit;
    return seal->field_count + has_commits;
}

/* Rows in [start, end), which spans no more partitions than may be open at once. */
static ct_status seal_stretch(struct table_seal *seal, int64_t start_ns, int64_t end_ns,
                              struct ct_row_pool *pool, const struct ct_deletes *deletes,
                              struct ct_sealed_list *list, struct ct_error *err)
{
    const struct ct_row_part part = {.view = &seal->view};
    const struct ct_part_plan part_plan = {
        .allocator = seal->store->env.allocator,
        .columns = seal->columns,
        .column_count = seal->column_count,
        .start_ns = start_ns,
        .end_ns = end_ns,
        .deletes = *deletes,
    };
    const struct ct_run_plan run_plan = {
        .table = seal->table,
        .partition = seal->options.partition,
        .columns = seal->columns,
        .column_count = stored_columns(seal),
        .min_commit = seal->view.first_commit,
        .max_commit = seal->view.last_commit,
        .applied_commit = seal->applied_commit,
        .effort = CT_EFFORT_FAST,
    };
    struct ct_part_reader *reader;
    CT_TRY(ct_part_reader_create(&part, &part_plan, &reader, err));
    struct ct_run_writer *writer = NULL;
    struct ct_history_writer history = {0};
    ct_status status = ct_run_writer_create(seal->store, &run_plan, &writer, err);
    if (status == CT_OK)
        status = ct_history_writer_init(&history, seal->store, &run_plan, seal->column_count,
                                        seal->series, seal->view.slot_count, err);
    if (status == CT_OK)
        status = write_series(seal, reader, pool, writer, &history, err);
    if (status == CT_OK)
        status = ct_run_writer_finish(writer, list, err);
    else
        ct_run_writer_abandon(writer);
    if (status == CT_OK)
        status = ct_history_writer_finish(&history, list, err);
    ct_history_writer_deinit(&history);
    ct_part_reader_destroy(reader);
    return status;
}

/* First instant after the CT_RUN_PARTITIONS_MAX partitions from start_ns on. */
static int64_t stretch_end(int64_t start_ns, enum ct_partition partition)
{
    for (int i = 0; i < CT_RUN_PARTITIONS_MAX && start_ns != INT64_MAX; i++)
        start_ns = ct_partition_end(start_ns, partition);
    return start_ns;
}

/* The first row's time at or after from_ns, or INT64_MAX: stretches without rows are skipped. */
static int64_t next_time(const struct ct_live_view *view, int64_t from_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t c = 0; c < view->chunk_count; c++) {
        const int64_t *times_ns = view->chunks[c]->times_ns;
        for (uint32_t row = 0; row < view->chunk_rows[c]; row++) {
            if (times_ns[row] >= from_ns && times_ns[row] < next_ns)
                next_ns = times_ns[row];
        }
    }
    return next_ns;
}

static ct_status seal_rows(struct table_seal *seal, const struct ct_deletes *deletes,
                           struct ct_sealed_list *list, struct ct_error *err)
{
    const struct ct_allocator *allocator = seal->store->env.allocator;
    const uint32_t entry_field = ct_entry_field(seal->store->catalog, seal->table);
    struct ct_row_pool pool;
    if (ct_row_pool_init(&pool, allocator, seal->columns, seal->column_count, entry_field) != CT_OK)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while sealing");
    ct_status status = CT_OK;
    int64_t time_ns = seal->view.min_time_ns;
    while (status == CT_OK && time_ns != INT64_MAX) {
        const int64_t start_ns = ct_partition_start(time_ns, seal->options.partition);
        const int64_t end_ns = stretch_end(start_ns, seal->options.partition);
        status = seal_stretch(seal, start_ns, end_ns, &pool, deletes, list, err);
        time_ns = end_ns > seal->view.max_time_ns ? INT64_MAX : next_time(&seal->view, end_ns);
    }
    ct_row_pool_deinit(&pool);
    return status;
}

ct_status ct_store_seal_table(struct ct_store *store, struct ct_live_set *set, uint32_t table,
                              const struct ct_version *version, bool keeps_history,
                              struct ct_sealed_list *list, struct ct_error *err)
{
    struct table_seal seal = {.store = store,
                              .set = set,
                              .table = table,
                              .applied_commit = set->last_commit,
                              .keeps_history = keeps_history};
    struct ct_delete_list deletes = {0};
    ct_status status = table_seal_init(&seal, err);
    if (status == CT_OK && seal.view.row_count > 0) {
        /* A delete that came after the freeze stays in force for these rows too: it is not carried
         * out here. */
        status = ct_delete_list_init(&deletes, version, table, seal.applied_commit,
                                     store->env.allocator, err);
        const struct ct_deletes view = {
            .catalog = store->catalog, .tombstones = deletes.tombstones, .count = deletes.count};
        if (status == CT_OK)
            status = seal_rows(&seal, &view, list, err);
    }
    ct_delete_list_deinit(&deletes, store->env.allocator);
    table_seal_deinit(&seal);
    return status;
}

ct_status ct_store_seal_frozen(struct ct_store *store, struct ct_error *err)
{
    pthread_mutex_lock(&store->state);
    struct ct_live_set *frozen = store->frozen;
    struct ct_version *version = store->version;
    if (frozen)
        ct_version_hold(version);
    pthread_mutex_unlock(&store->state);
    if (!frozen)
        return CT_OK;
    const bool keeps_history = ct_store_history_days(store) > 0;
    struct ct_sealed_list list = {0};
    ct_status status = CT_OK;
    for (size_t table = 0; table < frozen->table_cap && status == CT_OK; table++) {
        if (frozen->tables[table])
            status = ct_store_seal_table(store, frozen, (uint32_t)table, version, keeps_history,
                                         &list, err);
    }
    if (status == CT_OK) {
        const struct ct_publication publication = {.added = list.sealed,
                                                   .added_count = list.count,
                                                   .seals_frozen = true,
                                                   .history_low =
                                                       keeps_history ? 0 : frozen->last_commit};
        status = ct_store_publish(store, &publication, err);
    }
    if (status == CT_OK) {
        pthread_mutex_lock(&store->state);
        store->seals++;
        pthread_mutex_unlock(&store->state);
    }
    ct_version_drop(version);
    ct_sealed_list_deinit(&list, store->env.allocator);
    return status;
}
