/* A comparison of one field with a constant, on whole vectors and on the statistics of blocks.
 * Layer query, for its own files only.
 *
 * Invariant: whatever the types and scales, numbers are compared as numbers: exactly where the
 * field is exact, as doubles where it is a float. */
#ifndef CT_FIELD_TEST_H
#define CT_FIELD_TEST_H

#include "query.h"

/* Which of less (bit 0), equal (bit 1) and greater (bit 2) pass. */
enum ct_order_bit { CT_ORDER_LESS = 1, CT_ORDER_EQUAL = 2, CT_ORDER_GREATER = 4 };

struct ct_field_test {
    unsigned passes;   /* bits of ct_order_bit */
    enum ct_type type; /* of the field */
    double float64;    /* the constant, by the field's type */
    struct ct_decimal decimal;
    struct ct_text string;
    bool boolean;
};

/* CT_TYPE where field and value cannot be compared so, naming the field. */
ct_status ct_field_test_init(struct ct_field_test *test, enum ct_type type,
                             const struct ct_filter *filter, struct ct_error *err) CT_MUST_USE;

/* out[i] = 1 where row i has a value that passes, else 0. */
void ct_field_test_rows(const struct ct_field_test *test, const struct ct_vector *vector,
                        uint8_t *out);

/* Whether some row of the block may pass, and whether every one of row_count rows must. */
struct ct_certainty {
    bool may, must;
};
struct ct_certainty ct_field_test_stats(const struct ct_field_test *test,
                                        const struct ct_block_stats *stats, uint32_t row_count);

#endif
