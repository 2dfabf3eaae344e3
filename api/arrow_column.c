#include "arrow_column.h"

#include "int256.h"
#include "utf8.h"

#define DIGITS_NARROW    38
#define DIGITS_WIDE      76
#define MONEY_DIGITS_MIN 2

/* -- Types ------------------------------------------------------------------------------------ */

/* The least scale at or above `least` that holds the value. */
static uint8_t scale_needed(const struct ct_decimal_sum *sum, uint8_t least)
{
    struct ct_int256 magnitude = ct_int256_magnitude(&sum->total);
    uint8_t scale = sum->scale;
    if (ct_int256_is_zero(&magnitude))
        return least;
    while (scale > least) {
        struct ct_int256 shorter = magnitude;
        if (ct_magnitude_divide(&shorter, 10) != 0)
            return scale;
        magnitude = shorter;
        scale--;
    }
    return least;
}

/* The magnitude at a scale that holds it; false where 256 bits do not. */
static bool rescale(const struct ct_decimal_sum *sum, uint8_t scale, struct ct_int256 *out)
{
    *out = ct_int256_magnitude(&sum->total);
    if (scale == sum->scale)
        return true;
    if (scale > sum->scale)
        return ct_magnitude_shift_decimal(out, (unsigned)scale - sum->scale);
    for (unsigned digits = (unsigned)sum->scale - scale; digits > 0;) {
        const unsigned some = digits < CT_POW10_CHUNK_DIGITS ? digits : CT_POW10_CHUNK_DIGITS;
        (void)ct_magnitude_divide(out, ct_pow10_uint64(some));
        digits -= some;
    }
    return true;
}

static bool has_digits_at_most(const struct ct_int256 *magnitude, unsigned digits)
{
    if ((magnitude->limb[1] | magnitude->limb[2] | magnitude->limb[3]) == 0)
        return true; /* as nearly always: at most 20 digits */
    struct ct_int256 past = ct_int256_of_magnitude(1);
    const bool fits = ct_magnitude_shift_decimal(&past, digits / 2) &&
                      ct_magnitude_shift_decimal(&past, digits - digits / 2);
    CT_ASSERT(fits); /* 10^76 < 2^256 */
    return ct_magnitude_compare(magnitude, &past) < 0;
}

static ct_status decimal_type(const struct ct_result *result, const struct ct_result_column *column,
                              struct api_arrow_type *type, struct ct_error *err)
{
    type->scale = column->is_money ? MONEY_DIGITS_MIN : 0;
    for (uint64_t row = 0; row < result->row_count; row++)
        if (!column->is_null[row])
            type->scale = scale_needed(&column->decimal[row], type->scale);
    for (uint64_t row = 0; row < result->row_count; row++) {
        struct ct_int256 magnitude;
        if (column->is_null[row])
            continue;
        if (!rescale(&column->decimal[row], type->scale, &magnitude) ||
            !has_digits_at_most(&magnitude, DIGITS_WIDE))
            return ct_fail(err, CT_RANGE, "column %.*s has values of more than %d digits",
                           column->name.len < 80 ? (int)column->name.len : 80, column->name.bytes,
                           DIGITS_WIDE);
        if (!type->is_wide)
            type->is_wide = !has_digits_at_most(&magnitude, DIGITS_NARROW);
    }
    return CT_OK;
}

ct_status api_arrow_type_of(const struct ct_result *result, uint32_t column,
                            struct api_arrow_type *out, struct ct_error *err)
{
    struct api_arrow_type type = {.type = result->columns[column].type};
    if (type.type == CT_RESULT_DECIMAL)
        CT_TRY(decimal_type(result, &result->columns[column], &type, err));
    *out = type;
    return CT_OK;
}

uint64_t api_arrow_batch_rows(const struct ct_result *result, uint64_t first_row)
{
    uint64_t rows = result->row_count - first_row;
    if (rows > API_ARROW_BATCH_ROWS)
        rows = API_ARROW_BATCH_ROWS;
    for (uint32_t i = 0; i < result->column_count; i++) {
        const struct ct_result_column *column = &result->columns[i];
        if (column->type != CT_RESULT_TEXT)
            continue;
        size_t bytes = 0;
        for (uint64_t row = 0; row < rows; row++) {
            bytes += column->is_null[first_row + row] ? 0 : column->text[first_row + row].len;
            if (row > 0 && bytes > API_ARROW_BATCH_BYTES)
                rows = row;
        }
    }
    return rows;
}

/* -- Values ----------------------------------------------------------------------------------- */

struct rows {
    const struct ct_result_column *column;
    uint64_t first, count;
};

/* Zeroed, never of 0 bytes; NULL where memory is out. */
static void *add_buffer(struct api_arrow_column *out, uint64_t count, size_t bytes_each)
{
    void *buffer = ct_alloc_zeroed(out->allocator, count ? count : 1, bytes_each);
    out->owned[out->buffer_count] = buffer;
    out->buffers[out->buffer_count] = buffer;
    out->bytes[out->buffer_count++] = count * bytes_each;
    return buffer;
}

static void borrow_buffer(struct api_arrow_column *out, const void *buffer, size_t bytes)
{
    out->buffers[out->buffer_count] = buffer;
    out->bytes[out->buffer_count++] = bytes;
}

static void set_bit(uint8_t *bits, uint64_t at)
{
    bits[at / 8] |= (uint8_t)(1u << at % 8);
}

static bool add_validity(struct api_arrow_column *out, const struct rows *rows)
{
    const uint8_t *is_null = rows->column->is_null + rows->first;
    for (uint64_t row = 0; row < rows->count; row++)
        out->null_count += is_null[row];
    if (out->null_count == 0) {
        borrow_buffer(out, NULL, 0);
        return true;
    }
    uint8_t *bits = add_buffer(out, (rows->count + 7) / 8, 1);
    for (uint64_t row = 0; bits && row < rows->count; row++)
        if (!is_null[row])
            set_bit(bits, row);
    return bits != NULL;
}

