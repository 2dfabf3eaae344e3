#include "pending_rows.h"

static size_t value_bytes(enum ct_type type)
{
    switch (type) {
    case CT_BOOL:
        return sizeof(uint8_t);
    case CT_STRING:
        return sizeof(struct ct_pending_string);
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
    case CT_DECIMAL:
        break;
    }
    return sizeof(int64_t);
}

/* -- Making and unmaking ---------------------------------------------------------------------- */

static bool init_column(struct ct_pending_column *column, const struct ct_allocator *allocator,
                        enum ct_type type)
{
    column->type = type;
    column->present = ct_alloc(allocator, CT_PENDING_ROWS_MAX);
    column->values = ct_alloc_zeroed(allocator, CT_PENDING_ROWS_MAX, value_bytes(type));
    if (type == CT_DECIMAL)
        column->scales = ct_alloc_zeroed(allocator, CT_PENDING_ROWS_MAX, 1);
    return column->present && column->values && (type != CT_DECIMAL || column->scales);
}

ct_status ct_pending_rows_init(struct ct_pending_rows *rows, const struct ct_allocator *allocator,
                               const struct ct_segment_column *columns, uint32_t column_count,
                               struct ct_error *err)
{
    *rows = (struct ct_pending_rows){.allocator = allocator, .column_count = column_count};
    rows->times_ns = ct_alloc(allocator, CT_PENDING_ROWS_MAX * sizeof *rows->times_ns);
    rows->columns = ct_alloc_zeroed(allocator, column_count, sizeof *rows->columns);
    rows->strings = ct_alloc(allocator, CT_BLOCK_VALUES_MAX * sizeof *rows->strings);
    bool is_made = rows->times_ns && rows->columns && rows->strings;
    for (uint32_t c = 0; is_made && c < column_count; c++)
        is_made = init_column(&rows->columns[c], allocator, columns[c].type);
    if (is_made)
        return CT_OK;
    ct_pending_rows_deinit(rows);
    return ct_fail(err, CT_NO_MEMORY, "no memory for the rows of a segment's block");
}

void ct_pending_rows_deinit(struct ct_pending_rows *rows)
{
    if (!rows->allocator)
        return;
    for (uint32_t c = 0; rows->columns && c < rows->column_count; c++) {
        ct_release(rows->allocator, rows->columns[c].present);
        ct_release(rows->allocator, rows->columns[c].values);
        ct_release(rows->allocator, rows->columns[c].scales);
        ct_release(rows->allocator, rows->columns[c].wide);
        ct_byte_buffer_deinit(rows->allocator, &rows->columns[c].text);
    }
    ct_release(rows->allocator, rows->columns);
    ct_release(rows->allocator, rows->times_ns);
    ct_release(rows->allocator, rows->strings);
    *rows = (struct ct_pending_rows){0};
}

/* -- Appending -------------------------------------------------------------------------------- */

/* From now on all mantissas of the column are wide, those that wait too. */
static bool become_wide(const struct ct_pending_rows *rows, struct ct_pending_column *column)
{
    if (column->is_wide)
        return true;
    if (!column->wide)
        column->wide = ct_alloc_zeroed(rows->allocator, CT_PENDING_ROWS_MAX, sizeof *column->wide);
    if (!column->wide)
        return false;
    for (uint32_t i = rows->begin; i < rows->end; i++)
        column->wide[i] = column->narrow[i];
    column->is_wide = true;
    return true;
}

static bool needs_wide(const struct ct_vector *v, uint32_t from, uint32_t count)
{
    if (!v->wide)
        return false;
    for (uint32_t i = from; i < from + count; i++)
        if ((!v->present || v->present[i]) && (v->wide[i] < INT64_MIN || v->wide[i] > INT64_MAX))
            return true;
    return false;
}

static bool append_decimals(struct ct_pending_rows *rows, struct ct_pending_column *column,
                            const struct ct_vector *v, uint32_t from, uint32_t count)
{
    if (needs_wide(v, from, count) && !become_wide(rows, column))
        return false;
    if (v->scales)
        memcpy(column->scales + rows->end, v->scales + from, count);
    else
        memset(column->scales + rows->end, v->scale, count);
    if (column->is_wide)
        for (uint32_t i = 0; i < count; i++)
            column->wide[rows->end + i] = v->wide ? v->wide[from + i] : v->narrow[from + i];
    else if (v->wide)
        for (uint32_t i = 0; i < count; i++)
            column->narrow[rows->end + i] = (int64_t)v->wide[from + i];
    else
        memcpy(column->narrow + rows->end, v->narrow + from, count * sizeof *v->narrow);
    return true;
}

