/* What the rollup section of a segment and a rollup file hold: which grouping sets were asked for
 * when they were made, and an image. Private to store. Bytes: ../FORMAT.md section 10.1.
 *
 * The sets that were asked for tell a set that is missing because nobody wanted it then (it can be
 * built) from one that is missing because it would not shrink its rows (it need not be tried
 * again). */
#ifndef CT_ROLL_PAYLOAD_H
#define CT_ROLL_PAYLOAD_H

#include "rollup.h"

struct ct_set_list {
    struct ct_rollup_set *sets;
    uint32_t count;
};
void ct_set_list_deinit(struct ct_set_list *list, const struct ct_allocator *allocator);

/* True where the list has a set of the same tags with all the grains and sketches. */
bool ct_set_list_includes(const struct ct_set_list *list, const struct ct_rollup_set *set);
bool ct_set_list_includes_all(const struct ct_set_list *list, const struct ct_set_list *others);

/* The sets and the image in one fresh buffer (caller releases). */
ct_status ct_roll_payload_make(const struct ct_allocator *allocator,
                               const struct ct_set_list *asked, const uint8_t *image,
                               size_t image_len, uint8_t **out, size_t *len,
                               struct ct_error *err) CT_MUST_USE;

/* The sets into *asked (released by the caller), the image borrowed from `bytes`. CT_CORRUPT for
 * what nobody wrote. */
ct_status ct_roll_payload_read(const struct ct_allocator *allocator, struct ct_text bytes,
                               struct ct_set_list *asked, struct ct_text *image,
                               struct ct_error *err) CT_MUST_USE;

#endif
