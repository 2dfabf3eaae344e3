/* The writing half of segment.h: series and rows in, cut into blocks.
 *
 * Pending rows are, in order: those of short series that are complete (`shared_rows`), then those
 * of the current series. When the current one turns out long, the shared ones before it become a
 * block, and it goes on alone. A long series is cut at CT_SEGMENT_BLOCK_ROWS while so many rows
 * wait that the rest can be cut evenly. */
#include "group_writer.h"

#define CHUNK_ROWS_MAX     512
#define ALONE_PENDING_MAX  (2 * CT_SEGMENT_BLOCK_ROWS + CT_SEGMENT_BLOCK_ROWS / 2)
#define TEXT_BYTES_PENDING ((size_t)2 << 20)  /* strings that wait for a cut */
#define TEXT_BYTES_MAX     ((size_t)32 << 20) /* one string */

static_assert(CT_SEGMENT_BLOCK_ROWS + ALONE_PENDING_MAX + CHUNK_ROWS_MAX <= CT_PENDING_ROWS_MAX,
              "rows that may wait for a cut have room");
static_assert(CT_SEGMENT_BLOCK_ROWS * 3 / 2 <= CT_BLOCK_VALUES_MAX, "an uneven rest is one block");

struct ct_segment_writer {
    struct ct_io *io;
    struct ct_file *file;
    struct ct_codec_scratch *scratch;
    struct ct_segment_info info; /* so far */
    struct ct_segment_column *columns;
    bool is_temporary_there;
    ct_status failed; /* the first failure: no way back from there */
    struct ct_group_writer group;
    struct ct_pending_rows pending;
    struct ct_series_writer series;
    uint32_t shared_rows;
    /* The current series. */
    uint32_t series_id;
    uint32_t series_rows; /* given so far */
    bool has_series, is_alone;
    int64_t series_min_ns, series_max_ns;
    uint32_t *codes; /* [tag_count] */
    char folder[CT_PATH_BYTES_MAX];
    char temporary[CT_PATH_BYTES_MAX];
    char path[CT_PATH_BYTES_MAX];
};

/* -- Making and unmaking ---------------------------------------------------------------------- */

static ct_status check_plan(const struct ct_segment_plan *plan, struct ct_error *err)
{
    if (plan->column_count == 0 || plan->column_count > CT_SEGMENT_COLUMNS_MAX ||
        plan->tag_count > CT_SEGMENT_TAGS_MAX || plan->min_commit > plan->max_commit)
        return ct_fail(err, CT_INVALID, "a segment of %u columns and %u tag keys cannot be",
                       plan->column_count, plan->tag_count);
    for (uint32_t c = 1; c < plan->column_count; c++)
        if (plan->columns[c].field <= plan->columns[c - 1].field)
            return ct_fail(err, CT_INVALID, "fields of a segment do not ascend");
    return CT_OK;
}

static ct_status set_paths(struct ct_segment_writer *writer, const char *folder, const char *name,
                           struct ct_error *err)
{
    CT_TRY(ct_path_join(writer->path, folder, name, err));
    const size_t len = strlen(writer->path);
    if (len + sizeof ".tmp" > sizeof writer->temporary)
        return ct_fail(err, CT_LIMIT, "the path of segment %s is too long", name);
    memcpy(writer->temporary, writer->path, len);
    memcpy(writer->temporary + len, ".tmp", sizeof ".tmp");
    memcpy(writer->folder, folder, strlen(folder) + 1);
    return CT_OK;
}

/* A crash may have left a temporary file of that name behind: it is ours. */
static ct_status create_file(struct ct_segment_writer *writer, struct ct_error *err)
{
    const struct ct_io_calls *calls = writer->io->calls;
    ct_status status = calls->create(writer->io, writer->temporary, &writer->file, err);
    if (status == CT_EXISTS) {
        CT_TRY(calls->remove(writer->io, writer->temporary, err));
        status = calls->create(writer->io, writer->temporary, &writer->file, err);
    }
    writer->is_temporary_there = status == CT_OK;
    return status;
}

