/* Bytes of an answer in the making, in a request's arena. Layer http.
 *
 * Invariant: where memory runs out, is_short is set and the rest is left out; who hands the bytes
 * on asks for it once, at the end. */
#ifndef CT_TEXT_OUT_H
#define CT_TEXT_OUT_H

#include "arena.h"
#include "text.h"

struct ct_text_out {
    struct ct_arena *arena;
    char *bytes;
    size_t len, cap;
    bool is_short;
};

void ct_text_out_init(struct ct_text_out *out, struct ct_arena *arena);
void ct_text_out_add(struct ct_text_out *out, struct ct_text text);
void ct_text_out_word(struct ct_text_out *out, const char *terminated);
void ct_text_out_format(struct ct_text_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string: quoted and escaped; bytes that are not UTF-8 become U+FFFD. */
void ct_text_out_json(struct ct_text_out *out, struct ct_text text);
/* What there is; a zero byte follows it. */
struct ct_text ct_text_out_text(struct ct_text_out *out);

#endif
