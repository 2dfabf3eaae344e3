#include "run_writer.h"

#include "calendar.h"
#include "commit_column.h"
#include "file_names.h"
#include "roll_writer.h"

struct open_partition {
    int64_t start_ns, end_ns;
    uint64_t id;
    struct ct_segment_writer *writer;
    struct ct_roll_writer *roll;
    struct ct_commit_writer commits;
    uint32_t series_end; /* index of the series that is open, + 1; 0: none yet */
};

struct ct_run_writer {
    struct ct_store *store;
    struct ct_run_plan plan;
    uint32_t tag_count;
    const uint32_t *series;
    uint32_t series_count;
    uint32_t *codes;                   /* [series][tag] */
    struct ct_segment_column *columns; /* of the segments */
    bool has_lags;                     /* the last of them */
    struct ct_vector *vectors;
    struct ct_roll_plan roll_plan;
    struct open_partition partitions[CT_RUN_PARTITIONS_MAX];
    size_t partition_count;
    char folder[CT_PATH_BYTES_MAX];
};

void ct_sealed_list_deinit(struct ct_sealed_list *list, const struct ct_allocator *allocator)
{
    for (size_t i = 0; i < list->count; i++)
        ct_sealed_drop(list->sealed[i]);
    ct_release(allocator, list->sealed);
    memset(list, 0, sizeof *list);
}

/* The plan's, but that commits become lags. */
static void choose_columns(struct ct_run_writer *writer)
{
    const struct ct_run_plan *plan = &writer->plan;
    memcpy(writer->columns, plan->columns, plan->column_count * sizeof *writer->columns);
    struct ct_segment_column *last = &writer->columns[plan->column_count - 1];
    writer->has_lags = last->field == CT_FIELD_COMMIT;
    if (writer->has_lags)
        last->field = CT_FIELD_LAG;
}

ct_status ct_run_writer_create(struct ct_store *store, const struct ct_run_plan *plan,
                               struct ct_run_writer **out, struct ct_error *err)
{
    const struct ct_allocator *allocator = store->env.allocator;
    struct ct_run_writer *writer = ct_alloc_zeroed(allocator, 1, sizeof *writer);
    if (!writer)
        return ct_fail(err, CT_NO_MEMORY, "out of memory while writing segments");
    writer->store = store;
    writer->plan = *plan;
    writer->tag_count = ct_catalog_tag_count(store->catalog, plan->table);
    writer->vectors = ct_alloc_zeroed(allocator, plan->column_count, sizeof *writer->vectors);
    writer->columns = ct_alloc_zeroed(allocator, plan->column_count, sizeof *writer->columns);
    ct_status status = ct_path_join(writer->folder, store->path, CT_FOLDER_SEGMENT, err);
    if (!writer->vectors || !writer->columns)
        status = ct_fail(err, CT_NO_MEMORY, "out of memory while writing segments");
    if (status == CT_OK)
        status = ct_roll_plan_init(&writer->roll_plan, store->catalog, allocator, plan->table,
                                   plan->columns, plan->column_count, writer->tag_count,
                                   plan->effort, err);
    if (status != CT_OK) {
        ct_run_writer_abandon(writer);
        return status;
    }
    if (plan->is_history) /* read merged with the rest only */
        ct_set_list_deinit(&writer->roll_plan.sets, allocator);
    writer->roll_plan.keeps_all = store->options.keeps_all_cells;
    choose_columns(writer);
    *out = writer;
    return CT_OK;
}

void ct_run_writer_abandon(struct ct_run_writer *writer)
{
    if (!writer)
        return;
    const struct ct_allocator *allocator = writer->store->env.allocator;
    for (size_t i = 0; i < writer->partition_count; i++) {
        ct_segment_writer_abandon(writer->partitions[i].writer);
        ct_roll_writer_destroy(writer->partitions[i].roll);
        ct_commit_writer_deinit(&writer->partitions[i].commits, allocator);
    }
    ct_roll_plan_deinit(&writer->roll_plan);
    ct_release(allocator, writer->codes);
    ct_release(allocator, writer->columns);
    ct_release(allocator, writer->vectors);
    ct_release(allocator, writer);
}

ct_status ct_run_writer_expect(struct ct_run_writer *writer, const uint32_t *series, uint32_t count,
                               struct ct_error *err)
{
    const struct ct_allocator *allocator = writer->store->env.allocator;
    const uint32_t tags = writer->tag_count;
    writer->series = series;
    writer->series_count = count;
    writer->codes = ct_alloc_zeroed(allocator, (size_t)count * tags, sizeof *writer->codes);
    uint32_t *column = ct_alloc_zeroed(allocator, count, sizeof *column);
    if (!writer->codes || !column) {
        ct_release(allocator, column);
        return ct_fail(err, CT_NO_MEMORY, "out of memory while writing segments");
    }
    for (uint32_t tag = 0; tag < tags; tag++) {
        ct_catalog_series_codes(writer->store->catalog, writer->plan.table, tag, series, count,
                                column);
        for (uint32_t i = 0; i < count; i++)
            writer->codes[(size_t)i * tags + tag] = column[i];
    }
    ct_release(allocator, column);
    return CT_OK;
}

