/* What the rows of a scope come to: how many, their exact total, and a hash of all that they say,
 * whatever order and files they are in. Private to store; see restate.h. */
#ifndef CT_RESTATE_DIGEST_H
#define CT_RESTATE_DIGEST_H

#include "manifest.h"
#include "scan.h"

struct ct_restate_digest {
    uint64_t row_count;
    /* Sums of the rows' hashes: equal where the rows are, save with odds of 1 in 2^128. Amounts
     * that are equal as numbers are equal; series count by their numbers in this store. */
    uint64_t hash[2];
    struct ct_decimal_sum total;
    uint32_t currency; /* code of the amounts' tag `currency` */
    bool has_amounts, is_mixed;
};

struct ct_restate_digest_plan {
    const struct ct_tombstone *scope;
    uint32_t total_field; /* decimal or integer; CT_NONE: no total */
    bool with_hash;       /* reads every field; else only what the total needs */
};

ct_status ct_restate_digest_of(struct ct_snapshot *snapshot,
                               const struct ct_restate_digest_plan *plan,
                               struct ct_restate_digest *out, struct ct_error *err) CT_MUST_USE;

#endif
