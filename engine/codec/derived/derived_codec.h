/* Inside the derived family. Layer codec only.
 *
 * A rule gives a value for each value of the reference: round(reference x price / 10^exponent),
 * halves away from zero. A copy is the rule that only moves the reference to the block's scale. */
#ifndef CT_DERIVED_CODEC_H
#define CT_DERIVED_CODEC_H

#include "bytes.h"
#include "codec.h"

enum ct_derived_id { CT_DERIVED_COPY, CT_DERIVED_PRODUCT };

struct ct_price {
    int64_t price;
    uint8_t exponent; /* 0..38 */
};

/* The rule of a copy; false where the scales are too far apart. */
bool ct_price_of_copy(uint8_t reference_scale, uint8_t scale, struct ct_price *out);

/* The price of fewest digits that gives at least seven of eight values; false where none is found.
 */
bool ct_price_find(const int64_t *reference, const int64_t *values, uint32_t count,
                   struct ct_price *out);

/* Applies the rule to all; a result past int64 is given as INT64_MIN and counted. */
uint32_t ct_price_apply(const struct ct_price *price, const int64_t *reference, uint32_t count,
                        int64_t *out);

const char *ct_derived_codec_name(uint8_t first_byte);

#endif