static ct_status open_partition(struct ct_run_writer *writer, int64_t time_ns,
                                struct open_partition **out, struct ct_error *err)
{
    if (writer->partition_count == CT_RUN_PARTITIONS_MAX)
        return ct_fail(err, CT_LIMIT, "more than %d partitions in one pass", CT_RUN_PARTITIONS_MAX);
    struct open_partition *partition = &writer->partitions[writer->partition_count];
    partition->start_ns = ct_partition_start(time_ns, writer->plan.partition);
    partition->end_ns = ct_partition_end(partition->start_ns, writer->plan.partition);
    partition->id = ct_store_take_number(writer->store);
    char name[CT_FILE_NAME_CAP];
    ct_name_segment(name, partition->id);
    const struct ct_segment_plan plan = {
        .table = writer->plan.table,
        .tag_count = writer->tag_count,
        .columns = writer->columns,
        .column_count = writer->plan.column_count,
        .min_commit = writer->plan.min_commit,
        .max_commit = writer->plan.max_commit,
        .effort = writer->plan.effort,
    };
    CT_TRY(ct_segment_writer_create(writer->store->env.io, writer->folder, name, &plan,
                                    &partition->writer, err));
    writer->partition_count++;
    CT_TRY(ct_roll_writer_create(&writer->roll_plan, &partition->roll, err));
    *out = partition;
    return CT_OK;
}

static ct_status find_partition(struct ct_run_writer *writer, int64_t time_ns,
                                struct open_partition **out, struct ct_error *err)
{
    for (size_t i = 0; i < writer->partition_count; i++) {
        struct open_partition *partition = &writer->partitions[i];
        if (time_ns >= partition->start_ns && time_ns < partition->end_ns) {
            *out = partition;
            return CT_OK;
        }
    }
    return open_partition(writer, time_ns, out, err);
}

static size_t rows_before(const struct ct_row_pool *pool, size_t first, int64_t end_ns)
{
    size_t low = first;
    size_t high = pool->row_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (pool->times_ns[middle] < end_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The columns of the pool's rows [first, first + count), as they are stored. */
static ct_status take_vectors(struct ct_run_writer *writer, struct open_partition *partition,
                              const struct ct_row_pool *pool, size_t first, uint32_t count,
                              struct ct_error *err)
{
    const uint32_t last = writer->plan.column_count - 1;
    for (uint32_t i = 0; i <= last; i++)
        writer->vectors[i] = ct_row_pool_vector(pool, i, first, count);
    if (!writer->has_lags)
        return CT_OK;
    const ct_status status = ct_commit_writer_add(
        &partition->commits, writer->store->env.allocator, pool->times_ns + first,
        writer->vectors[last].int64, count, &writer->vectors[last]);
    return status == CT_OK ? CT_OK : ct_fail(err, status, "out of memory while writing segments");
}

static ct_status begin_series(struct ct_run_writer *writer, struct open_partition *partition,
                              uint32_t index, const uint32_t *codes, struct ct_error *err)
{
    if (partition->series_end == index + 1)
        return CT_OK;
    partition->series_end = index + 1;
    if (writer->has_lags)
        ct_commit_writer_series(&partition->commits);
    return ct_segment_writer_series(partition->writer, writer->series[index], codes, err);
}

ct_status ct_run_writer_add(struct ct_run_writer *writer, uint32_t index,
                            const struct ct_row_pool *pool, struct ct_error *err)
{
    CT_ASSERT(index < writer->series_count);
    const uint32_t *codes = writer->codes + (size_t)index * writer->tag_count;
    for (size_t first = 0; first < pool->row_count;) {
        struct open_partition *partition = NULL;
        CT_TRY(find_partition(writer, pool->times_ns[first], &partition, err));
        const size_t end = rows_before(pool, first, partition->end_ns);
        const uint32_t count = (uint32_t)(end - first);
        CT_TRY(begin_series(writer, partition, index, codes, err));
        CT_TRY(take_vectors(writer, partition, pool, first, count, err));
        CT_TRY(ct_segment_writer_rows(partition->writer, count, pool->times_ns + first,
                                      writer->vectors, err));
        CT_TRY(ct_roll_writer_rows(partition->roll, codes, count, pool->times_ns + first,
                                   writer->vectors, err));
        first = end;
    }
    return CT_OK;
}

static ct_status finish_partition(struct ct_run_writer *writer, struct open_partition *partition,
                                  struct ct_sealed_list *list, struct ct_error *err)
{
    const struct ct_allocator *allocator = writer->store->env.allocator;
    struct ct_segment_entry entry = {
        .id = partition->id,
        .partition_start_ns = partition->start_ns,
        .applied_commit = writer->plan.applied_commit,
        .is_small = writer->plan.effort == CT_EFFORT_SMALL,
        .is_history = writer->plan.is_history,
    };
    uint8_t *rollup = NULL;
    size_t rollup_len = 0;
    CT_TRY(ct_roll_writer_payload(partition->roll, &rollup, &rollup_len, err));
    ct_segment_writer_rollup(partition->writer, rollup, rollup_len);
    const ct_status status = ct_segment_writer_finish(partition->writer, &entry.info, err);
    partition->writer = NULL;
    ct_release(allocator, rollup);
    if (status != CT_OK)
        return status;
    if (!ct_grow(allocator, &list->sealed, &list->cap, list->count + 1, sizeof(struct ct_sealed *)))
        return ct_fail(err, CT_NO_MEMORY, "out of memory while writing segments");
    CT_TRY(ct_sealed_open(writer->store->env.io, writer->store->path, &entry,
                          &list->sealed[list->count], err));
    list->count++;
    return CT_OK;
}

ct_status ct_run_writer_finish(struct ct_run_writer *writer, struct ct_sealed_list *list,
                               struct ct_error *err)
{
    ct_status status = CT_OK;
    for (size_t i = 0; i < writer->partition_count && status == CT_OK; i++)
        status = finish_partition(writer, &writer->partitions[i], list, err);
    ct_run_writer_abandon(writer);
    return status;
}
