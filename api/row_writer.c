#include "row_writer.h"

#include <stdio.h>

#define STALE_TRIES      16
#define ITEM_BYTES_MAX   512 /* of the structs that we know */
#define STRUCT_SIZE_MAX  ((uint32_t)1 << 16)
#define REJECTS_TOLD_MAX 100

static bool is_failed(const struct api_row *row)
{
    return row->status != CT_OK;
}

void api_row_require(struct api_row *row, const char *name, const char *text)
{
    if (!is_failed(row) && (!text || !text[0]))
        row->status = ct_fail(row->err, CT_INVALID, "%s is missing", name);
}

/* Insertion by key; a row has few tags. */
void api_row_tag(struct api_row *row, const char *key, const char *value)
{
    if (is_failed(row) || !value || !value[0])
        return;
    if (row->tag_count == CT_TAGS_MAX) {
        row->status = ct_fail(row->err, CT_LIMIT, "more than %d tags", CT_TAGS_MAX);
        return;
    }
    const struct ct_tag tag = {ct_text_of(key), ct_text_of(value)};
    uint32_t at = row->tag_count++;
    for (; at > 0 && ct_text_compare(row->tags[at - 1].key, tag.key) > 0; at--)
        row->tags[at] = row->tags[at - 1];
    row->tags[at] = tag;
    if (at > 0 && ct_text_equal(row->tags[at - 1].key, tag.key))
        row->status = ct_fail(row->err, CT_INVALID, "the tag \"%.80s\" is given twice", key);
}

static void add_value(struct api_row *row, const char *name, uint32_t type, const void *value)
{
    if (is_failed(row))
        return;
    CT_ASSERT(row->value_count < API_ROW_VALUES_MAX);
    const centime_column column = {.name = name, .type = type, .values = value};
    struct api_batch_field field = {.column = &column};
    struct ct_intake *intake = row->writer->intake;
    row->status = ct_intake_column(intake, row->table, ct_text_of(name), api_written_type(type),
                                   &field.index, row->err);
    if (is_failed(row))
        return;
    field.stored = intake->tables[row->table].columns[field.index].type;
    row->status = api_convert_value(&field, 0, &row->values[row->value_count++], row->err);
}

void api_row_double(struct api_row *row, const char *field, double value)
{
    add_value(row, field, CENTIME_FLOAT64, &value);
}

void api_row_int64(struct api_row *row, const char *field, int64_t value)
{
    add_value(row, field, CENTIME_INT64, &value);
}

void api_row_string(struct api_row *row, const char *field, struct ct_text value)
{
    const centime_text text = {value.bytes, value.len};
    if (value.len)
        add_value(row, field, CENTIME_STRING, &text);
}

void api_row_decimal(struct api_row *row, const char *field, const char *text)
{
    const struct ct_text value = api_text(text);
    const centime_text given = {value.bytes, value.len};
    if (value.len)
        add_value(row, field, CENTIME_DECIMAL_TEXT, &given);
}

ct_status api_row_end(struct api_row *row, int64_t time_ns)
{
    struct ct_intake *intake = row->writer->intake;
    if (!is_failed(row) && row->value_count == 0)
        row->status = ct_fail(row->err, CT_INVALID, "nothing was measured: no field is given");
    if (is_failed(row))
        return row->status;
    if (time_ns == 0)
        time_ns = row->now_ns + (int64_t)row->item;
    uint32_t series;
    CT_TRY(ct_intake_series(intake, row->table, row->tags, row->tag_count, &series, row->err));
    return ct_intake_row(intake, row->table, series, time_ns, row->values, row->value_count,
                         row->err);
}

/* -- Arrays ----------------------------------------------------------------------------------- */

/* Bytes from one item to the next. */
static ct_status read_stride(const struct api_items *items, uint32_t *stride, struct ct_error *err)
{
    CT_ASSERT(items->size <= ITEM_BYTES_MAX);
    if (items->count > CT_BATCH_ROWS_MAX)
        return ct_fail(err, CT_LIMIT, "%zu items of %s, at most %u", items->count,
                       items->struct_name, CT_BATCH_ROWS_MAX);
    if (!items->items)
        return ct_fail(err, CT_INVALID, "no %s", items->struct_name);
    memcpy(stride, items->items, sizeof *stride);
    if (*stride > STRUCT_SIZE_MAX || *stride % _Alignof(int64_t) != 0)
        return ct_fail(err, CT_INVALID, "struct_size of %s is %u: use sizeof", items->struct_name,
                       *stride);
    return CT_OK;
}

