/* Rows of agents as line protocol, in the making. Layer http.
 *
 * All rows of a report are lines of one text, so that they become one commit. What a tag may not
 * hold in that notation (control bytes, a backslash at its end) becomes "_". */
#ifndef CT_AGENT_LINE_H
#define CT_AGENT_LINE_H

#include "decimal.h"
#include "text_out.h"

#define CT_AGENT_TEXT_BYTES_MAX 1024 /* of a tag's key or value */

/* Stands it in a tag as it is? */
bool ct_line_takes_tag(struct ct_text value);

/* ",key=value"; nothing where the value is empty. prefix: "" or "tag.". */
void ct_line_tag(struct ct_text_out *out, const char *prefix, struct ct_text key,
                 struct ct_text value);

/* Fields: "name=value", after a comma where `fields` has some already. */
void ct_line_double(struct ct_text_out *fields, const char *name, double value);
void ct_line_int64(struct ct_text_out *fields, const char *name, int64_t value);
void ct_line_bool(struct ct_text_out *fields, const char *name, bool value);
void ct_line_decimal(struct ct_text_out *fields, const char *name, struct ct_decimal value);
void ct_line_string(struct ct_text_out *fields, const char *name, struct ct_text value);

/* "table,tags fields time\n". */
void ct_line_end(struct ct_text_out *out, const char *table, struct ct_text tags,
                 struct ct_text fields, int64_t time_ns);

#endif
