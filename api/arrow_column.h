/* Columns of answers in Arrow's memory layout: what the C interface (arrow_stream.c) and the IPC
 * writer (arrow_ipc.c) have in common. Nothing outside api includes it.
 *
 *     time     timestamp[ns, UTC]
 *     text     utf8; bytes that are not UTF-8 become U+FFFD, as in JSON
 *     int64, uint64, float64, bool
 *     decimal  decimal128(38, s), or decimal256(76, s) where a value needs more than 38 digits; s
 * is the least scale that holds every value of the column (money: at least 2), so it does not
 * depend on how the answer was worked out
 *
 * Every column may have nulls. */
#ifndef CENTIME_ARROW_COLUMN_H
#define CENTIME_ARROW_COLUMN_H

#include "api_private.h"

#define API_ARROW_BATCH_ROWS  65536
#define API_ARROW_BATCH_BYTES ((size_t)64 << 20) /* of one column's texts, one row at least */
#define API_ARROW_BUFFERS_MAX 3

struct api_arrow_type {
    enum ct_result_type type;
    uint8_t scale; /* of decimals */
    bool is_wide;  /* a decimal of 256 bits */
};

/* CT_RANGE (names the column): a decimal of more than 76 digits. */
ct_status api_arrow_type_of(const struct ct_result *result, uint32_t column,
                            struct api_arrow_type *out, struct ct_error *err) CT_MUST_USE;

/* How many rows the batch that begins with the row has: 0 at the end. */
uint64_t api_arrow_batch_rows(const struct ct_result *result, uint64_t first_row);

/* Some rows of a column. Buffers as Arrow orders them: validity (NULL: all are valid), for texts
 * offsets, values. */
struct api_arrow_column {
    const void *buffers[API_ARROW_BUFFERS_MAX];
    size_t bytes[API_ARROW_BUFFERS_MAX];
    void *owned[API_ARROW_BUFFERS_MAX]; /* those that are not the result's own memory */
    uint32_t buffer_count;
    uint64_t row_count, null_count;
    const struct ct_allocator *allocator;
};

/* Owned buffers come from the allocator, the others are borrowed from the result. CT_NO_MEMORY,
 * CT_LIMIT (texts of 2 GiB in one row). */
ct_status api_arrow_column_init(struct api_arrow_column *out, const struct ct_allocator *allocator,
                                const struct ct_result_column *column,
                                const struct api_arrow_type *type, uint64_t first_row,
                                uint64_t row_count, struct ct_error *err) CT_MUST_USE;
void api_arrow_column_deinit(struct api_arrow_column *column);

/* The bytes of an IPC stream: schema, record batches, end. */
ct_status api_write_arrow(centime_buffer *buffer, const struct ct_result *result,
                          struct ct_error *err) CT_MUST_USE;

#endif
