/* What a value is, and columns of values as they travel between the parts of the engine and to the
 * query layer. Layer model; everyone above base may include this. */
#ifndef CT_VALUE_H
#define CT_VALUE_H

#include "decimal.h"
#include "text.h"

/* Stored numbers: never renumbered. */
enum ct_type {
    CT_FLOAT64 = 1,
    CT_INT64 = 2,
    CT_UINT64 = 3,
    CT_BOOL = 4,
    CT_STRING = 5,
    CT_DECIMAL = 6,
};

/* "float", "integer", "unsigned", "boolean", "string", "decimal": the words of error messages. */
const char *ct_type_name(enum ct_type type);

/* The values of `count` rows of one field, borrowed from whoever filled it in. A row whose
 * `present` byte is 0 has no value: what stands in its place is defined memory, and means nothing.
 * Decimals have either one `scale` for all rows or, where `scales` is not NULL, one each; mantissas
 * are in `wide` where that is not NULL, else in `narrow`. */
struct ct_vector {
    enum ct_type type;
    uint32_t count;
    const uint8_t *present; /* 1 or 0 per row; NULL: every row has a value */
    union {
        const double *float64;
        const int64_t *int64;
        const uint64_t *uint64;
        const uint8_t *boolean;
        const struct ct_text *string;
        const int64_t *narrow; /* decimal */
    };
    const ct_int128 *wide;
    const uint8_t *scales;
    uint8_t scale;
};

/* One value apart from its column. */
struct ct_value {
    enum ct_type type;
    union {
        double float64;
        int64_t int64;
        uint64_t uint64;
        bool boolean;
        struct ct_text string;
        struct ct_decimal decimal;
    };
};

/* What is known of a block's values without decoding it. min, max and sum are over present values,
 * and only set where value_count > 0. */
struct ct_block_stats {
    uint32_t value_count; /* rows with a value */
    enum ct_type type;
    bool has_sum;     /* decimal, int64, uint64: exact. float64: the sum of doubles in row order */
    bool has_min_max; /* all but strings and bools */
    union {
        int64_t int64;
        uint64_t uint64;
        double float64;
    } min, max; /* decimals: see below */
    struct ct_decimal decimal_min, decimal_max;
    struct ct_decimal_sum exact_sum; /* decimal, int64, uint64 */
    double float_sum;
};

/* What a field's name says about it, before any value was seen (DESIGN section 2): `_usd`, `_cost`,
 * `cost` and `cost_per_hour` are money; `_quantity` and `_price` decimals without a currency; the
 * rest is as first written. */
struct ct_field_rule {
    bool is_decimal;
    bool is_money;
};
struct ct_field_rule ct_field_rule_of(struct ct_text field_name);

#endif
