/* JSON that came without blanks, set out over lines. Private to api.
 *
 * Invariant: the text may be cut anywhere; what comes out does not depend on where. */
#ifndef CENTIME_JSON_INDENT_H
#define CENTIME_JSON_INDENT_H

#include "api_private.h"

struct api_json_indent { /* all zero at the start of a document */
    uint32_t depth;
    bool is_in_text, is_escaped;
    bool is_opened; /* the last byte opened something: it may be empty */
};

/* Adds the text to `out`: four blanks a level, as Go does it. */
void api_json_indent_add(struct api_json_indent *indent, struct ct_text text, centime_buffer *out);

#endif
