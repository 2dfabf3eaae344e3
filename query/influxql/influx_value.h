/* One value of a row or of an expression, and the arithmetic of InfluxQL. Layer influxql, for its
 * own files only.
 *
 * Integers wrap and floats round, as in InfluxDB. As soon as a decimal takes part, all is decimal
 * and exact: sums, differences and products to the last digit (CT_RANGE where that takes more than
 * 38), quotients rounded half to even with 6 digits more after the point than the dividend has. A
 * float that meets a decimal counts as the shortest decimal that reads back as it: as it was
 * written. */
#ifndef CT_INFLUX_VALUE_H
#define CT_INFLUX_VALUE_H

#include "influx_ast.h"
#include "result.h"

#define CT_INFLUX_NULL ((enum ct_result_type)0)

struct ct_influx_value {
    enum ct_result_type type; /* CT_INFLUX_NULL: no value */
    bool is_money;            /* of a decimal */
    union {
        double float64;
        int64_t int64; /* and time */
        uint64_t uint64;
        bool boolean;
        struct ct_text text;
        struct ct_decimal_sum decimal;
    };
};

static inline struct ct_influx_value ct_influx_null(void)
{
    return (struct ct_influx_value){.type = CT_INFLUX_NULL};
}

static inline struct ct_influx_value ct_influx_float(double value)
{
    return (struct ct_influx_value){.type = CT_RESULT_FLOAT64, .float64 = value};
}

static inline struct ct_influx_value ct_influx_integer(int64_t value)
{
    return (struct ct_influx_value){.type = CT_RESULT_INT64, .int64 = value};
}

static inline struct ct_influx_value ct_influx_boolean(bool value)
{
    return (struct ct_influx_value){.type = CT_RESULT_BOOL, .boolean = value};
}

static inline struct ct_influx_value ct_influx_text(struct ct_text value)
{
    return (struct ct_influx_value){.type = CT_RESULT_TEXT, .text = value};
}

static inline bool ct_influx_type_is_number(enum ct_result_type type)
{
    return type == CT_RESULT_FLOAT64 || type == CT_RESULT_INT64 || type == CT_RESULT_UINT64 ||
           type == CT_RESULT_DECIMAL;
}

/* A cell of a result; texts are borrowed. */
struct ct_influx_value ct_influx_value_of(const struct ct_result_column *column, uint64_t row);

/* Puts the value into a cell of a column whose type it has, or makes it null; texts are copied. */
ct_status ct_influx_value_put(struct ct_result *result, uint32_t column, uint64_t row,
                              const struct ct_influx_value *value,
                              struct ct_error *err) CT_MUST_USE;

/* Nearest double of a number; 0 for others. */
double ct_influx_value_to_double(const struct ct_influx_value *value);

/* A constant's value; durations and times are their nanoseconds. */
struct ct_influx_value ct_influx_value_of_literal(const struct ct_influx_expr *expr);

/* The value as a `::` says; null where it cannot be. CT_CAST_NONE, FIELD and TAG leave it. */
struct ct_influx_value ct_influx_value_cast(const struct ct_influx_value *value,
                                            enum ct_influx_cast cast);

/* The value as one of the type; null where it cannot be. */
struct ct_influx_value ct_influx_value_convert(const struct ct_influx_value *value,
                                               enum ct_result_type type);

/* Negative, 0, positive. Numbers among each other, texts, booleans (false first). */
int ct_influx_value_compare(const struct ct_influx_value *a, const struct ct_influx_value *b);

/* An arithmetic or bit operation; null where a side is null or of no fitting type.
 * has_integer_division  7 / 2 is 3, as in conditions, and not 3.5, as in fields
 * Errors: CT_RANGE, of decimals. */
ct_status ct_influx_value_calculate(enum ct_influx_operator operation,
                                    const struct ct_influx_value *a,
                                    const struct ct_influx_value *b, bool has_integer_division,
                                    struct ct_influx_value *out, struct ct_error *err) CT_MUST_USE;

/* =, !=, <, <=, >, >= of two values; false where a side is null or they do not compare. */
bool ct_influx_value_holds(enum ct_influx_operator operation, const struct ct_influx_value *a,
                           const struct ct_influx_value *b);

/* -- Exact arithmetic (influx_decimal.c) ------------------------------------------------------ */

/* The number as a decimal; false for what is no number or does not fit. */
bool ct_influx_value_to_decimal(const struct ct_influx_value *value, struct ct_decimal_sum *out);

/* Add, subtract, multiply, divide or modulo. Division by 0 is 0, as in InfluxDB. */
ct_status ct_influx_decimal_calculate(enum ct_influx_operator operation,
                                      const struct ct_decimal_sum *a,
                                      const struct ct_decimal_sum *b, struct ct_decimal_sum *out,
                                      struct ct_error *err) CT_MUST_USE;

#endif
