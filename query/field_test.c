/* Integers and mantissas of one scale are compared with the constant brought to that scale, rounded
 * down: where digits were lost on the way, what is equal to the rest is less than the whole. */
#include "field_test.h"
#include "number.h"

#define BEYOND ((ct_int128)(~(ct_uint128)0 >> 1)) /* past every mantissa */

static unsigned passes_of(enum ct_comparison comparison)
{
    static const unsigned passes[] = {
        [CT_EQUAL] = CT_ORDER_EQUAL,     [CT_NOT_EQUAL] = CT_ORDER_LESS | CT_ORDER_GREATER,
        [CT_LESS] = CT_ORDER_LESS,       [CT_LESS_EQUAL] = CT_ORDER_LESS | CT_ORDER_EQUAL,
        [CT_GREATER] = CT_ORDER_GREATER, [CT_GREATER_EQUAL] = CT_ORDER_GREATER | CT_ORDER_EQUAL,
    };
    return passes[comparison];
}

static bool is_number(enum ct_type type)
{
    return type != CT_STRING && type != CT_BOOL;
}

static ct_status fail_type(enum ct_type type, const struct ct_filter *filter, struct ct_error *err)
{
    return ct_fail(err, CT_TYPE, "field \"%.*s\" is a %s: it cannot be compared so with a %s",
                   (int)(filter->field.len < 80 ? filter->field.len : 80), filter->field.bytes,
                   ct_type_name(type), ct_type_name(filter->value.type));
}