static ct_status init_parts(struct ct_segment_writer *writer, const struct ct_segment_plan *plan,
                            struct ct_error *err)
{
    const struct ct_allocator *allocator = writer->io->allocator;
    writer->scratch = ct_codec_scratch_create(allocator);
    writer->columns = ct_alloc_zeroed(allocator, plan->column_count, sizeof *writer->columns);
    writer->codes = ct_alloc_zeroed(allocator, plan->tag_count, sizeof *writer->codes);
    if (!writer->scratch || !writer->columns || !writer->codes)
        return ct_fail(err, CT_NO_MEMORY, "no memory to write a segment");
    memcpy(writer->columns, plan->columns, plan->column_count * sizeof *writer->columns);
    CT_TRY(ct_pending_rows_init(&writer->pending, allocator, writer->columns, plan->column_count,
                                err));
    CT_TRY(ct_series_writer_init(&writer->series, allocator, writer->scratch, plan->effort,
                                 plan->tag_count, err));
    CT_TRY(create_file(writer, err));
    return ct_group_writer_init(&writer->group, writer->file, allocator, writer->scratch,
                                plan->effort, writer->columns, plan->column_count, err);
}

ct_status ct_segment_writer_create(struct ct_io *io, const char *folder, const char *name,
                                   const struct ct_segment_plan *plan,
                                   struct ct_segment_writer **out, struct ct_error *err)
{
    CT_TRY(check_plan(plan, err));
    struct ct_segment_writer *writer = ct_alloc_zeroed(io->allocator, 1, sizeof *writer);
    if (!writer)
        return ct_fail(err, CT_NO_MEMORY, "no memory to write a segment");
    writer->io = io;
    writer->info = (struct ct_segment_info){.table = plan->table,
                                            .column_count = plan->column_count,
                                            .tag_count = plan->tag_count,
                                            .min_time_ns = INT64_MAX,
                                            .max_time_ns = INT64_MIN,
                                            .min_commit = plan->min_commit,
                                            .max_commit = plan->max_commit};
    ct_status status = set_paths(writer, folder, name, err);
    if (status == CT_OK)
        status = init_parts(writer, plan, err);
    if (status != CT_OK) {
        ct_segment_writer_abandon(writer);
        return status;
    }
    *out = writer;
    return CT_OK;
}

void ct_segment_writer_abandon(struct ct_segment_writer *writer)
{
    if (!writer)
        return;
    struct ct_io *io = writer->io;
    ct_group_writer_deinit(&writer->group);
    ct_series_writer_deinit(&writer->series);
    ct_pending_rows_deinit(&writer->pending);
    ct_codec_scratch_destroy(writer->scratch);
    io->calls->close(writer->file);
    if (writer->is_temporary_there) /* where this fails, the store removes what no manifest names */
        io->calls->remove(io, writer->temporary, NULL);
    ct_release(io->allocator, writer->columns);
    ct_release(io->allocator, writer->codes);
    ct_release(io->allocator, writer);
}

/* -- Cutting ---------------------------------------------------------------------------------- */

static ct_status cut(struct ct_segment_writer *writer, uint32_t count, struct ct_error *err)
{
    CT_TRY(ct_group_writer_block(&writer->group, &writer->pending, count, err));
    ct_pending_rows_drop(&writer->pending, count);
    writer->info.block_count++;
    return CT_OK;
}

static ct_status cut_shared(struct ct_segment_writer *writer, struct ct_error *err)
{
    const uint32_t count = writer->shared_rows;
    writer->shared_rows = 0;
    return count ? cut(writer, count, err) : CT_OK;
}

/* What waits of a series that is alone, in blocks of about the same size. */
static ct_status cut_alone(struct ct_segment_writer *writer, struct ct_error *err)
{
    const uint32_t rows = ct_pending_rows_count(&writer->pending);
    uint32_t blocks = (rows + CT_SEGMENT_BLOCK_ROWS / 2) / CT_SEGMENT_BLOCK_ROWS;
    blocks = blocks == 0 && rows > 0 ? 1 : blocks;
    for (uint32_t b = 0; b < blocks; b++)
        CT_TRY(cut(writer, rows * (b + 1) / blocks - rows * b / blocks, err));
    return CT_OK;
}

