#include "computed.h"
#include "exact_math.h"

#define RATIO_SCALE 12

static bool is_number(enum ct_result_type type)
{
    return type == CT_RESULT_INT64 || type == CT_RESULT_UINT64 || type == CT_RESULT_FLOAT64 ||
           type == CT_RESULT_DECIMAL;
}

/* The column before `end` that an operand names; NULL for a constant. */
static ct_status find_operand(const struct ct_result *result, const struct ct_operand *operand,
                              uint32_t end, const struct ct_result_column **out,
                              struct ct_error *err)
{
    *out = NULL;
    if (operand->column.len == 0)
        return CT_OK;
    for (uint32_t i = 0; i < end && !*out; i++)
        if (ct_text_equal(result->columns[i].name, operand->column))
            *out = &result->columns[i];
    const int len = (int)(operand->column.len < 80 ? operand->column.len : 80);
    if (!*out)
        return ct_fail(err, CT_NOT_FOUND, "no result column \"%.*s\" to compute with", len,
                       operand->column.bytes);
    if (is_number((*out)->type))
        return CT_OK;
    return ct_fail(err, CT_TYPE, "result column \"%.*s\" is no number to compute with", len,
                   operand->column.bytes);
}

struct operands {
    const struct ct_result_column *left, *right; /* NULL: a constant */
};

static ct_status find_operands(const struct ct_result *result, const struct ct_computed *computed,
                               uint32_t end, struct operands *out, struct ct_error *err)
{
    CT_TRY(find_operand(result, &computed->left, end, &out->left, err));
    return find_operand(result, &computed->right, end, &out->right, err);
}

static bool is_float(const struct ct_result_column *column)
{
    return column && column->type == CT_RESULT_FLOAT64;
}

static bool is_money(enum ct_arithmetic operation, const struct operands *operands)
{
    const bool left = operands->left && operands->left->is_money;
    const bool right = operands->right && operands->right->is_money;
    return operation == CT_DIVIDE ? left && !right : left || right;
}

ct_status ct_computed_columns(const struct ct_query *query, struct ct_result *result,
                              uint32_t first, struct ct_error *err)
{
    const struct ct_text none = {"", 0};
    for (uint32_t i = 0; i < query->computed_count; i++) {
        const struct ct_computed *computed = &query->computed[i];
        struct operands operands;
        if ((unsigned)computed->operation > CT_DIVIDE || computed->name.len == 0)
            return ct_fail(err, CT_INVALID,
                           "a computed column without a name, or of an unknown "
                           "kind");
        if (computed->has_scale && computed->scale > CT_DECIMAL_SCALE_MAX)
            return ct_fail(err, CT_INVALID, "a scale of %d digits, at most %d", computed->scale,
                           CT_DECIMAL_SCALE_MAX);
        CT_TRY(find_operands(result, computed, first + i, &operands, err));
        struct ct_result_column *column = &result->columns[first + i];
        const bool has_float = is_float(operands.left) || is_float(operands.right);
        column->type = has_float ? CT_RESULT_FLOAT64 : CT_RESULT_DECIMAL;
        column->is_money = !has_float && is_money(computed->operation, &operands);
        CT_TRY(ct_result_name_column(result, first + i, computed->name, none, err));
    }
    return CT_OK;
}

/* -- Values ----------------------------------------------------------------------------------- */

static double double_of(const struct ct_result_column *column, const struct ct_operand *operand,
                        uint64_t row)
{
    return column ? ct_result_to_double(column, row) : ct_decimal_to_double(operand->constant);
}

/* False where there is no result. */
static bool compute_double(enum ct_arithmetic operation, double left, double right, double *out)
{
    switch (operation) {
    case CT_ADD:
        *out = left + right;
        return true;
    case CT_SUBTRACT:
        *out = left - right;
        return true;
    case CT_MULTIPLY:
        *out = left * right;
        return true;
    case CT_DIVIDE:
        *out = right == 0 ? 0 : left / right;
        return right != 0;
    }
    return false;
}

static ct_status exact_of(const struct ct_result_column *column, const struct ct_operand *operand,
                          uint64_t row, struct ct_decimal_sum *out)
{
    if (column)
        return ct_result_exact(column, row, out);
    *out = (struct ct_decimal_sum){0};
    return ct_decimal_sum_add(out, operand->constant.mantissa, operand->constant.scale);
}

static ct_status compute_exact(const struct ct_computed *computed,
                               const struct ct_decimal_sum *left,
                               const struct ct_decimal_sum *right, struct ct_decimal_sum *out)
{
    *out = *left;
    switch (computed->operation) {
    case CT_ADD:
        return ct_decimal_sum_merge(out, right);
    case CT_SUBTRACT:
        return ct_decimal_sum_subtract(out, right);
    case CT_MULTIPLY:
        return ct_exact_product(left, right, out);
    case CT_DIVIDE:
        return ct_exact_ratio(left, right, computed->has_scale ? computed->scale : RATIO_SCALE,
                              out);
    }
    return CT_OK;
}

static void put_null(struct ct_result_column *column, uint64_t row)
{
    const size_t bytes = ct_result_value_bytes(column->type);
    column->is_null[row] = 1;
    memset((char *)column->values + row * bytes, 0, bytes);
}

static ct_status compute_row(const struct ct_computed *computed, const struct operands *operands,
                             struct ct_result_column *column, uint64_t row, struct ct_error *err)
{
    if ((operands->left && operands->left->is_null[row]) ||
        (operands->right && operands->right->is_null[row])) {
        put_null(column, row);
        return CT_OK;
    }
    column->is_null[row] = 0;
    if (column->type == CT_RESULT_FLOAT64) {
        const double left = double_of(operands->left, &computed->left, row);
        const double right = double_of(operands->right, &computed->right, row);
        if (!compute_double(computed->operation, left, right, &column->float64[row]))
            put_null(column, row);
        return CT_OK;
    }
    struct ct_decimal_sum left;
    struct ct_decimal_sum right;
    ct_status status = exact_of(operands->left, &computed->left, row, &left);
    if (status == CT_OK)
        status = exact_of(operands->right, &computed->right, row, &right);
    if (status == CT_OK && computed->operation == CT_DIVIDE && ct_decimal_sum_is_zero(&right)) {
        put_null(column, row);
        return CT_OK;
    }
    struct ct_decimal_sum *out = &column->decimal[row];
    if (status == CT_OK)
        status = compute_exact(computed, &left, &right, out);
    if (status == CT_OK && computed->has_scale)
        status = ct_exact_round(out, computed->scale, out);
    if (status == CT_OK)
        return CT_OK;
    return ct_fail(err, CT_RANGE, "computed column \"%.*s\" has a value that does not fit 256 bits",
                   (int)(column->name.len < 80 ? column->name.len : 80), column->name.bytes);
}

ct_status ct_computed_fill(const struct ct_query *query, struct ct_result *result, uint32_t first,
                           uint64_t row_count, struct ct_error *err)
{
    for (uint32_t i = 0; i < query->computed_count; i++) {
        struct operands operands;
        CT_TRY(find_operands(result, &query->computed[i], first + i, &operands, err));
        for (uint64_t row = 0; row < row_count; row++)
            CT_TRY(
                compute_row(&query->computed[i], &operands, &result->columns[first + i], row, err));
    }
    return CT_OK;
}
