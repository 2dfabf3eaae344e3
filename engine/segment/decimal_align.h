/* Decimals of many scales brought to one. Private to the segment layer and its tests. */
#ifndef CT_SEGMENT_DECIMAL_ALIGN_H
#define CT_SEGMENT_DECIMAL_ALIGN_H

#include "codec.h"
#include "value.h"

struct ct_decimal_aligner {
    int64_t narrow[CT_BLOCK_VALUES_MAX];
    ct_int128 wide[CT_BLOCK_VALUES_MAX];
    uint8_t scales[CT_BLOCK_VALUES_MAX];
};

/* At most CT_BLOCK_VALUES_MAX decimals: *out has one scale for all and int64 mantissas where those
 * suffice, in the aligner's room or where they were. Where no scale within 38 digits holds all
 * values, *out has `scales`. */
void ct_decimal_align(struct ct_decimal_aligner *aligner, const struct ct_vector *vector,
                      struct ct_vector *out);

#endif
