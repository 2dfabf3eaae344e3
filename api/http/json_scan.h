/* What is wrong in a JSON text that json-c would not tell of, found before it reads. Layer http,
 * for json_read.c.
 *
 * json-c 0.16 reads NaN, Infinity and control characters in strings; it turns whole numbers past
 * uint64 into the nearest one and drops the sign of -0; it lets the last of two equal keys win. One
 * pass over the bytes refuses the first, finds the numbers, and counts what there is, so that
 * memory can be limited and equal keys be noticed. Structure and escapes are json-c's. UTF-8 is
 * checked by base beforehand, as json-c lets surrogates pass. */
#ifndef CT_JSON_SCAN_H
#define CT_JSON_SCAN_H

#include "status.h"
#include "text.h"

struct ct_json_scan {
    struct ct_text text;
    size_t at;    /* in: where to begin; out: where it stopped */
    size_t depth; /* of arrays and objects that are open */
    /* Since the start. A value weighs 1, an array 4, an object 8: what json-c takes for them. */
    size_t weight, members;
};

/* Goes on to the end of the text, or to behind the next number that json-c would change (then
 * *is_number_end). CT_PARSE with line and column, CT_LIMIT. */
ct_status ct_json_scan_next(struct ct_json_scan *scan, size_t weight_max, size_t depth_max,
                            bool *is_number_end, struct ct_error *err);

/* CT_PARSE at that byte of the text; where and what, in words, come behind it. */
ct_status ct_json_fail_at(struct ct_text text, size_t at, struct ct_error *err, const char *what);

#endif
