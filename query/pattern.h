/* Regular expressions (PCRE2, UTF-8; bytes that are not UTF-8 match nothing but do no harm). Layer
 * query; the only place that knows PCRE2.
 *
 * An expression may stand anywhere in the text unless it says ^ or $; $ is the very end. Both the
 * length of an expression and the steps that a match may take are limited, so that no expression
 * and no text can stop a query. Memory comes from the caller's allocator. */
#ifndef CT_PATTERN_H
#define CT_PATTERN_H

#include "alloc.h"
#include "status.h"
#include "text.h"

#define CT_PATTERN_BYTES_MAX 4096
#define CT_PATTERN_STEPS_MAX 200000 /* of one match */
#define CT_PATTERN_DEPTH_MAX 2000
#define CT_PATTERN_HEAP_KIB  4096

struct ct_pattern;

/* CT_INVALID where `text` is no regular expression: the error says why and at which byte. CT_LIMIT
 * past CT_PATTERN_BYTES_MAX. The pattern is confined to one thread. */
ct_status ct_pattern_compile(struct ct_text text, const struct ct_allocator *allocator,
                             struct ct_pattern **out, struct ct_error *err) CT_MUST_USE;
void ct_pattern_destroy(struct ct_pattern *pattern); /* NULL is fine */

/* CT_LIMIT where the match takes more than CT_PATTERN_STEPS_MAX steps, with the pattern's text. */
ct_status ct_pattern_matches(struct ct_pattern *pattern, struct ct_text subject, bool *out,
                             struct ct_error *err) CT_MUST_USE;

#endif
