/* Values of all types but decimals, whose arithmetic is in influx_decimal.c. */
#include "influx_value.h"

#include <math.h>

struct ct_influx_value ct_influx_value_of(const struct ct_result_column *column, uint64_t row)
{
    struct ct_influx_value value = {.type = column->type, .is_money = column->is_money};
    if (column->is_null[row])
        return ct_influx_null();
    switch (column->type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
        value.int64 = column->int64[row];
        break;
    case CT_RESULT_UINT64:
        value.uint64 = column->uint64[row];
        break;
    case CT_RESULT_FLOAT64:
        value.float64 = column->float64[row];
        break;
    case CT_RESULT_BOOL:
        value.boolean = column->boolean[row];
        break;
    case CT_RESULT_TEXT:
        value.text = column->text[row];
        break;
    case CT_RESULT_DECIMAL:
        value.decimal = column->decimal[row];
        break;
    }
    return value;
}

ct_status ct_influx_value_put(struct ct_result *result, uint32_t column, uint64_t row,
                              const struct ct_influx_value *value, struct ct_error *err)
{
    struct ct_result_column *out = &result->columns[column];
    const size_t size = ct_result_value_bytes(out->type);
    out->is_null[row] =
        value->type != out->type || (value->type == CT_RESULT_FLOAT64 && !isfinite(value->float64));
    memset((char *)out->values + row * size, 0, size);
    if (out->is_null[row])
        return CT_OK;
    switch (value->type) {
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
        out->int64[row] = value->int64;
        break;
    case CT_RESULT_UINT64:
        out->uint64[row] = value->uint64;
        break;
    case CT_RESULT_FLOAT64:
        out->float64[row] = value->float64;
        break;
    case CT_RESULT_BOOL:
        out->boolean[row] = value->boolean;
        break;
    case CT_RESULT_TEXT:
        return ct_result_copy_text(result, value->text, &out->text[row], err);
    case CT_RESULT_DECIMAL:
        out->decimal[row] = value->decimal;
        out->is_money |= value->is_money;
        break;
    }
    return CT_OK;
}

double ct_influx_value_to_double(const struct ct_influx_value *value)
{
    switch (value->type) {
    case CT_RESULT_FLOAT64:
        return value->float64;
    case CT_RESULT_TIME:
    case CT_RESULT_INT64:
        return (double)value->int64;
    case CT_RESULT_UINT64:
        return (double)value->uint64;
    case CT_RESULT_DECIMAL:
        return ct_decimal_sum_to_double(&value->decimal);
    case CT_RESULT_BOOL:
    case CT_RESULT_TEXT:
        break;
    }
    return 0;
}

struct ct_influx_value ct_influx_value_of_literal(const struct ct_influx_expr *expr)
{
    switch ((unsigned)expr->kind) {
    case CT_EXPR_NUMBER:
        return ct_influx_float(expr->number);
    case CT_EXPR_INTEGER:
    case CT_EXPR_DURATION:
    case CT_EXPR_TIME:
        return ct_influx_integer(expr->integer);
    case CT_EXPR_UNSIGNED:
        return (struct ct_influx_value){.type = CT_RESULT_UINT64, .uint64 = expr->unsigned_integer};
    case CT_EXPR_STRING:
        return ct_influx_text(expr->text);
    case CT_EXPR_BOOLEAN:
        return ct_influx_boolean(expr->boolean);
    default:
        return ct_influx_null();
    }
}

/* Without what stands behind the point; null past int64. */
static struct ct_influx_value integer_of_decimal(const struct ct_decimal_sum *sum)
{
    struct ct_decimal decimal;
    if (ct_decimal_sum_value(sum, &decimal) != CT_OK)
        return ct_influx_null();
    const ct_int128 whole = decimal.mantissa / ct_pow10_int128(decimal.scale);
    return whole < INT64_MIN || whole > INT64_MAX ? ct_influx_null()
                                                  : ct_influx_integer((int64_t)whole);
}

