/* One token as a line of the token file, and back. Layer http; of token_file.c. */
#ifndef CT_TOKEN_LINE_H
#define CT_TOKEN_LINE_H

#include "token_file.h"

#define CT_TOKEN_LINE_BYTES_MAX 12288

/* The line without its end. CT_PARSE, with column: what is not as token_file.h says. */
ct_status ct_token_line_parse(struct ct_text line, struct ct_token *out,
                              struct ct_error *err) CT_MUST_USE;

/* The line with its end into out; returns its length. It always fits. */
size_t ct_token_line_print(const struct ct_token *token, char out[CT_TOKEN_LINE_BYTES_MAX]);

#endif
