/* Finding the bytes that structure a line, many at a time. Layer ingest; internal.
 *
 * None of these reads outside [at, end). Which implementation runs is a table of function pointers
 * that the parser takes when it is made; all of them give the same answers (line_scan_test). */
#ifndef CT_LINE_SCAN_H
#define CT_LINE_SCAN_H

#include <stddef.h>

struct ct_line_scanner {
    const char *name;
    /* The first space or newline, or `end`. */
    const char *(*find_key_end)(const char *at, const char *end);
    /* The first byte of a string value that is not plain: quote, backslash, newline or above 0x7f;
     * or `end`. */
    const char *(*find_not_plain)(const char *at, const char *end);
    /* The first quote or backslash, or `end`. */
    const char *(*find_quote)(const char *at, const char *end);
};

/* The fastest of this machine. */
const struct ct_line_scanner *ct_line_scanner_best(void);

/* Every one that this machine can run, the portable one first; NULL from `index` = their number on.
 */
const struct ct_line_scanner *ct_line_scanner_at(size_t index);

#endif