static bool add_bools(struct api_arrow_column *out, const struct rows *rows)
{
    uint8_t *bits = add_buffer(out, (rows->count + 7) / 8, 1);
    for (uint64_t row = 0; bits && row < rows->count; row++)
        if (!rows->column->is_null[rows->first + row] && rows->column->boolean[rows->first + row])
            set_bit(bits, row);
    return bits != NULL;
}

static void negate(struct ct_int256 *value)
{
    bool carries = true;
    for (size_t i = 0; i < 4; i++) {
        value->limb[i] = ~value->limb[i] + carries;
        carries = carries && value->limb[i] == 0;
    }
}

/* Two's complement, the low limb first, as Arrow has it on machines that do. */
static bool add_decimals(struct api_arrow_column *out, const struct rows *rows,
                         const struct api_arrow_type *type)
{
    const size_t limbs = type->is_wide ? 4 : 2;
    uint64_t *values = add_buffer(out, rows->count, limbs * sizeof *values);
    for (uint64_t row = 0; values && row < rows->count; row++) {
        if (rows->column->is_null[rows->first + row])
            continue;
        const struct ct_decimal_sum *sum = &rows->column->decimal[rows->first + row];
        struct ct_int256 value;
        const bool fits = rescale(sum, type->scale, &value);
        CT_ASSERT(fits); /* the type was chosen so */
        if (ct_int256_is_negative(&sum->total))
            negate(&value);
        memcpy(values + row * limbs, value.limb, limbs * sizeof *values);
    }
    return values != NULL;
}

/* -- Texts ------------------------------------------------------------------------------------ */

static const char replacement[3] = {'\xef', '\xbf', '\xbd'}; /* U+FFFD */

/* Copies what is valid and replaces each byte that is not; without `out` only counts. */
static size_t copy_utf8(struct ct_text text, char *out)
{
    if (!out && ct_utf8_is_valid(text))
        return text.len;
    size_t len = 0;
    while (text.len) {
        const size_t valid = ct_utf8_valid_len(text);
        const bool is_cut = valid < text.len;
        if (out) {
            memcpy(out + len, text.bytes, valid);
            if (is_cut)
                memcpy(out + len + valid, replacement, sizeof replacement);
        }
        len += valid + (is_cut ? sizeof replacement : 0);
        text.bytes += valid + is_cut;
        text.len -= valid + is_cut;
    }
    return len;
}

static struct ct_text text_at(const struct rows *rows, uint64_t row)
{
    const uint64_t at = rows->first + row;
    return rows->column->is_null[at] ? (struct ct_text){0} : rows->column->text[at];
}

static ct_status add_texts(struct api_arrow_column *out, const struct rows *rows,
                           struct ct_error *err)
{
    int32_t *offsets = add_buffer(out, rows->count + 1, sizeof *offsets);
    if (!offsets)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's texts");
    size_t bytes = 0, bytes_before = 0;
    for (uint64_t row = 0; row < rows->count; row++) {
        const struct ct_text text = text_at(rows, row);
        bytes_before += text.len;
        bytes += copy_utf8(text, NULL);
        if (bytes > INT32_MAX)
            return ct_fail(err, CT_LIMIT, "texts of more than 2 GiB");
        offsets[row + 1] = (int32_t)bytes;
    }
    char *values = add_buffer(out, bytes, 1);
    if (!values)
        return ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's texts");
    const bool is_clean = bytes == bytes_before; /* a replacement is longer than what it replaces */
    for (uint64_t row = 0; row < rows->count; row++) {
        const struct ct_text text = text_at(rows, row);
        if (!is_clean)
            (void)copy_utf8(text, values + offsets[row]);
        else if (text.len)
            memcpy(values + offsets[row], text.bytes, text.len);
    }
    return CT_OK;
}

static ct_status add_values(struct api_arrow_column *out, const struct rows *rows,
                            const struct api_arrow_type *type, struct ct_error *err)
{
    static_assert(sizeof(int64_t) == sizeof(double), "times and numbers are all of 8 bytes");
    bool is_made = true;
    switch (type->type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
    case CT_RESULT_UINT64:
    case CT_RESULT_FLOAT64:
        borrow_buffer(out, rows->column->int64 + rows->first, rows->count * sizeof(int64_t));
        break;
    case CT_RESULT_BOOL:
        is_made = add_bools(out, rows);
        break;
    case CT_RESULT_DECIMAL:
        is_made = add_decimals(out, rows, type);
        break;
    case CT_RESULT_TEXT:
        return add_texts(out, rows, err);
    }
    return is_made ? CT_OK : ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's values");
}

ct_status api_arrow_column_init(struct api_arrow_column *out, const struct ct_allocator *allocator,
                                const struct ct_result_column *column,
                                const struct api_arrow_type *type, uint64_t first_row,
                                uint64_t row_count, struct ct_error *err)
{
    const struct rows rows = {column, first_row, row_count};
    *out = (struct api_arrow_column){.allocator = allocator, .row_count = row_count};
    ct_status status = CT_OK;
    if (!add_validity(out, &rows))
        status = ct_fail(err, CT_NO_MEMORY, "out of memory for an answer's nulls");
    if (status == CT_OK)
        status = add_values(out, &rows, type, err);
    if (status != CT_OK)
        api_arrow_column_deinit(out);
    return status;
}

void api_arrow_column_deinit(struct api_arrow_column *column)
{
    for (uint32_t i = 0; i < column->buffer_count; i++)
        ct_release(column->allocator, column->owned[i]);
    column->buffer_count = 0;
}
