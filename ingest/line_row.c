/* From the fields of a checked line to a row of the intake: columns, widening, the last of equal
 * names. */
#include "line_parser.h"

enum line_outcome ct_line_blame(struct ct_line_parser *parser, const char *where,
                                const struct ct_error *err)
{
    if (err->code == CT_NO_MEMORY) {
        parser->failure = *err;
        return LINE_FAILED;
    }
    return LINE_REJECT(parser, where, err->code, "%s", err->text);
}

/* Whether the double is exactly the integer that it was made from. */
static bool is_exact_int64(double x, int64_t value)
{
    return x >= -0x1p63 && x < 0x1p63 && (int64_t)x == value;
}

static bool is_exact_uint64(double x, uint64_t value)
{
    return x < 0x1p64 && (uint64_t)x == value;
}

static enum line_outcome to_float(struct ct_line_parser *parser, const struct line_field *field,
                                  struct ct_row_value *out)
{
    const struct ct_value *value = &field->value;
    bool is_exact = true;
    if (value->type == CT_INT64) {
        out->float64 = (double)value->int64;
        is_exact = is_exact_int64(out->float64, value->int64);
    } else if (value->type == CT_UINT64) {
        out->float64 = (double)value->uint64;
        is_exact = is_exact_uint64(out->float64, value->uint64);
    } else {
        CT_ASSERT(value->type == CT_FLOAT64);
        out->float64 = value->float64;
    }
    if (is_exact)
        return LINE_TAKEN;
    return LINE_REJECT(parser, field->raw_value.bytes, CT_RANGE,
                       "integer %.*s has no exact value in the float field \"%.*s\"",
                       field->raw_value.len < 64 ? (int)field->raw_value.len : 64,
                       field->raw_value.bytes, field->name.len < 64 ? (int)field->name.len : 64,
                       field->name.bytes);
}

static void set_decimal(struct ct_row_value *out, struct ct_decimal value)
{
    out->scale = value.scale;
    out->is_wide = value.mantissa < INT64_MIN || value.mantissa > INT64_MAX;
    if (out->is_wide)
        out->wide = value.mantissa;
    else
        out->narrow = (int64_t)value.mantissa;
}

static enum line_outcome to_decimal(struct ct_line_parser *parser, const struct line_field *field,
                                    struct ct_row_value *out)
{
    const struct ct_value *value = &field->value;
    struct ct_decimal decimal = {0};
    ct_status status = CT_OK;
    if (value->type == CT_INT64)
        decimal.mantissa = value->int64;
    else if (value->type == CT_UINT64)
        decimal.mantissa = value->uint64;
    else if (value->type == CT_DECIMAL)
        decimal = value->decimal;
    else
        status = ct_decimal_parse(field->raw_value, &decimal);
    if (status == CT_OK) {
        set_decimal(out, decimal);
        return LINE_TAKEN;
    }
    return LINE_REJECT(
        parser, field->raw_value.bytes, status,
        "%.*s needs more than 38 digits, the most that the decimal field \"%.*s\" has",
        field->raw_value.len < 64 ? (int)field->raw_value.len : 64, field->raw_value.bytes,
        field->name.len < 64 ? (int)field->name.len : 64, field->name.bytes);
}

/* The value for a column of `type`; which pairs of types may meet is the intake's decision, made
 * before. */
static enum line_outcome convert(struct ct_line_parser *parser, const struct line_field *field,
                                 enum ct_type type, struct ct_row_value *out)
{
    const struct ct_value *value = &field->value;
    switch (type) {
    case CT_FLOAT64:
        return to_float(parser, field, out);
    case CT_DECIMAL:
        return to_decimal(parser, field, out);
    case CT_INT64:
        CT_ASSERT(value->type == CT_INT64);
        out->int64 = value->int64;
        return LINE_TAKEN;
    case CT_UINT64:
        CT_ASSERT(value->type == CT_UINT64);
        out->uint64 = value->uint64;
        return LINE_TAKEN;
    case CT_BOOL:
        CT_ASSERT(value->type == CT_BOOL);
        out->boolean = value->boolean;
        return LINE_TAKEN;
    case CT_STRING:
        CT_ASSERT(value->type == CT_STRING);
        out->string = value->string;
        return LINE_TAKEN;
    }
    CT_ASSERT(false);
}

static bool is_named_again(const struct ct_line_parser *parser, size_t index)
{
    for (size_t i = index + 1; i < parser->field_count; i++) {
        if (ct_text_equal(parser->fields[i].name, parser->fields[index].name))
            return true;
    }
    return false;
}

/* One field into its column. A fault of a value that a later field of the same name replaces is
 * none. */
static enum line_outcome place_field(struct ct_line_parser *parser, uint32_t table, size_t index,
                                     uint32_t *value_count)
{
    struct line_field *field = &parser->fields[index];
    struct ct_error err;
    field->column = CT_NONE;
    const ct_status status = ct_intake_column(parser->intake, table, field->name, field->value.type,
                                              &field->column, &err);
    if (status == CT_TYPE && is_named_again(parser, index))
        return LINE_TAKEN;
    if (status != CT_OK)
        return ct_line_blame(parser, field->raw_name.bytes, &err);
    struct ct_row_value *value = &parser->values[*value_count];
    *value = (struct ct_row_value){.column = field->column};
    const struct ct_batch_table *at = &parser->intake->tables[table];
    const enum line_outcome outcome =
        convert(parser, field, at->columns[field->column].type, value);
    if (outcome == LINE_REJECTED && is_named_again(parser, index))
        return LINE_TAKEN;
    (*value_count)++;
    return outcome;
}

static enum line_outcome place_fields(struct ct_line_parser *parser, uint32_t table,
                                      uint32_t *value_count)
{
    *value_count = 0;
    if (!ct_grow(parser->allocator, &parser->values, &parser->value_cap, parser->field_count,
                 sizeof *parser->values))
        return ct_line_out_of_memory(parser);
    for (size_t i = 0; i < parser->field_count; i++)
        LINE_TRY(place_field(parser, table, i, value_count));
    return LINE_TAKEN;
}

enum line_outcome ct_line_place(struct ct_line_parser *parser, const struct line_cursor *c,
                                struct ct_text raw_key, const struct ct_text *measurement,
                                const struct ct_alias *alias, uint64_t hash, int64_t time_ns)
{
    CT_ASSERT(raw_key.len > 0 && c->is_ended);
    struct ct_intake *intake = parser->intake;
    struct ct_error err;
    uint32_t table = alias ? alias->table : 0;
    uint32_t series = alias ? alias->series : 0;
    uint32_t value_count;
    if (!alias && ct_intake_table(intake, *measurement, &table, &err) != CT_OK)
        return ct_line_blame(parser, raw_key.bytes, &err);
    LINE_TRY(place_fields(parser, table, &value_count));
    if (!alias && ct_intake_series(intake, table, parser->tags, parser->tag_count, &series, &err))
        return ct_line_blame(parser, raw_key.bytes, &err);
    if (ct_intake_row(intake, table, series, time_ns, parser->values, value_count,
                      &parser->failure) != CT_OK)
        return LINE_FAILED;
    if (!alias)
        ct_intake_alias_add(intake, hash, raw_key.bytes, raw_key.len, table, series);
    for (size_t i = 0; i < parser->field_count; i++)
        ct_line_known_add(&parser->known, intake, table, i, parser->fields[i].raw_name,
                          parser->fields[i].column);
    return LINE_TAKEN;
}