static bool append_strings(struct ct_pending_rows *rows, struct ct_pending_column *column,
                           const struct ct_vector *v, uint32_t from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const bool is_present = !v->present || v->present[from + i];
        const struct ct_text text = is_present ? v->string[from + i] : (struct ct_text){0};
        if (!ct_byte_buffer_reserve(rows->allocator, &column->text, text.len))
            return false;
        column->string[rows->end + i] =
            (struct ct_pending_string){.at = column->text.len, .len = (uint32_t)text.len};
        if (text.len)
            memcpy(column->text.bytes + column->text.len, text.bytes, text.len);
        column->text.len += text.len;
        rows->text_bytes += text.len;
    }
    return true;
}

/* Defined memory for rows without a value. */
static void append_nothing(const struct ct_pending_rows *rows, struct ct_pending_column *column,
                           uint32_t count)
{
    const size_t size = value_bytes(column->type);
    memset((uint8_t *)column->values + rows->end * size, 0, count * size);
    if (column->scales)
        memset(column->scales + rows->end, 0, count);
    if (column->is_wide)
        memset(column->wide + rows->end, 0, count * sizeof *column->wide);
    if (column->type == CT_STRING)
        for (uint32_t i = 0; i < count; i++)
            column->string[rows->end + i].at = column->text.len;
}

static bool append_column(struct ct_pending_rows *rows, struct ct_pending_column *column,
                          const struct ct_vector *v, uint32_t from, uint32_t count)
{
    const size_t size = value_bytes(column->type);
    uint8_t *present = column->present + rows->end;
    if (v->count == 0) {
        memset(present, 0, count);
        append_nothing(rows, column, count);
        return true;
    }
    if (v->present)
        memcpy(present, v->present + from, count);
    else
        memset(present, 1, count);
    if (column->type == CT_DECIMAL)
        return append_decimals(rows, column, v, from, count);
    if (column->type == CT_STRING)
        return append_strings(rows, column, v, from, count);
    const uint8_t *values = column->type == CT_BOOL ? v->boolean : (const uint8_t *)v->int64;
    memcpy((uint8_t *)column->values + rows->end * size, values + from * size, count * size);
    return true;
}

/* -- Moving to the front ---------------------------------------------------------------------- */

static void shift_text(struct ct_pending_rows *rows, struct ct_pending_column *column)
{
    const uint32_t count = ct_pending_rows_count(rows);
    const size_t drop = count ? column->string[rows->begin].at : column->text.len;
    if (drop == 0)
        return;
    memmove(column->text.bytes, column->text.bytes + drop, column->text.len - drop);
    column->text.len -= drop;
    for (uint32_t i = rows->begin; i < rows->end; i++)
        column->string[i].at -= drop;
}

static void shift_column(struct ct_pending_rows *rows, struct ct_pending_column *column)
{
    const uint32_t count = ct_pending_rows_count(rows);
    const size_t size = value_bytes(column->type);
    if (column->type == CT_STRING)
        shift_text(rows, column);
    memmove(column->present, column->present + rows->begin, count);
    memmove(column->values, (uint8_t *)column->values + rows->begin * size, count * size);
    if (column->scales)
        memmove(column->scales, column->scales + rows->begin, count);
    if (column->is_wide)
        memmove(column->wide, column->wide + rows->begin, count * sizeof *column->wide);
    if (count == 0)
        column->is_wide = false;
}

static void shift(struct ct_pending_rows *rows)
{
    const uint32_t count = ct_pending_rows_count(rows);
    for (uint32_t c = 0; c < rows->column_count; c++)
        shift_column(rows, &rows->columns[c]);
    memmove(rows->times_ns, rows->times_ns + rows->begin, count * sizeof *rows->times_ns);
    rows->begin = 0;
    rows->end = count;
}

