/* A catalog, an intake and a parser to feed text to, and a look at the rows that come out. For the
 * tests of ingest. */
#ifndef LINE_FIXTURE_H
#define LINE_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intake.h"
#include "line_protocol.h"

#define FIXTURE_BUFFERS_MAX 4096
#define FIXTURE_SERIES_MAX  100000

struct line_fixture {
    struct ct_allocator_counting allocator;
    struct ct_catalog *catalog;
    struct ct_intake *intake;
    struct ct_line_parser *parser;
    struct ct_reject_list *rejects;
    struct ct_error err;
    char *buffers[FIXTURE_BUFFERS_MAX]; /* of exactly the fed bytes, so that a sanitizer sees
                                           overreads */
    size_t buffer_count;
};

static inline void fixture_require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fixture: %s\n", what);
    abort();
}

static inline void fixture_open(struct line_fixture *f)
{
    memset(f, 0, sizeof *f);
    ct_allocator_counting_init(&f->allocator, ct_allocator_system(), 0);
    f->catalog = ct_catalog_create(&f->allocator.base, FIXTURE_SERIES_MAX);
    fixture_require(f->catalog != NULL, "catalog");
    fixture_require(ct_intake_create(f->catalog, &f->allocator.base, ct_text_of("test"), &f->intake,
                                     &f->err) == CT_OK,
                    "intake");
    fixture_require(ct_line_parser_create(&f->allocator.base, f->intake, &f->parser, &f->err) ==
                        CT_OK,
                    "parser");
    f->rejects = calloc(1, sizeof *f->rejects);
    fixture_require(f->rejects != NULL, "reject list");
}

/* Rows, rejects and fed bytes go; what the parser and the intake learnt stays. */
static inline void fixture_reset(struct line_fixture *f)
{
    ct_intake_reset(f->intake);
    ct_line_parser_release_strings(f->parser);
    ct_reject_list_reset(f->rejects);
    for (size_t i = 0; i < f->buffer_count; i++)
        free(f->buffers[i]);
    f->buffer_count = 0;
}

static inline void fixture_close(struct line_fixture *f)
{
    fixture_reset(f);
    ct_line_parser_destroy(f->parser);
    ct_intake_destroy(f->intake);
    ct_catalog_destroy(f->catalog);
    free(f->rejects);
}

static inline void fixture_start(struct line_fixture *f, const struct ct_line_options *options)
{
    fixture_require(ct_line_parser_start(f->parser, options, &f->err) == CT_OK, f->err.text);
}

/* Feeds bytes from a buffer of their exact size, which lives until the reset. Returns how many were
 * consumed. */
static inline size_t fixture_feed(struct line_fixture *f, const char *text, size_t len,
                                  bool is_final)
{
    fixture_require(f->buffer_count < FIXTURE_BUFFERS_MAX, "too many chunks");
    char *copy = malloc(len ? len : 1);
    fixture_require(copy != NULL, "memory");
    memcpy(copy, text, len);
    f->buffers[f->buffer_count++] = copy;
    size_t consumed = SIZE_MAX;
    fixture_require(ct_line_parse(f->parser, copy, len, is_final, &consumed, f->rejects, &f->err) ==
                        CT_OK,
                    f->err.text);
    fixture_require(consumed <= len, "more consumed than fed");
    fixture_require(!is_final || consumed == len, "not all of the last chunk consumed");
    return consumed;
}

/* The whole text in two chunks, as a caller does that carries the rest over. */
static inline void fixture_feed_split(struct line_fixture *f, const char *text, size_t len,
                                      size_t at)
{
    const size_t consumed = fixture_feed(f, text, at, false);
    fixture_feed(f, text + consumed, len - consumed, true);
}

/* ... in chunks that grow by `step` bytes. */
static inline void fixture_feed_in_steps(struct line_fixture *f, const char *text, size_t len,
                                         size_t step)
{
    size_t start = 0;
    for (size_t end = step; end < len; end += step)
        start += fixture_feed(f, text + start, end - start, false);
    fixture_feed(f, text + start, len - start, true);
}

static inline const struct ct_batch_table *fixture_table(const struct line_fixture *f,
                                                         struct ct_text name)
{
    for (uint32_t i = 0; i < f->intake->table_count; i++) {
        const struct ct_batch_table *table = &f->intake->tables[i];
        if (table->row_count > 0 && ct_text_equal(table->name, name))
            return table;
    }
    return NULL;
}

static inline const struct ct_batch_column *fixture_column(const struct ct_batch_table *table,
                                                           struct ct_text name)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        const struct ct_batch_column *column = &table->columns[i];
        if (column->values > 0 && ct_text_equal(column->name, name))
            return column;
    }
    return NULL;
}

