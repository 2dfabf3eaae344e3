/* What the parser has learnt of the lines that it read: which fields a table has and where their
 * columns are, which key follows which, what the last timestamp was. Layer ingest; internal.
 *
 * All of it is a guess that is checked against the bytes and the intake before it is used, so it
 * may be stale, incomplete or forgotten: that costs time only. */
#ifndef CT_LINE_KNOWN_H
#define CT_LINE_KNOWN_H

#include "intake.h"

#define CT_KNOWN_TABLES         256 /* by the low bits of the table's index */
#define CT_KNOWN_FIELDS_MAX     64  /* of a table: one bit each in a word */
#define CT_KNOWN_NAME_WORDS     4
#define CT_KNOWN_NAME_BYTES_MAX (8 * CT_KNOWN_NAME_WORDS) /* with the '=' */

/* A field name as it is written, with its `=`. */
struct ct_known_field {
    uint64_t word[CT_KNOWN_NAME_WORDS];
    uint64_t mask[CT_KNOWN_NAME_WORDS];
    uint32_t len;
    uint32_t column; /* of the intake's table */
    uint32_t field;  /* what that column was when this was learnt */
};

struct ct_known_table {
    uint32_t table;
    uint32_t count;
    size_t cap;
    struct ct_known_field *fields;
};

/* A timestamp as it was written, with the newline. */
struct ct_known_time {
    uint64_t word[3];
    uint64_t mask[3];
    uint32_t len; /* 0: none */
    int64_t time_ns;
};

struct line_known {
    const struct ct_allocator *allocator;
    struct ct_known_table tables[CT_KNOWN_TABLES];
    /* By place in the intake's alias table: the place of the key that came next, the last time. */
    uint32_t *next_alias;
    size_t next_cap; /* 0 or the alias table's */
    uint32_t last_alias;
    struct ct_known_time time;
};

void ct_line_known_init(struct line_known *known, const struct ct_allocator *allocator);
void ct_line_known_deinit(struct line_known *known);

/* Makes next_alias as long as the intake's alias table, if it is not. */
void ct_line_known_fit(struct line_known *known, const struct ct_intake *intake);

/* Learns that the field is in that column; `index` is its place in the line it was seen in. */
void ct_line_known_add(struct line_known *known, const struct ct_intake *intake, uint32_t table,
                       size_t index, struct ct_text raw_name, uint32_t column);

/* The fields known of the table; none where another table has taken their place. */
static inline const struct ct_known_table *ct_line_known_table(const struct line_known *known,
                                                               uint32_t table)
{
    return &known->tables[table % CT_KNOWN_TABLES];
}

#endif
