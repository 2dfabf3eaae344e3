/* Rows put together value by value, for the calls that take structs. Private to api.
 *
 *     api_row_tag(row, "cluster", m->cluster); api_row_double(row, "cpu_usage", m->cpu_usage); ...
 *
 * Invariant: the first failure is kept and makes the rest of the row's calls do nothing; the row is
 * then not written. */
#ifndef CENTIME_ROW_WRITER_H
#define CENTIME_ROW_WRITER_H

#include "api_writer.h"

#define API_ROW_VALUES_MAX 16

struct api_row {
    centime_writer *writer;
    uint32_t table;        /* the intake's */
    struct ct_arena arena; /* texts made on the way; as long as the batch */
    int64_t now_ns;        /* one moment for the whole batch */
    size_t item;           /* of the array, from 0 */
    struct ct_tag tags[CT_TAGS_MAX];
    uint32_t tag_count;
    struct ct_row_value values[API_ROW_VALUES_MAX];
    uint32_t value_count;
    ct_status status;
    struct ct_error *err;
};

/* NULL and "" add nothing. */
void api_row_tag(struct api_row *row, const char *key, const char *value);
void api_row_string(struct api_row *row, const char *field, struct ct_text value);
void api_row_decimal(struct api_row *row, const char *field, const char *text);

void api_row_double(struct api_row *row, const char *field, double value);
void api_row_int64(struct api_row *row, const char *field, int64_t value);

/* Where a text must be there: CT_INVALID names it. */
void api_row_require(struct api_row *row, const char *name, const char *text);

/* Ends the row. A time of 0 is the present, item i of a batch i ns after its first, so that none
 * hides another. */
ct_status api_row_end(struct api_row *row, int64_t time_ns) CT_MUST_USE;

/* An array of the caller's structs, `size` bytes of which we know. */
struct api_items {
    const char *table;
    const char *struct_name;
    const void *items;
    size_t count;
    size_t size;
    /* Puts one item, cleared beyond what the caller's struct has, into the row, and ends it. */
    ct_status (*add)(struct api_row *row, const void *item, void *context);
    void *context;
};

/* All of them in one commit, or, where the writer was told so, those that fit. err->line is the
 * (first) item that was refused. */
ct_status api_write_items(centime_writer *writer, const struct api_items *items,
                          centime_write_result *result, struct ct_error *err) CT_MUST_USE;

#endif