/* Items of one call that were left out. */
struct refused {
    centime_write_result *counts; /* rejected, and rejects as far as there is room */
    struct ct_error first;
};

static ct_status add_item(struct api_row *row, const struct api_items *items, uint32_t stride)
{
    _Alignas(int64_t) char item[ITEM_BYTES_MAX];
    const void *given = (const char *)items->items + row->item * stride;
    CT_TRY(api_read_struct(item, items->size, given, items->struct_name, row->err));
    uint32_t struct_size;
    memcpy(&struct_size, item, sizeof struct_size);
    if (struct_size != stride)
        return ct_fail(row->err, CT_INVALID, "struct_size of %s differs from the first one's",
                       items->struct_name);
    row->tag_count = 0;
    row->value_count = 0;
    row->status = CT_OK;
    return items->add(row, item, items->context);
}

/* What is an item's own fault, and leaves the batch as it was. */
static bool is_misfit(ct_status status)
{
    return status == CT_INVALID || status == CT_TYPE || status == CT_PARSE || status == CT_RANGE ||
           status == CT_LIMIT;
}

static void keep_reject(struct refused *refused, const struct ct_error *err, ct_status status)
{
    centime_write_result *counts = refused->counts;
    if (counts->rejected++ == 0)
        refused->first = *err;
    if (!counts->rejects || counts->reject_count >= counts->reject_cap ||
        counts->reject_count >= REJECTS_TOLD_MAX)
        return;
    centime_reject *out = &counts->rejects[counts->reject_count++];
    *out = (centime_reject){.line = err->line, .code = (int32_t)status};
    snprintf(out->reason, sizeof out->reason, "%.*s", (int)sizeof out->reason - 1, err->text);
}

static ct_status add_items(struct api_row *row, const struct api_items *items,
                           struct refused *refused)
{
    uint32_t stride = 0;
    CT_TRY(read_stride(items, &stride, row->err));
    CT_TRY(ct_intake_table(row->writer->intake, ct_text_of(items->table), &row->table, row->err));
    for (row->item = 0; row->item < items->count; row->item++) {
        const ct_status status = add_item(row, items, stride);
        if (status == CT_OK)
            continue;
        row->err->line = (uint32_t)row->item + 1;
        if (!row->writer->is_partial || !is_misfit(status))
            return status;
        keep_reject(refused, row->err, status);
    }
    return CT_OK;
}

static ct_status try_items(centime_writer *writer, const struct api_items *items,
                           struct refused *refused, struct ct_commit_result *total,
                           struct ct_error *err)
{
    struct api_row row = {
        .writer = writer, .now_ns = ct_clock_now_ns(writer->store->env.clock), .err = err};
    refused->counts->rejected = refused->counts->reject_count = 0;
    ct_arena_init(&row.arena, &writer->store->memory->allocator, 0);
    ct_status status = add_items(&row, items, refused);
    if (status == CT_OK)
        status = api_writer_commit(writer, total, err);
    ct_arena_deinit(&row.arena);
    api_writer_reset(writer);
    return status;
}

static ct_status write_items(centime_writer *writer, const struct api_items *items,
                             centime_write_result *result, struct ct_error *err)
{
    centime_write_result counts;
    struct refused refused = {.counts = &counts};
    struct ct_commit_result total = {0};
    CT_TRY(api_read_struct(&counts, sizeof counts, result, "centime_write_result", err));
    counts.rejected = counts.reject_count = 0;
    ct_status status = items->count ? CT_STALE : CT_OK;
    for (int tries = 0; status == CT_STALE && tries < STALE_TRIES; tries++)
        status = try_items(writer, items, &refused, &total, err);
    if (status != CT_OK)
        return status;
    const uint64_t rejected = counts.rejected;
    const uint32_t told = counts.reject_count;
    api_clear_counts(&counts);
    api_copy_counts(&counts, &total);
    counts.rejected = counts.misfits = rejected;
    counts.reject_count = told;
    if (result)
        CT_TRY(api_write_struct(result, &counts, sizeof counts, "centime_write_result", err));
    if (rejected == 0)
        return CT_OK;
    *err = refused.first;
    err->code = CT_PARSE;
    return CT_PARSE;
}

ct_status api_write_items(centime_writer *writer, const struct api_items *items,
                          centime_write_result *result, struct ct_error *err)
{
    const ct_status status = write_items(writer, items, result, err);
    writer->has_request = false;
    writer->is_partial = false;
    return status;
}