/* After rows of the current series were added. */
static ct_status cut_as_needed(struct ct_segment_writer *writer, struct ct_error *err)
{
    const bool is_heavy = writer->pending.text_bytes > TEXT_BYTES_PENDING;
    if (!writer->is_alone && (is_heavy || writer->series_rows >= CT_SEGMENT_ALONE_ROWS)) {
        CT_TRY(cut_shared(writer, err));
        writer->is_alone = true;
    }
    if (is_heavy)
        return cut_alone(writer, err);
    while (writer->is_alone && ct_pending_rows_count(&writer->pending) >= ALONE_PENDING_MAX)
        CT_TRY(cut(writer, CT_SEGMENT_BLOCK_ROWS, err));
    return CT_OK;
}

static ct_status end_series(struct ct_segment_writer *writer, struct ct_error *err)
{
    if (!writer->has_series || writer->series_rows == 0)
        return CT_OK;
    CT_TRY(ct_series_writer_add(&writer->series, writer->series_id, writer->series_rows,
                                writer->series_min_ns, writer->series_max_ns, writer->codes, err));
    writer->info.series_count++;
    if (writer->series_min_ns < writer->info.min_time_ns)
        writer->info.min_time_ns = writer->series_min_ns;
    if (writer->series_max_ns > writer->info.max_time_ns)
        writer->info.max_time_ns = writer->series_max_ns;
    if (writer->is_alone)
        return cut_alone(writer, err);
    if (ct_pending_rows_count(&writer->pending) > CT_SEGMENT_BLOCK_ROWS)
        CT_TRY(cut_shared(writer, err));
    writer->shared_rows = ct_pending_rows_count(&writer->pending);
    return CT_OK;
}

/* -- Series and rows -------------------------------------------------------------------------- */

static ct_status give_up(struct ct_segment_writer *writer, ct_status status)
{
    if (status != CT_OK)
        writer->failed = status;
    return status;
}

static ct_status failed_before(const struct ct_segment_writer *writer, struct ct_error *err)
{
    return ct_fail(err, writer->failed, "the segment's writer failed before");
}

ct_status ct_segment_writer_series(struct ct_segment_writer *writer, uint32_t series,
                                   const uint32_t *codes, struct ct_error *err)
{
    if (writer->failed != CT_OK)
        return failed_before(writer, err);
    if (writer->has_series && series <= writer->series_id)
        return ct_fail(err, CT_INVALID, "series %u is given after series %u", series,
                       writer->series_id);
    CT_TRY(give_up(writer, end_series(writer, err)));
    writer->has_series = true;
    writer->series_id = series;
    writer->series_rows = 0;
    writer->is_alone = false;
    if (writer->info.tag_count)
        memcpy(writer->codes, codes, writer->info.tag_count * sizeof *codes);
    return CT_OK;
}

static ct_status check_strings(const struct ct_vector *v, struct ct_error *err)
{
    for (uint32_t i = 0; i < v->count; i++)
        if ((!v->present || v->present[i]) && v->string[i].len > TEXT_BYTES_MAX)
            return ct_fail(err, CT_LIMIT, "a string of %zu bytes is longer than %zu",
                           v->string[i].len, TEXT_BYTES_MAX);
    return CT_OK;
}

static ct_status check_rows(const struct ct_segment_writer *writer, uint32_t row_count,
                            const int64_t *times_ns, const struct ct_vector *columns,
                            struct ct_error *err)
{
    if (!writer->has_series)
        return ct_fail(err, CT_INVALID, "rows are given before their series");
    if (row_count > CT_SEGMENT_ROWS_MAX - writer->info.row_count)
        return ct_fail(err, CT_LIMIT, "a segment has at most %u rows", CT_SEGMENT_ROWS_MAX);
    int64_t last = writer->series_rows ? writer->series_max_ns : INT64_MIN;
    for (uint32_t i = 0; i < row_count; i++) {
        if (times_ns[i] < last)
            return ct_fail(err, CT_INVALID, "times of series %u decrease", writer->series_id);
        last = times_ns[i];
    }
    for (uint32_t c = 0; c < writer->info.column_count; c++) {
        const struct ct_vector *v = &columns[c];
        if (v->count != 0 && (v->count != row_count || v->type != writer->columns[c].type))
            return ct_fail(err, CT_INVALID, "column %u has %u values of type %s for %u rows", c,
                           v->count, ct_type_name(v->type), row_count);
        if (v->count != 0 && v->type == CT_STRING)
            CT_TRY(check_strings(v, err));
    }
    return CT_OK;
}

