/* Exceptions: positions of a block at which a value stands for itself. Layer codec only.
 *
 * Stored as: count of patches, then for each the gap to the position behind the previous one and
 * what the owner stores there. Positions ascend strictly and lie below the block's count. */
#ifndef CT_PATCHES_H
#define CT_PATCHES_H

#include "bytes.h"

struct ct_patch_writer {
    struct ct_writer *writer;
    uint32_t next;
};

static inline void ct_patch_put(struct ct_patch_writer *p, uint32_t position)
{
    ct_write_varint(p->writer, position - p->next);
    p->next = position + 1;
}

struct ct_patch_reader {
    struct ct_reader *reader;
    uint32_t left;  /* patches still to come */
    uint32_t next;  /* first position that the next patch may have */
    uint32_t count; /* of the block */
};

static inline struct ct_patch_reader ct_patches_of(struct ct_reader *r, uint32_t count)
{
    const uint32_t left = (uint32_t)ct_read_varint_max(r, count);
    return (struct ct_patch_reader){.reader = r, .left = left, .count = count};
}

/* False at the end of the list, and where it is damaged: then the reader is bad. */
static inline bool ct_patch_next(struct ct_patch_reader *p, uint32_t *position)
{
    if (p->left == 0 || p->reader->is_bad)
        return false;
    if (p->next >= p->count) {
        p->reader->is_bad = true;
        return false;
    }
    *position = p->next + (uint32_t)ct_read_varint_max(p->reader, p->count - 1 - p->next);
    p->next = *position + 1;
    p->left--;
    return !p->reader->is_bad;
}

#endif
