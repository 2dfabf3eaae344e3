/* The lines of a text that were not taken, and why. Layer ingest; may be included by api, tests,
 * bench.
 *
 * The first CT_REJECTS_KEPT are kept word for word, the rest is counted: an endless stream of bad
 * lines costs no memory. */
#ifndef CT_LINE_REJECT_H
#define CT_LINE_REJECT_H

#include "status.h"

#define CT_REJECTS_KEPT         100
#define CT_REJECT_REASON_BYTES  200
#define CT_REJECT_EXCERPT_BYTES 64

struct ct_reject {
    uint64_t line;   /* 1-based, through the whole text; newlines inside strings count */
    uint32_t column; /* 1-based byte of that line where the fault is */
    ct_status code;  /* CT_PARSE, CT_TYPE, CT_RANGE, CT_LIMIT or CT_INVALID */
    char reason[CT_REJECT_REASON_BYTES];
    char excerpt[CT_REJECT_EXCERPT_BYTES +
                 1]; /* how the line begins: UTF-8, unprintable bytes are '?' */
};

/* Plain memory of the caller: all zero bytes is an empty list. */
struct ct_reject_list {
    uint64_t total;
    uint64_t misfits; /* of these, CT_TYPE and CT_LIMIT: read well, but not fit for the table */
    uint32_t kept;    /* of items */
    struct ct_reject items[CT_REJECTS_KEPT];
};

/* Empties the list; cheaper than clearing all of it. */
void ct_reject_list_reset(struct ct_reject_list *list);

/* Counts a rejected line, and keeps it where there is room. [line_start, line_end) is the line as
 * far as it is known; `at` lies within it or at its end, `first_line` is the number of the line
 * that line_start begins. */
void ct_reject_add(struct ct_reject_list *list, uint64_t first_line, const char *line_start,
                   const char *line_end, const char *at, ct_status code, const char *reason);

#endif
