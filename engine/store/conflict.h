/* Which series may have the same row in several parts. Private to store; scan.c asks.
 *
 * Never too few, sometimes too many: a series that is named needlessly is merged needlessly, and
 * right all the same. */
#ifndef CT_CONFLICT_H
#define CT_CONFLICT_H

#include "part.h"

/* A part's series with their ranges of times; borrowed from the part. */
struct ct_series_ranges {
    const uint32_t *series;
    const int64_t *min_ns, *max_ns;
    uint32_t count;
};
ct_status ct_part_ranges(const struct ct_row_part *part, struct ct_series_ranges *out,
                         struct ct_error *err) CT_MUST_USE;

/* What was found for the parts last looked at. */
struct ct_conflicts {
    const struct ct_allocator *allocator;
    uint8_t *flags; /* by series: 1 where it is to be merged */
    uint32_t series_count;
    uint32_t flagged;
    struct ct_time_ranges times; /* in which rows may stand in several parts */
    int64_t *newest_ns;          /* working memory */
};

ct_status ct_conflicts_init(struct ct_conflicts *conflicts, const struct ct_allocator *allocator,
                            uint32_t series_count, struct ct_error *err) CT_MUST_USE;
void ct_conflicts_deinit(struct ct_conflicts *conflicts);

/* Parts whose times overlap, by their earliest time. `times` tells of rows in several parts, not of
 * deletes, history and live rows out of order. */
ct_status ct_conflicts_find(struct ct_conflicts *conflicts, struct ct_catalog *catalog,
                            const struct ct_delete_list *deletes, const struct ct_row_part *parts,
                            size_t count, struct ct_error *err) CT_MUST_USE;

#endif
