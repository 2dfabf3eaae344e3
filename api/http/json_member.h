/* Members of JSON objects that people write, and what is wrong with them in words. Layer http. */
#ifndef CT_JSON_MEMBER_H
#define CT_JSON_MEMBER_H

#include "arena.h"
#include "json_read.h"

/* Fails with the value's path before the text. */
ct_status ct_json_fail(struct ct_json at, ct_status status, struct ct_error *err,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* CT_TYPE where it is no object, CT_INVALID where it has a member that is none of the names. */
ct_status ct_json_known(struct ct_json object, const char *const *names, size_t count,
                        struct ct_error *err);

/* Index of a text among words; CT_TYPE, CT_INVALID. */
ct_status ct_json_word(struct ct_json json, const char *const *words, size_t count, uint32_t *out,
                       struct ct_error *err);

/* A text that must be there, and not be empty. */
ct_status ct_json_required(struct ct_json json, const char **out, struct ct_error *err);

/* An array of texts, none null, or one text. The array lies in the arena. */
ct_status ct_json_texts(struct ct_json json, struct ct_arena *arena, const char *const **out,
                        size_t *count, struct ct_error *err);

#endif
