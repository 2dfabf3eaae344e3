/* Values of one block of one column to bytes, and the choice of decimal columns that are computed
 * from others. Private to the segment layer and its tests. Bytes: ../FORMAT.md section 7.4.
 *
 * Invariant: a derived block's reference is a plain narrow block of the same rows, never itself
 * derived. */
#ifndef CT_SEGMENT_COLUMN_ENCODE_H
#define CT_SEGMENT_COLUMN_ENCODE_H

#include "decimal_align.h"
#include "directory.h"

/* Only the first so many decimal columns of a table are tried against each other. */
#define CT_SEGMENT_DERIVE_COLUMNS_MAX 16
/* A payload of so few bytes cannot be made smaller, nor does it say enough to compute another from.
 */
#define CT_SEGMENT_DERIVE_BYTES_MIN 24

/* A decimal column's current block, as a reader will get it back. */
struct ct_derive_column {
    uint32_t column;
    bool is_usable;     /* plain, narrow and worth trying */
    bool is_referenced; /* so it stays plain */
    size_t prefix_len;  /* bytes of the payload before the values */
    struct ct_decimal_block block;
};

/* Working memory of one writer. */
struct ct_column_encoder {
    const struct ct_allocator *allocator;
    struct ct_codec_scratch *scratch; /* borrowed */
    enum ct_effort effort;
    struct ct_decimal_aligner aligner;
    uint8_t *derived; /* room for one derived block */
    int64_t *narrow;  /* room of all the derive columns' blocks */
    ct_int128 *wide;  /* shared: wide blocks are no references */
    struct ct_derive_column derive[CT_SEGMENT_DERIVE_COLUMNS_MAX];
    uint32_t derive_count;
};

ct_status ct_column_encoder_init(struct ct_column_encoder *encoder,
                                 const struct ct_allocator *allocator,
                                 struct ct_codec_scratch *scratch, enum ct_effort effort,
                                 const struct ct_segment_column *columns, uint32_t column_count,
                                 struct ct_error *err) CT_MUST_USE;
void ct_column_encoder_deinit(struct ct_column_encoder *encoder);

/* Room that ct_column_encode needs. */
size_t ct_column_encode_bound(const struct ct_vector *vector);

/* Writes the payload of 1 to CT_BLOCK_VALUES_MAX rows, whose gaps are filled in as FORMAT.md says,
 * and all of *entry. Returns its length. */
size_t ct_column_encode(struct ct_column_encoder *encoder, uint32_t column,
                        const struct ct_vector *vector, uint8_t *out, struct ct_block_entry *entry);

/* After all columns of a block: replaces what is smaller when computed from another column.
 * payloads[c] ends with the block's payload of column c; entries[c * CT_SEGMENT_GROUP_BLOCKS] is
 * its entry. */
void ct_column_derive(struct ct_column_encoder *encoder, struct ct_byte_buffer *payloads,
                      struct ct_block_entry *entries);

#endif
