/* Answers: columns of typed values with nulls. Layer query; whoever shows results may include this.
 *
 * Invariant: every column has row_count rows; a value whose `is_null` byte is 1 is defined memory
 * and means nothing. A result owns all that it points to, memory is counted against the limit of
 * its query, and it never changes once handed out: any number of threads may read it. */
#ifndef CT_RESULT_H
#define CT_RESULT_H

#include "alloc.h"
#include "value.h"

enum ct_result_type {
    CT_RESULT_TIME = 1, /* int64: ns since 1970 UTC */
    CT_RESULT_TEXT = 2,
    CT_RESULT_INT64 = 3,
    CT_RESULT_UINT64 = 4,
    CT_RESULT_FLOAT64 = 5,
    CT_RESULT_BOOL = 6,
    CT_RESULT_DECIMAL = 7,
};

struct ct_result_column {
    struct ct_text name;
    enum ct_result_type type;
    bool is_money;    /* shown with at least two digits after the point */
    bool is_tag;      /* text: "" is a missing tag, never null */
    uint8_t *is_null; /* per row, 1 or 0 */
    union {
        int64_t *int64; /* and time */
        uint64_t *uint64;
        double *float64;
        uint8_t *boolean;
        struct ct_text *text;
        struct ct_decimal_sum *decimal;
        void *values;
    };
};

struct ct_result_stats {
    uint64_t rows_scanned;     /* rows that matched range and filter, save those of groups that were
                                  known not to be among the first */
    uint64_t blocks_read;      /* decoded, at least in part */
    uint64_t blocks_from_sums; /* answered from stored statistics */
    uint64_t cells_read;       /* of rollups */
    uint64_t rows_from_cells;  /* rows that those stand for */
    uint64_t sources;
};

struct ct_result {
    struct ct_result_column *columns;
    uint32_t column_count;
    uint64_t row_count;
    uint64_t row_cap; /* room in every column */
    struct ct_result_stats stats;
    struct ct_allocator_counting memory;  /* what the result's parts come from */
    const struct ct_allocator *allocator; /* what the result itself comes from */
    struct ct_result_text *texts;         /* chunks that hold the bytes of texts */
};

/* Empty, no columns. NULL where memory is out. */
struct ct_result *ct_result_create(const struct ct_allocator *allocator, size_t memory_bytes);
void ct_result_destroy(struct ct_result *result); /* NULL is fine */

/* The type that shows values of a field as they are stored. */
enum ct_result_type ct_result_type_of(enum ct_type type);

/* Bytes of one value of the type. */
size_t ct_result_value_bytes(enum ct_result_type type);

/* Makes `column_count` columns, all zero. */
ct_status ct_result_set_columns(struct ct_result *result, uint32_t column_count,
                                struct ct_error *err) CT_MUST_USE;

/* Gives every column room for at least `row_count` rows; the types are set. What is new is
 * undefined. */
ct_status ct_result_reserve(struct ct_result *result, uint64_t row_count,
                            struct ct_error *err) CT_MUST_USE;

/* A copy that lives as long as the result. */
ct_status ct_result_copy_text(struct ct_result *result, struct ct_text text, struct ct_text *out,
                              struct ct_error *err) CT_MUST_USE;

/* Index of the column, or -1. */
int ct_result_find(const struct ct_result *result, struct ct_text name);

/* The nearest double of a number, time or bool; 0 for texts and nulls. */
double ct_result_to_double(const struct ct_result_column *column, uint64_t row);

/* Negative, 0, positive: row a before, with, after row b in this column, ascending; nulls last. */
int ct_result_compare(const struct ct_result_column *column, uint64_t a, uint64_t b);

struct ct_result_order {
    int first;            /* column to sort by before all others; -1: none */
    bool is_descending;   /* in that column; nulls are last all the same */
    uint64_t each_limit;  /* sorts by the first column before `first`, and keeps that many rows of
                             each of its values; 0: does not */
    bool keeps_row_order; /* ties stay as they stand, which is sorted; else they are sorted by all
                             columns */
};

/* Sorts and keeps the first `limit` rows (0: all). */
ct_status ct_result_sort(struct ct_result *result, const struct ct_result_order *order,
                         uint64_t limit, struct ct_error *err) CT_MUST_USE;

#endif