struct ct_influx_value ct_influx_value_cast(const struct ct_influx_value *value,
                                            enum ct_influx_cast cast)
{
    const double number = ct_influx_value_to_double(value);
    switch (cast) {
    case CT_CAST_NONE:
    case CT_CAST_FIELD:
    case CT_CAST_TAG:
        return *value;
    case CT_CAST_FLOAT:
        return ct_influx_type_is_number(value->type) ? ct_influx_float(number) : ct_influx_null();
    case CT_CAST_INTEGER:
        if (value->type == CT_RESULT_INT64)
            return *value;
        if (value->type == CT_RESULT_DECIMAL)
            return integer_of_decimal(&value->decimal);
        if (!ct_influx_type_is_number(value->type) || !(fabs(number) < 9.2e18))
            return ct_influx_null();
        return ct_influx_integer((int64_t)number);
    case CT_CAST_UNSIGNED:
        return value->type == CT_RESULT_UINT64 ? *value : ct_influx_null();
    case CT_CAST_STRING:
        return value->type == CT_RESULT_TEXT ? *value : ct_influx_null();
    case CT_CAST_BOOLEAN:
        return value->type == CT_RESULT_BOOL ? *value : ct_influx_null();
    }
    return ct_influx_null();
}

struct ct_influx_value ct_influx_value_convert(const struct ct_influx_value *value,
                                               enum ct_result_type type)
{
    struct ct_influx_value decimal = {.type = CT_RESULT_DECIMAL, .is_money = value->is_money};
    if (value->type == type)
        return *value;
    switch ((unsigned)type) {
    case CT_RESULT_FLOAT64:
        return ct_influx_value_cast(value, CT_CAST_FLOAT);
    case CT_RESULT_INT64:
        return ct_influx_value_cast(value, CT_CAST_INTEGER);
    case CT_RESULT_UINT64:
        if (value->type == CT_RESULT_INT64 && value->int64 >= 0)
            return (struct ct_influx_value){.type = type, .uint64 = (uint64_t)value->int64};
        return ct_influx_null();
    case CT_RESULT_DECIMAL:
        return ct_influx_value_to_decimal(value, &decimal.decimal) ? decimal : ct_influx_null();
    default:
        return ct_influx_null();
    }
}

/* -- Comparing -------------------------------------------------------------------------------- */

static int compare_numbers(const struct ct_influx_value *a, const struct ct_influx_value *b)
{
    struct ct_decimal_sum exact_a;
    struct ct_decimal_sum exact_b;
    if (a->type == CT_RESULT_INT64 && b->type == CT_RESULT_INT64)
        return (a->int64 > b->int64) - (a->int64 < b->int64);
    const bool are_floats = a->type == CT_RESULT_FLOAT64 && b->type == CT_RESULT_FLOAT64;
    if (!are_floats && ct_influx_value_to_decimal(a, &exact_a) &&
        ct_influx_value_to_decimal(b, &exact_b))
        return ct_decimal_sum_compare(&exact_a, &exact_b);
    const double x = ct_influx_value_to_double(a);
    const double y = ct_influx_value_to_double(b);
    return (x > y) - (x < y);
}

int ct_influx_value_compare(const struct ct_influx_value *a, const struct ct_influx_value *b)
{
    if (a->type == CT_RESULT_TEXT && b->type == CT_RESULT_TEXT)
        return ct_text_compare(a->text, b->text);
    if (a->type == CT_RESULT_BOOL && b->type == CT_RESULT_BOOL)
        return (int)a->boolean - (int)b->boolean;
    return compare_numbers(a, b);
}

static bool can_compare(const struct ct_influx_value *a, const struct ct_influx_value *b,
                        bool by_order)
{
    if (ct_influx_type_is_number(a->type) && ct_influx_type_is_number(b->type))
        return true;
    return !by_order && a->type == b->type &&
           (a->type == CT_RESULT_TEXT || a->type == CT_RESULT_BOOL);
}

bool ct_influx_value_holds(enum ct_influx_operator operation, const struct ct_influx_value *a,
                           const struct ct_influx_value *b)
{
    const bool by_order = operation != CT_OPERATOR_EQUAL && operation != CT_OPERATOR_NOT_EQUAL;
    if (!can_compare(a, b, by_order))
        return false;
    const int order = ct_influx_value_compare(a, b);
    switch ((unsigned)operation) {
    case CT_OPERATOR_EQUAL:
        return order == 0;
    case CT_OPERATOR_NOT_EQUAL:
        return order != 0;
    case CT_OPERATOR_LESS:
        return order < 0;
    case CT_OPERATOR_LESS_EQUAL:
        return order <= 0;
    case CT_OPERATOR_GREATER:
        return order > 0;
    case CT_OPERATOR_GREATER_EQUAL:
        return order >= 0;
    default:
        return false;
    }
}

