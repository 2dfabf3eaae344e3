/* One value of a column given by the caller, to what its field stores. Nothing is rounded: what
 * cannot be kept exactly is refused. */
#include <math.h>

#include "api_writer.h"

#define EXACT_INTEGER ((int64_t)1 << 53) /* larger integers may not be doubles */

enum ct_type api_written_type(uint32_t type)
{
    return type == CENTIME_DECIMAL_TEXT ? CT_DECIMAL : (enum ct_type)type;
}

static ct_status fail_type(const struct api_batch_field *field, struct ct_error *err)
{
    return ct_fail(err, CT_TYPE,
                   "field \"%.80s\" holds values of type %s: this %s cannot become one exactly%s",
                   field->column->name, ct_type_name(field->stored),
                   ct_type_name(api_written_type(field->column->type)),
                   field->stored == CT_DECIMAL ? "; give it as CENTIME_DECIMAL or "
                                                 "CENTIME_DECIMAL_TEXT"
                                               : "");
}

static ct_status convert_double(const struct api_batch_field *field, double value,
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

static ct_status convert_int64(const struct api_batch_field *field, int64_t value,
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

static ct_status convert_uint64(const struct api_batch_field *field, uint64_t value,
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

static ct_status convert_decimal(const struct api_batch_field *field, struct ct_decimal value,
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

static ct_status convert_text(const struct api_batch_field *field, const centime_text *text,
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

ct_status api_convert_value(const struct api_batch_field *field, size_t row,
                            struct ct_row_value *out, struct ct_error *err)
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
