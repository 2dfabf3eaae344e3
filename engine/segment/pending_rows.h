/* The rows of the block under construction, column by column. Private to the segment layer and its
 * tests.
 *
 * Invariant: rows are appended at the end and taken from the front; every column holds exactly the
 * rows begin .. end - 1. Room is bounded: CT_PENDING_ROWS_MAX rows, whatever the segment's size. */
#ifndef CT_SEGMENT_PENDING_ROWS_H
#define CT_SEGMENT_PENDING_ROWS_H

#include "layout.h"

#define CT_PENDING_ROWS_MAX 4096 /* more than twice what may wait for a cut */

/* Values of one field. `text` holds string bytes; a string is a place in it. */
struct ct_pending_column {
    enum ct_type type;
    uint8_t *present;
    union {
        void *values;
        double *float64;
        int64_t *int64;
        uint64_t *uint64;
        uint8_t *boolean;
        int64_t *narrow;
        struct ct_pending_string {
            size_t at;
            uint32_t len;
        } * string;
    };
    uint8_t *scales; /* decimal */
    ct_int128 *wide; /* decimal: made at the first wide mantissa */
    bool is_wide;    /* mantissas are in `wide` */
    struct ct_byte_buffer text;
};

struct ct_pending_rows {
    const struct ct_allocator *allocator;
    uint32_t column_count;
    uint32_t begin, end;
    int64_t *times_ns;
    struct ct_pending_column *columns;
    size_t text_bytes;       /* in all columns */
    struct ct_text *strings; /* one vector's, as codecs want them */
};

ct_status ct_pending_rows_init(struct ct_pending_rows *rows, const struct ct_allocator *allocator,
                               const struct ct_segment_column *columns, uint32_t column_count,
                               struct ct_error *err) CT_MUST_USE;
void ct_pending_rows_deinit(struct ct_pending_rows *rows);

static inline uint32_t ct_pending_rows_count(const struct ct_pending_rows *rows)
{
    return rows->end - rows->begin;
}

/* Copies rows from .. from + count - 1 of the vectors. count() stays below CT_PENDING_ROWS_MAX. On
 * failure (no memory) the rows are unusable. */
ct_status ct_pending_rows_append(struct ct_pending_rows *rows, const int64_t *times_ns,
                                 const struct ct_vector *columns, uint32_t from, uint32_t count,
                                 struct ct_error *err) CT_MUST_USE;

/* The first `count` rows of a column, gaps filled in with the value before (at the start: the first
 * value). Borrowed until the next call. */
void ct_pending_rows_vector(struct ct_pending_rows *rows, uint32_t column, uint32_t count,
                            struct ct_vector *out);

/* Forgets the first `count` rows. */
void ct_pending_rows_drop(struct ct_pending_rows *rows, uint32_t count);

#endif