static ct_status decimal_of(const struct ct_value *value, struct ct_decimal *out)
{
    *out = (struct ct_decimal){0};
    switch (value->type) {
    case CT_INT64:
        out->mantissa = value->int64;
        return CT_OK;
    case CT_UINT64:
        out->mantissa = value->uint64;
        return CT_OK;
    case CT_FLOAT64:
        return ct_decimal_of_double(value->float64, out);
    case CT_DECIMAL:
        *out = ct_decimal_normalise(value->decimal);
        return CT_OK;
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    return CT_TYPE;
}

static double double_of(const struct ct_value *value)
{
    switch (value->type) {
    case CT_INT64:
        return (double)value->int64;
    case CT_UINT64:
        return (double)value->uint64;
    case CT_FLOAT64:
        return value->float64;
    case CT_DECIMAL:
        return ct_decimal_to_double(value->decimal);
    case CT_BOOL:
    case CT_STRING:
        break;
    }
    return 0;
}

/* A text as a value that can be compared with the field. */
static ct_status read_value(enum ct_type type, const struct ct_filter *filter, struct ct_value *out,
                            struct ct_error *err)
{
    const struct ct_text text = filter->value.string;
    *out = filter->value;
    if (!filter->reads_value || type == CT_STRING)
        return CT_OK;
    ct_status status = CT_PARSE;
    *out = (struct ct_value){.type = type};
    if (type == CT_BOOL) {
        out->boolean = ct_text_equal(text, ct_text_of("true"));
        if (out->boolean || ct_text_equal(text, ct_text_of("false")))
            status = CT_OK;
    } else if (type == CT_FLOAT64) {
        status = ct_parse_double(text, &out->float64);
    } else {
        out->type = CT_DECIMAL;
        status = ct_decimal_parse(text, &out->decimal);
    }
    if (status == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_TYPE, "field \"%.*s\" is a %s: it cannot be compared with \"%.*s\"",
                   (int)(filter->field.len < 80 ? filter->field.len : 80), filter->field.bytes,
                   ct_type_name(type), (int)(text.len < 40 ? text.len : 40),
                   text.bytes ? text.bytes : "");
}

ct_status ct_field_test_init(struct ct_field_test *test, enum ct_type type,
                             const struct ct_filter *filter, struct ct_error *err)
{
    struct ct_value read;
    CT_TRY(read_value(type, filter, &read, err));
    const struct ct_value *value = &read;
    if ((unsigned)filter->comparison > CT_GREATER_EQUAL)
        return ct_fail(err, CT_INVALID, "unknown comparison %d", (int)filter->comparison);
    const bool is_ordered = filter->comparison != CT_EQUAL && filter->comparison != CT_NOT_EQUAL;
    if (is_number(type) ? !is_number(value->type) : type != value->type)
        return fail_type(type, filter, err);
    if (type == CT_BOOL && is_ordered)
        return fail_type(type, filter, err);
    *test = (struct ct_field_test){.passes = passes_of(filter->comparison), .type = type};
    if (type == CT_STRING)
        test->string = value->string;
    else if (type == CT_BOOL)
        test->boolean = value->boolean;
    else if (type == CT_FLOAT64)
        test->float64 = double_of(value);
    else if (decimal_of(value, &test->decimal) != CT_OK)
        return ct_fail(err, CT_RANGE,
                       "the number that field \"%.*s\" is compared with does not fit 38 digits",
                       (int)(filter->field.len < 80 ? filter->field.len : 80), filter->field.bytes);
    return CT_OK;
}

/* -- Integers --------------------------------------------------------------------------------- */

struct bound {
    ct_int128 floor; /* of the constant, at the scale of the vector */
    unsigned passes; /* of the order against `floor` */
};

/* Divides, towards minus infinity; says whether something was left. */
static ct_int128 floor_divide(ct_int128 value, ct_int128 divisor, bool *has_rest)
{
    const ct_int128 quotient = value / divisor;
    *has_rest = quotient * divisor != value;
    return *has_rest && value < 0 ? quotient - 1 : quotient;
}

static struct bound bound_at(const struct ct_field_test *test, uint8_t scale)
{
    const struct ct_decimal constant = test->decimal;
    struct bound bound = {.passes = test->passes};
    bool has_rest = false;
    if (constant.scale > scale) {
        bound.floor = floor_divide(constant.mantissa,
                                   ct_pow10_int128((unsigned)constant.scale - scale), &has_rest);
    } else if (__builtin_mul_overflow(constant.mantissa,
                                      ct_pow10_int128((unsigned)scale - constant.scale),
                                      &bound.floor)) {
        bound.floor = constant.mantissa < 0 ? -BEYOND : BEYOND;
    }
    if (has_rest) { /* what equals the floor is less than the constant */
        bound.passes &= ~(unsigned)CT_ORDER_EQUAL;
        bound.passes |= (bound.passes & CT_ORDER_LESS) << 1;
    }
    return bound;
}

static inline uint8_t pass(unsigned passes, bool is_less, bool is_greater)
{
    const unsigned order = 1 + is_greater - is_less;
    return (uint8_t)(passes >> order & 1);
}

#define COMPARE_ALL(values, floor)                                                                 \
    for (uint32_t i = 0; i < vector->count; i++)                                                   \
    out[i] = pass(bound.passes, (values)[i]<(floor), (values)[i]>(floor))

static void compare_int64(const struct ct_vector *vector, struct bound bound, uint8_t *out)
{
    if (bound.floor < INT64_MIN || bound.floor > INT64_MAX) {
        memset(out, pass(bound.passes, bound.floor > 0, bound.floor < 0), vector->count);
        return;
    }
    const int64_t floor = (int64_t)bound.floor;
    COMPARE_ALL(vector->int64, floor);
}

static void compare_uint64(const struct ct_vector *vector, struct bound bound, uint8_t *out)
{
    if (bound.floor < 0 || bound.floor > UINT64_MAX) {
        memset(out, pass(bound.passes, bound.floor > 0, bound.floor < 0), vector->count);
        return;
    }
    const uint64_t floor = (uint64_t)bound.floor;
    COMPARE_ALL(vector->uint64, floor);
}

static void compare_decimals(const struct ct_field_test *test, const struct ct_vector *vector,
                             uint8_t *out)
{
    if (!vector->scales) {
        const struct bound bound = bound_at(test, vector->scale);
        if (!vector->wide)
            compare_int64(vector, bound, out);
        else
            COMPARE_ALL(vector->wide, bound.floor);
        return;
    }
    for (uint32_t i = 0; i < vector->count; i++) {
        const struct ct_decimal value = {vector->wide ? vector->wide[i] : vector->narrow[i],
                                         vector->scales[i]};
        const int order = ct_decimal_compare(value, test->decimal);
        out[i] = pass(test->passes, order<0, order> 0);
    }
}

/* -- The rest --------------------------------------------------------------------------------- */

static void compare_strings(const struct ct_field_test *test, const struct ct_vector *vector,
                            uint8_t *out)
{
    for (uint32_t i = 0; i < vector->count; i++) {
        if (vector->present && !vector->present[i])
            continue;
        const int order = ct_text_compare(vector->string[i], test->string);
        out[i] = pass(test->passes, order<0, order> 0);
    }
}

static void compare_bools(const struct ct_field_test *test, const struct ct_vector *vector,
                          uint8_t *out)
{
    for (uint32_t i = 0; i < vector->count; i++)
        out[i] = pass(test->passes, false, (vector->boolean[i] != 0) != test->boolean);
}

static void compare_floats(const struct ct_field_test *test, const struct ct_vector *vector,
                           uint8_t *out)
{
    for (uint32_t i = 0; i < vector->count; i++)
        out[i] =
            pass(test->passes, vector->float64[i]<test->float64, vector->float64[i]> test->float64);
}

static void compare_values(const struct ct_field_test *test, const struct ct_vector *vector,
                           uint8_t *out)
{
    switch (vector->type) {
    case CT_FLOAT64:
        compare_floats(test, vector, out);
        return;
    case CT_INT64:
        compare_int64(vector, bound_at(test, 0), out);
        return;
    case CT_UINT64:
        compare_uint64(vector, bound_at(test, 0), out);
        return;
    case CT_BOOL:
        compare_bools(test, vector, out);
        return;
    case CT_STRING:
        compare_strings(test, vector, out);
        return;
    case CT_DECIMAL:
        compare_decimals(test, vector, out);
        return;
    }
}

void ct_field_test_rows(const struct ct_field_test *test, const struct ct_vector *vector,
                        uint8_t *out)
{
    compare_values(test, vector, out);
    if (!vector->present)
        return;
    for (uint32_t i = 0; i < vector->count; i++)
        out[i] = vector->present[i] ? out[i] : 0;
}

/* -- Statistics ------------------------------------------------------------------------------- */

static unsigned order_bit(int order)
{
    return 1u << (order + 1);
}

#define ORDER_OF(a, b) (((a) > (b)) - ((a) < (b)))

/* The orders that values from min to max can have to the constant. */
static unsigned orders_of(const struct ct_field_test *test, const struct ct_block_stats *stats)
{
    int low = 0;
    int high = 0;
    if (stats->type == CT_FLOAT64) {
        low = ORDER_OF(stats->min.float64, test->float64);
        high = ORDER_OF(stats->max.float64, test->float64);
    } else if (stats->type == CT_DECIMAL) {
        low = ct_decimal_compare(stats->decimal_min, test->decimal);
        high = ct_decimal_compare(stats->decimal_max, test->decimal);
    } else if (stats->type == CT_UINT64) {
        low = ct_decimal_compare((struct ct_decimal){stats->min.uint64, 0}, test->decimal);
        high = ct_decimal_compare((struct ct_decimal){stats->max.uint64, 0}, test->decimal);
    } else {
        low = ct_decimal_compare((struct ct_decimal){stats->min.int64, 0}, test->decimal);
        high = ct_decimal_compare((struct ct_decimal){stats->max.int64, 0}, test->decimal);
    }
    unsigned orders = 0;
    for (int order = low < 0 ? -1 : low > 0; order <= (high < 0 ? -1 : high > 0); order++)
        orders |= order_bit(order);
    return orders;
}

struct ct_certainty ct_field_test_stats(const struct ct_field_test *test,
                                        const struct ct_block_stats *stats, uint32_t row_count)
{
    if (stats->value_count == 0)
        return (struct ct_certainty){false, false};
    if (!stats->has_min_max || stats->type != test->type)
        return (struct ct_certainty){true, false};
    const unsigned orders = orders_of(test, stats);
    return (struct ct_certainty){
        .may = (orders & test->passes) != 0,
        .must = (orders & ~test->passes) == 0 && stats->value_count == row_count,
    };
}