/* Rows from `from` on that are taken in one go: not many, and not much text. */
static uint32_t chunk_rows(const struct ct_segment_writer *writer, const struct ct_vector *columns,
                           uint32_t from, uint32_t row_count)
{
    uint32_t rows = row_count - from < CHUNK_ROWS_MAX ? row_count - from : CHUNK_ROWS_MAX;
    for (uint32_t c = 0; c < writer->info.column_count; c++) {
        const struct ct_vector *v = &columns[c];
        if (writer->columns[c].type != CT_STRING || v->count == 0)
            continue;
        size_t bytes = 0;
        for (uint32_t i = 0; i < rows; i++) {
            bytes += !v->present || v->present[from + i] ? v->string[from + i].len : 0;
            if (bytes > TEXT_BYTES_PENDING)
                rows = i + 1;
        }
    }
    return rows;
}

static ct_status take_rows(struct ct_segment_writer *writer, uint32_t row_count,
                           const int64_t *times_ns, const struct ct_vector *columns,
                           struct ct_error *err)
{
    for (uint32_t from = 0, count; from < row_count; from += count) {
        count = chunk_rows(writer, columns, from, row_count);
        CT_TRY(ct_pending_rows_append(&writer->pending, times_ns, columns, from, count, err));
        if (writer->series_rows == 0)
            writer->series_min_ns = times_ns[from];
        writer->series_max_ns = times_ns[from + count - 1];
        writer->series_rows += count;
        writer->info.row_count += count;
        CT_TRY(cut_as_needed(writer, err));
    }
    return CT_OK;
}

ct_status ct_segment_writer_rows(struct ct_segment_writer *writer, uint32_t row_count,
                                 const int64_t *times_ns, const struct ct_vector *columns,
                                 struct ct_error *err)
{
    if (writer->failed != CT_OK)
        return failed_before(writer, err);
    CT_TRY(check_rows(writer, row_count, times_ns, columns, err));
    return give_up(writer, take_rows(writer, row_count, times_ns, columns, err));
}

void ct_segment_writer_rollup(struct ct_segment_writer *writer, const uint8_t *bytes, size_t len)
{
    writer->group.rollup = (struct ct_part){.bytes = bytes, .len = len};
}

/* -- Finishing -------------------------------------------------------------------------------- */

/* The file is complete and durable before its name is. */
static ct_status publish(struct ct_segment_writer *writer, struct ct_error *err)
{
    const struct ct_io_calls *calls = writer->io->calls;
    CT_TRY(calls->sync(writer->file, err));
    calls->close(writer->file);
    writer->file = NULL;
    CT_TRY(calls->rename(writer->io, writer->temporary, writer->path, err));
    writer->is_temporary_there = false;
    return calls->sync_folder(writer->io, writer->folder, err);
}

static ct_status finish(struct ct_segment_writer *writer, struct ct_error *err)
{
    if (writer->failed != CT_OK)
        return failed_before(writer, err);
    CT_TRY(end_series(writer, err));
    CT_TRY(cut_shared(writer, err));
    if (writer->info.row_count == 0)
        return ct_fail(err, CT_INVALID, "a segment without rows is finished");
    CT_TRY(ct_series_writer_flush(&writer->series, err));
    CT_TRY(ct_group_writer_finish(&writer->group, &writer->series, &writer->info, err));
    return publish(writer, err);
}

ct_status ct_segment_writer_finish(struct ct_segment_writer *writer, struct ct_segment_info *out,
                                   struct ct_error *err)
{
    const ct_status status = finish(writer, err);
    if (status == CT_OK)
        *out = writer->info;
    ct_segment_writer_abandon(writer);
    return status;
}
