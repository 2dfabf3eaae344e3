/* Rows given in columns to rows of the intake. All of a batch is checked and converted before
 * anything is committed. */
#include "api_writer.h"

#define STALE_TRIES 16

struct filling {
    centime_writer *writer;
    const centime_batch *batch;
    struct ct_arena arena;
    uint32_t table;              /* the intake's */
    const centime_column **tags; /* by key */
    uint32_t tag_count;
    struct api_batch_field *fields;
    uint32_t field_count;
    struct ct_row_value *values; /* of one row */
    struct ct_tag *row_tags;     /* of one row */
    struct ct_tag *last_tags;    /* of the row before */
    uint32_t last_tag_count;
    uint32_t last_series;
    bool has_last;
};

static ct_status no_memory(struct ct_error *err)
{
    return ct_fail(err, CT_NO_MEMORY, "out of memory for a batch of columns");
}

ct_status api_check_column(const centime_column *column, struct ct_error *err)
{
    if (!column->name || !column->name[0])
        return ct_fail(err, CT_INVALID, "a column without a name");
    if (column->type < CENTIME_FLOAT64 || column->type > CENTIME_TAG)
        return ct_fail(err, CT_INVALID, "column \"%.80s\" has the unknown type %u", column->name,
                       column->type);
    if (!column->values)
        return ct_fail(err, CT_INVALID, "column \"%.80s\" has no values", column->name);
    if (column->scale > CT_DECIMAL_SCALE_MAX)
        return ct_fail(err, CT_INVALID, "column \"%.80s\" has a scale of %u, at most %d are known",
                       column->name, column->scale, CT_DECIMAL_SCALE_MAX);
    return CT_OK;
}

static void insert_tag(struct filling *filling, const centime_column *column)
{
    uint32_t at = filling->tag_count++;
    for (; at > 0 && strcmp(filling->tags[at - 1]->name, column->name) > 0; at--)
        filling->tags[at] = filling->tags[at - 1];
    filling->tags[at] = column;
}

static ct_status add_column(struct filling *filling, const centime_column *column,
                            struct ct_error *err)
{
    CT_TRY(api_check_column(column, err));
    for (const centime_column *other = filling->batch->columns; other < column; other++)
        if (strcmp(other->name, column->name) == 0)
            return ct_fail(err, CT_INVALID, "two columns are named \"%.80s\"", column->name);
    if (column->type == CENTIME_TAG) {
        insert_tag(filling, column);
        return CT_OK;
    }
    struct api_batch_field *field = &filling->fields[filling->field_count++];
    field->column = column;
    CT_TRY(ct_intake_column(filling->writer->intake, filling->table, ct_text_of(column->name),
                            api_written_type(column->type), &field->index, err));
    field->stored = filling->writer->intake->tables[filling->table].columns[field->index].type;
    return CT_OK;
}

static ct_status add_columns(struct filling *filling, struct ct_error *err)
{
    const size_t count = (size_t)filling->batch->column_count + 1;
    struct ct_arena *arena = &filling->arena;
    filling->tags = ct_arena_alloc_zeroed(arena, count, sizeof(*filling->tags));
    filling->fields = ct_arena_alloc_zeroed(arena, count, sizeof *filling->fields);
    filling->values = ct_arena_alloc_zeroed(arena, count, sizeof *filling->values);
    filling->row_tags = ct_arena_alloc_zeroed(arena, count, sizeof *filling->row_tags);
    filling->last_tags = ct_arena_alloc_zeroed(arena, count, sizeof *filling->last_tags);
    if (!filling->tags || !filling->fields || !filling->values || !filling->row_tags ||
        !filling->last_tags)
        return no_memory(err);
    CT_TRY(ct_intake_table(filling->writer->intake, api_text(filling->batch->table),
                           &filling->table, err));
    for (uint32_t i = 0; i < filling->batch->column_count; i++)
        CT_TRY(add_column(filling, &filling->batch->columns[i], err));
    return CT_OK;
}

/* -- Rows ------------------------------------------------------------------------------------- */

static uint32_t read_tags(const struct filling *filling, size_t row)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < filling->tag_count; i++) {
        const centime_column *column = filling->tags[i];
        if (column->present && !column->present[row])
            continue;
        const centime_text *value = &((const centime_text *)column->values)[row];
        if (value->len == 0)
            continue;
        filling->row_tags[count++] =
            (struct ct_tag){ct_text_of(column->name), {value->bytes, value->len}};
    }
    return count;
}