ct_status ct_pending_rows_append(struct ct_pending_rows *rows, const int64_t *times_ns,
                                 const struct ct_vector *columns, uint32_t from, uint32_t count,
                                 struct ct_error *err)
{
    CT_ASSERT(count <= CT_PENDING_ROWS_MAX - ct_pending_rows_count(rows));
    if (count > CT_PENDING_ROWS_MAX - rows->end)
        shift(rows);
    for (uint32_t c = 0; c < rows->column_count; c++)
        if (!append_column(rows, &rows->columns[c], &columns[c], from, count))
            return ct_fail(err, CT_NO_MEMORY, "no memory for the rows of a segment's block");
    memcpy(rows->times_ns + rows->end, times_ns + from, count * sizeof *times_ns);
    rows->end += count;
    return CT_OK;
}

void ct_pending_rows_drop(struct ct_pending_rows *rows, uint32_t count)
{
    CT_ASSERT(count <= ct_pending_rows_count(rows));
    for (uint32_t c = 0; c < rows->column_count; c++)
        if (rows->columns[c].type == CT_STRING)
            for (uint32_t i = rows->begin; i < rows->begin + count; i++)
                rows->text_bytes -= rows->columns[c].string[i].len;
    rows->begin += count;
    if (rows->begin == rows->end)
        shift(rows);
}

/* -- Handing out ------------------------------------------------------------------------------ */

/* Row `to` gets what row `from` has. Presence stays. */
static void copy_value(struct ct_pending_column *column, uint32_t to, uint32_t from)
{
    switch (column->type) {
    case CT_BOOL:
        column->boolean[to] = column->boolean[from];
        return;
    case CT_DECIMAL:
        column->scales[to] = column->scales[from];
        if (column->is_wide)
            column->wide[to] = column->wide[from];
        else
            column->narrow[to] = column->narrow[from];
        return;
    case CT_FLOAT64:
    case CT_INT64:
    case CT_UINT64:
        column->int64[to] = column->int64[from];
        return;
    case CT_STRING: /* filled in where the texts are laid out: here lengths say what bytes wait */
        return;
    }
}

/* Rows before the first value take that; where there is none, nothing is needed. */
static void fill_gaps(struct ct_pending_column *column, uint32_t begin, uint32_t end)
{
    const uint8_t *found = memchr(column->present + begin, 1, end - begin);
    if (!found)
        return;
    const uint32_t first = (uint32_t)(found - column->present);
    for (uint32_t i = begin; i < first; i++)
        copy_value(column, i, first);
    for (uint32_t i = first + 1; i < end; i++)
        if (!column->present[i])
            copy_value(column, i, i - 1);
}

static void lay_out_strings(struct ct_pending_rows *rows, const struct ct_pending_column *column,
                            uint32_t count)
{
    const uint8_t *present = column->present + rows->begin;
    const uint8_t *found = memchr(present, 1, count);
    uint32_t source = rows->begin + (found ? (uint32_t)(found - present) : 0);
    for (uint32_t i = 0; i < count; i++) {
        if (present[i])
            source = rows->begin + i;
        const struct ct_pending_string *string = &column->string[source];
        rows->strings[i] = (struct ct_text){
            .bytes = string->len ? (const char *)column->text.bytes + string->at : "",
            .len = string->len};
    }
}

void ct_pending_rows_vector(struct ct_pending_rows *rows, uint32_t column_index, uint32_t count,
                            struct ct_vector *out)
{
    CT_ASSERT(count >= 1 && count <= ct_pending_rows_count(rows) && count <= CT_BLOCK_VALUES_MAX);
    struct ct_pending_column *column = &rows->columns[column_index];
    const uint32_t begin = rows->begin;
    const bool has_gaps = memchr(column->present + begin, 0, count) != NULL;
    if (has_gaps)
        fill_gaps(column, begin, begin + count);
    *out = (struct ct_vector){.type = column->type, .count = count};
    out->present = has_gaps ? column->present + begin : NULL;
    if (column->type == CT_STRING) {
        lay_out_strings(rows, column, count);
        out->string = rows->strings;
    } else if (column->type == CT_BOOL) {
        out->boolean = column->boolean + begin;
    } else {
        out->int64 = column->int64 + begin;
    }
    if (column->type == CT_DECIMAL) {
        out->scales = column->scales + begin;
        out->wide = column->is_wide ? column->wide + begin : NULL;
    }
}
