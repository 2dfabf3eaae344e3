/* Rows given in columns to rows of the intake. All of a batch is checked and converted before
 * anything is committed. */
#include <math.h>

#include "api_writer.h"

#define STALE_TRIES   16
#define EXACT_INTEGER ((int64_t)1 << 53) /* larger integers may not be doubles */

/* A column with what the intake says of it. */
struct batch_field {
    const centime_column *column;
    uint32_t index; /* the intake's */
    enum ct_type stored;
};

struct filling {
    centime_writer *writer;
    const centime_batch *batch;
    struct ct_arena arena;
    uint32_t table;              /* the intake's */
    const centime_column **tags; /* by key */
    uint32_t tag_count;
    struct batch_field *fields;
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

static enum ct_type written_type(uint32_t type)
{
    return type == CENTIME_DECIMAL_TEXT ? CT_DECIMAL : (enum ct_type)type;
}

static ct_status check_column(const centime_column *column, struct ct_error *err)
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
    CT_TRY(check_column(column, err));
    for (const centime_column *other = filling->batch->columns; other < column; other++)
        if (strcmp(other->name, column->name) == 0)
            return ct_fail(err, CT_INVALID, "two columns are named \"%.80s\"", column->name);
    if (column->type == CENTIME_TAG) {
        insert_tag(filling, column);
        return CT_OK;
    }
    struct batch_field *field = &filling->fields[filling->field_count++];
    field->column = column;
    CT_TRY(ct_intake_column(filling->writer->intake, filling->table, ct_text_of(column->name),
                            written_type(column->type), &field->index, err));
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

/* -- Values ----------------------------------------------------------------------------------- */

static ct_status fail_type(const struct batch_field *field, struct ct_error *err)
{
    return ct_fail(err, CT_TYPE,
                   "field \"%.80s\" holds values of type %s: this %s cannot become one exactly%s",
                   field->column->name, ct_type_name(field->stored),
                   ct_type_name(written_type(field->column->type)),
                   field->stored == CT_DECIMAL ? "; give it as CENTIME_DECIMAL or "
                                                 "CENTIME_DECIMAL_TEXT"
                                               : "");
}

static ct_status convert_double(const struct batch_field *field, double value,
                                struct ct_row_value *out, struct ct_error *err)
{
    if (!isfinite(value))
        return ct_fail(err, CT_INVALID, "field \"%.80s\" is not a finite number",
                       field->column->name);
    if (field->stored != CT_FLOAT64)
        return fail_type(field, err);
    out->float64 = value;
    return CT_OK;
}

static ct_status convert_int64(const struct batch_field *field, int64_t value,
                               struct ct_row_value *out, struct ct_error *err)
{
    if (field->stored == CT_INT64)
        out->int64 = value;
    else if (field->stored == CT_DECIMAL)
        out->narrow = value;
    else if (field->stored == CT_FLOAT64 && value >= -EXACT_INTEGER && value <= EXACT_INTEGER)
        out->float64 = (double)value;
    else
        return fail_type(field, err);
    return CT_OK;
}

static ct_status convert_uint64(const struct batch_field *field, uint64_t value,
                                struct ct_row_value *out, struct ct_error *err)
{
    if (field->stored == CT_UINT64) {
        out->uint64 = value;
    } else if (field->stored == CT_DECIMAL) {
        out->is_wide = value > INT64_MAX;
        if (out->is_wide)
            out->wide = (ct_int128)value;
        else
            out->narrow = (int64_t)value;
    } else if (field->stored == CT_FLOAT64 && value <= (uint64_t)EXACT_INTEGER) {
        out->float64 = (double)value;
    } else {
        return fail_type(field, err);
    }
    return CT_OK;
}

static ct_status convert_decimal(const struct batch_field *field, struct ct_decimal value,
                                 struct ct_row_value *out, struct ct_error *err)
{
    if (field->stored != CT_DECIMAL)
        return fail_type(field, err);
    out->scale = value.scale;
    out->is_wide = value.mantissa > INT64_MAX || value.mantissa < INT64_MIN;
    if (out->is_wide)
        out->wide = value.mantissa;
    else
        out->narrow = (int64_t)value.mantissa;
    return CT_OK;
}

static ct_status convert_text(const struct batch_field *field, const centime_text *text,
                              struct ct_row_value *out, struct ct_error *err)
{
    const struct ct_text value = {text->bytes, text->len};
    if (field->column->type == CENTIME_STRING) {
        if (field->stored != CT_STRING)
            return fail_type(field, err);
        out->string = value;
        return CT_OK;
    }
    struct ct_decimal decimal;
    const ct_status status = ct_decimal_parse(value, &decimal);
    if (status != CT_OK)
        return ct_fail(err, status,
                       "field \"%.80s\": \"%.*s\" is not a decimal of at most 38 digits",
                       field->column->name, (int)(value.len < 60 ? value.len : 60),
                       value.bytes ? value.bytes : "");
    return convert_decimal(field, decimal, out, err);
}

static ct_status convert(const struct batch_field *field, size_t row, struct ct_row_value *out,
                         struct ct_error *err)
{
    const centime_column *column = field->column;
    *out = (struct ct_row_value){.column = field->index};
    switch (column->type) {
    case CENTIME_FLOAT64:
        return convert_double(field, ((const double *)column->values)[row], out, err);
    case CENTIME_INT64:
        return convert_int64(field, ((const int64_t *)column->values)[row], out, err);
    case CENTIME_UINT64:
        return convert_uint64(field, ((const uint64_t *)column->values)[row], out, err);
    case CENTIME_BOOL:
        if (field->stored != CT_BOOL)
            return fail_type(field, err);
        out->boolean = ((const uint8_t *)column->values)[row] != 0;
        return CT_OK;
    case CENTIME_DECIMAL: {
        const struct ct_decimal value = {((const int64_t *)column->values)[row],
                                         column->scales ? column->scales[row] : column->scale};
        if (value.scale > CT_DECIMAL_SCALE_MAX)
            return ct_fail(err, CT_INVALID, "field \"%.80s\" has a scale of %u", column->name,
                           value.scale);
        return convert_decimal(field, value, out, err);
    }
    default:
        return convert_text(field, &((const centime_text *)column->values)[row], out, err);
    }
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
            CT_TRY(convert(&filling->fields[i], row, &filling->values[count++], err));
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
    if (status == CT_OK && result) {
        api_clear_counts(&counts);
        counts.rows = total.row_count;
        counts.overwritten_rows = total.overwritten_rows;
        counts.overwritten_money = total.overwritten_money;
        counts.commit = total.commit;
        api_write_struct(result, &counts, sizeof counts, "centime_write_result", NULL);
    }
    return api_answer(status, &story, err);
}