/* -- Calculating ------------------------------------------------------------------------------ */

static struct ct_influx_value calculate_integers(enum ct_influx_operator operation, int64_t a,
                                                 int64_t b, bool has_integer_division)
{
    const uint64_t x = (uint64_t)a;
    const uint64_t y = (uint64_t)b;
    switch ((unsigned)operation) {
    case CT_OPERATOR_ADD:
        return ct_influx_integer((int64_t)(x + y));
    case CT_OPERATOR_SUBTRACT:
        return ct_influx_integer((int64_t)(x - y));
    case CT_OPERATOR_MULTIPLY:
        return ct_influx_integer((int64_t)(x * y));
    case CT_OPERATOR_DIVIDE:
        if (!has_integer_division)
            return ct_influx_float(b ? (double)a / (double)b : 0);
        return ct_influx_integer(b == -1 ? (int64_t)(0 - x) : b ? a / b : 0);
    case CT_OPERATOR_MODULO:
        return ct_influx_integer(b && b != -1 ? a % b : 0);
    case CT_OPERATOR_BIT_AND:
        return ct_influx_integer(a & b);
    case CT_OPERATOR_BIT_OR:
        return ct_influx_integer(a | b);
    case CT_OPERATOR_BIT_XOR:
        return ct_influx_integer(a ^ b);
    default:
        return ct_influx_null();
    }
}

static struct ct_influx_value calculate_floats(enum ct_influx_operator operation, double a,
                                               double b)
{
    switch ((unsigned)operation) {
    case CT_OPERATOR_ADD:
        return ct_influx_float(a + b);
    case CT_OPERATOR_SUBTRACT:
        return ct_influx_float(a - b);
    case CT_OPERATOR_MULTIPLY:
        return ct_influx_float(a * b);
    case CT_OPERATOR_DIVIDE:
        return ct_influx_float(b != 0 ? a / b : 0);
    case CT_OPERATOR_MODULO:
        return ct_influx_float(fmod(a, b));
    default:
        return ct_influx_null();
    }
}

static struct ct_influx_value calculate_booleans(enum ct_influx_operator operation, bool a, bool b)
{
    switch ((unsigned)operation) {
    case CT_OPERATOR_BIT_AND:
        return ct_influx_boolean(a && b);
    case CT_OPERATOR_BIT_OR:
        return ct_influx_boolean(a || b);
    case CT_OPERATOR_BIT_XOR:
        return ct_influx_boolean(a != b);
    default:
        return ct_influx_null();
    }
}

static bool is_exact(const struct ct_influx_value *value)
{
    return value->type == CT_RESULT_DECIMAL || value->type == CT_RESULT_UINT64;
}

ct_status ct_influx_value_calculate(enum ct_influx_operator operation,
                                    const struct ct_influx_value *a,
                                    const struct ct_influx_value *b, bool has_integer_division,
                                    struct ct_influx_value *out, struct ct_error *err)
{
    *out = ct_influx_null();
    if (a->type == CT_RESULT_BOOL && b->type == CT_RESULT_BOOL) {
        *out = calculate_booleans(operation, a->boolean, b->boolean);
        return CT_OK;
    }
    if (!ct_influx_type_is_number(a->type) || !ct_influx_type_is_number(b->type))
        return CT_OK;
    if (a->type == CT_RESULT_INT64 && b->type == CT_RESULT_INT64) {
        *out = calculate_integers(operation, a->int64, b->int64, has_integer_division);
        return CT_OK;
    }
    if (!is_exact(a) && !is_exact(b)) {
        *out =
            calculate_floats(operation, ct_influx_value_to_double(a), ct_influx_value_to_double(b));
        return CT_OK;
    }
    struct ct_decimal_sum x;
    struct ct_decimal_sum y;
    if (!ct_influx_value_to_decimal(a, &x) || !ct_influx_value_to_decimal(b, &y))
        return ct_fail(err, CT_RANGE, "a float of more than 38 digits does not mix with decimals");
    struct ct_influx_value result = {.type = CT_RESULT_DECIMAL};
    const bool is_ratio = operation == CT_OPERATOR_DIVIDE && b->is_money;
    result.is_money = (a->is_money || b->is_money) && !is_ratio;
    CT_TRY(ct_influx_decimal_calculate(operation, &x, &y, &result.decimal, err));
    *out = result;
    return CT_OK;
}