/* False: the row has no such value. */
static inline bool fixture_value(const struct ct_batch_column *column, uint32_t row,
                                 struct ct_value *out)
{
    if (row >= column->filled || (column->present && !column->present[row]))
        return false;
    *out = (struct ct_value){.type = column->type};
    switch (column->type) {
    case CT_FLOAT64:
        out->float64 = column->float64[row];
        break;
    case CT_INT64:
        out->int64 = column->int64[row];
        break;
    case CT_UINT64:
        out->uint64 = column->uint64[row];
        break;
    case CT_BOOL:
        out->boolean = column->boolean[row];
        break;
    case CT_STRING:
        out->string = column->string[row];
        break;
    case CT_DECIMAL:
        out->decimal.mantissa = column->wide ? column->wide[row] : column->narrow[row];
        out->decimal.scale = column->scales[row];
        break;
    }
    return true;
}

/* How many fields have a value in the row. */
static inline uint32_t fixture_field_count(const struct ct_batch_table *table, uint32_t row)
{
    uint32_t count = 0;
    struct ct_value value;
    for (uint32_t i = 0; i < table->column_count; i++)
        count += table->columns[i].values > 0 && fixture_value(&table->columns[i], row, &value);
    return count;
}

/* The value of a tag in a row of a table, "" where the row has none. After ct_intake_resolve. */
static inline struct ct_text fixture_tag(const struct line_fixture *f,
                                         const struct ct_batch_table *table, uint32_t row,
                                         struct ct_text key)
{
    const uint32_t tag = ct_catalog_find_tag(f->catalog, table->table, key);
    if (tag == CT_NONE)
        return (struct ct_text){0};
    uint32_t code;
    ct_catalog_series_codes(f->catalog, table->table, tag, &table->series[row], 1, &code);
    return ct_catalog_value(f->catalog, table->table, tag, code);
}

static inline uint32_t fixture_tag_count(const struct line_fixture *f,
                                         const struct ct_batch_table *table, uint32_t row)
{
    uint32_t count = 0;
    for (uint32_t tag = 0; tag < ct_catalog_tag_count(f->catalog, table->table); tag++) {
        uint32_t code;
        ct_catalog_series_codes(f->catalog, table->table, tag, &table->series[row], 1, &code);
        count += code != 0;
    }
    return count;
}

static inline bool fixture_same_value(const struct ct_value *a, const struct ct_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case CT_FLOAT64:
        return memcmp(&a->float64, &b->float64, sizeof a->float64) == 0;
    case CT_INT64:
        return a->int64 == b->int64;
    case CT_UINT64:
        return a->uint64 == b->uint64;
    case CT_BOOL:
        return a->boolean == b->boolean;
    case CT_STRING:
        return ct_text_equal(a->string, b->string);
    case CT_DECIMAL:
        return a->decimal.mantissa == b->decimal.mantissa && a->decimal.scale == b->decimal.scale;
    }
    return false;
}

static inline bool fixture_same_row(const struct ct_batch_table *a, const struct ct_batch_table *b,
                                    uint32_t row)
{
    if (a->times_ns[row] != b->times_ns[row] ||
        fixture_field_count(a, row) != fixture_field_count(b, row))
        return false;
    for (uint32_t i = 0; i < a->column_count; i++) {
        struct ct_value left;
        struct ct_value right;
        if (a->columns[i].values == 0 || !fixture_value(&a->columns[i], row, &left))
            continue;
        const struct ct_batch_column *column = fixture_column(b, a->columns[i].name);
        if (!column || !fixture_value(column, row, &right) || !fixture_same_value(&left, &right))
            return false;
    }
    return true;
}

/* Same rows of the same series in every table: both were fed the same and resolved. Their catalogs
 * number series in the order of their making, which is that of the rows. */
static inline bool fixture_same_rows(const struct line_fixture *a, const struct line_fixture *b)
{
    if (a->intake->row_count != b->intake->row_count)
        return false;
    for (uint32_t i = 0; i < a->intake->table_count; i++) {
        const struct ct_batch_table *left = &a->intake->tables[i];
        if (left->row_count == 0)
            continue;
        const struct ct_batch_table *right = fixture_table(b, left->name);
        if (!right || right->row_count != left->row_count)
            return false;
        for (uint32_t row = 0; row < left->row_count; row++) {
            if (left->series[row] != right->series[row] || !fixture_same_row(left, right, row))
                return false;
        }
    }
    return true;
}

static inline bool fixture_same_rejects(const struct ct_reject_list *a,
                                        const struct ct_reject_list *b)
{
    bool is_same = a->total == b->total && a->kept == b->kept;
    for (uint32_t i = 0; is_same && i < a->kept; i++) {
        const struct ct_reject *left = &a->items[i];
        const struct ct_reject *right = &b->items[i];
        is_same = left->line == right->line && left->column == right->column &&
                  left->code == right->code && strcmp(left->reason, right->reason) == 0 &&
                  strcmp(left->excerpt, right->excerpt) == 0;
    }
    return is_same;
}

#endif