/* Rows of one series often follow each other: the series is looked up where the tags change. */
static ct_status find_series(struct filling *filling, size_t row, uint32_t *series,
                             struct ct_error *err)
{
    const uint32_t count = read_tags(filling, row);
    bool is_same = filling->has_last && count == filling->last_tag_count;
    for (uint32_t i = 0; is_same && i < count; i++)
        is_same = ct_text_equal(filling->row_tags[i].key, filling->last_tags[i].key) &&
                  ct_text_equal(filling->row_tags[i].value, filling->last_tags[i].value);
    if (!is_same) {
        CT_TRY(ct_intake_series(filling->writer->intake, filling->table, filling->row_tags, count,
                                &filling->last_series, err));
        struct ct_tag *swap = filling->last_tags;
        filling->last_tags = filling->row_tags;
        filling->row_tags = swap;
        filling->last_tag_count = count;
        filling->has_last = true;
    }
    *series = filling->last_series;
    return CT_OK;
}

static ct_status fill_row(struct filling *filling, size_t row, struct ct_error *err)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < filling->field_count; i++) {
        const uint8_t *present = filling->fields[i].column->present;
        if (!present || present[row])
            CT_TRY(api_convert_value(&filling->fields[i], row, &filling->values[count++], err));
    }
    if (count == 0)
        return ct_fail(err, CT_INVALID, "a row without any field");
    uint32_t series;
    CT_TRY(find_series(filling, row, &series, err));
    return ct_intake_row(filling->writer->intake, filling->table, series,
                         filling->batch->times_ns[row], filling->values, count, err);
}

static ct_status fill(struct filling *filling, struct ct_error *err)
{
    CT_TRY(add_columns(filling, err));
    for (size_t row = 0; row < filling->batch->row_count; row++) {
        const ct_status status = fill_row(filling, row, err);
        if (status != CT_OK) {
            if (err && row < UINT32_MAX)
                err->line = (uint32_t)row + 1;
            return status;
        }
    }
    return CT_OK;
}

static ct_status write_batch(centime_writer *writer, const centime_batch *batch,
                             struct ct_commit_result *total, struct ct_error *err)
{
    if (!batch->table || !batch->table[0])
        return ct_fail(err, CT_INVALID, "a batch needs a table");
    if (batch->row_count > CT_BATCH_ROWS_MAX)
        return ct_fail(err, CT_LIMIT, "a batch of %zu rows, at most %u", batch->row_count,
                       CT_BATCH_ROWS_MAX);
    if (batch->row_count == 0)
        return CT_OK;
    if (!batch->times_ns || (batch->column_count && !batch->columns))
        return ct_fail(err, CT_INVALID, "a batch without times or columns");
    for (int tries = 0; tries < STALE_TRIES; tries++) {
        struct filling filling = {.writer = writer, .batch = batch};
        ct_arena_init(&filling.arena, &writer->store->memory->allocator, 0);
        ct_status status = fill(&filling, err);
        if (status == CT_OK)
            status = api_writer_commit(writer, total, err);
        ct_arena_deinit(&filling.arena);
        api_writer_reset(writer);
        if (status != CT_STALE)
            return status;
    }
    return ct_fail(err, CT_STALE, "definitions kept changing while the batch was written");
}

int centime_writer_columns(centime_writer *writer, const centime_batch *batch,
                           centime_write_result *result, centime_error *err)
{
    struct ct_error story = {0};
    centime_batch known;
    centime_write_result counts;
    struct ct_commit_result total = {0};
    ct_status status = batch ? CT_OK : ct_fail(&story, CT_INVALID, "no batch");
    if (status == CT_OK)
        status = api_read_struct(&known, sizeof known, batch, "centime_batch", &story);
    if (status == CT_OK)
        status = api_read_struct(&counts, sizeof counts, result, "centime_write_result", &story);
    if (status == CT_OK)
        status = write_batch(writer, &known, &total, &story);
    writer->has_request = false;
    if (status == CT_OK && result) {
        api_clear_counts(&counts);
        api_copy_counts(&counts, &total);
        api_write_struct(result, &counts, sizeof counts, "centime_write_result", NULL);
    }
    return api_answer(status, &story, err);
}
